"""How good predictions are, always next to always saying the mean."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.simulated_set import DataSetError
from mia_core.models.model_card import HeldOutMetrics
from mia_core.muscles import MONTAGE
from mia_core.samples import WINDOW_STEPS, Floats

LOOKAHEADS: Final = (0, 1, 2, 4)
"""Steps of future that a live read-out can wait for."""


def judge(
    predicted: Floats, truth: Floats, valid: NDArray[np.bool_], training_mean: Floats, data: str
) -> HeldOutMetrics:
    """Compare predicted with true activations.

    Args:
        predicted: (n, 30, 8) activation.
        truth: (n, 30, 8) activation, NaN where a muscle is not known at a valid step.
        valid: (n, 30) bool; the other steps are not judged.
        training_mean: (8,) what a model without skill would always say.
        data: What the windows are, in a few words.
    """
    squared = np.square(predicted - truth, dtype=np.float64)  # (n, 30, 8)
    by_muscle = np.sqrt(np.nanmean(squared[valid], axis=0))  # (8,)
    floor = np.sqrt(np.nanmean(np.square(truth[valid] - training_mean, dtype=np.float64), axis=0))  # (8,)
    at = {steps: WINDOW_STEPS - 1 - steps for steps in LOOKAHEADS}
    rmse_at = {steps: _rmse_at(squared, valid, position) for steps, position in at.items()}
    floor_squared = np.square(truth - training_mean, dtype=np.float64)
    floor_at = {steps: _rmse_at(floor_squared, valid, position) for steps, position in at.items()}
    correlation = [_pearson_r(predicted[valid][:, i], truth[valid][:, i]) for i in range(len(MONTAGE))]
    return HeldOutMetrics(
        data=data,
        windows=len(truth),
        rmse=_rms(by_muscle),
        rmse_over_mean=_rms(by_muscle) / max(_rms(floor), 1e-9),
        rmse_over_mean_by_muscle=_named(by_muscle / np.maximum(floor, 1e-9)),
        pearson_r=_named(correlation),
        rmse_by_lookahead={str(steps): rmse_at[steps] for steps in LOOKAHEADS},
        rmse_over_mean_by_lookahead={str(steps): rmse_at[steps] / max(floor_at[steps], 1e-9) for steps in LOOKAHEADS},
    )


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.square(values).mean()))


def _rmse_at(squared: NDArray[np.float64], valid: NDArray[np.bool_], position: int) -> float:
    """Return the error of one step of the window.

    Raises:
        DataSetError: That step is never valid, so nothing can be said of it.
    """
    chosen = squared[:, position][valid[:, position]]
    if not chosen.size:
        raise DataSetError("The data set has no valid frame to judge by.", "Simulate more, or other, motion.")
    return float(np.sqrt(np.nanmean(chosen)))


def _pearson_r(a: Floats, b: Floats) -> float:
    """Return the correlation where both are known, 0 when one side is constant."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a.astype(np.float64), b.astype(np.float64))[0, 1])


def _named(values: NDArray[np.float64] | list[float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(MONTAGE.names, values, strict=True)}
