from dataclasses import replace

import numpy as np
import pytest

from mia_core.joints import JOINTS
from mia_core.muscles import MONTAGE
from mia_core.simulation.co_contraction import ANTAGONIST_CHANNEL, EARLY_S, STIFF_FOR_S
from mia_core.simulation.emg_model import LEAD_S, MAX_COUNT, VirtualSubject, counts, envelope
from mia_core.simulation.inverse_dynamics import Effort
from mia_core.skeleton import INDEX

FRAMES = 90
PLAIN = VirtualSubject("plain", strength=1.0, gains=(1.0,) * 8, crosstalk=0.0)


@pytest.fixture
def rest(body):
    return Effort(
        activation=np.zeros((FRAMES, len(body.muscles))),
        stretch=np.zeros((FRAMES, len(body.muscles))),
        floor_force_n=np.full((FRAMES, 2), 400.0),
        residual=np.zeros((FRAMES, 31)),
        joint_angle=np.zeros((FRAMES, 25)),
        joint_speed=np.zeros((FRAMES, 25)),
        joint_torque=np.zeros((FRAMES, 25)),
        joints_m=np.zeros((FRAMES, 25, 3)),
    )


def column(body, muscle):
    return body.muscles.index(muscle)


def channel(name):
    return MONTAGE.names.index(name)


def swinging(rest, start, frames, metres):
    """The left hand moves forwards at a constant speed for some frames, and rests before and after."""
    joints = rest.joints_m.copy()
    joints[:, INDEX["left_wrist"], 1] = -metres * np.clip((np.arange(FRAMES) - start) / frames, 0.0, 1.0)
    joints[:, INDEX["left_wrist"], 2] = -0.5
    return replace(rest, joints_m=joints)


def test_emg_comes_before_the_force_it_makes(body, rest):
    pulse = rest.activation.copy()
    pulse[45, [column(body, "BIClong_left"), column(body, "BICshort_left")]] = 1.0
    seen = envelope(body, replace(rest, activation=pulse))[:, channel("left_biceps")]
    assert seen.argmax() == pytest.approx(45 - LEAD_S * 30, abs=0.1)


def test_the_frame_rate_changes_nothing(body, rest):
    pulse = rest.activation.copy()
    pulse[40:50] = 0.5
    slow = envelope(body, replace(rest, activation=pulse))
    doubled = {
        name: np.repeat(getattr(rest, name), 2, axis=0)
        for name in ("stretch", "floor_force_n", "residual", "joint_angle", "joint_speed", "joint_torque", "joints_m")
    }
    fast = envelope(body, Effort(activation=np.repeat(pulse, 2, axis=0), rate_hz=60.0, **doubled))
    np.testing.assert_allclose(fast[::2], slow, atol=0.06)


def test_each_electrode_hears_its_own_muscles_and_a_little_of_the_antagonist(body, rest):
    active = rest.activation.copy()
    active[:, column(body, "vaslat_r")] = 1.0
    seen = envelope(body, replace(rest, activation=active)).mean(axis=0)
    order = np.argsort(seen)[::-1]
    assert list(order[:2]) == [channel("right_quadriceps"), channel("right_hamstrings")]
    assert seen[order[1]] < 0.2 * seen[order[0]]
    assert seen[order[2]] < 0.02


def test_a_lengthening_muscle_shows_less_than_a_shortening_one(body, rest):
    some = np.full_like(rest.activation, 0.4)
    shortening = envelope(body, replace(rest, activation=some, stretch=np.full_like(some, -0.15)))
    still = envelope(body, replace(rest, activation=some))
    lengthening = envelope(body, replace(rest, activation=some, stretch=np.full_like(some, 0.15)))
    assert np.all(lengthening < 0.8 * still)
    assert np.all(shortening > 1.2 * still)


def test_muscles_of_a_fast_leg_are_never_silent(body, rest):
    speed = np.zeros_like(rest.joint_speed)
    speed[:, JOINTS.index("knee_angle_l")] = 8.0
    seen = envelope(body, replace(rest, joint_speed=speed)).mean(axis=0)
    for muscle in ("quadriceps", "hamstrings"):
        assert seen[channel(f"left_{muscle}")] > 3 * seen[channel(f"right_{muscle}")]


def test_an_arm_stays_stiff_for_a_while_after_a_fast_movement(body, rest):
    fast, slow = (envelope(body, swinging(rest, 20, frames, 0.6)) for frames in (6, 45))
    for muscle in ("biceps", "triceps"):
        seen = fast[:, channel(f"left_{muscle}")]
        after = 26 + round(STIFF_FOR_S * 30 / 2)
        assert seen[after] > 2.5 * seen[0]
        assert seen[-1] < 0.3 * seen[after]
        assert slow[:, channel(f"left_{muscle}")].max() < 0.3 * seen.max()
    assert fast[:, channel("right_triceps")].max() < 0.02


def test_a_folded_arm_need_not_be_stiffened(body, rest):
    moving = swinging(rest, 20, 6, 0.6)
    folded = moving.joint_angle.copy()
    folded[:, JOINTS.index("elbow_flex_l")] = 2.2
    seen = [envelope(body, effort).max(axis=0) for effort in (moving, replace(moving, joint_angle=folded))]
    assert seen[1][channel("left_triceps")] < 0.5 * seen[0][channel("left_triceps")]


def test_raised_fists_keep_the_arms_ready(body, rest):
    joints, angle = rest.joints_m.copy(), rest.joint_angle.copy()
    joints[:, INDEX["right_wrist"], 2] = 0.1
    angle[:, JOINTS.index("elbow_flex_r")] = 1.9
    seen = envelope(body, replace(rest, joints_m=joints, joint_angle=angle)).mean(axis=0)
    assert seen[channel("right_triceps")] > 2 * seen[channel("left_triceps")]


def test_shaking_makes_arms_tense(body, rest):
    joints = rest.joints_m.copy()
    joints[:, :, 2] += 0.03 * np.sin(2 * np.pi * 2.5 * np.arange(FRAMES) / 30)[:, None]
    seen = envelope(body, replace(rest, joints_m=joints)).mean(axis=0)
    assert seen[[channel("left_biceps"), channel("right_triceps")]].min() > 0.02


def test_standing_on_one_leg_works_its_thigh(body, rest):
    alone = np.full_like(rest.floor_force_n, [800.0, 0.0])
    seen = envelope(body, replace(rest, floor_force_n=alone)).mean(axis=0)
    assert seen[channel("right_hamstrings")] > 4 * seen[channel("left_hamstrings")]


def test_a_hard_landing_is_expected(body, rest):
    def landing(frames):
        load = 800.0 * np.clip((np.arange(FRAMES) - 45) / frames, 0.0, 1.0)
        return envelope(body, replace(rest, floor_force_n=np.stack([load, load], axis=1)))[
            :, channel("left_hamstrings")
        ]

    hard, soft = landing(3), landing(30)
    assert hard.max() > 3 * soft.max()
    before = np.flatnonzero(hard > 0.5 * hard.max())[0]
    assert 45 - (EARLY_S + LEAD_S) * 30 - 5 <= before < 45


def test_antagonists_belong_to_each_other():
    for name, other in zip(MONTAGE.names, np.array(MONTAGE.names)[ANTAGONIST_CHANNEL], strict=True):
        assert name.split("_")[0] == other.split("_")[0]
        assert name != other
    np.testing.assert_array_equal(ANTAGONIST_CHANNEL[ANTAGONIST_CHANNEL], np.arange(8))


def test_counts_are_a_tenth_of_a_second_apart_and_on_the_sensors_scale():
    activation = np.linspace(0.0, 1.0, FRAMES)[:, None].repeat(8, axis=1).astype(np.float32)
    loud = replace(PLAIN, gains=(5.0,) * 8)
    reported = counts(activation, loud, np.random.default_rng(0))
    assert reported.shape == (30, 8)
    assert reported.dtype == np.uint16
    assert reported[0].max() < 30
    assert reported[-1].max() == MAX_COUNT


def test_counts_follow_the_gain_and_the_neighbour():
    activation = np.zeros((300, 8), dtype=np.float32)
    activation[:, MONTAGE.names.index("left_biceps")] = 0.5
    quiet = counts(activation, PLAIN, np.random.default_rng(1)).mean(axis=0)
    doubled = counts(activation, replace(PLAIN, gains=(2.0,) * 8), np.random.default_rng(1)).mean(axis=0)
    mixed = counts(activation, replace(PLAIN, crosstalk=0.1), np.random.default_rng(1)).mean(axis=0)
    biceps, triceps = MONTAGE.names.index("left_biceps"), MONTAGE.names.index("left_triceps")
    assert doubled[biceps] == pytest.approx(2 * quiet[biceps], rel=0.05)
    assert mixed[triceps] == pytest.approx(24 + quiet[triceps], abs=3)


def mean_count(activation, subject, at):
    return np.mean([counts(activation, subject, np.random.default_rng(seed))[at] for seed in range(30)])


def test_a_muscle_is_louder_while_its_activity_rises():
    frames = np.arange(600)[:, None].repeat(8, axis=1)
    fast, slow = (np.clip(0.4 + rise * (frames - 302) / 30, 0.0, 0.8).astype(np.float32) for rise in (4.0, 0.02))
    assert mean_count(fast, PLAIN, 101) == pytest.approx(1.19 * mean_count(slow, PLAIN, 101), rel=0.03)


def test_a_tired_muscle_is_louder():
    steady = np.full((900, 8), 0.4, dtype=np.float32)
    early, late = slice(0, 20), slice(-20, None)
    tiring = replace(PLAIN, fatigue=0.4)
    assert mean_count(steady, tiring, late) > 1.03 * mean_count(steady, tiring, early)
    assert mean_count(steady, PLAIN, late) == pytest.approx(mean_count(steady, PLAIN, early), rel=0.02)


def test_a_longer_delay_lets_the_signal_come_earlier():
    pulse = 0.8 * np.exp(-(((np.arange(300) - 150) / 8) ** 2))[:, None].repeat(8, axis=1).astype(np.float32)

    def centre(delay):
        subject = replace(PLAIN, delay_s=delay)
        seen = np.mean([counts(pulse, subject, np.random.default_rng(seed)) for seed in range(20)], axis=(0, 2))
        return np.average(np.arange(100), weights=seen * (seen > 20))

    assert centre(0.05) - centre(0.10) == pytest.approx(0.5, abs=0.05)


def test_subjects_differ():
    rng = np.random.default_rng(2)
    one, other = (VirtualSubject.draw(name, rng) for name in ("a", "b"))
    assert one.gains != other.gains
    assert 0.85 <= one.strength <= 1.25
    assert 0.05 <= one.delay_s <= 0.10
    assert one.fatigue != other.fatigue
