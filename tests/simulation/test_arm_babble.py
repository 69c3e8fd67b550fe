import numpy as np
import pytest

from mia_core.joints import ARM_JOINTS
from mia_core.simulation.arm_babble import arm_babble, random_arm, shortest_s

ELEVATION, ELBOW = ARM_JOINTS.index("shoulder_elv"), ARM_JOINTS.index("elbow_flex")


@pytest.fixture(scope="module")
def tracks():
    return [arm_babble(np.random.default_rng(seed), 30.0) for seed in range(12)]


def test_arms_cover_the_range(tracks):
    arms = np.concatenate([arm for track in tracks for arm in track.values()])
    assert arms.shape == (12 * 2 * 900, len(ARM_JOINTS))
    assert arms[:, ELEVATION].min() < -0.4
    behind = arms[:, ELEVATION] < -0.1
    assert arms[behind, ARM_JOINTS.index("elv_angle")].min() > 0.5  # which is behind, not across the trunk
    assert arms[:, ELEVATION].max() > 2.3
    assert arms[:, ELBOW].min() < 0.1
    assert arms[:, ELBOW].max() > 2.2


def test_arms_move_alike_in_turns_and_by_themselves(tracks):
    alike = [
        np.corrcoef(*(arm[at : at + 60, ELEVATION] for arm in track.values()))[0, 1]
        for track in tracks
        for at in range(0, 840, 60)
        if all(np.ptp(arm[at : at + 60, ELEVATION]) > 0.2 for arm in track.values())
    ]
    assert len(alike) > 60
    for kind in (np.array(alike) > 0.97, np.array(alike) < -0.8, np.abs(alike) < 0.5):
        assert kind.mean() > 0.05


def test_arms_rest_and_move_fast(tracks):
    speed = np.concatenate(
        [np.abs(np.gradient(arm, axis=0) * 30).max(axis=1) for track in tracks for arm in track.values()]
    )
    assert (speed < 0.15).mean() > 0.05
    assert (speed > 4.0).mean() > 0.05
    assert speed.max() < 12.0


def test_a_quarter_of_random_arms_hang():
    rng = np.random.default_rng(0)
    arms = np.array([random_arm(rng) for _ in range(2000)])
    assert (arms[:, ELEVATION] < 0.45).mean() == pytest.approx(0.25 + 0.75 * (0.13 / 2.08) ** (1 / 1.6), abs=0.03)


def test_a_short_way_takes_a_short_time():
    assert shortest_s(0.0) == 0.0
    assert shortest_s(0.2) < shortest_s(1.0) < shortest_s(3.0)
    np.testing.assert_allclose(shortest_s(6.0), 1.0)
