"""Models on the same recorded motion, and two of them muscle by muscle: before and after one was fitted to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.recorded_sampler import RecordedSampler, RecordedWindows
from mia_core.evaluation.recorded_errors import (
    EVERYTHING,
    READ_AT,
    Interval,
    RecordedErrors,
    interval95,
    muscle_channels,
    read_live,
)
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.activation_model import Prediction
from mia_core.samples import Floats
from mia_core.step_clip import StepClip

ALL: Final = "all"
"""Name of the row over all muscles."""


@dataclass(frozen=True, slots=True)
class MuscleComparison:
    """Errors of activation as fractions of the maximal one; intervals are 95 % ones, by a bootstrap over blocks.

    Attributes:
        muscle: Name of the muscle, or `all`.
        steps: How many steps were judged.
        mean: RMSE of always saying the mean of what was learned from.
        before: RMSE of the first model.
        before95: Its interval.
        after: RMSE of the second one.
        after95: Its interval.
        change95: Interval of `after - before` on the same blocks; below zero all through, the gain is no accident.
        r_before: Correlation of the first model with the truth over time, None over all muscles or where nothing moves.
        r_after: The same of the second one.
    """

    muscle: str
    steps: int
    mean: float
    before: float
    before95: Interval
    after: float
    after95: Interval
    change95: Interval
    r_before: float | None
    r_after: float | None


@dataclass(frozen=True)
class JudgedModels:
    """What models say of the same motion.

    Attributes:
        windows: The motion.
        said: What each says of it.
        errors: Of always saying the mean of what was learned from, then of each model.
    """

    windows: RecordedWindows
    said: tuple[Prediction, ...]
    errors: RecordedErrors

    @property
    def truth(self) -> Floats:
        """(n, 8) the true activation, NaN where it is not known."""
        return self.windows.activation[:, READ_AT]

    def compared(self) -> tuple[MuscleComparison, ...]:
        """Return the first two models against each other: all muscles together, then each."""
        return tuple(self._row(name, channels) for name, channels in ((ALL, EVERYTHING), *muscle_channels()))

    def _row(self, name: str, channels: slice) -> MuscleComparison:
        mean, before, after = (float(rmse) for rmse in self.errors.rmse(channels)[:3])
        drawn = self.errors.drawn(channels)
        r_before, r_after = (
            None if name == ALL else _r(one.values[:, channels], self.truth[:, channels]) for one in self.said[:2]
        )
        return MuscleComparison(
            name,
            self.errors.steps(channels),
            mean,
            before,
            interval95(drawn[1]),
            after,
            interval95(drawn[2]),
            interval95(drawn[2] - drawn[1]),
            r_before,
            r_after,
        )


def judge(
    models: Sequence[WindowModel],
    held_out: Sequence[StepClip],
    learned_from: Sequence[StepClip],
    blocks_of: Callable[[RecordedWindows], NDArray[np.intp]],
) -> JudgedModels:
    """Let models say what live use would read of held-out motion.

    Args:
        models: Any number of them.
        held_out: The motion to judge by.
        learned_from: What the mean is of.
        blocks_of: Gives (n,) the number of the block that each window is in.

    Raises:
        DataSetError: The muscles of the clips are not known.
        HeldOutError: There is a muscle of which nothing can be judged.
    """
    windows = RecordedSampler(held_out).every(1)
    said = tuple(read_live(model, windows) for model in models)
    mean = RecordedSampler(learned_from).mean_activation()
    values = [mean, *(one.values for one in said)]
    return JudgedModels(windows, said, RecordedErrors.of(values, windows.activation[:, READ_AT], blocks_of(windows)))


def _r(said: Floats, truth: Floats) -> float | None:
    known = np.isfinite(truth)
    a, b = said[known].astype(np.float64), truth[known].astype(np.float64)
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])
