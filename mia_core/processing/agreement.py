"""How well a prediction and a measurement agree, muscle by muscle: correlation, error and which comes later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import STEP_S, Floats

MIN_STEPS: Final = 50
"""Fewer steps than five seconds say nothing: one movement more or less would change all."""
MAX_LAG_S: Final = 0.5
"""Further than this nothing is looked for: an exercise's next repetition would be found."""
MIN_SPREAD: Final = 1e-3
"""A standard deviation below this, a thousandth of a maximal effort, is rest: its noise would be compared."""

MIN_PEAK: Final = 0.3
"""A highest correlation below this may be anything's, and no lag is told by it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two courses of activation agree; NaN where it can't be told.

    Attributes:
        r: (n_channels,) float32 Pearson's correlation, step by step, no lag taken out.
        rmse: (n_channels,) float32 root of the mean squared difference, in activation (1 = maximal effort).
        lag_s: (n_channels,) float32 by how much the prediction comes later than the measurement (negative: earlier), at
            the highest correlation within half a second; NaN too where that is low or at an end, so that it may lie
            beyond.
        n: (n_channels,) intp steps in which both are known.
    """

    r: Floats
    rmse: Floats
    lag_s: Floats
    n: NDArray[np.intp]


def agreement(predicted: Floats, measured: Floats, step_s: float = STEP_S) -> Agreement:
    """Compare a prediction with a measurement over the same steps.

    Args:
        predicted: (n_steps, n_channels) activation, NaN where unknown.
        measured: (n_steps, n_channels) activation, NaN where unknown.
        step_s: Seconds between steps, at most `MAX_LAG_S`.
    """
    both = np.isfinite(predicted) & np.isfinite(measured)
    n = np.count_nonzero(both, axis=0)
    if len(both) < MIN_STEPS:
        unknown = np.full(both.shape[1], np.nan, np.float32)
        return Agreement(unknown, unknown, unknown, np.asarray(n, np.intp))
    max_lag = round(MAX_LAG_S / step_s)
    lagged = _correlations(predicted, measured, max_lag)  # (lags, n_channels)
    squares = np.where(both, np.asarray(predicted, np.float64) - measured, 0.0) ** 2
    rmse = np.where(n >= MIN_STEPS, np.sqrt(squares.sum(axis=0) / np.maximum(n, 1)), np.nan)
    r = lagged[max_lag]
    lag_s = np.where(np.isfinite(r), (_peaks(lagged) - max_lag) * step_s, np.nan)
    return Agreement(_floats(r), _floats(rmse), _floats(lag_s), np.asarray(n, np.intp))


def _correlations(predicted: Floats, measured: Floats, max_lag: int) -> NDArray[np.float64]:
    """Return (2 max_lag + 1, n_channels) correlations with the prediction later by -max_lag to max_lag steps."""
    one, other = _moments(predicted), _moments(measured)  # (n_channels, 3, n_steps)
    padded = np.pad(other, ((0, 0), (0, 0), (max_lag, max_lag)))
    shifted = np.lib.stride_tricks.sliding_window_view(padded, one.shape[-1], axis=-1)[:, :, ::-1]
    # Products of all moments at all lags in one multiplication of matrices: sums over the steps known in both.
    sums = one @ shifted.reshape(len(one), -1, one.shape[-1]).swapaxes(1, 2)  # (n_channels, 3, 3 lags)
    n, y, yy, x, xy, _, xx, _, _ = np.moveaxis(sums.reshape(len(one), 9, -1), 1, 0).swapaxes(1, 2)  # (lags, n_channels)
    counted = np.maximum(n, 1)
    x_variance, y_variance = xx / counted - (x / counted) ** 2, yy / counted - (y / counted) ** 2
    can_tell = (n >= MIN_STEPS) & (np.minimum(x_variance, y_variance) > MIN_SPREAD**2)
    spread = np.sqrt(np.where(can_tell, x_variance * y_variance, 1.0))
    return np.where(can_tell, (xy / counted - x * y / counted**2) / spread, np.nan)


def _moments(values: Floats) -> NDArray[np.float64]:
    """Return (n_channels, 3, n_steps): whether known, the value about the channel's mean, its square; 0 if unknown."""
    known = np.isfinite(values).T
    filled = np.where(known, np.asarray(values, np.float64).T, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / np.maximum(np.count_nonzero(known, axis=1, keepdims=True), 1)
    centred = np.where(known, filled - mean, 0.0)
    return np.stack([known, centred, centred**2], axis=1)


def _peaks(lagged: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_channels) where along the lags the correlation is highest, by a parabola through three of them."""
    filled = np.where(np.isfinite(lagged), lagged, -np.inf)
    top = np.argmax(filled, axis=0)
    inside = (top > 0) & (top < len(lagged) - 1)
    channels = np.arange(lagged.shape[1])
    before, at, after = lagged[np.clip(top, 1, len(lagged) - 2) + np.array([[-1], [0], [1]]), channels]
    bend = before - 2 * at + after
    found = inside & (at >= MIN_PEAK) & np.isfinite(bend) & (bend < 0)
    return np.where(found, top + (before - after) / (2 * np.where(found, bend, -1.0)), np.nan)


def _floats(values: NDArray[np.float64]) -> Floats:
    return np.asarray(values, np.float32)
