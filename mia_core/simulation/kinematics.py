"""From targets to configurations of the body that keep their balance, and their derivatives."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.leg_solver import LegSolver
from mia_core.simulation.targets import BodyTargets

Array = NDArray[np.float64]

GRAVITY: Final = 9.81
PENDULUM_HEIGHT_M: Final = 0.92
"""Height of the centre of mass in the linear inverted pendulum, for the default shape."""
CUTOFF_HZ: Final = 6.0
"""Low-pass of configurations: gait has little above 6 Hz (Winter, Biomechanics and Motor Control); for other movements
it is our choice."""


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
    solver = LegSolver(body, targets)
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
