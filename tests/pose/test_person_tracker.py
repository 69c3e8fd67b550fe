from __future__ import annotations

import numpy as np
import pytest

from mia_core.pose.person_tracker import PersonTracker, TrackedPose, Tracking
from mia_core.samples import Frame, Pose
from tests.fakes.people import ScriptedEstimator, make_pose, standing_px

RATE_HZ = 30


def frame(index: int, moving: bool) -> Frame:
    image = np.full((240, 320, 3), 100, np.uint8)
    if moving:
        image[:, (index * 8) % 320 : (index * 8) % 320 + 60] = 220
    return Frame(image, index / RATE_HZ, 0.0, index)


def track(estimator: ScriptedEstimator, n: int, moving: bool = True) -> list[TrackedPose]:
    tracker = PersonTracker(estimator)
    return [tracker.track(frame(index, moving)) for index in range(n)]


def test_a_moving_person_is_simply_followed() -> None:
    estimator = ScriptedEstimator()
    assert {tracked.tracking for tracked in track(estimator, 200)} == {Tracking.TRACKING}
    assert estimator.resets == 0


def test_nobody_is_searched_for() -> None:
    tracked = track(ScriptedEstimator(dict.fromkeys(range(10))), 10)
    assert {(t.pose, t.tracking) for t in tracked} == {(None, Tracking.SEARCHING)}


def test_a_statue_in_a_moving_picture_is_let_go_again_and_again_but_ever_more_rarely() -> None:
    estimator = ScriptedEstimator(x_per_frame=0.0)
    tracked = track(estimator, 20 * RATE_HZ)
    doubts_s = [index / RATE_HZ for index, t in enumerate(tracked) if t.tracking is Tracking.REACQUIRING]
    assert 2 <= len(doubts_s) <= 4
    assert doubts_s[0] == pytest.approx(2.0, abs=0.3)
    assert np.all(np.diff(np.diff(doubts_s)) > 0)
    assert tracked[-1].pose is not None, "perhaps it really is somebody who stands still"


def test_someone_who_stands_still_in_a_still_picture_is_not_doubted() -> None:
    estimator = ScriptedEstimator(x_per_frame=0.0)
    track(estimator, 6 * RATE_HZ, moving=False)
    assert estimator.resets == 0


def test_a_person_who_sways_is_not_doubted_though_the_picture_moves() -> None:
    rng = np.random.default_rng(5)
    sway_px = 1.0  # about 2 % of the trunk of 60 px: a standing person and the detector's jitter
    script: dict[int, Pose | None] = {
        i: Pose(
            standing_px() + rng.normal(0, sway_px, (25, 2)).astype(np.float32), np.ones(25, np.float32), i / RATE_HZ, i
        )
        for i in range(200)
    }
    estimator = ScriptedEstimator(script)
    track(estimator, 200)
    assert estimator.resets == 0


@pytest.mark.parametrize(
    ("jump", "reason"),
    [
        (Pose(standing_px() * 2, np.ones(25, np.float32), 1.0, 30), "size"),
        (Pose(standing_px(290), np.ones(25, np.float32), 1.0, 30), "place"),
    ],
)
def test_a_body_that_jumps_is_let_go(jump: Pose, reason: str) -> None:
    tracked = track(ScriptedEstimator({30: jump}, x_per_frame=0.1), 31)
    assert tracked[30].tracking is Tracking.REACQUIRING
    assert reason in tracked[30].reacquired


def test_hardly_visible_legs_are_doubted_after_a_while_and_called_partial_before() -> None:
    script: dict[int, Pose | None] = {i: make_pose(i, i / RATE_HZ, 100 + i, confidence=0.2) for i in range(2 * RATE_HZ)}
    tracked = track(ScriptedEstimator(script), 2 * RATE_HZ)
    assert tracked[0].tracking is Tracking.PARTIAL
    first = next(index for index, t in enumerate(tracked) if t.tracking is Tracking.REACQUIRING)
    assert first / RATE_HZ == pytest.approx(1.0, abs=0.2)


def test_keypoints_outside_the_picture_are_unknown() -> None:
    tracked = track(ScriptedEstimator({0: make_pose(0, 0.0, x=2.0)}), 1)[0]
    assert tracked.pose is not None
    outside = tracked.pose.keypoints_px[:, 0] < 0
    assert outside.any()
    assert (tracked.pose.confidence[outside] == 0).all()
    assert tracked.tracking is Tracking.PARTIAL
