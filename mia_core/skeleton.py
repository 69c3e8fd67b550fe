"""The BODY_25 keypoints: names, bones, left-right pairs.

The order is OpenPose's (`poseParameters.cpp`), the same as the first 25 of VIBE's 49 joints that the paper feeds its
network.
Left and right are the subject's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

BODY_25: Final = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "mid_hip",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
)
N_KEYPOINTS: Final = len(BODY_25)
INDEX: Final[dict[str, int]] = {name: index for index, name in enumerate(BODY_25)}

BONES: Final = tuple(
    (INDEX[a], INDEX[b])
    for a, b in (
        ("nose", "neck"),
        ("neck", "mid_hip"),
        *((("neck"), f"{side}_shoulder") for side in ("right", "left")),
        *((f"{side}_shoulder", f"{side}_elbow") for side in ("right", "left")),
        *((f"{side}_elbow", f"{side}_wrist") for side in ("right", "left")),
        *(("mid_hip", f"{side}_hip") for side in ("right", "left")),
        *((f"{side}_hip", f"{side}_knee") for side in ("right", "left")),
        *((f"{side}_knee", f"{side}_ankle") for side in ("right", "left")),
        *((f"{side}_ankle", f"{side}_heel") for side in ("right", "left")),
        *((f"{side}_ankle", f"{side}_big_toe") for side in ("right", "left")),
        *(("nose", f"{side}_eye") for side in ("right", "left")),
        *((f"{side}_eye", f"{side}_ear") for side in ("right", "left")),
    )
)
"""Pairs of keypoint indices that are drawn as lines."""

MIRROR: Final[NDArray[np.intp]] = np.array(
    [
        INDEX[
            name.replace("left_", "right_")
            if name.startswith("left_")
            else name.replace("right_", "left_")
            if name.startswith("right_")
            else name
        ]
        for name in BODY_25
    ]
)
"""Keypoint order after a left-right mirror: `mirrored = keypoints[MIRROR]`."""

TRUNK_AND_LEGS: Final = tuple(
    INDEX[f"{side}_{joint}"] for joint in ("shoulder", "hip", "knee", "ankle") for side in ("right", "left")
)
"""The eight joints whose visibility tells whether the detector follows a whole person."""

LIMB_JOINTS: Final = tuple(
    INDEX[f"{side}_{joint}"]
    for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    for side in ("right", "left")
)
"""The twelve joints on which detection accuracy is reported."""
