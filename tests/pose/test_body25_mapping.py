from __future__ import annotations

import numpy as np

from mia_core.pose.body25_mapping import to_body25
from mia_core.skeleton import INDEX, MIRROR

LANDMARKS = np.stack([np.arange(33), 100 + np.arange(33)], axis=1).astype(np.float32)
VISIBILITY = np.linspace(0.2, 0.9, 33, dtype=np.float32)


def test_each_keypoint_comes_from_the_landmark_of_its_name() -> None:
    keypoints_px, confidence = to_body25(LANDMARKS, VISIBILITY)
    for name, landmark in {
        "nose": 0,
        "right_shoulder": 12,
        "left_wrist": 15,
        "left_ankle": 27,
        "right_heel": 30,
    }.items():
        assert keypoints_px[INDEX[name]].tolist() == [landmark, 100 + landmark]
        assert confidence[INDEX[name]] == VISIBILITY[landmark]


def test_midpoints_are_as_sure_as_their_less_sure_parent() -> None:
    keypoints_px, confidence = to_body25(LANDMARKS, VISIBILITY)
    assert keypoints_px[INDEX["neck"]].tolist() == [11.5, 111.5]
    assert confidence[INDEX["neck"]] == VISIBILITY[11]
    assert keypoints_px[INDEX["mid_hip"]].tolist() == [23.5, 123.5]


def test_small_toes_lie_on_the_big_ones_and_are_unknown() -> None:
    keypoints_px, confidence = to_body25(LANDMARKS, VISIBILITY)
    for side in ("left", "right"):
        assert (keypoints_px[INDEX[f"{side}_small_toe"]] == keypoints_px[INDEX[f"{side}_big_toe"]]).all()
        assert confidence[INDEX[f"{side}_small_toe"]] == 0


def test_left_is_left() -> None:
    """MediaPipe numbers left before right; the mirror of the mapping must swap exactly the paired landmarks."""
    swap = np.arange(33)
    for left, right in ((1, 4), (2, 5), (3, 6), (7, 8), (9, 10), *((i, i + 1) for i in range(11, 33, 2))):
        swap[[left, right]] = swap[[right, left]]
    straight, _ = to_body25(LANDMARKS, VISIBILITY)
    swapped, _ = to_body25(LANDMARKS[swap], VISIBILITY)
    assert (swapped == straight[MIRROR]).all()
