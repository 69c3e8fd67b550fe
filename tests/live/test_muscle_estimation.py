from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.live.muscle_estimation import MuscleEstimation
from mia_core.live.muscle_readout import MuscleReadout
from mia_core.pose.person_tracker import PersonTracker
from mia_core.processing.pose_grid import PoseGrid
from mia_core.samples import Frame, Pose
from mia_core.skeleton import MIRROR
from tests.fakes.people import HipModel, ScriptedEstimator, make_pose

HZ, EXCHANGED_FROM = 30, 10


@pytest.mark.parametrize(("lost", "put_right"), [(0, True), (2, True), (20, False)])
def test_sides_stay_put_right_across_a_short_loss_only(lost: int, put_right: bool) -> None:
    straight = [make_pose(i, i / HZ) for i in range(EXCHANGED_FROM + lost + 6)]
    script = {}
    for index, pose in enumerate(straight):
        exchanged = index >= EXCHANGED_FROM
        script[index] = replace(pose, keypoints_px=pose.keypoints_px[np.asarray(MIRROR)]) if exchanged else pose
    for index in range(EXCHANGED_FROM + 2, EXCHANGED_FROM + 2 + lost):
        script[index] = None
    estimation = MuscleEstimation(PersonTracker(ScriptedEstimator(script)), HipModel())
    image = np.zeros((240, 320, 3), np.uint8)
    poses = [estimation.push(Frame(image, i / HZ, i / HZ, i)).tracked.pose for i in range(len(straight))]
    hips = [9, 12]
    last = poses[-1]
    assert last is not None
    assert np.array_equal(last.keypoints_px[hips], straight[-1].keypoints_px[hips]) == put_right
    assert (poses[EXCHANGED_FROM + 2] is None) == (lost > 0)


@pytest.mark.parametrize("lost", [0, 9, 30])
@pytest.mark.parametrize("size", [0.5, 1.0])
def test_with_somebody_else_the_window_begins_anew_and_so_it_does_from_stored_poses(lost: int, size: float) -> None:
    change, n, image = 150, 300, np.zeros((240, 320, 3), np.uint8)
    script: dict[int, Pose | None] = {i: make_pose(i, i / HZ, 90) for i in range(n)}
    for i in range(change, n):
        pose = make_pose(i, i / HZ, 0)
        script[i] = replace(pose, keypoints_px=size * pose.keypoints_px + np.float32([250, 60]))
    for i in range(change - lost, change):
        script[i] = None
    estimation = MuscleEstimation(PersonTracker(ScriptedEstimator(script)), HipModel())
    grid, readout = PoseGrid(), MuscleReadout(HipModel(), (320, 240), 2)
    live, replayed = [], []
    for i in range(n):
        estimate = estimation.push(Frame(image, i / HZ, i / HZ, i))
        live += estimate.steps
        replayed += [said for step in grid.push(i / HZ, estimate.tracked.pose) for said in readout.push(step)]
    begun = {round(10 * step.timestamp_s) for step in live if step.warming_up and step.timestamp_s > 4}
    assert begun == set(range(50, 77)), "step 77 has got its look-ahead when the window is full again, at 79"
    assert [step.warming_up for step in live] == [step.warming_up for step in replayed]
    np.testing.assert_array_equal([step.values for step in live], [step.values for step in replayed])


def test_sides_of_somebody_else_are_not_put_right_by_those_before() -> None:
    script: dict[int, Pose | None] = {i: make_pose(i, i / HZ, 60) for i in range(10)}
    for i in range(10, 20):
        pose = make_pose(i, i / HZ, 250)
        script[i] = replace(pose, keypoints_px=pose.keypoints_px[np.asarray(MIRROR)])  # with their back to the camera
    estimation = MuscleEstimation(PersonTracker(ScriptedEstimator(script)), HipModel())
    image = np.zeros((240, 320, 3), np.uint8)
    for i in range(20):
        pose, told = estimation.push(Frame(image, i / HZ, i / HZ, i)).tracked.pose, script[i]
        assert pose is not None
        assert told is not None
        np.testing.assert_array_equal(pose.keypoints_px, told.keypoints_px)
