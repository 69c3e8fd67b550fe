import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mia_core.joints import ARM_JOINTS, JOINTS, SIDES
from mia_core.simulation.shoulder import MIN_ELEVATION, shoulder_angles, upper_arm_rotation
from mia_core.skeleton import INDEX

angles = st.tuples(st.floats(-1.2, 1.8), st.floats(MIN_ELEVATION + 0.01, 2.6), st.floats(-1.0, 1.6))


@given(angles)
def test_angles_survive_the_way_through_rotations(pose):
    still = np.tile(pose, (20, 1))
    np.testing.assert_allclose(shoulder_angles(upper_arm_rotation(still)), still, atol=1e-9)


def test_a_hanging_arm_is_kept_off_the_singular_position():
    hanging = np.tile([0.5, 0.02, 0.0], (20, 1))
    assert shoulder_angles(upper_arm_rotation(hanging))[:, 1].min() == MIN_ELEVATION


def test_elevation_raises_either_arm_in_the_muscle_model(body):
    for side in SIDES:
        heights = []
        for elevation in (0.3, 1.5, 2.6):
            configuration = body.neutral.copy()
            for joint, angle in zip(ARM_JOINTS, (0.0, elevation, 0.0, 0.1, 0.0), strict=True):
                configuration[body.position_addresses[JOINTS.index(f"{joint}_{side[0]}")]] = angle
            body.place(body.complete(configuration))
            heights.append(body.keypoints()[INDEX[f"{side}_wrist"], 2])
        assert np.all(np.diff(heights) > 0.3)
