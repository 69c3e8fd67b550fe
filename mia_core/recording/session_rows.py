"""The rows of a session's tables."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, MuscleActivation, Pose

_EMPTY_POSE: Final = [""] * 75


def pose_row(frame_index: int, timestamp_s: float, pose: Pose | None) -> list[str]:
    """Return the cells of a frame and the person in it, None when nobody was found.

    Numbers are the shortest that are read back as the same float32: what the model saw can be given to it once more.
    """
    cells = [str(frame_index), f"{timestamp_s:.6f}"]
    if pose is None:
        return cells + _EMPTY_POSE
    said = np.column_stack([pose.keypoints_px, pose.confidence]).astype(np.float32)  # (25, 3)
    return cells + said.astype("U32").ravel().tolist()


def activation_row(activation: MuscleActivation) -> list[str]:
    """Return the cells of a step; muscles without a value, and ends of intervals that are not known, stay empty."""
    return [
        f"{activation.timestamp_s:.6f}",
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
