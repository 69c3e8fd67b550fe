"""How sure a number is: bootstrap over blocks of time, since neighbouring windows tell almost the same.

Whatever is asked is a function of sums over windows. A block's windows are summed once; a draw weighs the blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.metrics import Array, Labels, Values, squared_errors
from mia_core.processing.block_draws import draw_weights

BLOCK_STEPS: Final = 300
"""30 s at 10 Hz: many times longer than a movement is remembered."""
LEVEL: Final = 0.95
MIN_BLOCKS: Final = 10
"""Of fewer, an interval is too narrow to show anything."""

Statistic = Callable[[Array], Array]
"""From (draws, K) sums to (draws,) values."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and what it might have been with as many other blocks.

    Attributes:
        value: From all blocks.
        low: Lower end of the percentile interval at `LEVEL`; NaN with fewer than two blocks.
        high: Upper end.
        n_blocks: Blocks that were drawn from. Below `MIN_BLOCKS` the interval is too narrow.
    """

    value: float
    low: float
    high: float
    n_blocks: int


def time_blocks(subject: Labels, exercise: Labels, recording: Labels, start_step: Labels) -> NDArray[np.intp]:
    """Return (N,) the block of every window, numbered from 0: same subject, exercise, recording and 30 s.

    A window belongs to the block it starts in.
    """
    keys = np.stack([subject, exercise, recording, start_step // BLOCK_STEPS], axis=1).astype(np.int64)
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1), np.intp)


def block_sums(terms: Array, block: NDArray[np.intp]) -> Array:
    """Return (blocks, ...) sums of (N, ...) terms over the windows of each block."""
    sums = np.zeros((int(block.max()) + 1, *terms.shape[1:]))
    np.add.at(sums, block, terms)
    return sums


def bootstrap(sums: Array, statistic: Statistic) -> Interval:
    """Return a statistic of the sums of all blocks with its interval.

    Args:
        sums: (blocks, K).
        statistic: What is asked, of (draws, K) sums; NaN where a draw can't tell, which is left out.
    """
    value = float(statistic(sums.sum(axis=0, keepdims=True))[0])
    if len(sums) < 2:
        return Interval(value, float("nan"), float("nan"), len(sums))
    return percentile_interval(value, statistic(draw_weights(len(sums)) @ sums), len(sums))


def percentile_interval(value: float, drawn: Array, n_blocks: int) -> Interval:
    """Return the interval that holds the middle `LEVEL` of the drawn values."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Interval(value, float("nan"), float("nan"), n_blocks)
    low, high = np.percentile(known, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(value, float(low), float(high), n_blocks)


def rmse_interval(truth: Values, predicted: Values, block: NDArray[np.intp], weights: Array | None = None) -> Interval:
    """Return the root mean squared error over all windows with its interval.

    Args:
        truth: (N, T, C).
        predicted: (N, T, C).
        block: (N,) of `time_blocks`; need not be contiguous, so that rows of one exercise can be taken out.
        weights: (N,) > 0, or None.

    Raises:
        MetricError: The shapes differ, there is no window, or a value is no number.
    """
    sums = block_sums(_error_terms(truth, predicted, weights), _renumbered(block))
    return bootstrap(sums, lambda drawn: np.sqrt(drawn[:, 0] / drawn[:, 1]))


def mean_of_exercises_interval(
    truth: Values, predicted: Values, exercise: Labels, block: NDArray[np.intp], weights: Array | None = None
) -> Interval:
    """Return the mean of the exercises' root mean squared errors with its interval; arguments as above.

    A draw without any block of an exercise takes the mean of the others.
    """
    terms = _error_terms(truth, predicted, weights)  # (N, 2)
    own = exercise[:, np.newaxis] == np.unique(exercise)  # (N, exercises)
    sums = block_sums(own[:, :, np.newaxis] * terms[:, np.newaxis], _renumbered(block))
    return bootstrap(sums.reshape(len(sums), -1), _mean_rmse)


def channel_r_interval(
    truth: Values, predicted: Values, block: NDArray[np.intp], channel: int, weights: Array | None = None
) -> Interval:
    """Return Pearson's correlation of one muscle with its interval; NaN where one side does not vary."""
    squared_errors(truth, predicted)  # refuses what can't be compared
    x, y = (np.asarray(values[..., channel], np.float64) for values in (truth, predicted))
    x, y = x - x.mean(), y - y.mean()  # about the mean, so that differences of sums stay exact
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=-1).sum(axis=1)  # (N, 6)
    terms = terms if weights is None else terms * weights[:, np.newaxis]
    return bootstrap(block_sums(terms, _renumbered(block)), _correlation)


def _error_terms(truth: Values, predicted: Values, weights: Array | None) -> Array:
    """Return (N, 2): weighted mean squared error, weight."""
    errors = squared_errors(truth, predicted).mean(axis=(1, 2))
    weights = np.ones(len(errors)) if weights is None else weights
    return np.stack([errors * weights, weights], axis=1)


def _renumbered(block: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.asarray(np.unique(block, return_inverse=True)[1], np.intp)


def _mean_rmse(drawn: Array) -> Array:
    """Return (draws,) from (draws, 2 exercises)."""
    errors, weights = np.moveaxis(drawn.reshape(len(drawn), -1, 2), -1, 0)
    there = weights > 0
    roots = np.where(there, np.sqrt(errors / np.where(there, weights, 1.0)), 0.0)
    return np.asarray(roots.sum(axis=1) / there.sum(axis=1))


def _correlation(drawn: Array) -> Array:
    """Return (draws,) from (draws, 6) sums."""
    n, x, y, xx, yy, xy = drawn.T
    spread = (xx - x * x / n) * (yy - y * y / n)
    can_tell = spread > 1e-12
    return np.where(can_tell, (xy - x * y / n) / np.sqrt(np.where(can_tell, spread, 1.0)), np.nan)
