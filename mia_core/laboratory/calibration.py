"""How honest intervals are: what share of truths they hold, how wide they are, and intervals for models without any.

A model that only says one value gets its intervals by split conformal prediction: from its errors on blocks of training
data that it was not fitted to. They hold the promised share where test data are like those blocks, and no further; how
far they hold on another subject is what `judge_intervals` is asked with that subject's windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.metrics import Array, MetricError, Values, squared_errors

LEVELS: Final = (0.5, 0.8, 0.9)
RELIABILITY_LEVELS: Final = tuple(round(0.05 * number, 2) for number in range(1, 20))
_EVERY: Final = 5
MIN_ERRORS: Final = 20
"""Fewer errors can't tell where nine tenths of them end."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How honest the intervals at `levels` are.

    Attributes:
        levels: Shares of truths that the intervals promise to hold.
        coverage: Shares that they do hold, over all steps and channels.
        coverage_by_channel: (levels, C).
        width: Mean widths, in the unit of the data.
    """

    levels: tuple[float, ...]
    coverage: tuple[float, ...]
    coverage_by_channel: Array
    width: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ConformalErrors:
    """A predictor's errors on data it was not fitted to, by channel.

    Attributes:
        ordered: (n, C) truth less prediction, ascending.
    """

    ordered: Array

    def interval(self, predicted: Values, level: float) -> tuple[Array, Array]:
        """Return the ends, each (N, T, C), of the intervals that should hold a share `level` of the truths.

        Each end is an error of the calibration, so that skewed errors give skewed intervals. Where the calibration is
        too short to promise the level, an end is its largest error.
        """
        n = len(self.ordered)
        miss = (1 - level) / 2
        below = max(int(np.floor(miss * (n + 1))) - 1, 0)
        above = min(int(np.ceil((1 - miss) * (n + 1))) - 1, n - 1)
        values = np.asarray(predicted, np.float64)
        return values + self.ordered[below], values + self.ordered[above]

    def crps(self, truth: Values, predicted: Values) -> float:
        """Return the mean continuous ranked probability score, in the unit of the data; lower is better.

        The forecast is the prediction plus an error drawn from the calibration's. For a forecast without spread it is
        the mean absolute error.
        """
        errors = np.asarray(truth, np.float64) - predicted
        scores = [
            _crps_of_sample(self.ordered[:, channel], errors[..., channel].reshape(-1))
            for channel in range(errors.shape[-1])
        ]
        return float(np.mean(scores))


def calibration_windows(block: NDArray[np.intp], seed: int) -> NDArray[np.bool_]:
    """Return (N,) which training windows to keep for calibration: every fifth block of time, so all kinds are there.

    Args:
        block: (N,) of `bootstrap.time_blocks`, which numbers blocks by subject, exercise and time.
        seed: Decides where the counting begins.

    Raises:
        MetricError: There are fewer than two blocks.
    """
    names = np.unique(block)
    if len(names) < 2:
        raise MetricError("One block of time can't be split.", "Record more than half a minute for calibration.")
    first = int(np.random.default_rng(seed).integers(min(_EVERY, len(names))))
    return np.isin(block, names[first::_EVERY])


def conformal_errors(truth: Values, predicted: Values) -> ConformalErrors:
    """Learn intervals from windows that the predictor was not fitted to.

    Raises:
        MetricError: The shapes differ, there are too few steps, or a value is no number.
    """
    n_channels = squared_errors(truth, predicted).shape[-1]
    errors = (np.asarray(truth, np.float64) - predicted).reshape(-1, n_channels)
    if len(errors) < MIN_ERRORS:
        raise MetricError(f"{len(errors)} steps are too few for calibration.", f"Keep at least {MIN_ERRORS}.")
    return ConformalErrors(np.sort(errors, axis=0))


def judge_intervals(truth: Values, intervals: dict[float, tuple[Values, Values]]) -> Calibration:
    """Return how honest intervals are.

    Args:
        truth: (N, T, C).
        intervals: Lower and upper ends, each (N, T, C), by the share of truths they should hold.
    """
    inside = {level: (low <= truth) & (truth <= high) for level, (low, high) in intervals.items()}
    return Calibration(
        levels=tuple(intervals),
        coverage=tuple(float(within.mean()) for within in inside.values()),
        coverage_by_channel=np.stack([within.mean(axis=(0, 1)) for within in inside.values()]),
        width=tuple(float(np.mean(high - low, dtype=np.float64)) for low, high in intervals.values()),
    )


def reliability(truth: Values, predicted: Values, errors: ConformalErrors) -> tuple[float, ...]:
    """Return the share of truths that the intervals at each of `RELIABILITY_LEVELS` hold; the levels, if honest."""
    return judge_intervals(truth, {level: errors.interval(predicted, level) for level in RELIABILITY_LEVELS}).coverage


def _crps_of_sample(ordered: Array, errors: Array) -> float:
    """Return the mean CRPS of the forecast that gives every value of `ordered` the same chance, for outcomes `errors`.

    CRPS = E|X - y| - E|X - X'| / 2 with X and X' drawn from the forecast (Gneiting and Raftery 2007, equation 21).
    """
    n = len(ordered)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    below = np.searchsorted(ordered, errors)
    distance = (errors * (2 * below - n) + sums[-1] - 2 * sums[below]) / n
    spread = 2 * float(np.sum(ordered * (2 * np.arange(n) - n + 1))) / n**2
    return float(distance.mean()) - spread / 2
