from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.live.muscle_estimation import MuscleEstimation
from mia_core.pose.person_tracker import PersonTracker
from mia_core.samples import Frame
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
