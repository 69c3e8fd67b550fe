"""The measured walk: does what the model says go up and down with the sEMG that was measured, and with the simulator?

It is one walk of one person of little more than a second: an indication, no test.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.dataset.filmed_set import FilmedClip
from mia_core.evaluation.filmed_windows import FilmedSteps, cut
from mia_core.evaluation.heldout_scoring import correlation
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.heldout_scores import WalkAgreement
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import MONTAGE
from mia_core.processing.step_mean import FRAMES_PER_STEP
from mia_core.samples import WINDOW_STEPS, Floats

LAGS_FRAMES: Final = tuple(range(-4, 7))
"""Lags that are tried: the measured envelope may come 133 ms after the other series, to 200 ms before it. sEMG precedes
force by 30 to 100 ms, which the simulator already has in its activations."""


def walk_agreement(model: WindowModel, clip: FilmedClip) -> tuple[WalkAgreement, ...]:
    """Compare the model, the simulator and the measured envelope, for every muscle that was measured.

    The model reads every step with its default look-ahead, as in live use.

    Raises:
        ValueError: Nothing was measured in this clip.
    """
    if clip.measured is None:
        raise ValueError(f"{clip.name} was not measured")
    said = _read_out(model, clip)  # (n, 8) at 10 Hz
    ends = np.arange(1, len(said) + 1) * FRAMES_PER_STEP
    said = np.where(clip.valid[ends, np.newaxis], said, np.float32(np.nan))
    agreements = []
    for channel, muscle in enumerate(MONTAGE.names):
        measured = clip.measured[:, channel]
        if np.isnan(measured).all():
            continue
        simulated = np.where(clip.valid[ends], clip.activation[ends, channel], np.float32(np.nan))
        best, lag = _best(said[:, channel], measured)
        best_simulated, lag_simulated = _best(simulated, measured)
        agreements.append(
            WalkAgreement(
                camera=clip.name.partition("@")[2],
                muscle=muscle,
                r_simulator=correlation(said[clip.valid[ends], channel], simulated[clip.valid[ends]]),
                r_measured=_at_lag(said[:, channel], measured, 0),
                best_r_measured=best,
                best_lag_s=lag / MOTION_HZ,
                simulator_r_measured=_at_lag(simulated, measured, 0),
                simulator_best_r_measured=best_simulated,
                simulator_best_lag_s=lag_simulated / MOTION_HZ,
            )
        )
    return tuple(agreements)


def _read_out(model: WindowModel, clip: FilmedClip) -> Floats:
    """Return (n, 8) what a live read-out says at every step; at the end with what look-ahead is left."""
    steps = FilmedSteps.of(clip)
    at = np.arange(len(steps))
    ends = np.minimum(at + model.card.default_lookahead_steps, len(steps) - 1)
    windows = cut(steps, clip.image_size_px, ends)
    predicted = model.predict_windows(windows.keypoints_px, windows.confidence, windows.image_sizes_px)
    return np.asarray(predicted.values[at, WINDOW_STEPS - 1 - (ends - at)], np.float32)


def _at_lag(steps: Floats, measured: Floats, lag_frames: int) -> float:
    """Return the correlation of (n,) steps at 10 Hz with (T,) frames at 30 Hz that precede them by a lag.

    Steps and frames that are not known (NaN) are left out.
    """
    frames = np.arange(1, len(steps) + 1) * FRAMES_PER_STEP - lag_frames
    there = (frames >= 0) & (frames < len(measured)) & ~np.isnan(steps)
    there[there] &= ~np.isnan(measured[frames[there]])
    return correlation(steps[there], measured[frames[there]])


def _best(steps: Floats, measured: Floats) -> tuple[float, int]:
    """Return the highest correlation over all lags, and its lag in frames."""
    return max((_at_lag(steps, measured, lag), lag) for lag in LAGS_FRAMES)
