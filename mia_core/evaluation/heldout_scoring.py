"""From predictions and truths to scores, always next to always saying the mean.

All scores but coverage follow from sums over the steps of each motion, so that a bootstrap over motions is a weighted
sum of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.evaluation.filmed_windows import FilmedWindows
from mia_core.models.activation_model import Prediction
from mia_core.models.heldout_scores import EffortScores, LiveScores
from mia_core.muscles import MONTAGE
from mia_core.processing.block_draws import draw_weights
from mia_core.samples import WINDOW_STEPS, Floats

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

LOOKAHEADS: Final = (0, 1, 2, 4)
"""Steps of future that a live read-out can wait for."""
LEAST_TRUTHS: Final = 10
"""Of fewer than so many steps no correlation is told."""
EFFORTS: Final = (0.0, 0.05, 0.1, 0.2, 0.4)
"""Where rest, light, moderate, hard and very hard work begin, as fractions of the maximal activation."""
_ARM: Final = np.array([placement.muscle.is_arm for placement in MONTAGE.placements])
_N, _P, _T, _PP, _TT, _PT, _ERROR, _MEAN_ERROR = range(8)
"""Sums by place: count, predicted, true, their squares and product, squared error of the model and of the mean."""


class HeldOutError(MiaError):
    """Held-out sets can't be made, or can't be used to judge a model."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one set; see `SetScores`, which they become a part of."""

    rmse: float
    rmse_mean_baseline: float
    ratio: float
    r: Mapping[str, float]
    r_legs: float
    r_arms: float
    coverage80: float | None
    coverage80_by_muscle: Mapping[str, float]
    by_lookahead: Mapping[str, LiveScores]
    by_effort: tuple[EffortScores, ...]
    interval95: Mapping[str, tuple[float, float]]


def score(
    name: str, windows: FilmedWindows, predicted: Prediction, mean: Floats, *, with_intervals: bool = False
) -> Scores:
    """Compare predictions with truths.

    Args:
        name: Of the set, for the error message.
        windows: What was predicted from, and the truth.
        predicted: (n, 30, 8).
        mean: (8,) what a model without skill would always say.
        with_intervals: Whether to bootstrap over motions.

    Raises:
        HeldOutError: No step is valid.
    """
    sums = _sums_by_motion(windows, predicted.values, mean)
    total = sums.sum(axis=0)
    if not total[:, _N].all():
        raise nothing_to_judge(name)
    r = _correlation(total)
    inside = _inside(windows, predicted)
    return Scores(
        rmse=float(_rms(total, _ERROR)),
        rmse_mean_baseline=float(_rms(total, _MEAN_ERROR)),
        ratio=float(_ratio(total)),
        r=_named(r),
        r_legs=float(r[~_ARM].mean()),
        r_arms=float(r[_ARM].mean()),
        coverage80=_share(inside, windows.valid),
        coverage80_by_muscle={} if inside is None else _named(inside[windows.valid].mean(axis=0)),
        by_lookahead={
            str(steps): _live(windows, predicted.values, inside, mean, steps)
            for steps in LOOKAHEADS
            if windows.valid[:, WINDOW_STEPS - 1 - steps].sum() >= LEAST_TRUTHS
        },
        by_effort=_by_effort(windows, predicted.values, inside),
        interval95=_bootstrap(sums) if with_intervals else {},
    )


def nothing_to_judge(name: str) -> HeldOutError:
    """Return the error that a set has no step with a truth."""
    return HeldOutError(f"The held-out set {name} has nothing to judge by.", "Make it again with `mia heldout`.")


def correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return Pearson's r of two series, 0 when one of them does not vary."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    sums = [len(a), a.sum(), b.sum(), (a * a).sum(), (b * b).sum(), (a * b).sum()]
    return float(_correlation(np.array(sums, np.float64)))


def _sums_by_motion(windows: FilmedWindows, predicted: Floats, mean: Floats) -> Array:
    """Return (motions, 8 muscles, 8 sums) over the valid steps of each motion."""
    motion = np.broadcast_to(windows.motion[:, np.newaxis], windows.valid.shape)[windows.valid]  # (steps,)
    p, t = (values[windows.valid].astype(np.float64) for values in (predicted, windows.activation))  # (steps, 8)
    terms = np.stack([np.ones_like(p), p, t, p * p, t * t, p * t, (p - t) ** 2, (t - mean) ** 2], axis=-1)
    return np.stack([terms[motion == number].sum(axis=0) for number in range(windows.motion.max(initial=0) + 1)])


def _rms(sums: Array, of: int) -> Array:
    """Return (...) the root mean square over all muscles of (..., 8, 8) sums."""
    return np.asarray(np.sqrt(sums[..., of].sum(axis=-1) / sums[..., _N].sum(axis=-1)))


def _ratio(sums: Array) -> Array:
    return np.asarray(_rms(sums, _ERROR) / np.maximum(_rms(sums, _MEAN_ERROR), 1e-9))


def _correlation(sums: Array) -> Array:
    """Return (...) the correlations of (..., sums); 0 where one side does not vary."""
    n = np.maximum(sums[..., _N], 1)
    covariance = sums[..., _PT] - sums[..., _P] * sums[..., _T] / n
    of_predicted = sums[..., _PP] - sums[..., _P] ** 2 / n
    of_true = sums[..., _TT] - sums[..., _T] ** 2 / n
    # Below this the differences of sums are rounding errors: the series is a constant.
    varies = (of_predicted > 1e-9 * sums[..., _PP]) & (of_true > 1e-9 * sums[..., _TT])
    return np.where(varies, covariance / np.sqrt(np.where(varies, of_predicted * of_true, 1.0)), 0.0)


def _live(windows: FilmedWindows, predicted: Floats, inside: Bools | None, mean: Floats, lookahead: int) -> LiveScores:
    """Score only the step that has so many steps after it in its window."""
    valid = np.zeros_like(windows.valid)
    step = WINDOW_STEPS - 1 - lookahead
    valid[:, step] = windows.valid[:, step]
    sums = _sums_by_motion(replace(windows, valid=valid), predicted, mean).sum(axis=0)
    r = _correlation(sums)
    return LiveScores(
        rmse=float(_rms(sums, _ERROR)),
        ratio=float(_ratio(sums)),
        r_legs=float(r[~_ARM].mean()),
        r_arms=float(r[_ARM].mean()),
        coverage80=_share(inside, valid),
    )


def _by_effort(windows: FilmedWindows, predicted: Floats, inside: Bools | None) -> tuple[EffortScores, ...]:
    """Score rest, light and hard work apart; without what the set does not hold."""
    truth, valid = windows.activation, windows.valid[..., np.newaxis]
    rows = []
    for least, next_least in pairwise((*EFFORTS, np.inf)):
        these = valid & (truth >= least) & (truth < next_least)
        if these.any():
            rows.append(
                EffortScores(
                    least=least,
                    steps=int(these.sum()),
                    said=round(float(predicted[these].mean(dtype=np.float64)), 4),
                    true=round(float(truth[these].mean(dtype=np.float64)), 4),
                    coverage80=_share(inside, these),
                )
            )
    return tuple(rows)


def _inside(windows: FilmedWindows, predicted: Prediction) -> Bools | None:
    """Return (n, 30, 8) whether truths are inside their interval, None when the model gives none."""
    low, high, truth = predicted.low, predicted.high, windows.activation
    if np.isnan(low[windows.valid]).any() or np.isnan(high[windows.valid]).any():
        return None
    return np.asarray((low <= truth) & (truth <= high))


def _share(inside: Bools | None, of: Bools) -> float | None:
    return None if inside is None else round(float(inside[of].mean()), 4)


def _bootstrap(sums: Array) -> dict[str, tuple[float, float]]:
    """Return the intervals that hold 95 % of what as many motions, drawn anew from these, give."""
    drawn = np.einsum("dm,mcs->dcs", draw_weights(len(sums)), sums)
    drawn = drawn[drawn[:, :, _N].all(axis=1)]
    r = _correlation(drawn)  # (draws, 8)
    series = {
        "ratio": _ratio(drawn),
        "r_legs": r[:, ~_ARM].mean(axis=1),
        "r_arms": r[:, _ARM].mean(axis=1),
        **dict(zip(MONTAGE.names, r.T, strict=True)),
    }
    return {key: (_percentile(values, 2.5), _percentile(values, 97.5)) for key, values in series.items()}


def _percentile(values: Array, percent: float) -> float:
    return round(float(np.percentile(values, percent)), 4)


def _named(values: Array) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(MONTAGE.names, values, strict=True)}
