"""`mia simulate` and `mia train`: long work in the terminal, with progress, Ctrl-C to stop, and resuming."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from mia_core.training.trainer import TrainingProgress


def simulate_to(out: Path, minutes: float, subjects: int, seed: int) -> None:
    """Simulate a data set, or go on with one that was interrupted."""
    from mia_core.simulation.generate import SimulationSettings, simulate

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with _stopped_by_ctrl_c() as stop, Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task = bar.add_task("starting", total=1.0)

        def show(share: float, what: str) -> None:
            bar.update(task, completed=share, description=what)

        manifest = simulate(SimulationSettings(minutes, subjects, seed), out, show, stop.is_set)
    console = Console(markup=False, highlight=False)
    if stop.is_set():
        console.print("Stopped; the same command goes on from here.")
    console.print(f"Simulated, not measured: {manifest}", soft_wrap=True)


def train_to(out: Path, data: Path, test: Path | None, name: str, seed: int, steps: int) -> None:
    """Train a model, or go on with a run that was interrupted."""
    from mia_core.training.trainer import train
    from mia_core.training.training_config import TrainingConfig

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with _stopped_by_ctrl_c() as stop, Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task = bar.add_task("training", total=steps)

        def show(state: TrainingProgress) -> None:
            score = f"held-out RMSE {state.rmse:.4f}, {state.rmse_over_mean:.3f} x the mean's"
            bar.update(task, completed=state.step, description=score)

        path = train(TrainingConfig(name=name, seed=seed, steps=steps), data, out, show, stop.is_set, test)
    console = Console(markup=False, highlight=False)
    if stop.is_set():
        console.print("Stopped with the best weights so far; the same command goes on from here.")
    console.print(f"Model: {path}", soft_wrap=True)


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[Event]:
    """Let Ctrl-C set the event, so that work ends between two pieces; a second Ctrl-C ends it at once."""
    stop = Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    previous = signal.signal(signal.SIGINT, on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)
