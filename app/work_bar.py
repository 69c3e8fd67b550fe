"""The progress bar of long work in the terminal, on standard error: what a command prints can be piped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app.terminal import plain_console
from mia_core.errors import MiaError

_SPEED_PERIOD_S = 600
"""Clips and trainings take minutes: a shorter mean of their speed would jump."""


class WorkBar:
    """Shows how much is done, how long the rest may take, and what is being done."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    @property
    def speed(self) -> str:
        """What is done in a second, a dash while that is not known."""
        speed = self._progress.tasks[self._task].speed
        return "-" if speed is None else f"{speed:.0f}"

    def show(self, done: float, doing: str = "", *, total: float | None = 1.0, amount: str = "") -> None:
        """Show how far it is.

        Args:
            done: How much is done; the first time, how much an earlier run did, which says nothing of this one's speed.
            doing: What is being done.
            total: How much there is, in the same measure; None when nobody knows.
            amount: What to say instead of a percentage.
        """
        if not self._progress.tasks[self._task].started:
            self._progress.reset(self._task, completed=round(done), total=total)
        if total is not None and not amount:
            amount = f"{done / total if total else 1:4.0%}"
        self._progress.update(self._task, completed=done, total=total, description=doing, amount=amount)

    def hide(self) -> None:
        """Take the bar away."""
        self._progress.update(self._task, visible=False)

    def print(self, line: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(line, soft_wrap=True)


@contextmanager
def work_bar(*, is_shown: bool = True) -> Iterator[WorkBar]:
    """Show a bar until the block ends."""
    columns = (
        *(BarColumn(), TextColumn("{task.fields[amount]}"), TimeRemainingColumn()),
        TextColumn("{task.description}", markup=False),
    )
    console = plain_console(stderr=True)
    with Progress(*columns, console=console, disable=not is_shown, speed_estimate_period=_SPEED_PERIOD_S) as progress:
        task = progress.add_task("starting", start=False, total=None, amount="")
        bar = WorkBar(progress, task)
        try:
            yield bar
        except MiaError:
            bar.hide()  # what went wrong is said alone
            raise
