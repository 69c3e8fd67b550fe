import numpy as np
import pytest

from mia_core.simulation.body_view import BodyView, facing
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import INDEX, MIRROR
from tests.simulation.standing_person import standing_person


def camera(yaw_deg, elevation_deg=0.0):
    return VirtualCameras.look_at(
        np.array([[0.0, 0.0, 1.0]]),
        yaw=np.radians([yaw_deg]),
        elevation=np.radians([elevation_deg]),
        roll=np.zeros(1),
        distance_m=np.array([4.0]),
        focal_px=np.array([600.0]),
        size_px=np.array([[640.0, 480.0]]),
    )


@pytest.mark.parametrize("yaw_deg", [0, 40, 90, -90, -135, 179])
@pytest.mark.parametrize("elevation_deg", [-5, 15])
def test_azimuth_is_where_the_camera_stands(yaw_deg, elevation_deg):
    view = BodyView.of(camera(yaw_deg, elevation_deg), standing_person())
    away = (np.degrees(view.azimuth) - yaw_deg + 180) % 360 - 180
    assert np.abs(away).max() < 2


@pytest.mark.parametrize("yaw_deg", [0, 90, 180])
def test_axes_of_an_upright_body_point_right_and_down(yaw_deg):
    view = BodyView.of(camera(yaw_deg), standing_person())
    np.testing.assert_allclose(view.axes[0, 0], np.eye(2), atol=0.05)


def test_scale_is_the_trunk_of_a_body_seen_from_the_side():
    view = BodyView.of(camera(90), standing_person())
    trunk_px = view.keypoints_px[:, :, INDEX["mid_hip"], 1] - view.keypoints_px[:, :, INDEX["neck"], 1]
    np.testing.assert_allclose(view.scale_px, trunk_px, rtol=0.02)


def test_scale_does_not_shrink_when_the_body_bends_towards_the_camera():
    bent = standing_person()
    hips, upper = bent[0, 0, INDEX["mid_hip"]].copy(), [INDEX[n] for n in ("neck", "left_shoulder", "right_shoulder")]
    away = bent[:, :, upper] - hips
    bent[:, :, upper] = hips + np.stack([away[..., 0], -away[..., 2], 0 * away[..., 2]], -1)
    upright, bending = (BodyView.of(camera(0), joints).scale_px[0, 0] for joints in (standing_person(), bent))
    assert 1.0 <= bending / upright < 1.12  # it comes nearer, which is all


def test_a_hand_behind_the_back_is_hidden_and_one_in_front_is_not():
    joints = standing_person()
    joints[:, :, INDEX["left_wrist"]] = [0.05, 0.2, 1.1]
    joints[:, :, INDEX["right_wrist"]] = [-0.05, -0.2, 1.1]
    hidden = BodyView.of(camera(0), joints).hidden[0, 0]
    assert hidden[INDEX["left_wrist"]] == 1.0
    assert hidden[INDEX["right_wrist"]] == 0.0
    hidden = BodyView.of(camera(180), joints).hidden[0, 0]
    assert hidden[INDEX["left_wrist"]] == 0.0
    assert hidden[INDEX["right_wrist"]] == 1.0


def test_from_the_side_the_far_leg_is_hidden_behind_the_near_one():
    hidden = BodyView.of(camera(90), standing_person()).hidden[0, 0]
    for joint in ("knee", "ankle"):
        assert hidden[INDEX[f"right_{joint}"]] > 0.9
        assert hidden[INDEX[f"left_{joint}"]] == 0.0


def test_a_mirror_turns_everything_around():
    joints = standing_person()
    joints[:, :, INDEX["left_wrist"]] = [0.1, 0.2, 1.1]
    mirrored = joints[:, :, MIRROR] * [-1, 1, 1]
    view, other = BodyView.of(camera(30), joints), BodyView.of(camera(-30), mirrored)
    np.testing.assert_allclose(other.azimuth, -view.azimuth, atol=1e-5)
    np.testing.assert_allclose(other.hidden, view.hidden[:, :, MIRROR], atol=1e-5)
    np.testing.assert_allclose(other.keypoints_px[..., 0], 640 - view.keypoints_px[:, :, MIRROR, 0], atol=1e-2)


@pytest.mark.parametrize("turn_deg", [0, 35, -120])
def test_a_person_who_faces_another_way_is_seen_from_the_front_from_there(turn_deg):
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    turned = standing_person(2, 3) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    np.testing.assert_allclose(np.degrees(facing(turned)), turn_deg, atol=1e-3)
    view = BodyView.of(camera(turn_deg), turned[:1])
    np.testing.assert_allclose(view.azimuth, 0, atol=0.02)
