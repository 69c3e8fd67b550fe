"""A joint's speed is that in its muscle's direction, from frames that show the limb."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.processing.joint_speed import joint_speed
from mia_core.skeleton import N_KEYPOINTS


@pytest.mark.parametrize("placement", MONTAGE.placements, ids=lambda placement: placement.name)
def test_a_joint_turns_in_the_direction_of_its_muscle(placement: Placement) -> None:
    times_s = np.arange(0.0, 4.0, 1 / 30)
    angles = np.pi - 0.8 * (1 - np.cos(2 * np.pi * times_s / 2)) / 2  # straight, bent after 1 s, straight after 2 s
    keypoints = np.zeros((len(times_s), N_KEYPOINTS, 2), np.float32)
    root, middle, end = placement.keypoints
    keypoints[:, root] = (0, 0)
    keypoints[:, middle] = (0, 100)
    keypoints[:, end] = np.column_stack([100 * np.sin(np.pi - angles), 100 + 100 * np.cos(np.pi - angles)])
    stamps_s, speed = joint_speed(times_s, keypoints, np.ones((len(times_s), N_KEYPOINTS), np.float32), placement)
    bends = placement.muscle in (Muscle.BICEPS, Muscle.HAMSTRINGS)
    phase = stamps_s % 2
    bending = speed[(phase > 0.1) & (phase < 0.95)].mean()
    straightening = speed[(phase > 1.1) & (phase < 1.95)].mean()
    assert (bending > 0.5 and straightening < 0.01) if bends else (straightening > 0.5 and bending < 0.01)


def test_frames_without_the_limb_are_left_out() -> None:
    keypoints = np.zeros((10, N_KEYPOINTS, 2), np.float32)
    confidence = np.ones((10, N_KEYPOINTS), np.float32)
    placement = Placement(Side.LEFT, Muscle.BICEPS)
    confidence[4, placement.keypoints[2]] = 0.2
    keypoints[7, placement.keypoints[0]] = np.nan
    times_s, speed = joint_speed(np.arange(10.0), keypoints, confidence, placement)
    np.testing.assert_array_equal(times_s, [1, 2, 3, 5, 6, 8, 9])
    assert len(speed) == 7
