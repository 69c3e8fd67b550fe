import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.exercises import EXERCISE_NAMES
from mia_core.muscles import Side
from mia_core.simulation import motions
from mia_core.simulation.exercise_scripts import SCRIPTS, Style
from mia_core.simulation.motions import ARM_BABBLE, MOTION_KINDS, MotionError, draw_motion
from mia_core.simulation.posture import LAYOUT, MotionScript, Posture, step_between
from mia_core.simulation.targets import HEEL_BEHIND_M, targets_of

styles = st.builds(
    Style,
    amplitude=st.floats(0.6, 1.25),
    tempo=st.floats(0.7, 1.8),
    variant=st.floats(0.0, 0.99),
    stance=st.floats(0.8, 1.3),
)


def test_all_of_the_papers_exercises_are_there_in_their_order():
    assert tuple(SCRIPTS) == EXERCISE_NAMES


@pytest.mark.parametrize("exercise", SCRIPTS)
@given(style=styles)
def test_a_repetition_ends_where_it_began(exercise, style):
    script = SCRIPTS[exercise](style)
    assert np.all(np.diff(script.times_s) > 0)
    begin, end = script.postures[0].vector(), script.last.vector()
    loose = [LAYOUT["lead_leg"], LAYOUT["trail_leg"]]  # a planted leg's own angles do not count
    for where in loose:
        begin[where] = end[where] = 0.0
    np.testing.assert_allclose(end, begin, atol=1e-12)


@pytest.mark.parametrize("exercise", SCRIPTS)
def test_swapping_sides_twice_changes_nothing(exercise):
    for posture in SCRIPTS[exercise](Style()).postures:
        np.testing.assert_allclose(posture.swapped().swapped().vector(), posture.vector(), atol=1e-15)


def test_stepping_lifts_one_foot_at_a_time_and_arrives():
    start = Posture()
    goal = Posture(lead_foot=(0.3, 0.1, 0.0), trail_foot=(0.2, -0.1, 0.0), heading=(0.5, 0.5, 0.5))
    script = step_between(start, goal, 0.2)
    assert script.last == goal
    lifted = [(posture.lead_foot[2] > 0, posture.trail_foot[2] > 0) for posture in script.postures]
    assert (True, False) in lifted
    assert (False, True) in lifted
    assert (True, True) not in lifted


def test_feet_that_are_in_place_stay_on_the_floor():
    script = step_between(Posture(), Posture(drop=0.1), 0.2)
    assert all(posture.lead_foot == Posture().lead_foot for posture in script.postures)


@pytest.mark.parametrize("kind", MOTION_KINDS)
def test_every_kind_can_be_drawn_and_drawn_again(kind):
    first, again, other = (draw_motion(kind, 6.0, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert len(first) == 180
    for side, arm in first.arms.items():
        assert np.isfinite(arm).all()
        np.testing.assert_array_equal(arm, again.arms[side])
    np.testing.assert_array_equal(first.hip_height_m, again.hip_height_m)
    assert not np.array_equal(first.hip_height_m, other.hip_height_m)
    np.testing.assert_allclose(np.linalg.norm(first.pelvis, axis=1), 1.0)


def test_a_pirouette_turns_once_around_on_the_spot_and_back():
    script = SCRIPTS["pirouette"](Style())
    turns = np.array([posture.heading for posture in script.postures])
    assert np.ptp(turns[:, 0]) == pytest.approx(2 * np.pi)
    targets = targets_of(script, script.duration_s)
    standing = targets.feet[Side.LEFT].position_m
    assert np.ptp(standing, axis=0).max() < 2.01 * HEEL_BEHIND_M
    assert targets.feet[Side.RIGHT].planted.min() == 0.0


def test_only_the_allowed_exercises_appear_also_below_random_arms(monkeypatch):
    drawn = []

    def record(exercise, *rest):
        drawn.append(exercise)
        return perform(exercise, *rest)

    perform = motions.perform
    monkeypatch.setattr(motions, "perform", record)
    for seed in range(40):
        draw_motion(ARM_BABBLE, 2.0, np.random.default_rng(seed), exercises=("squat", "twist"))
    assert set(drawn) == {"squat", "twist"}


@pytest.mark.parametrize("kind", ["squat", "flying"])
def test_what_may_not_appear_is_refused(kind):
    with pytest.raises(MotionError, match=kind):
        draw_motion(kind, 2.0, np.random.default_rng(0), exercises=("twist",))


def test_a_script_counts_time_in_its_tempo():
    script = MotionScript(Posture(), tempo=2.0).to(0.5, drop=0.1).hold(0.25).append(1.0, Posture())
    np.testing.assert_allclose(script.times_s, [0.0, 1.0, 1.5, 2.5])
