import numpy as np
import pytest

from mia_core.simulation.babble import body_babble, standing
from mia_core.simulation.calisthenics import bounce, pick_up, sit, strike
from mia_core.simulation.exercise_scripts import SCRIPTS, Style
from mia_core.simulation.posture import LAYOUT, MotionScript, Posture
from mia_core.simulation.steps import foot_in_world, placed
from mia_core.simulation.targets import targets_of


@pytest.fixture(scope="module")
def scripts():
    return [body_babble(np.random.default_rng(seed), 60.0) for seed in range(6)]


def values(scripts, name):
    return np.concatenate([[posture.vector()[LAYOUT[name]] for posture in script.postures] for script in scripts])


def test_body_babble_covers_what_bodies_do(scripts):
    assert all(script.duration_s >= 60.0 for script in scripts)
    assert values(scripts, "drop").max() > 0.3
    assert values(scripts, "pelvis")[:, 1].max() > 0.7
    assert (values(scripts, "planted").min(axis=1) == 0.0).mean() > 0.1
    assert np.ptp(values(scripts, "heading")[:, 0]) > 1.0
    places = [foot_in_world(posture, True) for script in scripts for posture in script.postures]
    assert np.ptp(places, axis=0).min() > 1.0


def test_feet_on_the_floor_do_not_slide(scripts):
    for script in scripts:
        for before, after in zip(script.postures, script.postures[1:], strict=False):
            for lead, index in ((True, 0), (False, 1)):
                name = "lead_foot" if lead else "trail_foot"
                lifted = max(getattr(before, name)[2], getattr(after, name)[2]) > 0
                if not lifted and before.planted[index] == after.planted[index] == 1.0:
                    np.testing.assert_allclose(foot_in_world(after, lead), foot_in_world(before, lead), atol=1e-9)


def test_exercises_appear_where_the_person_stands():
    drawn = []

    def repetition():
        drawn.append(SCRIPTS["squat"](Style()))
        return drawn[-1]

    rng = np.random.default_rng(3)
    script = body_babble(rng, 120.0, repetition)
    assert len(drawn) >= 2
    deepest = drawn[0].postures[1].drop
    assert deepest in [posture.drop for posture in script.postures]


def test_a_placed_posture_is_the_same_elsewhere():
    posture = Posture(lead_foot=(0.2, 0.3, 0.0), trail_foot=(0.1, -0.1, 0.0), heading=(0.2, 0.5, -0.1))
    moved = placed(posture, 1.0, -0.5, 0.7)
    c, s = np.cos(0.7), np.sin(0.7)
    for lead in (True, False):
        expected = np.array([[c, -s], [s, c]]) @ foot_in_world(posture, lead) + [1.0, -0.5]
        np.testing.assert_allclose(foot_in_world(moved, lead), expected, atol=1e-12)
    np.testing.assert_allclose(moved.heading, (0.9, 1.2, 0.6))


@pytest.mark.parametrize("movement", [sit, pick_up, bounce, strike])
@pytest.mark.parametrize("seed", range(5))
def test_calisthenics_leave_the_feet_where_they_are(movement, seed):
    here = placed(Posture(), 0.4, 0.3, 0.8)
    script = MotionScript(here)
    movement(script, np.random.default_rng(seed), 1.0)
    assert len(script.postures) > 2
    assert np.all(np.diff(script.times_s) > 0)
    for lead in (True, False):
        np.testing.assert_allclose(foot_in_world(script.last, lead), foot_in_world(here, lead))
    assert script.last.heading == here.heading


def test_sitting_goes_deep():
    depths = []
    for seed in range(20):
        script = MotionScript(Posture())
        sit(script, np.random.default_rng(seed), 1.0)
        depths.append(max(posture.drop for posture in script.postures))
    assert max(depths) > 0.37
    assert min(depths) < 0.3


def test_standing_is_quiet():
    script = standing(np.random.default_rng(0), 30.0)
    targets = targets_of(script, 30.0)
    assert np.ptp(targets.hip_height_m) < 0.02
    assert np.ptp(targets.pressure_m, axis=0).max() < 0.3
