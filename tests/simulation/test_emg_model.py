from dataclasses import replace

import numpy as np
import pytest

from mia_core.muscles import MONTAGE
from mia_core.simulation.emg_model import DELAY_FRAMES, MAX_COUNT, VirtualSubject, counts, envelope
from mia_core.simulation.inverse_dynamics import Effort

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


def test_emg_comes_before_the_force_it_makes(body, rest):
    pulse = rest.activation.copy()
    pulse[45, [column(body, "BIClong_left"), column(body, "BICshort_left")]] = 1.0
    seen = envelope(body, replace(rest, activation=pulse))[:, MONTAGE.names.index("left_biceps")]
    assert seen.argmax() == 45 - DELAY_FRAMES


def test_each_electrode_hears_its_own_muscles_only(body, rest):
    active = rest.activation.copy()
    active[:, column(body, "vaslat_r")] = 1.0
    seen = envelope(body, replace(rest, activation=active)).mean(axis=0)
    assert seen.argmax() == MONTAGE.names.index("right_quadriceps")
    assert np.sort(seen)[-2] < 0.02


def test_a_lengthening_muscle_shows_less_than_a_shortening_one(body, rest):
    half = np.full_like(rest.activation, 0.5)
    shortening = envelope(body, replace(rest, activation=half, stretch=np.full_like(half, -0.5)))
    lengthening = envelope(body, replace(rest, activation=half, stretch=np.full_like(half, 0.5)))
    assert np.all(lengthening < 0.65 * shortening)


def test_muscles_of_a_fast_joint_are_never_silent(body, rest):
    fast = envelope(body, replace(rest, joint_speed=np.full_like(rest.joint_speed, 8.0)))
    assert fast.min() > 5 * envelope(body, rest).max()


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


def test_subjects_differ():
    rng = np.random.default_rng(2)
    one, other = (VirtualSubject.draw(name, rng) for name in ("a", "b"))
    assert one.gains != other.gains
    assert 0.85 <= one.strength <= 1.25
