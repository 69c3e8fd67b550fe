import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mia_core.simulation.virtual_camera import CameraSettings, VirtualCameras

angle = st.floats(-np.pi, np.pi)
tilt = st.floats(-0.3, 0.5)
place = arrays(np.float64, (1, 3), elements=st.floats(-2.0, 2.0))
offset = st.floats(-0.5, 0.5)
SIZE = np.array([[640.0, 480.0]])


def camera(centre, yaw, elevation, roll=0.0, distance=4.0, focal=600.0):
    return VirtualCameras.look_at(
        centre,
        yaw=np.array([yaw]),
        elevation=np.array([elevation]),
        roll=np.array([roll]),
        distance_m=np.array([distance]),
        focal_px=np.array([focal]),
        size_px=SIZE,
    )


@given(place, angle, tilt, st.floats(-0.2, 0.2))
def test_the_point_looked_at_is_in_the_middle(centre, yaw, elevation, roll):
    pixels = camera(centre, yaw, elevation, roll).project(centre[:, None])
    np.testing.assert_allclose(pixels, [[[320.0, 240.0]]], atol=1e-2)


@given(angle, tilt, st.floats(-0.2, 0.2))
def test_axes_of_a_camera_are_right_angled(yaw, elevation, roll):
    rotation = camera(np.zeros((1, 3)), yaw, elevation, roll).rotation[0]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(rotation) > 0.99


@given(place, angle, tilt, offset, offset, offset)
def test_a_picture_of_twice_the_focal_length_is_twice_as_large(centre, yaw, elevation, x, y, z):
    point = (centre + np.array([x, y, z]))[:, None]
    near, far = (camera(centre, yaw, elevation, focal=focal).project(point) - [320, 240] for focal in (500.0, 1000.0))
    np.testing.assert_allclose(far, 2 * near, atol=1e-2)


@given(place, angle, offset, offset)
def test_higher_points_are_higher_in_the_picture(centre, yaw, x, z):
    point = centre + np.array([x, 0.0, z])
    low, high = camera(centre, yaw, 0.1).project(np.stack([point[0], point[0] + [0, 0, 0.2]])[None])[0]
    assert high[1] < low[1] - 5


def test_the_subjects_left_is_on_the_right_of_a_picture_from_the_front_and_on_the_left_from_behind():
    left_hand = np.array([[[0.5, 0.0, 0.0]]])
    assert camera(np.zeros((1, 3)), 0.0, 0.0).project(left_hand)[0, 0, 0] > 320
    assert camera(np.zeros((1, 3)), np.pi, 0.0).project(left_hand)[0, 0, 0] < 320


def test_every_clip_is_seen_by_its_own_camera():
    rng = np.random.default_rng(0)
    joints = rng.normal(0.0, 0.4, (5, 7, 25, 3))
    cameras = VirtualCameras.draw(joints.mean(axis=(1, 2)), rng)
    together = cameras.project(joints)
    assert together.shape == (5, 7, 25, 2)
    for n in range(5):
        one = slice(n, n + 1)
        alone = VirtualCameras(
            cameras.rotation[one], cameras.position_m[one], cameras.focal_px[one], cameras.size_px[one]
        )
        np.testing.assert_allclose(alone.project(joints[one])[0], together[n], rtol=1e-5, atol=1e-2)


def test_drawn_cameras_see_a_whole_person_mostly_from_the_front():
    rng = np.random.default_rng(1)
    centre = np.tile([0.0, 0.0, 0.9], (2000, 1))
    cameras = VirtualCameras.draw(centre, rng)
    ends = np.tile([[0.0, 0.0, 0.0], [0.0, 0.0, 1.75]], (2000, 1, 1))
    feet_and_head = cameras.project(ends)
    inside = ((feet_and_head >= 0) & (feet_and_head <= cameras.size_px[:, None])).all(axis=(1, 2))
    assert inside.mean() > 0.7
    yaw = np.degrees(np.arctan2(cameras.position_m[:, 0], -cameras.position_m[:, 1]))
    frontal = CameraSettings().frontal_share + (1 - CameraSettings().frontal_share) * 120 / 360
    assert abs((np.abs(yaw) < 60).mean() - frontal) < 0.05
    assert (cameras.size_px[:, 0] < cameras.size_px[:, 1]).mean() > 0.2


def test_frontal_is_relative_to_where_people_face():
    rng = np.random.default_rng(1)
    heading = rng.uniform(-np.pi, np.pi, 2000)
    cameras = VirtualCameras.draw(np.zeros((2000, 3)), rng, CameraSettings(aim_m=0.0), heading)
    yaw = np.arctan2(cameras.position_m[:, 0], -cameras.position_m[:, 1])
    from_front = np.degrees(np.abs((yaw - heading + np.pi) % (2 * np.pi) - np.pi))
    assert abs((from_front < 60).mean() - (0.6 + 0.4 / 3)) < 0.04


def test_points_behind_the_camera_stay_finite():
    pixels = camera(np.zeros((1, 3)), 0.0, 0.0).project(np.array([[[0.1, -9.0, 0.0]]]))
    assert np.isfinite(pixels).all()
