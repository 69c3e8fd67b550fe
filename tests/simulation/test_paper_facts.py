"""What the paper says of its twenty exercises (figure 4), for several random variants of each."""

import numpy as np
import pytest

from mia_core.muscles import MONTAGE, Side
from mia_core.skeleton import INDEX
from tests.simulation.performances import VARIANTS, perform

GRAVITY = 9.81
variants = pytest.mark.parametrize("variant", range(VARIANTS))


def activity(performance, channel, when=None):
    values = performance.activation[:, MONTAGE.names.index(channel)]
    return float(values.mean() if when is None else values[when].mean())


def bent(performance):
    return performance.angle("knee_angle_l") > np.radians(45)


def in_the_air(performance):
    return performance.targets.feet[Side.LEFT].planted < 0.3


@variants
def test_a_bent_knee_works_the_quadriceps_in_a_side_lunge_but_not_in_a_skater(variant):
    lunge, skater = perform("side_lunge", variant), perform("skater", variant)
    assert bent(skater).sum() > 5
    assert activity(lunge, "left_quadriceps", bent(lunge)) > 2.5 * activity(skater, "left_quadriceps", bent(skater))


@variants
def test_a_kick_backwards_works_the_hamstrings_more_than_one_forwards(variant):
    back, front = perform("leg_back", variant), perform("front_kick", variant)
    assert activity(back, "left_hamstrings", in_the_air(back)) > 1.15 * activity(
        front, "left_hamstrings", in_the_air(front)
    )


@variants
def test_a_hook_punch_works_the_triceps_more_than_an_elbow_punch(variant):
    hook, elbow = perform("hook_punch", variant), perform("elbow_punch", variant)
    assert activity(hook, "left_triceps") > 1.3 * activity(elbow, "left_triceps")


@variants
def test_squatting_works_the_quadriceps_and_standing_does_not(variant):
    squat = perform("squat", variant)
    knee = squat.angle("knee_angle_l")
    for side in Side:
        deep = activity(squat, f"{side}_quadriceps", knee > np.radians(60))
        assert deep > 3 * activity(squat, f"{side}_quadriceps", knee < np.radians(25))


@variants
def test_the_triceps_extends_the_elbow_in_a_punch(variant):
    punch = perform("front_punch", variant)
    extending = np.gradient(punch.angle("elbow_flex_l")) * 30 < -1
    assert activity(punch, "left_triceps", extending) > 1.3 * activity(punch, "left_triceps")


@variants
def test_the_floor_bears_the_body_weight_in_a_squat(variant):
    squat = perform("squat", variant)
    weight = squat.body.mass_kg * GRAVITY
    assert 0.97 <= squat.effort.floor_force_n.sum(axis=1).mean() / weight <= 1.03
    assert squat.effort.valid.all()


@variants
@pytest.mark.parametrize("exercise", ["front_kick", "knee_kick", "leg_back", "side_lunge"])
def test_hardly_any_force_is_left_unexplained_on_one_leg(exercise, variant):
    root = perform(exercise, variant).effort.residual[:, :3]
    assert np.sqrt((root**2).sum(axis=1).mean()) < 40.0


@variants
def test_weight_passes_to_the_standing_leg(variant):
    kick = perform("front_kick", variant)
    high = kick.effort.joints_m[:, INDEX["left_heel"], 2] > 0.15
    right, left = kick.effort.floor_force_n[high].T
    assert high.sum() > 10
    assert left.max() == 0.0
    assert right.mean() > 0.8 * kick.body.mass_kg * GRAVITY
