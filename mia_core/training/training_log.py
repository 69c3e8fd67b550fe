"""What a training run tells of itself while it goes on, and the file that keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from mia_core.models.model_card import HeldOutMetrics
from mia_core.whole_file import whole_file

LOG_NAME: Final = "training_log.jsonl"


@dataclass(frozen=True, slots=True)
class StepProgress:
    """Told after every optimiser step.

    Attributes:
        step: Optimiser steps done.
        loss: Of the step, in squared standard deviations of the muscles (`Objective`).
        windows_per_s: Training speed since the last evaluation, over all processes.
    """

    step: int
    loss: float
    windows_per_s: float


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a run stands, told after every evaluation.

    Attributes:
        step: Optimiser steps done.
        steps: Of so many.
        loss: Mean loss of the steps since the last evaluation.
        learning_rate: In use.
        windows_per_s: Training speed since the last evaluation, over all processes.
        wall_s: Seconds since the start, over all sittings.
        best_step: The step with the best score so far.
        scores: On each set that chooses the weights, the error at the look-ahead of live use over that of always saying
            the mean.
        rmse_over_mean: Their mean, which chooses the best weights.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    windows_per_s: float
    wall_s: float
    best_step: int
    scores: Mapping[str, float]
    rmse_over_mean: float


class TrainingLog:
    """A file with one JSON object a line for every epoch: the steps from one evaluation to the next.

    Windows are drawn at random for as long as wanted, so there is no other epoch. A line holds the fields of
    `TrainingProgress`, and `metrics`: `HeldOutMetrics` of every set that chooses the weights.

    Args:
        folder: Where the file lies.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG_NAME

    def append(self, report: TrainingProgress, metrics: Mapping[str, HeldOutMetrics]) -> None:
        """Write a line."""
        judged = {what: asdict(one) for what, one in metrics.items()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(report) | {"metrics": judged}) + "\n")

    def read(self) -> list[TrainingProgress]:
        """Return what was told so far; a line that a kill cut off is passed over."""
        return [TrainingProgress(**{name: line[name] for name in TrainingProgress.__slots__}) for line in self._lines()]

    def go_back_to(self, step: int) -> None:
        """Drop the lines of later steps, of a run whose state was lost; in place of a link there is a file then."""
        if self.path.is_symlink():
            self.path.unlink()
        elif self.path.exists():
            kept = [json.dumps(line) + "\n" for line in self._lines() if line["step"] <= step]
            with whole_file(self.path) as file:
                file.write("".join(kept).encode())

    def _lines(self) -> list[dict[str, Any]]:
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]
