import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from mia_core.joints import JOINTS
from mia_core.simulation import inverse_dynamics
from mia_core.simulation.emg_model import envelope
from mia_core.simulation.inverse_dynamics import FloorForces, explain
from mia_core.simulation.kinematics import derivatives, smoothed
from mia_core.skeleton import INDEX
from tests.simulation.performances import perform
from tests.simulation.test_bounded_least_squares import by_quadratic_programme

GRAVITY = 9.81


class InteriorPoint:
    """The same problem by another solver."""

    def __init__(self, *problem, **more):
        self.problem, self.weight = (*problem, *more.values()), more["weight"]

    def solve(self, _):
        columns, wanted = self.problem[:2]
        x = by_quadratic_programme(*self.problem)
        return x, self.weight * (wanted - x @ columns)


@pytest.fixture(scope="module")
def standing():
    """Half a second of standing still, taken from a script that starts so."""
    performance = perform("squat", 0)
    return performance.body, np.repeat(performance.configurations[4:5], 15, axis=0)


def plates(body, configurations, forward_m=0.0):
    """Half of the weight under each foot, together below the centre of mass or a little in front of it."""
    body.place(configurations[0])
    centre = body.data.subtree_com[1].copy()
    heels = np.stack([body.position(f"calcn_{side}") for side in "rl"])
    points = np.stack([heels[:, 0], np.full(2, centre[1] - forward_m), np.zeros(2)], axis=1)
    points[:, 0] += centre[0] - points[:, 0].mean()
    force = np.tile([0.0, 0.0, body.mass_kg * GRAVITY / 2], (2, 1))
    n = len(configurations)
    return FloorForces(np.tile(force, (n, 1, 1)), np.tile(points, (n, 1, 1)))


def test_activations_are_those_that_an_interior_point_solver_finds(monkeypatch):
    squat, kick = perform("squat", 0), perform("knee_kick", 0)
    parts = [(squat.body, squat.configurations[20:32]), (kick.body, kick.configurations[30:42])]
    ours = [explain(body, configurations) for body, configurations in parts]
    monkeypatch.setattr(inverse_dynamics, "BoundedLeastSquares", InteriorPoint)
    for effort, (body, configurations) in zip(ours, parts, strict=True):
        theirs = explain(body, configurations)
        assert np.abs(effort.activation - theirs.activation).max() < 1e-3
        assert np.abs(envelope(body, effort) - envelope(body, theirs)).max() < 2e-4
        np.testing.assert_allclose(effort.residual, theirs.residual, atol=0.01)
        np.testing.assert_allclose(effort.floor_force_n, theirs.floor_force_n, atol=0.2)


def test_measured_floor_forces_bear_a_standing_body(standing):
    body, configurations = standing
    effort = explain(body, configurations, plates(body, configurations))
    assert np.abs(effort.residual[:, :3]).max() < 3.0
    assert effort.valid.all()
    np.testing.assert_allclose(effort.floor_force_n, body.mass_kg * GRAVITY / 2)


def test_a_measured_force_further_forward_loads_the_ankle_by_its_lever_arm(standing):
    body, configurations = standing
    joint = JOINTS.index("ankle_angle_r")
    torques = []
    for forward_m in (0.0, 0.05):
        effort = explain(body, configurations, plates(body, configurations, forward_m))
        torques.append(effort.joint_torque[7, joint] + effort.residual[7, 6 + joint])
    axis_share = 0.9  # the ankle's axis runs obliquely, and the feet point outwards
    expected = axis_share * 0.05 * body.mass_kg * GRAVITY / 2
    assert abs(torques[1] - torques[0]) == pytest.approx(expected, rel=0.05)


def test_measured_forces_of_another_length_are_refused(standing):
    body, configurations = standing
    forces = plates(body, configurations)
    with pytest.raises(ValueError, match="15 floor forces for 10"):
        explain(body, configurations[:10], forces)
    with pytest.raises(ValueError, match="must be"):
        FloorForces(forces.force_n, forces.point_m[:3])


def test_a_motion_means_the_same_at_twice_the_frame_rate():
    squat = perform("squat", 0)
    slow = squat.configurations[:60]
    times = np.arange(60) / 30.0
    twice = np.arange(119) / 60.0
    fast = CubicSpline(times, slow)(twice)
    fast = smoothed(squat.body, fast, rate_hz=60.0)
    slow = smoothed(squat.body, slow)
    speed, acceleration = derivatives(squat.body, slow)
    fast_speed, fast_acceleration = derivatives(squat.body, fast, rate_hz=60.0)
    knee = squat.body.velocity_addresses[JOINTS.index("knee_angle_l")]
    np.testing.assert_allclose(fast_speed[6:-6:2, knee], speed[3:-3, knee], atol=0.06)
    assert np.abs(fast_acceleration[6:-6, knee]).max() == pytest.approx(np.abs(acceleration[3:-3, knee]).max(), rel=0.1)
    effort = explain(squat.body, fast, rate_hz=60.0)
    assert effort.valid.shape == (119,)
    assert effort.valid.mean() > 0.95
    assert np.ptp(effort.joints_m[:, INDEX["left_heel"]], axis=0).max() < 0.02
