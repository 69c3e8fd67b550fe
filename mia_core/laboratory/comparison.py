"""Whether one model is better than another: the same windows, the same blocks, several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon

from mia_core.laboratory.bootstrap import MIN_BLOCKS, Interval, block_sums, percentile_interval
from mia_core.laboratory.metrics import Array, Labels, MetricError, Values, squared_errors
from mia_core.processing.block_draws import draw_weights

MIN_SEEDS: Final = 3
"""Fewer trainings do not tell how much of a difference is luck."""
_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """One model against another.

    Attributes:
        difference: RMSE of the first less that of the second, pooled and averaged over seeds, in the unit of the data;
            negative when the first is better. Its interval covers other blocks and other seeds.
        by_seed: The difference of each pair of trainings.
        better: Exercises in which the first is better, averaged over seeds.
        worse: Exercises in which it is worse.
        wilcoxon_p: Two-sided, of the exercises' differences (signed-rank test); None when there is none to rank.
    """

    difference: Interval
    by_seed: tuple[float, ...]
    better: int
    worse: int
    wilcoxon_p: float | None

    @property
    def is_shown(self) -> bool:
        """Whether a difference is shown: enough seeds and blocks, and 0 outside the interval."""
        enough = len(self.by_seed) >= MIN_SEEDS and self.difference.n_blocks >= MIN_BLOCKS
        return enough and (self.difference.low > 0 or self.difference.high < 0)


def compare(
    truth: Values,
    first: Sequence[Values],
    second: Sequence[Values],
    exercise: Labels,
    block: NDArray[np.intp],
    weights: Array | None = None,
) -> Comparison:
    """Compare two models on the same windows.

    Args:
        truth: (N, T, C).
        first: Predictions of the first model, one of each seed; a single one stands for all (a method without luck).
        second: Predictions of the second model, likewise.
        exercise: (N,).
        block: (N,) of `time_blocks`.
        weights: (N,) > 0, or None.

    Raises:
        MetricError: The numbers of seeds differ, or something can't be compared.
    """
    n_seeds = max(len(first), len(second))
    if {len(first), len(second)} - {1, n_seeds} or not n_seeds:
        raise MetricError(
            f"{len(first)} trainings can't be paired with {len(second)}.", "Train both models with the same seeds."
        )
    errors = np.stack(  # (2 models, seeds, N)
        [_errors(truth, predictions, n_seeds) for predictions in (first, second)]
    )
    weights = np.ones(len(truth)) if weights is None else weights
    total = float(weights.sum())
    roots = np.sqrt((errors * weights).sum(axis=-1) / total)  # (2, seeds)
    by_seed = roots[0] - roots[1]
    blocks = np.asarray(np.unique(block, return_inverse=True)[1], np.intp)
    terms = np.concatenate([errors.reshape(2 * n_seeds, -1), np.ones((1, len(truth)))]) * weights
    sums = block_sums(terms.T, blocks)  # (blocks, 2 seeds + 1)
    differences = _by_exercise(errors, exercise, weights)
    return Comparison(
        difference=_interval(float(by_seed.mean()), sums, n_seeds),
        by_seed=tuple(float(value) for value in by_seed),
        better=int(np.count_nonzero(differences < 0)),
        worse=int(np.count_nonzero(differences > 0)),
        wilcoxon_p=float(wilcoxon(differences).pvalue) if np.any(differences) else None,
    )


def _errors(truth: Values, predictions: Sequence[Values], n_seeds: int) -> Array:
    """Return (seeds, N) mean squared errors."""
    errors = np.stack([squared_errors(truth, predicted).mean(axis=(1, 2)) for predicted in predictions])
    return np.broadcast_to(errors, (n_seeds, len(truth)))


def _by_exercise(errors: Array, exercise: Labels, weights: Array) -> Array:
    """Return (exercises,) differences of RMSE, averaged over seeds."""
    roots = np.stack(
        [
            np.sqrt(np.average(errors[..., exercise == number], axis=-1, weights=weights[exercise == number]))
            for number in np.unique(exercise)
        ]
    )  # (exercises, 2, seeds)
    return np.asarray((roots[:, 0] - roots[:, 1]).mean(axis=-1))


def _interval(value: float, sums: Array, n_seeds: int) -> Interval:
    """Draw blocks and, of each draw, seeds: pairs of trainings stay pairs, and both models see the same blocks."""
    if len(sums) < 2:
        return Interval(value, float("nan"), float("nan"), len(sums))
    drawn = draw_weights(len(sums)) @ sums  # (draws, 2 seeds + 1)
    roots = np.sqrt(drawn[:, :-1] / drawn[:, -1:]).reshape(len(drawn), 2, n_seeds)
    pairs = roots[:, 0] - roots[:, 1]  # (draws, seeds)
    seeds = np.random.default_rng(_SEED).integers(n_seeds, size=pairs.shape)
    return percentile_interval(value, np.take_along_axis(pairs, seeds, axis=1).mean(axis=1), len(sums))
