"""Recorded clips whose numbers say where they belong."""

from __future__ import annotations

import numpy as np

from mia_core.samples import Floats
from mia_core.skeleton import N_KEYPOINTS
from mia_core.step_clip import StepClip


def activation_of(step: int, channel: int) -> float:
    """What the muscle of a channel does in a step: it tells which."""
    return (step % 100) / 100 + channel / 1000


def make_step_clip(
    n: int = 60,
    *,
    start_s: float = 0.0,
    exercise: str = "squat",
    session: str = "sub-P01_ses-1",
    repeats_after_s: float = 0.0,
    activation: Floats | None = None,
) -> StepClip:
    """Return a clip that begins at a step of the session's grid; x of all keypoints is the number of the step."""
    first = round(start_s * 10)
    numbers = np.arange(first, first + n, dtype=np.float32)
    if activation is None:
        activation = np.array([[activation_of(int(k), i) for i in range(8)] for k in numbers], np.float32)
    keypoints_px = np.zeros((n, N_KEYPOINTS, 2), np.float32)
    keypoints_px[:, :, 0] = numbers[:, np.newaxis]
    keypoints_px[:, :, 1] = np.arange(N_KEYPOINTS)
    return StepClip(
        keypoints_px,
        np.full((n, N_KEYPOINTS), 0.9, np.float32),
        np.ones(n, np.bool_),
        1000 * activation,
        np.ones((n, 8), np.bool_),
        activation,
        start_s,
        (640, 480),
        exercise,
        "P01",
        session,
        ("counts",) * 8,
        "simulated",
        repeats_after_s,
    )
