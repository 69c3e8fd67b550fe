"""From frames to the 10 Hz grid: every step is the mean over the 100 ms before it, live and in training alike.

The mean takes out half of a detector's jitter, which would hide the accelerations that tell what arms do. What a model
says of a step is the activation at its time all the same, so what is measured is the mean around it (`emg_grid`).
Between frames the person is taken to move in straight lines.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import Floats

FRAMES_PER_STEP: Final = 3
"""Frames of 30 Hz in a step of 10 Hz."""
_WEIGHTS: Final = np.array([1, 2, 2, 1], np.float32) / 6
"""The mean of straight lines between four frames, 33 ms apart."""


def step_means(frames: Floats) -> Floats:
    """Return the 10 Hz steps of values at 30 Hz.

    Args:
        frames: (..., T, m) at 30 Hz with T = 3 n + 1; the first frame is only the beginning of the first step.

    Returns:
        (..., n, m): step k is the mean from frame 3 k to frame 3 k + 3, at which its time is.
    """
    last = frames.shape[-2]
    parts = [
        weight * frames[..., first : last - FRAMES_PER_STEP + first : FRAMES_PER_STEP, :]
        for first, weight in enumerate(_WEIGHTS)
    ]
    return np.asarray(sum(parts[1:], parts[0]), np.float32)


def mean_between(times_s: Floats, values: Floats, start_s: float, end_s: float) -> Floats:
    """Return the mean of a path of straight lines between two times.

    Args:
        times_s: (n,) growing.
        values: (n, ...) at these times; before the first and after the last the value is held.
        start_s: Where the mean begins.
        end_s: Where it ends, later than `start_s`.
    """
    inside = (times_s > start_s) & (times_s < end_s)
    knots_s = np.concatenate([[start_s], times_s[inside], [end_s]])
    flat = values.reshape(len(values), -1)
    after = np.clip(np.searchsorted(times_s, knots_s, side="right"), 1, max(len(times_s) - 1, 1))
    if len(times_s) == 1:
        return np.asarray(values[0], np.float32)
    before = after - 1
    share = np.clip((knots_s - times_s[before]) / (times_s[after] - times_s[before]), 0, 1)[:, np.newaxis]
    at_knots = flat[before] + share * (flat[after] - flat[before])  # (knots, m)
    spans_s = np.diff(knots_s)[:, np.newaxis]
    mean = ((at_knots[1:] + at_knots[:-1]) / 2 * spans_s).sum(axis=0) / (end_s - start_s)
    return np.asarray(mean.reshape(values.shape[1:]), np.float32)
