"""Fit the parameters of the detector's noise to recordings. Left and right are taken to be alike.

Every clip is used twice, as it is and in a mirror, so that the parameters are symmetric. Clips are short: the part of
an error that stays the same in a clip is what is left after the mean by view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.motion_clip import MOTION_HZ
from mia_core.samples import Floats
from mia_core.simulation.body_view import DETECTED
from mia_core.simulation.detector_noise import DetectorNoise, growth, hurry
from mia_core.simulation.detector_recording import DetectorRecording, simulated_again
from mia_core.simulation.noise_measurement import D_MIRROR, Measurement, mean_there
from mia_core.simulation.noise_parameters import SURE, SWAPS, VIEWS, NoiseParameters
from mia_core.simulation.noise_process import error_process, visibility_process

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

_D: Final = len(DETECTED)
_ROUNDS: Final = 6
_SMOOTH: Final = 20.0
"""Frames' worth of weight that pulls neighbouring views together."""
_OUTLIER: Final = 3.0
"""Residuals count fully up to so many of their usual size."""
_SHORT_S: Final = 0.1
"""How long what never happened so far is thought to last."""
_MOST_EVENTS: Final = 3.0
"""Swaps and losses of one clip count as so many at most: one person whom it can hardly read does not decide."""
_UNSEEN: Final = 0.5
"""Events that are added to those seen: what never happened so far is rare, not impossible."""
_PRIOR_S: Final = 20.0
"""Seconds at the mean rate that every view starts from, as swaps and losses are rare."""


def fit(recordings: Sequence[DetectorRecording]) -> NoiseParameters:
    """Return the parameters that describe the recordings.

    Args:
        recordings: Clips of at least 2 s from all sides, at `MOTION_HZ`.
    """
    once = [Measurement.of(recording) for recording in recordings]
    clips = [*once, *(clip.mirrored() for clip in once)]
    starts = np.cumsum([len(clip.error) for clip in clips])[:-1]
    error, velocity = (np.concatenate([getattr(clip, name) for clip in clips]) for name in ("error", "velocity"))
    visibility, hidden, known, azimuth = (
        np.concatenate([getattr(clip, name) for clip in clips]) for name in ("visibility", "hidden", "known", "azimuth")
    )
    hats = _hats(azimuth)
    shown, hiding, unshown = _fit_visibility(hats, visibility, hidden, known)
    bias, lag_s, residual = _fit_bias(hats, error, velocity, known)
    doubt = _fit_doubt(residual, visibility, known)
    scaled = np.where(known[:, None], residual / np.exp(growth(visibility, doubt))[:, None], np.nan)
    haste = _fit_haste(clips, scaled, starts)
    fitted = {
        "bias": bias,
        "haste": haste,
        "lag_s": lag_s,
        "visibility": shown,
        "hiding": hiding,
        "doubt": doubt,
        **error_process(np.split(scaled.reshape(-1, 2 * _D), starts), [haste * _hurry(clip) for clip in clips]),
        **visibility_process(np.split(np.where(known, unshown, np.nan), starts)),
        **_fit_events(clips),
    }
    first = NoiseParameters(**{name: np.asarray(value, np.float32) for name, value in fitted.items()})
    return _calibrated(first, recordings)


def _calibrated(parameters: NoiseParameters, recordings: Sequence[DetectorRecording]) -> NoiseParameters:
    """Scale steady, slow and fast errors so that, simulated on the same clips, they are as large as the detector's.

    What the model's form leaves out (outliers that were drawn in, bounds, parts that mix) is made up for here.
    """
    goal = _sizes(recordings, parameters)
    for round_number in range(_ROUNDS):
        rng = np.random.default_rng(round_number)
        again = [copy for _ in range(2) for copy in simulated_again(DetectorNoise(parameters), recordings, rng)]
        ratio = np.clip(goal / _sizes(again, parameters), 0.6, 1.6)  # (3, D)
        parameters = replace(
            parameters,
            **{
                name: np.asarray(getattr(parameters, name) * np.tile(ratio[part], 2), np.float32)
                for part, name in enumerate(("steady", "slow", "fast"))
            },
        )
    return parameters


def _sizes(recordings: Sequence[DetectorRecording], parameters: NoiseParameters) -> Array:
    """Return (3, D) sizes: of clips' mean errors beyond the bias, of errors about these, of changes.

    They are root mean squares of each clip, averaged geometrically over clips: what is typical.
    """
    clips = []
    for recording in recordings:
        clip = Measurement.of(recording)
        beyond = clip.error - np.tensordot(_hats(clip.azimuth), parameters.bias, 1)
        beyond = np.where(clip.known[:, None], beyond + parameters.lag_s * clip.velocity, np.nan)
        mean = mean_there(beyond)
        parts = (mean**2, mean_there((beyond - mean) ** 2), mean_there(np.diff(beyond, axis=0) ** 2))
        clips.append([np.log(part.sum(axis=0) + 1e-12) / 2 for part in parts])
    sizes = np.nanmean(np.array(clips), axis=0)
    return np.asarray(np.exp((sizes + sizes[:, D_MIRROR]) / 2))


def _hats(azimuth: Floats) -> Array:
    """Return (n, 12) weights of the views in the interpolation at n azimuths."""
    at = azimuth.astype(np.float64) * (VIEWS / (2 * np.pi))
    away = np.abs((at[:, None] - np.arange(VIEWS) + VIEWS / 2) % VIEWS - VIEWS / 2)
    return np.asarray(np.maximum(1 - away, 0.0))


def _views_apart() -> Array:
    """Return (12, 12) differences of neighbouring views."""
    return np.asarray(np.eye(VIEWS) - np.roll(np.eye(VIEWS), 1, axis=1))


def _least_squares(features: Array, target: Array, rounds: int = _ROUNDS) -> Array:
    """Solve least squares; from the second round on outliers count less.

    The first 12 features are views, whose neighbours are pulled together a little.
    """
    pull = np.zeros((VIEWS, features.shape[1]))
    pull[:, :VIEWS] = np.sqrt(_SMOOTH) * _views_apart()
    weight = np.ones(len(target))
    solution = np.zeros((features.shape[1], *target.shape[1:]))
    for _ in range(rounds):
        weighted = features * weight[:, None]
        normal = features.T @ weighted + pull.T @ pull + 1e-6 * np.eye(features.shape[1])
        solution = np.linalg.solve(normal, weighted.T @ target)
        left = np.abs(target - features @ solution)
        weight = np.minimum(1.0, _OUTLIER * np.median(left) / np.maximum(left, 1e-9))
    return solution


def _fit_visibility(hats: Array, visibility: Floats, hidden: Floats, known: Bools) -> tuple[Array, Array, Array]:
    """Return mean visibility by view (12, D), the effect of hiding (D,), and what is left (n, D)."""
    shown, hiding, left = np.zeros((VIEWS, _D)), np.zeros(_D), np.zeros(visibility.shape)
    for d in range(_D):
        features = np.column_stack([hats, hidden[:, d]])
        use = known[:, d]
        solution = _least_squares(features[use], visibility[use, d].astype(np.float64), rounds=1)
        shown[:, d], hiding[d] = solution[:VIEWS], solution[VIEWS]
        left[:, d] = visibility[:, d] - features @ solution
    return shown, hiding, left


def _fit_bias(hats: Array, error: Floats, velocity: Floats, known: Bools) -> tuple[Array, Array, Array]:
    """Return bias by view (12, 2, D), lag (D,) in seconds, and what is left (n, 2, D)."""
    bias, lag_s, left = np.zeros((VIEWS, 2, _D)), np.zeros(_D), np.zeros(error.shape)
    for d in range(_D):
        use = known[:, d]
        blank = np.zeros_like(hats[use])
        features = np.concatenate(
            [
                np.column_stack([hats[use], blank, -velocity[use, 0, d]]),
                np.column_stack([blank, hats[use], -velocity[use, 1, d]]),
            ]
        )
        solution = _least_squares(features, np.concatenate([error[use, 0, d], error[use, 1, d]]).astype(np.float64))
        bias[:, 0, d], bias[:, 1, d], lag_s[d] = solution[:VIEWS], solution[VIEWS:-1], solution[-1]
        left[:, :, d] = error[:, :, d] - hats @ bias[:, :, d] + lag_s[d] * velocity[:, :, d]
    return bias, lag_s, left


def _fit_doubt(residual: Array, visibility: Floats, known: Bools) -> Array:
    """Return (D,) by how much the logarithm of an error's size grows as visibility falls by one below `SURE`.

    The mean square error is fitted as exp(2 (level + doubt x)), by Fisher scoring.
    """
    doubt = np.zeros(_D)
    for d in range(_D):
        square = (residual[known[:, d], :, d] ** 2).sum(axis=1)
        less = np.maximum(SURE - visibility[known[:, d], d], 0.0).astype(np.float64)
        features = np.column_stack([np.ones_like(less), less])
        solution = np.array([0.5 * np.log(square.mean()), 0.0])
        for _ in range(_ROUNDS):
            expected = np.exp(2 * features @ solution)
            solution = solution + np.linalg.lstsq(features, (square / expected - 1) / 2, rcond=None)[0]
            solution[1] = np.clip(solution[1], 0.0, 0.8)
        doubt[d] = solution[1]
    return doubt


def _hurry(clip: Measurement) -> Array:
    """Return (T, D) how fast joints move, as `detector_noise.hurry` counts it."""
    return np.asarray(hurry(np.hypot(*clip.velocity.swapaxes(0, 1))[None], MOTION_HZ)[0], np.float64)


def _fit_haste(clips: list[Measurement], scaled: Array, starts: NDArray[np.intp]) -> Array:
    """Return (D,) exponents of the growth of changing errors with speed, from how they change between frames."""
    change = np.concatenate([np.diff(clip, axis=0, prepend=np.nan) for clip in np.split(scaled, starts)])
    log_change = 0.5 * np.log((change**2).sum(axis=1) + 1e-8)  # (n, D)
    fast = np.concatenate([_hurry(clip) for clip in clips])
    use = np.isfinite(log_change)
    return np.array([np.polyfit(fast[use[:, d], d], log_change[use[:, d], d], 1)[0] for d in range(_D)])


def _fit_events(clips: list[Measurement]) -> dict[str, Array]:
    """Return rates by view and mean durations of swaps and of losses."""
    rates, durations = np.zeros((VIEWS, len(SWAPS) + 1)), np.zeros(len(SWAPS) + 1)
    for event in range(len(SWAPS) + 1):
        begun, free_s, on_s = np.zeros(VIEWS), np.zeros(VIEWS), 0.0
        for clip in clips:
            on = clip.lost if event == len(SWAPS) else clip.swapped[:, event]
            told = np.ones_like(on) if event == len(SWAPS) else clip.decidable[:, event]
            view = np.round(clip.azimuth * (VIEWS / (2 * np.pi))).astype(int) % VIEWS
            starts = on & ~np.roll(on, 1)
            starts[0] = on[0]
            counted = min(1.0, _MOST_EVENTS / max(starts.sum(), 1))
            begun += counted * np.bincount(view[starts], minlength=VIEWS)
            free_s += np.bincount(view[told & ~on], minlength=VIEWS) / MOTION_HZ
            on_s += counted * on.sum() / MOTION_HZ
        mean_hz = (begun.sum() + _UNSEEN) / free_s.sum()
        rates[:, event] = (begun + _PRIOR_S * mean_hz) / (free_s + _PRIOR_S)
        durations[event] = on_s / begun.sum() if begun.sum() else _SHORT_S
    return {
        "swap_hz": rates[:, :-1],
        "swap_s": durations[:-1],
        "loss_hz": rates[:, -1],
        "loss_s": np.asarray(durations[-1]),
    }
