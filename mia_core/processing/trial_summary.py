"""What a coach or researcher reads off one trial: how much, when, left against right, partner against partner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.samples import STEP_S, Floats, Times

PEAK_S: Final = 0.5
"""A peak is the highest mean over so long, as of a maximal effort: one noisy step is none."""
MIN_KNOWN: Final = 0.5
"""Share of a trial's steps in which a muscle must be known."""
MIN_LEVEL: Final = 0.02
"""Means below this, in activation, are rest: ratios of them say nothing."""
_ROUNDING_S: Final = 1e-6

ANTAGONISTS: Final = tuple((muscle, muscle.antagonist) for muscle in Muscle if muscle.is_front)


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """One trial in numbers; NaN where too little is known, or both are at rest.

    Attributes:
        duration_s: Length of the trial.
        known: (8,) share in [0, 1] of the steps in which the muscle is known.
        mean: (8,) mean activation, 1 = maximal effort.
        peak: (8,) highest mean over 0.5 s.
        peak_at_s: (8,) middle of that half second, from the begin of the trial.
        asymmetry: (4,) (right - left) / half their sum of the means, in [-2, 2], in the order of `Muscle`; 0 is even,
            positive is more on the right (Robinson et al., J Manipulative Physiol Ther 10, 1987).
        co_contraction: (2, 2) share in [0, 1] that both partners have in common, 2 sum min(a, b) / sum (a + b): rows
            left and right, columns `ANTAGONISTS` (Falconer and Winter, Electromyogr Clin Neurophysiol 25, 1985).
    """

    duration_s: float
    known: Floats
    mean: Floats
    peak: Floats
    peak_at_s: Floats
    asymmetry: Floats
    co_contraction: Floats


def steps_of_trial(times_s: Times, begin_s: float, end_s: float) -> NDArray[np.bool_]:
    """Return (n,) which steps are of a trial: from the first whose pose, a mean over 0.1 s, lies in it, to its end.

    Args:
        times_s: (n,) times of the steps.
        begin_s: When the trial began.
        end_s: When it ended.
    """
    return (times_s - STEP_S >= begin_s - _ROUNDING_S) & (times_s <= end_s + _ROUNDING_S)


def summarise_trial(times_s: Times, activation: Floats, begin_s: float, end_s: float) -> TrialSummary:
    """Return what a trial was like.

    Args:
        times_s: (n,) times of the steps of the 10 Hz grid, ascending.
        activation: (n, 8) activation of the montage, predicted or measured, NaN where unknown.
        begin_s: When the trial began, on the same time line.
        end_s: When it ended.
    """
    inside = steps_of_trial(times_s, begin_s, end_s)
    values = np.asarray(activation[inside], np.float64)
    n, n_muscles = values.shape
    finite = np.isfinite(values)
    known = finite.mean(axis=0) if n else np.zeros(n_muscles)
    enough = known >= MIN_KNOWN
    filled = np.where(finite, values, 0.0)
    mean = np.where(enough, filled.sum(axis=0) / np.maximum(finite.sum(axis=0), 1), np.nan)
    peak, peak_at_s = _peaks(times_s[inside] - begin_s, values)
    by_side = {side: mean[[MONTAGE.placements.index(Placement(side, muscle)) for muscle in Muscle]] for side in Side}
    total = by_side[Side.LEFT] + by_side[Side.RIGHT]
    half = np.where(total > 2 * MIN_LEVEL, total / 2, np.nan)
    asymmetry = (by_side[Side.RIGHT] - by_side[Side.LEFT]) / half
    co_contraction = [[_common(values, side, a, b) for a, b in ANTAGONISTS] for side in Side]
    return TrialSummary(
        end_s - begin_s,
        _floats(known),
        _floats(mean),
        _floats(np.where(enough, peak, np.nan)),
        _floats(np.where(enough, peak_at_s, np.nan)),
        _floats(asymmetry),
        _floats(co_contraction),
    )


def peak_means(values: Floats | Times) -> Floats | Times:
    """Return the means over every `PEAK_S` of the 10 Hz grid.

    Args:
        values: (n, ...) one row per step.

    Returns:
        (n - 4, ...) NaN where not all is known; none of less than half a second.
    """
    n_steps = round(PEAK_S / STEP_S)
    if len(values) < n_steps:
        return np.empty((0, *values.shape[1:]), values.dtype)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, n_steps, axis=0).mean(axis=-1))


def _peaks(since_s: Times, values: Times) -> tuple[Times, Times]:
    """Return (8,) the highest mean over `PEAK_S` in which all is known, and when; NaN without any."""
    n_steps = round(PEAK_S / STEP_S)
    means = peak_means(values)  # (n - 4, 8)
    if not len(means):
        nowhere = np.full(values.shape[1], np.nan)
        return nowhere, nowhere
    lowest = np.where(np.isfinite(means), means, -np.inf)
    top = np.argmax(lowest, axis=0)
    peak = lowest[top, np.arange(values.shape[1])]
    is_known = np.isfinite(peak)
    middle_s = (since_s[top] + since_s[top + n_steps - 1]) / 2
    return np.where(is_known, peak, np.nan), np.where(is_known, middle_s, np.nan)


def _common(values: Times, side: Side, one: Muscle, other: Muscle) -> float:
    a, b = (values[:, MONTAGE.placements.index(Placement(side, muscle))] for muscle in (one, other))
    both = np.isfinite(a) & np.isfinite(b)
    if np.count_nonzero(both) < MIN_KNOWN * max(len(values), 1):
        return float("nan")
    total = float((a[both] + b[both]).sum())
    if total <= 2 * MIN_LEVEL * np.count_nonzero(both):
        return float("nan")
    return 2 * float(np.minimum(a[both], b[both]).sum()) / total


def _floats(values: object) -> Floats:
    return np.asarray(values, np.float32)
