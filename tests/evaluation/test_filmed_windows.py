from __future__ import annotations

from dataclasses import replace

import numpy as np

from mia_core.evaluation.filmed_windows import FilmedSteps, windows_of
from mia_core.motion_clip import MOTION_HZ
from mia_core.processing.pose_grid import PoseGrid
from mia_core.samples import Pose
from tests.evaluation.heldout_fakes import clip, waves


def test_steps_are_those_of_live_use() -> None:
    filmed = clip(waves(4.0))
    grid = PoseGrid()
    live = [
        step.keypoints_px
        for frame in range(len(filmed.valid))
        for step in grid.push(
            frame / MOTION_HZ,
            Pose(filmed.keypoints_px[frame], filmed.confidence[frame], frame / MOTION_HZ, frame),
        )
    ]
    steps = FilmedSteps.of(filmed)
    # The grid's first step, at the first frame, has no 100 ms before it.
    assert len(steps) == len(live) - 1 == 39
    assert np.allclose(steps.keypoints_px, np.stack(live[1:]), atol=1e-3)


def test_the_truth_is_that_of_the_steps_times() -> None:
    filmed = clip(waves(4.0))
    steps = FilmedSteps.of(filmed)
    assert np.array_equal(steps.activation, filmed.activation[3::3])
    invalid = replace(filmed, valid=np.arange(120) != 30)
    assert np.flatnonzero(~FilmedSteps.of(invalid).valid).tolist() == [9]


def test_windows_are_half_a_second_apart_and_know_their_motion() -> None:
    # 39 steps each: windows end at steps 29 and 34
    windows = windows_of([clip(waves(4.0), name="a@1"), clip(waves(4.0), name="a@2"), clip(waves(4.0), name="b@1")])
    assert windows.motion.tolist() == [0, 0, 0, 0, 1, 1]
    assert windows.valid.all()
    steps = FilmedSteps.of(clip(waves(4.0)))
    assert np.array_equal(windows.activation[1], steps.activation[5:35])
    assert np.array_equal(windows.keypoints_px[1], steps.keypoints_px[5:35])


def test_a_short_clip_holds_its_first_pose() -> None:
    windows = windows_of([clip(waves(1.3))])
    assert len(windows) == 1
    n = 12
    assert windows.valid[0].tolist() == [False] * (30 - n) + [True] * n
    assert (windows.keypoints_px[0, : 30 - n] == windows.keypoints_px[0, 30 - n]).all()


def test_clips_without_a_step_give_no_window() -> None:
    assert len(windows_of([clip(waves(4.0)[:3])])) == 0


def test_exchanged_legs_are_put_right() -> None:
    filmed = clip(waves(4.0))
    keypoints = filmed.keypoints_px.copy()
    torso = {1: (300, 100), 8: (300, 220), 12: (330, 220), 9: (270, 220), 5: (340, 110), 2: (260, 110)}
    for joint, place in torso.items():
        keypoints[:, joint] = place
    right = replace(filmed, keypoints_px=keypoints)
    swapped = keypoints.copy()
    swapped[60:66, [9, 12]] = keypoints[60:66, [12, 9]]
    wrong = replace(filmed, keypoints_px=swapped)
    assert np.allclose(FilmedSteps.of(wrong).keypoints_px[:, [9, 12]], FilmedSteps.of(right).keypoints_px[:, [9, 12]])
