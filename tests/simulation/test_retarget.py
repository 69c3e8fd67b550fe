import tarfile
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from mia_core.joints import JOINTS, SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.bvh import BvhJoint, BvhMotion, list_motions, read_bvh
from mia_core.simulation.inverse_dynamics import CAPTURED_CONTACT, explain
from mia_core.simulation.limb_fit import PELVIS_POINT_M, TARGET_BODIES, fit
from mia_core.simulation.muscle_groups import arm_muscle_name
from mia_core.simulation.retarget import (
    CAPTURED_ARM,
    CAPTURED_LEG,
    RetargetError,
    limb_targets,
    on_the_floor,
    resampled,
    retarget,
)
from mia_core.skeleton import INDEX
from tests.simulation.performances import perform

CAPTURE = Path(__file__).parents[2] / "../shared/data/cmu_mocap/cmu_mocap_bvh.tar.xz"
BVH_NAMES = tuple(f"{side.capitalize()}{joint}" for side in SIDES for joint in CAPTURED_LEG + CAPTURED_ARM)


def targets_of(body, configurations):
    body.place(body.neutral)
    upright = body.rotation("pelvis")
    found = np.zeros((len(configurations), len(TARGET_BODIES) + 1, 3))
    for frame, configuration in enumerate(configurations):
        body.place(configuration)
        found[frame, :-1] = [body.position(name) for name in TARGET_BODIES]
        hips = (body.position("femur_r") + body.position("femur_l")) / 2
        found[frame, -1] = hips + PELVIS_POINT_M * (body.rotation("pelvis") @ upright.T)[:, 2]
    return found


def captured(targets_m, size=1.0, heading=0.0):
    """Return targets as a capture of another size or unit and heading, y up: one joint on its own for each."""
    c, s = np.cos(heading), np.sin(heading)
    turned = size * targets_m @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]).T
    y_up = np.stack([turned[..., 0], turned[..., 2], -turned[..., 1]], axis=-1)
    hips = (y_up[:, TARGET_BODIES.index("femur_r")] + y_up[:, TARGET_BODIES.index("femur_l")]) / 2
    up = (y_up[:, -1] - hips) / np.linalg.norm(y_up[:, -1] - hips, axis=1, keepdims=True)
    tilts = np.degrees(np.stack([np.arctan2(up[:, 2], up[:, 1]), -np.arcsin(up[:, 0])], axis=1))
    channels = ("Zposition", "Xposition", "Yposition")
    joints = (
        BvhJoint("Hips", -1, (0.0, 0.0, 0.0), ("Xrotation", "Zrotation")),
        BvhJoint("Scene", -1, (0.0, 0.0, 0.0), ()),
        *(BvhJoint(name, 1, (0.0, 0.0, 0.0), channels) for name in BVH_NAMES),
    )
    places = y_up[:, :-1, [2, 0, 1]].reshape(len(y_up), -1)
    return BvhMotion(joints, 1.0 / MOTION_HZ, np.hstack([tilts, places]))


@pytest.fixture(scope="module")
def squat():
    return perform("squat", 0)


def angle(body, configurations, joint):
    return configurations[:, body.position_addresses[JOINTS.index(joint)]]


def test_a_movement_of_the_body_itself_is_found_again_whoever_performs_it(squat):
    motion = captured(targets_of(squat.body, squat.configurations), size=1.15, heading=2.0)
    found = retarget(squat.body, motion)
    n = len(found)
    assert n >= len(squat.configurations) - 1
    for joint, tolerance in (("knee_angle_r", 0.08), ("hip_flexion_l", 0.1), ("elbow_flex_l", 0.08)):
        error = angle(squat.body, found, joint) - angle(squat.body, squat.configurations[:n], joint)
        assert np.abs(error[5:-5]).max() < tolerance, joint
    leftwards = targets_of(squat.body, found)[:, TARGET_BODIES.index("femur_l")]
    leftwards = leftwards - targets_of(squat.body, found)[:, TARGET_BODIES.index("femur_r")]
    headings = np.arctan2(leftwards[:, 1], leftwards[:, 0])
    np.testing.assert_allclose(headings, 2.0, atol=0.1)


def test_the_bodies_come_within_millimetres_of_reachable_places(squat):
    targets = targets_of(squat.body, squat.configurations)
    _, error_m = fit(squat.body, targets)
    assert error_m[5:].max() < 0.006


def test_a_squat_given_to_the_body_explains_itself(squat):
    motion = captured(targets_of(squat.body, squat.configurations), size=90.0, heading=-1.0)
    configurations = retarget(squat.body, motion)
    effort = explain(squat.body, configurations, contact=CAPTURED_CONTACT)
    weight = squat.body.mass_kg * 9.81
    assert effort.valid.mean() > 0.95
    assert effort.floor_force_n.sum(axis=1).mean() / weight == pytest.approx(1.0, abs=0.03)


def test_hanging_arms_that_wobble_do_not_turn_their_plane_of_elevation_about(body):
    rng = np.random.default_rng(3)
    configurations = np.tile(body.neutral, (60, 1))
    for side in SIDES:
        sway = 0.06 + 0.05 * np.sin(np.linspace(0, 8, 60))
        configurations[:, body.position_addresses[JOINTS.index(f"shoulder_elv_{side[0]}")]] = sway
        configurations[:, body.position_addresses[JOINTS.index(f"elv_angle_{side[0]}")]] = 0.4
    for configuration in configurations:
        body.complete(configuration)
    jitter = rng.normal(0.0, 0.004, (60, len(TARGET_BODIES) + 1, 3))
    found, _ = fit(body, targets_of(body, configurations) + jitter)
    for side in SIDES:
        assert np.abs(np.diff(angle(body, found[5:], f"elv_angle_{side[0]}"))).max() < 0.12


def test_an_arm_swings_back_past_the_trunk_without_turning_about(body):
    n = 90
    configurations = np.tile(body.neutral, (n, 1))
    swing = 0.45 * np.sin(np.linspace(0.0, 4 * np.pi, n))
    posed = {"elv_angle": 1.2, "shoulder_elv": swing, "shoulder_rot": 0.3, "elbow_flex": 0.4}
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        for joint, value in posed.items():
            column = body.position_addresses[JOINTS.index(f"{joint}_{side[0]}")]
            configurations[:, column] = sign * value if joint == "shoulder_elv" else value
    for configuration in configurations:
        body.complete(configuration)
    found, error_m = fit(body, targets_of(body, configurations))
    assert error_m.mean() < 0.012
    for side in SIDES:
        assert np.ptp(angle(body, found, f"elv_angle_{side[0]}")) < 0.7
        assert np.abs(angle(body, found, f"elbow_flex_{side[0]}") - 0.4).max() < 0.35
        assert np.abs(angle(body, found, f"shoulder_rot_{side[0]}")).max() < 0.8


def test_a_missing_joint_is_named(squat):
    motion = captured(targets_of(squat.body, squat.configurations))
    joints = tuple(
        BvhJoint(joint.name.replace("LeftForeArm", "lForeArm"), joint.parent, joint.offset, joint.channels)
        for joint in motion.joints
    )
    with pytest.raises(RetargetError, match="no joint called LeftForeArm\\."):
        retarget(squat.body, BvhMotion(joints, motion.frame_s, motion.values))


def test_motion_too_short_or_too_slow_to_filter_is_refused(squat):
    motion = captured(targets_of(squat.body, squat.configurations))
    with pytest.raises(RetargetError, match=r"A motion of 0\.5 s"):
        resampled(BvhMotion(motion.joints, motion.frame_s, motion.values[:15]))
    with pytest.raises(RetargetError, match="10 frames a second"):
        resampled(BvhMotion(motion.joints, 0.1, motion.values))


def test_resampling_keeps_time_and_slow_movement(squat):
    times = np.arange(0, 3, 1 / 120)
    path = np.tile(np.sin(2 * np.pi * times)[:, None, None], (1, len(BVH_NAMES) + 1, 3))
    path[:, -1, 2] += 1.0
    motion = captured(path)
    fast = BvhMotion(motion.joints, 1 / 120, motion.values)
    found = resampled(fast)["LeftHand"][:, 0]
    assert len(found) == 90
    expected = np.sin(2 * np.pi * np.arange(90) / MOTION_HZ)
    np.testing.assert_allclose(found[10:-10], expected[10:-10], atol=0.01)


def test_the_floor_follows_the_feet_slowly_and_leaves_a_flight_in_the_air(body):
    n = 150
    configurations = np.tile(body.neutral, (n, 1))
    slope = np.linspace(0.0, 0.3, n)
    flight = np.zeros(n)
    flight[70:82] = 0.2 * np.sin(np.linspace(0, np.pi, 12))
    configurations[:, 2] += 0.4 + slope + flight
    height = on_the_floor(body, configurations)[:, 2]
    standing = np.r_[20:60, 100:130]
    assert np.ptp(height[standing]) < 0.04
    assert height[70:82].max() > height[standing].mean() + 0.15


def captures(folder, wanted, n):
    """Unpack the first n captures whose names begin with one of `wanted`."""
    if not CAPTURE.exists():
        pytest.skip("the CMU motion captures are not beside this checkout")
    with tarfile.open(CAPTURE, "r:xz") as archive:
        members = (member for member in archive if Path(member.name).name.startswith(wanted))
        for member in islice(members, n):
            (folder / Path(member.name).name).write_bytes(archive.extractfile(member).read())
    motions = [read_bvh(file.path) for file in list_motions(folder)]
    assert len(motions) == n
    return motions


def test_captured_walking_becomes_valid_effort_without_the_biceps(body, tmp_path):
    for motion in captures(tmp_path, ("02_01", "02_02"), 2):
        effort = explain(body, retarget(body, motion), contact=CAPTURED_CONTACT)
        assert effort.valid.mean() > 0.9
        knees = effort.joint_angle[:, [JOINTS.index("knee_angle_r"), JOINTS.index("knee_angle_l")]]
        assert np.all(np.ptp(knees, axis=0) > 0.7)
        ahead = effort.joints_m[-1, INDEX["mid_hip"], :2] - effort.joints_m[0, INDEX["mid_hip"], :2]
        assert np.linalg.norm(ahead) > 1.5
        biceps = [body.muscles.index(arm_muscle_name("BIClong", side)) for side in SIDES]
        assert np.percentile(effort.activation[:, biceps], 95) < 0.1


@pytest.mark.heavy
def test_nearly_all_that_two_captured_people_do_is_valid(body, tmp_path):
    valid, error_m = [], []
    for motion in captures(tmp_path, ("02_", "06_"), 20):
        targets = limb_targets(body, resampled(motion))
        error_m.append(fit(body, targets)[1])
        valid.append(explain(body, retarget(body, motion), contact=CAPTURED_CONTACT).valid)
    assert np.concatenate(error_m).mean() < 0.02
    assert np.concatenate(valid).mean() > 0.95
