"""How far predictions are from measurements: errors, correlations, dead and trembling outputs.

All take truth and prediction as (N windows, T steps, C channels) in the unit of the data set. Weights, one of each
window, let a second of recording count once however densely windows were cut; without them all windows count alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError

Array = NDArray[np.float64]
Values = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]

MIN_SPREAD: Final = 1.0
"""A muscle whose standard deviation is below one count or percent did nothing: its correlation is one of noise."""
MIN_SPREAD_SHARE: Final = 0.01
"""In another unit: below this share of the greatest range of a muscle in training."""
KNOWN_UNITS: Final = ("counts", "percent")
LOOKAHEADS: Final = (0, 1, 2, 4)
"""Steps of future that a live read-out can wait for."""
RANGE_PERCENTILES: Final = (1.0, 99.0)
"""What lies between is a muscle's range, by which `normalised_rmse` divides: one artefact can't stretch it."""


class MetricError(MiaError):
    """Predictions and measurements can't be compared."""


@dataclass(frozen=True, slots=True)
class ExerciseErrors:
    """Root mean squared errors, in the unit of the data.

    Attributes:
        by_exercise: By the exercise's number.
        pooled: Over all windows together: the nearest to what the paper prints as "Mean".
        mean_of_exercises: The plain mean of `by_exercise`; never more than the pooled one where exercises have equally
            many windows.
    """

    by_exercise: Mapping[int, float]
    pooled: float
    mean_of_exercises: float


@dataclass(frozen=True, slots=True)
class ChannelAgreement:
    """How well each muscle's course is followed; NaN where its truth varies less than it must.

    Attributes:
        r: (C,) Pearson's correlation; 0 where only the prediction does not vary.
        ccc: (C,) Lin's concordance, which a wrong scale or offset lowers too; its size never exceeds that of r.
        r_squared: (C,) share of the variance that is explained; negative when worse than the truth's own mean.
        n_dropped: Muscles that are NaN.
    """

    r: Array
    ccc: Array
    r_squared: Array
    n_dropped: int

    @property
    def mean_r(self) -> float:
        """The mean correlation by Fisher's transformation; NaN when all muscles were dropped."""
        return fisher_mean(self.r)

    @property
    def mean_ccc(self) -> float:
        """The mean concordance by Fisher's transformation; NaN when all muscles were dropped."""
        return fisher_mean(self.ccc)


def rmse(truth: Values, predicted: Values, weights: Array | None = None) -> float:
    """Return the root of the mean squared error over windows, steps and channels.

    Raises:
        MetricError: The shapes differ, there is no window, or a prediction is no number.
    """
    errors = squared_errors(truth, predicted).mean(axis=(1, 2))
    return float(np.sqrt(np.average(errors, weights=weights)))


def rmse_by_channel(truth: Values, predicted: Values, weights: Array | None = None) -> Array:
    """Return (C,) root mean squared errors; raises as `rmse`."""
    errors = squared_errors(truth, predicted).mean(axis=1)
    return np.asarray(np.sqrt(np.average(errors, axis=0, weights=weights)))


def rmse_by_position(truth: Values, predicted: Values, weights: Array | None = None) -> Array:
    """Return (T,) root mean squared errors by the step's place in its window, oldest first; raises as `rmse`."""
    errors = squared_errors(truth, predicted).mean(axis=2)
    return np.asarray(np.sqrt(np.average(errors, axis=0, weights=weights)))


def rmse_by_lookahead(truth: Values, predicted: Values, weights: Array | None = None) -> dict[int, float]:
    """Return the error of the step that has so many steps after it in its window: what a live read-out would show."""
    by_position = rmse_by_position(truth, predicted, weights)
    return {steps: float(by_position[-1 - steps]) for steps in LOOKAHEADS if steps < len(by_position)}


def rmse_by_exercise(
    truth: Values, predicted: Values, exercise: Labels, weights: Array | None = None
) -> ExerciseErrors:
    """Return errors by exercise, and both ways to sum them up; raises as `rmse`.

    Args:
        truth: (N, T, C).
        predicted: (N, T, C).
        exercise: (N,) number of the exercise of each window.
        weights: (N,) > 0, or None.
    """
    errors = squared_errors(truth, predicted).mean(axis=(1, 2))
    weights = np.ones(len(errors)) if weights is None else weights
    of_one = {
        int(number): float(np.sqrt(np.average(errors[exercise == number], weights=weights[exercise == number])))
        for number in np.unique(exercise)
    }
    return ExerciseErrors(
        of_one, float(np.sqrt(np.average(errors, weights=weights))), float(np.mean([*of_one.values()]))
    )


def channel_ranges(emg: Values, subject: Labels) -> dict[int, Array]:
    """Return (C,) the range of every muscle by subject, from what a model was trained on."""
    low, high = RANGE_PERCENTILES
    return {
        int(number): np.asarray(
            np.subtract(*np.percentile(emg[subject == number], [high, low], axis=(0, 1))), np.float64
        )
        for number in np.unique(subject)
    }


def normalised_rmse(
    truth: Values,
    predicted: Values,
    subject: Labels,
    ranges: Mapping[int, Array],
    weights: Array | None = None,
) -> Array:
    """Return (C,) root mean squared errors over the range of the subject's muscle; raises as `rmse`.

    Args:
        truth: (N, T, C).
        predicted: (N, T, C).
        subject: (N,) number of the subject of each window.
        ranges: Of `channel_ranges`; windows of a subject without any are left out, as are muscles without a range.
        weights: (N,) > 0, or None.

    Returns:
        NaN where nothing is left.
    """
    errors = squared_errors(truth, predicted).mean(axis=1)  # (N, C)
    unknown = np.full(errors.shape[1], np.nan)
    scale = np.stack([ranges.get(int(number), unknown) for number in subject])
    known = scale > 0
    weighted = known * (np.ones(len(errors)) if weights is None else weights)[:, np.newaxis]
    total = weighted.sum(axis=0)
    squares = np.where(known, errors / np.where(known, scale, 1.0) ** 2, 0.0)
    mean = (weighted * squares).sum(axis=0) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, np.sqrt(mean), np.nan)


def least_spread(unit: str, ranges: Mapping[int, Array]) -> float:
    """Return the standard deviation that a muscle must have to count as active.

    Args:
        unit: Of the data set.
        ranges: Of `channel_ranges`, in training.
    """
    if unit in KNOWN_UNITS:
        return MIN_SPREAD
    return MIN_SPREAD_SHARE * max(float(of_one.max()) for of_one in ranges.values())


def channel_agreement(
    truth: Values, predicted: Values, weights: Array | None = None, *, min_spread: float = MIN_SPREAD
) -> ChannelAgreement:
    """Return how well each muscle's course is followed, over the steps of all windows; raises as `rmse`.

    Args:
        truth: (N, T, C).
        predicted: (N, T, C).
        weights: (N,) > 0, or None.
        min_spread: Of `least_spread`: muscles whose truth deviates less are dropped, as are those that do not vary.
    """
    error = squared_errors(truth, predicted)
    share = np.broadcast_to(
        (np.ones(len(truth)) if weights is None else weights)[:, np.newaxis, np.newaxis], error.shape
    )
    share = share / share.sum(axis=(0, 1))
    x, y = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    x_mean, y_mean = (share * x).sum(axis=(0, 1)), (share * y).sum(axis=(0, 1))
    x, y = x - x_mean, y - y_mean
    x_variance, y_variance = (share * x * x).sum(axis=(0, 1)), (share * y * y).sum(axis=(0, 1))
    covariance = (share * x * y).sum(axis=(0, 1))
    known = (x_variance >= min_spread**2) & (x_variance > 0)
    x_safe = np.where(known, x_variance, 1.0)
    varies = y_variance > 1e-12 * np.maximum(y_mean**2, 1.0)  # below this the variance is a rounding error
    r = np.where(varies, covariance / np.sqrt(x_safe * np.where(varies, y_variance, 1.0)), 0.0)
    ccc = 2 * covariance / (x_safe + y_variance + (x_mean - y_mean) ** 2)
    r_squared = 1 - (share * error).sum(axis=(0, 1)) / x_safe
    r, ccc, r_squared = (np.where(known, values, np.nan) for values in (np.clip(r, -1, 1), ccc, r_squared))
    return ChannelAgreement(r, ccc, r_squared, int(np.count_nonzero(~known)))


def fisher_mean(correlations: Values) -> float:
    """Return the mean of correlations by Fisher's transformation, without NaN; NaN when none is left."""
    known = np.asarray(correlations, np.float64)[np.isfinite(correlations)]
    return float(np.tanh(np.arctanh(np.clip(known, -1 + 1e-9, 1 - 1e-9)).mean())) if len(known) else float("nan")


def dead_channels(predicted: Values) -> NDArray[np.bool_]:
    """Return (C,) whether a muscle is exactly 0 in all windows: a rectified output that died in training."""
    return np.asarray(~np.any(predicted, axis=(0, 1)), np.bool_)


def jitter(values: Values) -> float:
    """Return the root mean square of second differences along (N, T >= 3, C), in units per step squared.

    Compare a prediction's with that of its truth: much more trembles, much less is smoothed away.
    """
    return float(np.sqrt(np.mean(np.diff(np.asarray(values, np.float64), n=2, axis=1) ** 2)))


def squared_errors(truth: Values, predicted: Values) -> Array:
    """Return (N, T, C) squared differences.

    Raises:
        MetricError: The shapes differ, there is no window, or a value is no number.
    """
    if truth.shape != predicted.shape or truth.ndim != 3:
        raise MetricError(
            f"Predictions of shape {predicted.shape} do not fit a truth of shape {truth.shape}.",
            "Predict the windows that are compared with, as (windows, steps, channels).",
        )
    if not truth.size:
        raise MetricError("There is no window to compare.", "Choose a split whose test part is not empty.")
    errors = (np.asarray(predicted, np.float64) - np.asarray(truth, np.float64)) ** 2
    if not np.isfinite(errors).all():
        raise MetricError("A value to compare is no number.", "Check the data with `mia dataset validate`.")
    return errors
