"""Fit random processes to errors: what stays the same in a clip, what changes slowly or fast, what goes together."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.body_view import DETECTED
from mia_core.simulation.noise_measurement import mean_there

Array = NDArray[np.float64]

_D: Final = len(DETECTED)
_FAR: Final = 5.0
"""Errors count in covariances up to so many of their usual size."""
_LAGS: Final = np.array([1, 2, 3, 4, 6, 8, 11, 15, 20, 26])
"""Frames over which persistence is looked at."""
_SHRINK: Final = 0.1
"""How far correlations between keypoints are shrunk, as the clips are few."""
_MOST_VOLATILE: Final = 0.7
"""Greatest variance of the logarithm of an error's size between clips."""
_BY_CHANCE: Final = 0.15
"""Variance of the logarithm of a clip's size that comes from the clip being short."""
_SOON: Final = 4
"""Frames over which the persistence of visibility is read off."""


def error_process(clips: list[Array], hurry: list[Array]) -> dict[str, Array]:
    """Split errors into steady, slow and fast ones, and return the parameters that describe them.

    Args:
        clips: (T, 2D) errors of usual size.
        hurry: (T, D) logarithms by which changing errors are larger because of speed.
    """
    means = np.stack([mean_there(clip) for clip in clips])
    faster = [np.tile(np.exp(log), 2) for log in hurry]
    moving = [(clip - mean) / by for clip, mean, by in zip(clips, means, faster, strict=True)]
    changes = [np.diff(clip, axis=0) for clip in moving]
    spreads = [np.stack([np.sqrt(mean_there(clip**2)) for clip in clips]) for clips in (moving, changes)]
    log_sizes = [np.log(np.hypot(*spread.reshape(len(clips), 2, _D).transpose(1, 0, 2)) + 1e-9) for spread in spreads]
    together = _covariance([sizes - np.nanmean(sizes, axis=0) for sizes in log_sizes])
    changing = np.sqrt(np.clip(np.diag(together) - _BY_CHANCE, 0.0, _MOST_VOLATILE))
    volatility = np.stack([_volatility(np.abs(means)).reshape(2, _D).mean(axis=0), changing])
    calm_steady, calm = np.tile(np.exp(volatility**2), 2)
    covariance = _covariance(moving) / np.outer(calm, calm)
    slow_s, fast_s, share = np.array([_fit_persistence([clip[:, [d, _D + d]] for clip in moving]) for d in range(_D)]).T
    slow_share = np.tile(share, 2)
    return {
        "steady": _mixing(_covariance([means]) / np.outer(calm_steady, calm_steady)),
        "slow": _mixing(covariance * np.sqrt(np.outer(slow_share, slow_share))),
        "fast": _mixing(_with_variances(_covariance(changes), np.diag(covariance) * (1 - slow_share))),
        "slow_s": slow_s,
        "fast_s": fast_s,
        "volatility": np.stack([_mixing(_with_variances(together, part**2)) for part in volatility]),
    }


def _volatility(sizes: Array) -> Array:
    """Return the standard deviation of the logarithm of the size behind (clips, n) absolute values.

    Of a log-normal size times a normal number, the mean square over the squared mean is pi / 2 exp(sigma^2).
    """
    ratio = np.nanmean(sizes**2, axis=0) / np.nanmean(sizes, axis=0) ** 2 / (np.pi / 2)
    return np.asarray(np.sqrt(np.clip(np.log(ratio), 0.0, _MOST_VOLATILE)))


def _covariance(clips: list[Array]) -> Array:
    """Return the (n, n) covariance of columns about zero, NaN left out, outliers drawn in."""
    values = np.concatenate(clips)
    there = np.isfinite(values)
    bound = _FAR * 1.48 * np.nanmedian(np.abs(values), axis=0)
    bounded = np.where(there, np.clip(values, -bound, bound), 0.0)
    together = there.T.astype(float) @ there
    return np.asarray(bounded.T @ bounded / np.maximum(together, 1.0))


def _with_variances(covariance: Array, variances: Array) -> Array:
    """Return a covariance of the same correlations with other variances."""
    scale = np.sqrt(variances / np.maximum(np.diag(covariance), 1e-12))
    return np.asarray(covariance * np.outer(scale, scale))


def _fit_persistence(clips: list[Array]) -> tuple[float, float, float]:
    """Return the time constants of the slow and the fast part, and the slow part's share of the variance.

    They are read off the mean square change over time, relative to what it is in the end.
    """
    alike = [clip / np.sqrt(np.nanmean(clip**2)) for clip in clips if np.isfinite(clip).any()]
    grown = [np.nanmean(np.concatenate([(clip[lag:] - clip[:-lag]) ** 2 for clip in alike])) / 2 for lag in _LAGS]

    def misfit(p: Array) -> Array:
        keep, fast = np.exp(-1 / (MOTION_HZ * p[0])), 1 - np.exp(-_LAGS / (MOTION_HZ * p[1]))
        slow = 1 - (1 + _LAGS * (1 - keep**2) / (1 + keep**2)) * keep**_LAGS  # a double pole
        return np.asarray(np.log((p[2] * slow + (1 - p[2]) * fast) * p[3] / grown))

    found = least_squares(misfit, [0.2, 0.03, 0.8, 1.1], bounds=([0.05, 0.003, 0.02, 1.0], [1.0, 0.3, 0.99, 1.5])).x
    return float(found[0]), float(found[1]), float(found[2])


def visibility_process(clips: list[Array]) -> dict[str, Array]:
    """Return what describes how (T, D) visibilities differ from their means by view."""
    means = np.stack([mean_there(clip) for clip in clips])
    moving = [clip - mean for clip, mean in zip(clips, means, strict=True)]
    late = np.nanmean(np.concatenate([clip**2 for clip in moving]))
    change = np.nanmean(np.concatenate([(clip[_SOON:] - clip[:-_SOON]) ** 2 for clip in moving]))
    visibility_s = -_SOON / MOTION_HZ / np.log(np.clip(1 - change / (2 * late), 0.05, 0.97))
    return {
        "visibility_steady": _mixing(_covariance([means])),
        "visibility_slow": _mixing(_covariance(moving)),
        "visibility_s": np.asarray(visibility_s),
    }


def _mixing(covariance: Array) -> Array:
    """Return a matrix that turns rows of unit normals into errors of this covariance, shrunk a little."""
    shrunk = (1 - _SHRINK) * covariance + _SHRINK * np.diag(np.diag(covariance))
    values, vectors = np.linalg.eigh(shrunk)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
