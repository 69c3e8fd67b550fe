"""Changes of trials, each kept on disk at once and taken back one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mia_core.errors import MiaError
from mia_core.export.trials import TrialSpan
from mia_core.recording.session_review import SessionReview, TrialEdit, write_review


class TrialEditError(MiaError):
    """A trial can't be so."""


class TrialEdits:
    """The edits of one session, with those that were taken back.

    Args:
        folder: The session.
        review: Its edits so far.
        monotonic_s: Returns when a time on the time line of the frames was, by the monotonic clock.
    """

    def __init__(self, folder: Path, review: SessionReview, monotonic_s: Callable[[float], float]) -> None:
        self._folder = folder
        self._monotonic_s = monotonic_s
        self._past: list[SessionReview] = []
        self._future: list[SessionReview] = []
        self.review = review

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something that was taken back can be made again."""
        return bool(self._future)

    def relabel(self, trial: TrialSpan, exercise: str) -> None:
        """Give a trial another exercise.

        Raises:
            MiaError: The name is none, or the disk refuses.
        """
        name = "_".join(exercise.casefold().split())
        if name != trial.exercise:
            self._keep(trial, replace(trial, exercise=name))

    def trim(self, trial: TrialSpan, begin_s: float, end_s: float) -> None:
        """Give a trial another begin and end, on the time line of the frames.

        Raises:
            MiaError: It would end before its begin, or the disk refuses.
        """
        if (begin_s, end_s) != (trial.start_s, trial.end_s):
            self._keep(trial, replace(trial, start_s=begin_s, end_s=end_s))

    def undo(self) -> None:
        """Take back the last change.

        Raises:
            MiaError: The disk refuses.
        """
        if self._past:
            before = self._past[-1]
            write_review(self._folder, before)
            self._future.append(self.review)
            self._past.pop()
            self.review = before

    def redo(self) -> None:
        """Make again what was taken back last.

        Raises:
            MiaError: The disk refuses.
        """
        if self._future:
            after = self._future[-1]
            write_review(self._folder, after)
            self._past.append(self.review)
            self._future.pop()
            self.review = after

    def _keep(self, trial: TrialSpan, wanted: TrialSpan) -> None:
        begin_ns, end_ns = (round(1e9 * self._monotonic_s(at_s)) for at_s in (wanted.start_s, wanted.end_s))
        try:
            edit = TrialEdit(wanted.exercise, begin_ns, end_ns)
        except ValueError as error:
            raise TrialEditError(
                f"The trial can't be changed: {error}.", "Use a short name, and a begin before the end."
            ) from error
        review = self.review.with_edit(trial.logged_ns, edit)
        write_review(self._folder, review)
        self._past.append(self.review)
        self._future.clear()
        self.review = review
