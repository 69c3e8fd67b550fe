"""From targets to configurations of the body that keep their balance, and their derivatives."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import ARM_JOINTS, JOINTS, LEG_JOINTS, LUMBAR_JOINTS, SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.targets import BodyTargets

Array = NDArray[np.float64]

GRAVITY: Final = 9.81
PENDULUM_HEIGHT_M: Final = 0.92
"""Height of the centre of mass in the linear inverted pendulum, for the default shape."""
CUTOFF_HZ: Final = 6.0
"""Low-pass of configurations: gait has little above 6 Hz (Winter, Biomechanics and Motor Control); for other movements
it is our choice."""

_UNKNOWNS: Final = 3 + 2 * len(LEG_JOINTS)
_W_BALANCE: Final = 40.0
_W_HEIGHT: Final = 20.0  # low: where a straight leg is too short, the hips come down rather than the foot up
_W_FOOT: Final = 100.0
_W_FOOT_TURN: Final = np.array([6.0, 6.0, 4.0])
_W_LEG_PLANTED: Final = 0.3
_W_LEG_FREE: Final = 3.0
_DIAGONAL: Final = np.diag_indices(_UNKNOWNS)
_LEG_DIAGONAL: Final = (np.arange(3, _UNKNOWNS), np.arange(3, _UNKNOWNS))
_MAX_STEP: Final = 0.3
_DAMPING: Final = 0.3  # keeps steps small near a straight leg, where the equations hardly determine them


def configurations_of(body: MuscleBody, targets: BodyTargets) -> Array:
    """Return (T, 129) smoothed configurations that follow targets and keep the centre of pressure under the feet.

    The targets are those of the default shape and are fitted to the body's.

    The centre of mass first follows a linear inverted pendulum. That ignores arms and legs swinging, so the centre of
    pressure which the resulting motion really needs is computed, the pendulum's reference corrected by the
    difference, and the motion solved again (the correction of Kajita et al., ICRA 2003, preview control of the
    zero-moment point). While both feet are in the air the centre of mass falls freely.
    """
    targets = targets.fitted_to(body)
    pendulum_height_m = PENDULUM_HEIGHT_M * body.leg_scale
    solver = _LegSolver(body, targets)
    height = targets.hip_height_m
    if targets.airborne.any():
        height = ballistic(height, targets.airborne)
    first = smoothed(body, solver.solve(pendulum(targets.pressure_m, pendulum_height_m), height))
    needed, mass_height = _pressure_and_mass_height(body, first)
    error = np.where(targets.airborne[:, None], 0.0, np.clip(targets.pressure_m - needed, -0.15, 0.15))
    if targets.airborne.any():
        above_hips = _low_pass(mass_height - height)
        height = ballistic(targets.hip_height_m + above_hips, targets.airborne) - above_hips
    path = pendulum(targets.pressure_m + _low_pass(error), pendulum_height_m)
    return smoothed(body, solver.solve(path, height, start=first))


def pendulum(pressure_m: Array, height_m: float = PENDULUM_HEIGHT_M) -> Array:
    """Return the (T, 2) path of a centre of mass at a height, given its centre of pressure, at rest at both ends."""
    from scipy.linalg import solve_banded

    n = len(pressure_m)
    k = height_m / GRAVITY * MOTION_HZ**2
    bands = np.zeros((3, n))
    bands[0, 1:] = bands[2, :-1] = -k
    bands[1] = 1 + 2 * k
    bands[1, [0, -1]] = 1 + k
    return np.asarray(solve_banded((1, 1), bands, pressure_m))


def ballistic(height_m: Array, airborne: NDArray[np.bool_]) -> Array:
    """Return the (T,) height nearest to a wished one that falls freely wherever the body is airborne."""
    from scipy.sparse import diags_array, vstack
    from scipy.sparse.linalg import spsolve

    n = len(height_m)
    second = diags_array([1.0, -2.0, 1.0], offsets=[0, 1, 2], shape=(n - 2, n)) * MOTION_HZ**2
    third = diags_array([-1.0, 3.0, -3.0, 1.0], offsets=[0, 1, 2, 3], shape=(n - 3, n)) * MOTION_HZ**3
    falls = np.where(airborne[1:-1], 30.0, 0.0)
    smooth = np.where(airborne[1:-2] | airborne[2:-1], 0.0, 0.01)
    follow = np.where(airborne, 2.0, 60.0)
    system = vstack([diags_array(falls) @ second, diags_array(smooth) @ third, diags_array(follow)]).tocsc()
    wanted = np.concatenate([-GRAVITY * falls, np.zeros(n - 3), follow * height_m])
    return np.asarray(spsolve((system.T @ system).tocsc(), system.T @ wanted))


def smoothed(body: MuscleBody, configurations: Array, rate_hz: float = MOTION_HZ) -> Array:
    """Return configurations without content above `CUTOFF_HZ`, quaternions and dependent joints made consistent.

    Args:
        body: The body they belong to.
        configurations: (T, 129).
        rate_hz: Frames per second, above twice `CUTOFF_HZ`.
    """
    result = configurations.copy()
    quaternions = result[:, 3:7]
    flips = np.where((quaternions[1:] * quaternions[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    quaternions[1:] *= np.cumprod(flips)[:, None]
    result = _low_pass(result, rate_hz)
    result[:, 3:7] /= np.linalg.norm(result[:, 3:7], axis=1, keepdims=True)
    return body.complete(result)


def derivatives(body: MuscleBody, configurations: Array, rate_hz: float = MOTION_HZ) -> tuple[Array, Array]:
    """Return (T, 128) velocities and accelerations of (T, 129) configurations, by central differences."""
    n = len(configurations)
    velocities = np.zeros((n, body.model.nv))
    for frame in range(n):
        before, after = max(frame - 1, 0), min(frame + 1, n - 1)
        body.mj.mj_differentiatePos(
            body.model,
            velocities[frame],
            (after - before) / rate_hz,
            configurations[before],
            configurations[after],
        )
    return velocities, _rate(velocities, rate_hz)


def _rate(values: Array, rate_hz: float = MOTION_HZ) -> Array:
    return np.asarray(np.gradient(values, 1.0 / rate_hz, axis=0))


def _low_pass(values: Array, rate_hz: float = MOTION_HZ) -> Array:
    from scipy.signal import butter, sosfiltfilt

    sos = butter(2, CUTOFF_HZ / (rate_hz / 2), output="sos")
    return np.asarray(sosfiltfilt(sos, values, axis=0, padlen=min(12, len(values) - 2)))


def _pressure_and_mass_height(body: MuscleBody, configurations: Array) -> tuple[Array, Array]:
    """Return the (T, 2) centre of pressure that a motion needs and the (T,) height of its centre of mass."""
    velocities, _ = derivatives(body, configurations)
    n = len(configurations)
    mass_centre, speed, spin = np.zeros((n, 3)), np.zeros((n, 3)), np.zeros((n, 3))
    for frame in range(n):
        body.place(configurations[frame])
        body.data.qvel[:] = velocities[frame]
        body.mj.mj_comVel(body.model, body.data)
        body.mj.mj_subtreeVel(body.model, body.data)
        mass_centre[frame] = body.data.subtree_com[1]
        speed[frame] = body.data.subtree_linvel[1]
        spin[frame] = body.data.subtree_angmom[1]
    force = body.mass_kg * _rate(speed)
    torque = _rate(spin)
    load = np.maximum(force[:, 2] + body.mass_kg * GRAVITY, 0.3 * body.mass_kg * GRAVITY)
    height = mass_centre[:, 2]
    x = mass_centre[:, 0] - (height * force[:, 0] + torque[:, 1]) / load
    y = mass_centre[:, 1] - (height * force[:, 1] - torque[:, 0]) / load
    return np.stack([x, y], axis=1), height


class _LegSolver:
    """Gauss-Newton over pelvis position and leg joints, frame by frame, each started from the one before.

    The equations are, in this order: centre of mass (3, its height not wanted), then position (3) and turn (3) of each
    heel.
    """

    def __init__(self, body: MuscleBody, targets: BodyTargets) -> None:
        self._body, self._targets = body, targets
        legs = tuple(f"{joint}_{side[0]}" for side in SIDES for joint in LEG_JOINTS)
        self._columns = np.concatenate([np.arange(3), body.joint_columns(legs)])
        self._leg_addresses = self._addresses(legs)
        self._lowest, self._highest = body.ranges[[JOINTS.index(name) for name in legs]].T
        self._posed = np.concatenate(
            [
                self._addresses(LUMBAR_JOINTS),
                *(self._addresses(tuple(f"{joint}_{side[0]}" for joint in ARM_JOINTS)) for side in SIDES),
            ]
        )
        self._posed_angles = np.hstack([targets.lumbar, *(targets.arms[side] for side in SIDES)])
        self._hips = np.array([body.body_id(f"femur_{side[0]}") for side in SIDES])
        self._heels = [body.body_id(f"calcn_{side[0]}") for side in SIDES]
        self._jacobian = np.zeros((3 + 6 * len(SIDES), body.model.nv))
        self._path = np.zeros((len(targets), 2))
        self._read_wishes()

    def _addresses(self, names: tuple[str, ...]) -> NDArray[np.intp]:
        return self._body.position_addresses[[JOINTS.index(name) for name in names]]

    def _read_wishes(self) -> None:
        """Set weights and wishes of all frames."""
        feet = [self._targets.feet[side] for side in SIDES]
        planted = np.stack([foot.planted for foot in feet], axis=1)  # (T, 2)
        foot_weights = planted[:, :, None] * np.r_[np.full(3, _W_FOOT), _W_FOOT_TURN]
        balance = np.tile([_W_BALANCE, _W_BALANCE, 0.0], (len(planted), 1))
        self._weights = np.hstack([balance, foot_weights.reshape(-1, 12)])
        self._leg_weights = np.repeat((_W_LEG_PLANTED + _W_LEG_FREE * (1 - planted)) ** 2, len(LEG_JOINTS), axis=1)
        self._leg_angles = np.hstack([foot.leg for foot in feet])
        self._heel_places = np.stack([foot.position_m for foot in feet], axis=1)
        self._heel_turns = np.stack(
            [_upright_turn(self._targets.feet[side].heading) @ self._body.heel_orientation[side] for side in SIDES],
            axis=1,
        )

    def solve(self, mass_centre_m: Array, hip_height_m: Array, start: Array | None = None) -> Array:
        """Return (T, 129) configurations whose centre of mass follows a path and whose hips a height.

        Args:
            mass_centre_m: (T, 2).
            hip_height_m: (T,).
            start: (T, 129) solution of the call before to start from, None to start from upright.
        """
        solution = np.zeros((len(self._targets), self._body.model.nq))
        q = self._body.neutral.copy()
        q[:3] = [*mass_centre_m[0], hip_height_m[0]]
        q[self._leg_addresses] = self._leg_angles[0]
        for frame in range(len(self._targets)):
            if start is not None:
                q = start[frame].copy()
                q[:2] += mass_centre_m[frame] - self._path[frame]
            q[3:7] = self._targets.pelvis[frame]
            q[self._posed] = self._posed_angles[frame]
            iterations = 30 if start is None and frame == 0 else 3 if start is None else 2
            for _ in range(iterations):
                self._improve(q, frame, mass_centre_m[frame], float(hip_height_m[frame]))
            solution[frame] = self._body.complete(q)
        self._path = mass_centre_m
        return solution

    def _improve(self, q: Array, frame: int, mass_centre_m: Array, hip_height_m: float) -> None:
        """Take one Gauss-Newton step in place."""
        from scipy.linalg.lapack import dposv

        body = self._body
        body.place(body.complete(q))
        weights = self._weights[frame]
        rows = weights[:, None] * self._derivatives(q)
        normal, gradient = rows.T @ rows, rows.T @ (weights * self._errors(frame, mass_centre_m))
        normal[2, 2] += _W_HEIGHT**2
        gradient[2] += _W_HEIGHT**2 * (hip_height_m - body.data.xpos[self._hips, 2].mean())
        leg_weights = self._leg_weights[frame]
        normal[_LEG_DIAGONAL] += leg_weights
        gradient[3:] += leg_weights * (self._leg_angles[frame] - q[self._leg_addresses])
        normal[_DIAGONAL] += _DAMPING
        step = np.minimum(np.maximum(dposv(normal, gradient)[1], -_MAX_STEP), _MAX_STEP)
        q[:3] += step[:3]
        q[self._leg_addresses] = np.minimum(np.maximum(q[self._leg_addresses] + step[3:], self._lowest), self._highest)

    def _derivatives(self, q: Array) -> Array:
        """Return the (15, `_UNKNOWNS`) derivatives of all equations' left sides."""
        body, jacobian = self._body, self._jacobian
        body.mj.mj_jacSubtreeCom(body.model, body.data, jacobian[:3], 1)
        for row, heel in zip((3, 9), self._heels, strict=True):
            body.mj.mj_jacBody(body.model, body.data, jacobian[row : row + 3], jacobian[row + 3 : row + 6], heel)
        return np.asarray((jacobian @ body.reduction(q))[:, self._columns])

    def _errors(self, frame: int, mass_centre_m: Array) -> Array:
        """Return how much is missing in all 15 equations."""
        data = self._body.data
        errors = np.zeros(len(self._jacobian))
        errors[:2] = mass_centre_m - data.subtree_com[1][:2]
        for row, heel, place, turn in zip(
            (3, 9), self._heels, self._heel_places[frame], self._heel_turns[frame], strict=True
        ):
            errors[row : row + 3] = place - data.xpos[heel]
            off = turn @ data.xmat[heel].reshape(3, 3).T
            errors[row + 3 : row + 6] = 0.5 * (off[[2, 0, 1], [1, 2, 0]] - off[[1, 2, 0], [2, 0, 1]])
        return errors


def _upright_turn(heading: Array) -> Array:
    """Return the (T, 3, 3) turns about the vertical by (T,) radians."""
    turns = np.zeros((len(heading), 3, 3))
    turns[:, 0, 0] = turns[:, 1, 1] = np.cos(heading)
    turns[:, 1, 0] = np.sin(heading)
    turns[:, 0, 1] = -turns[:, 1, 0]
    turns[:, 2, 2] = 1.0
    return turns
