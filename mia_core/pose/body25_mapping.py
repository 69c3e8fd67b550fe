"""From MediaPipe's 33 landmarks to the 25 keypoints of BODY_25."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import Floats
from mia_core.skeleton import INDEX, N_KEYPOINTS

N_LANDMARKS: Final = 33

_LANDMARK: Final = {
    "nose": 0,
    "right_shoulder": 12,
    "right_elbow": 14,
    "right_wrist": 16,
    "left_shoulder": 11,
    "left_elbow": 13,
    "left_wrist": 15,
    "right_hip": 24,
    "right_knee": 26,
    "right_ankle": 28,
    "left_hip": 23,
    "left_knee": 25,
    "left_ankle": 27,
    "right_eye": 5,
    "left_eye": 2,
    "right_ear": 8,
    "left_ear": 7,
    "left_big_toe": 31,
    "left_heel": 29,
    "right_big_toe": 32,
    "right_heel": 30,
}
_MIDPOINTS: Final = {"neck": ("left_shoulder", "right_shoulder"), "mid_hip": ("left_hip", "right_hip")}
_UNSEEN: Final = {"left_small_toe": "left_big_toe", "right_small_toe": "right_big_toe"}
"""MediaPipe has no small toes: they lie on the big ones with confidence 0, in training data too."""

_FROM: Final = np.array(list(_LANDMARK.values()))
_TO: Final = np.array([INDEX[name] for name in _LANDMARK])


def to_body25(landmarks_px: Floats, visibility: Floats) -> tuple[Floats, Floats]:
    """Convert landmarks to keypoints.

    Args:
        landmarks_px: (33, 2) float32 in pixels.
        visibility: (33,) float32 in [0, 1].

    Returns:
        Keypoints (25, 2) float32 in pixels and confidence (25,) float32. A midpoint is as sure as the less sure of its
        two parents.
    """
    keypoints_px = np.empty((N_KEYPOINTS, 2), np.float32)
    confidence = np.zeros(N_KEYPOINTS, np.float32)
    keypoints_px[_TO] = landmarks_px[_FROM]
    confidence[_TO] = visibility[_FROM]
    for name, parents in _MIDPOINTS.items():
        a, b = (INDEX[parent] for parent in parents)
        keypoints_px[INDEX[name]] = (keypoints_px[a] + keypoints_px[b]) / 2
        confidence[INDEX[name]] = min(confidence[a], confidence[b])
    for name, twin in _UNSEEN.items():
        keypoints_px[INDEX[name]] = keypoints_px[INDEX[twin]]
    return keypoints_px, confidence
