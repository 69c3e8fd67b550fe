from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.same_person import may_be_same
from mia_core.samples import Pose
from mia_core.skeleton import MIRROR
from tests.fakes.people import make_pose, standing_px

BODY_PX = 60.0
"""The trunk of the person of the fakes, the longest of its segments."""


def seen(timestamp_s: float, x: float = 160.0, size: float = 1.0) -> Pose:
    return Pose((standing_px() - (160, 110)) * size + (x, 110), np.ones(25, np.float32), timestamp_s, 0)


@given(st.floats(8, 60), st.floats(-4, 4), st.floats(0.8, 1.25))
def test_who_runs_past_at_any_frame_rate_is_the_same(rate_hz: float, bodies_per_s: float, size: float) -> None:
    assert may_be_same(seen(1.0), seen(1.0 + 1 / rate_hz, 160 + bodies_per_s * BODY_PX / rate_hz, size))


@pytest.mark.parametrize(
    ("lost_s", "x", "size", "same"),
    [
        (0.2, 160 + 1.2 * BODY_PX, 1.0, True),
        (0.3, 160, 1.9, True),
        (1.0, 160 + 1.5 * BODY_PX, 0.8, True),
        (0.033, 160 + 1.0 * BODY_PX, 1.0, False),
        (0.033, 160, 1.8, False),
        (0.033, 160, 1 / 1.8, False),
        (0.3, 160 + 2.5 * BODY_PX, 1.0, False),
        (1.0, 160, 2.4, False),
    ],
)
def test_place_and_size_tell_within_what_time_allows(lost_s: float, x: float, size: float, same: bool) -> None:
    assert may_be_same(seen(5.0), seen(5.0 + lost_s, x, size)) == same


def test_exchanged_sides_are_no_other_person() -> None:
    pose = make_pose(0, 0.0)
    assert may_be_same(pose, Pose(pose.keypoints_px[np.asarray(MIRROR)], pose.confidence, 1 / 30, 1))
