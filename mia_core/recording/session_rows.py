"""The rows of a session's tables."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, MuscleActivation, Pose

_EMPTY_POSE: Final = [""] * 75


def pose_row(frame_index: int, timestamp_s: float, pose: Pose | None) -> list[str]:
    """Return the cells of a frame and the person in it, None when nobody was found."""
    cells = [str(frame_index), f"{timestamp_s:.6f}"]
    if pose is None:
        return cells + _EMPTY_POSE
    for (x_px, y_px), confidence in zip(pose.keypoints_px.tolist(), pose.confidence.tolist(), strict=True):
        cells += [f"{x_px:.2f}", f"{y_px:.2f}", f"{confidence:.3f}"]
    return cells


def activation_row(activation: MuscleActivation) -> list[str]:
    """Return the cells of a step; muscles without a value, and ends of intervals that are not known, stay empty."""
    return [
        f"{activation.timestamp_s:.3f}",
        *_values(activation.values),
        str(int(activation.warming_up)),
        *_values(activation.low),
        *_values(activation.high),
    ]


def _values(values: Floats | None) -> list[str]:
    """Return one cell for each muscle, empty where nothing is known."""
    if values is None:
        return [""] * len(MONTAGE)
    return ["" if np.isnan(value) else f"{value:.5f}" for value in values]
