import numpy as np
import pytest

from mia_core.simulation.posture import MotionScript, Posture
from mia_core.simulation.steps import ARENA_M, Stride, foot_in_world, step, walk
from mia_core.simulation.targets import targets_of


@pytest.mark.parametrize("lead", [True, False])
def test_a_stride_lands_where_it_should(lead):
    script = MotionScript(Posture(heading=(0.3, 0.3, 0.3)))
    step(script, Stride(lead, out_m=0.25, forward_m=0.4, seconds=0.7))
    way = foot_in_world(script.last, lead) - foot_in_world(script.last, not lead)
    c, s = np.cos(0.3), np.sin(0.3)
    right, forward = np.array([[c, s], [-s, c]]) @ way
    np.testing.assert_allclose([right, forward], [0.25 if lead else -0.25, 0.4], atol=1e-12)
    assert script.duration_s == pytest.approx(0.7)


def test_the_standing_foot_stays_and_the_other_one_is_lifted():
    script = MotionScript(Posture())
    step(script, Stride(True, 0.2, 0.3, turn_rad=0.4, lift_m=0.07))
    np.testing.assert_array_equal([foot_in_world(posture, False) for posture in script.postures], [[-0.12, 0.0]] * 4)
    assert [posture.lead_foot[2] for posture in script.postures] == [0.0, 0.0, 0.07, 0.0]
    assert script.last.heading == pytest.approx((0.2, 0.4, 0.0))


def test_the_world_sees_the_step():
    script = MotionScript(Posture()).append(0.3, Posture())
    step(script, Stride(True, 0.2, 0.5))
    step(script, Stride(False, 0.2, 0.5))
    script.append(0.5, script.last)
    targets = targets_of(script, script.duration_s)
    forward = -np.array([foot.position_m[-1, 1] - foot.position_m[0, 1] for foot in targets.feet.values()])
    np.testing.assert_allclose(forward, [0.5, 1.0], atol=1e-6)
    assert not targets.airborne.any()


@pytest.mark.parametrize("seed", range(8))
def test_walking_leads_somewhere_but_not_away(seed):
    rng, script = np.random.default_rng(seed), MotionScript(Posture())
    for _ in range(20):
        walk(script, rng, 1.0)
    feet = np.array([foot_in_world(posture, lead) for posture in script.postures for lead in (True, False)])
    assert np.ptp(feet, axis=0).max() > 1.0
    assert np.linalg.norm(feet, axis=1).max() < ARENA_M + 1.2
    assert np.ptp([posture.heading[0] for posture in script.postures]) > 0.3
    assert np.all(np.diff(script.times_s) > 0)
