from __future__ import annotations

import numpy as np

from mia_core.processing.pose_grid import PoseStep
from mia_core.processing.windows import PoseWindow
from mia_core.samples import WINDOW_STEPS


def step(index: int, seen: bool = True) -> PoseStep:
    return PoseStep(index / 10, np.full((25, 2), index, np.float32), np.full(25, float(seen), np.float32), seen)


def test_a_short_window_holds_its_first_pose() -> None:
    window = PoseWindow()
    for index in range(5):
        window.push(step(index))
    assert window.missing_steps == WINDOW_STEPS - 5
    assert window.keypoints_px()[:, 0, 0].tolist() == [0.0] * 25 + [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_full_window_slides() -> None:
    window = PoseWindow()
    for index in range(40):
        window.push(step(index))
    assert window.missing_steps == 0
    assert window.keypoints_px()[:, 0, 0].tolist() == list(range(10, 40))


def test_it_begins_with_the_first_person() -> None:
    window = PoseWindow()
    for index in range(7):
        window.push(step(index, seen=index >= 5))
    assert len(window) == 2


def test_a_long_absence_begins_a_new_window() -> None:
    window = PoseWindow(restart_after=5)
    for index in range(20):
        window.push(step(index, seen=index < 10))
    assert len(window) == 0
    window.push(step(20))
    assert window.keypoints_px()[:, 0, 0].tolist() == [20.0] * WINDOW_STEPS
