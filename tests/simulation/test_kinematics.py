import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.muscles import Side
from mia_core.simulation.body import STANDING_HIP_HEIGHT_M
from mia_core.simulation.kinematics import GRAVITY, ballistic, pendulum
from mia_core.skeleton import INDEX
from tests.simulation.performances import perform


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_a_still_centre_of_pressure_bears_a_still_body(x, y):
    path = pendulum(np.tile([x, y], (90, 1)))
    np.testing.assert_allclose(path, np.tile([x, y], (90, 1)), atol=1e-9)


def test_the_body_moves_before_its_weight_shifts():
    pressure = np.zeros((120, 2))
    pressure[60:, 0] = 0.2
    path = pendulum(pressure)[:, 0]
    assert 0.02 < path[55] < 0.1
    assert np.all(np.diff(path) >= -1e-12)


def test_the_body_falls_freely_while_both_feet_are_off_the_floor():
    airborne = np.zeros(60, dtype=bool)
    airborne[25:34] = True
    height = ballistic(np.full(60, 0.9), airborne)
    acceleration = np.diff(height, 2) * 30.0**2
    np.testing.assert_allclose(acceleration[25:32], -GRAVITY, rtol=0.05)
    np.testing.assert_allclose(height[[0, -1]], 0.9, atol=0.01)


def test_planted_feet_stay_where_they_are_while_the_hips_go_down():
    squat = perform("squat", 0)
    joints = squat.effort.joints_m
    for side in Side:
        heel = joints[:, INDEX[f"{side}_heel"]]
        assert np.ptp(heel, axis=0).max() < 0.01
    hips = joints[:, INDEX["mid_hip"], 2]
    assert hips.max() > STANDING_HIP_HEIGHT_M - 0.02
    assert hips.min() < STANDING_HIP_HEIGHT_M - 0.25


def test_limbs_keep_their_lengths():
    joints = perform("side_lunge", 0).effort.joints_m
    for side in Side:
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")):
            length = np.linalg.norm(joints[:, INDEX[f"{side}_{a}"]] - joints[:, INDEX[f"{side}_{b}"]], axis=1)
            assert np.ptp(length) < 0.02


@pytest.mark.parametrize("exercise", ["bowling", "skater"])  # a foot left behind, and a foot swung low
def test_feet_stay_out_of_the_floor(exercise):
    joints = perform(exercise, 0).effort.joints_m
    feet = joints[:, [INDEX[f"{side}_{point}"] for side in Side for point in ("heel", "big_toe")], 2]
    lowest = feet.min(axis=1)
    assert np.mean(lowest > -0.03) >= 0.98
    assert lowest.min() > -0.06
