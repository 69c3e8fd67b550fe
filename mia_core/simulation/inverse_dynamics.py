"""Inverse dynamics and static optimisation: which muscles could make the body move as it does.

For every frame the joint torques follow from the motion (recursive Newton-Euler). Muscle activations and floor forces
that explain them are found by minimising the sum of squared activations, the usual convex relative of the cubed
stresses of Crowninshield and Brand (1981, J Biomech 14:793). With rigid tendons a muscle's force is affine in its
activation, so this is a quadratic programme. What muscles and floor can't explain remains as residual; frames where it
is large are marked invalid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import JOINTS, SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.body import N_COORDINATES, MuscleBody
from mia_core.simulation.bounded_least_squares import BoundedLeastSquares
from mia_core.simulation.kinematics import derivatives

Array = NDArray[np.float64]

MAX_ROOT_FORCE_N: Final = 100.0
"""Residual force on the pelvis above which a frame is invalid (12 % of body weight)."""
MAX_ARM_TORQUE_NM: Final = 15.0
"""Residual torque of an arm above which a frame is invalid."""
MAX_ROOT_MOMENT_NM: Final = 50.0
MAX_LEG_TORQUE_NM: Final = 30.0
"""Where the muscles of a leg can't explain more than this, what they do in the solution means little."""

_MIN_ACTIVATION: Final = 0.01
_FRICTION: Final = 0.7
_CONTACT_CUTOFF: Final = 0.02
_FORCE_UNIT_N: Final = 100.0
_CONTACT_COST: Final = 1e-3
_RESIDUAL_SCALE: Final = np.concatenate(
    [
        np.full(3, 40.0),  # N on the pelvis
        np.full(3, 15.0),  # Nm on the pelvis
        [150.0, 120.0, 80.0],  # Nm of the lumbar spine, whose own muscles are not solved for
        np.tile([4.0, 4.0, 4.0, 3.0, 3.0], 2),  # Nm of arm joints
        np.tile([10.0, 10.0, 8.0, 10.0, 8.0, 8.0], 2),  # Nm of leg joints
    ]
)
"""Residual of each coordinate that costs about as much as one fully active muscle."""
_RESIDUAL_COST: Final = np.concatenate([np.full(6, 1.0), np.full(3, 0.3), np.full(10, 2.0), np.full(12, 1.0)])
_MAX_CONTACT: Final = 50.0
_EDGES: Final = np.array([[_FRICTION, 0, 1], [-_FRICTION, 0, 1], [0, _FRICTION, 1], [0, -_FRICTION, 1.0]])
"""Edges of the friction pyramid."""
_NO_CONTACTS: Final = (np.zeros((0, N_COORDINATES)), np.zeros(0), np.zeros(0, dtype=np.intp))
_ARMS: Final = slice(9, 19)
_LEGS: Final = slice(19, 31)


@dataclass(frozen=True, slots=True)
class ContactTolerance:
    """How near the floor and how slow a point of a foot must be to push.

    Attributes:
        height_m: Up to here it pushes freely.
        decay_m: Above, the force costs e times more with every such step up.
        speed_m_s: Up to this speed it pushes freely.
        speed_decay_m_s: Above, the force costs e times more with every such step.
        depth_m: A heel or toe deeper in the floor makes a frame invalid.
    """

    height_m: float = 0.015
    decay_m: float = 0.012
    speed_m_s: float = 0.15
    speed_decay_m_s: float = 0.25
    depth_m: float = 0.03


EXACT_CONTACT: Final = ContactTolerance()
"""For motion that was made to keep its feet on the floor."""
CAPTURED_CONTACT: Final = ContactTolerance(
    height_m=0.03, decay_m=0.02, speed_m_s=0.3, speed_decay_m_s=0.5, depth_m=np.inf
)
"""For motion capture: its feet miss the floor by centimetres, and smoothing makes a foot that lands seem to move on for
two frames."""


@dataclass(frozen=True, slots=True)
class FloorForces:
    """What force plates reported under each foot, right then left, in the world axes of `body`.

    Attributes:
        force_n: (T, 2, 3) force of the floor on the foot; zero where the foot is in the air.
        point_m: (T, 2, 3) centre of pressure; of no meaning where the force is zero, but finite.
    """

    force_n: Array
    point_m: Array

    def __post_init__(self) -> None:
        if self.force_n.shape[1:] != (2, 3) or self.force_n.shape != self.point_m.shape:
            raise ValueError(f"Forces and points must be (T, 2, 3), not {self.force_n.shape}, {self.point_m.shape}.")


@dataclass(frozen=True, slots=True)
class Effort:
    """What the muscles do in a motion of T frames.

    Attributes:
        activation: (T, n_muscles) in [0, 1], in the order of `MuscleBody.muscles`.
        stretch: (T, n_muscles) fibre velocity in optimal lengths per second, positive while lengthening.
        floor_force_n: (T, 2) vertical force under the right and the left foot.
        residual: (T, `N_COORDINATES`) force (N) and torques (Nm) left unexplained.
        joint_angle: (T, 25) radians, in the order of `JOINTS`.
        joint_speed: (T, 25) radians per second.
        joint_torque: (T, 25) newton metres that the muscles explain.
        joints_m: (T, 25, 3) BODY_25 positions.
        rate_hz: Frames per second.
    """

    activation: Array
    stretch: Array
    floor_force_n: Array
    residual: Array
    joint_angle: Array
    joint_speed: Array
    joint_torque: Array
    joints_m: Array
    rate_hz: float = MOTION_HZ

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(T,) whether the physics add up: the residuals over half a second stay below their limits."""
        left_over = (
            (np.linalg.norm(self.residual[:, :3], axis=1), MAX_ROOT_FORCE_N),
            (np.linalg.norm(self.residual[:, 3:6], axis=1), MAX_ROOT_MOMENT_NM),
            (np.abs(self.residual[:, _ARMS]).max(axis=1), MAX_ARM_TORQUE_NM),
            (np.abs(self.residual[:, _LEGS]).max(axis=1), MAX_LEG_TORQUE_NM),
        )
        return np.asarray(np.all([_running_rms(size, self.rate_hz) <= limit for size, limit in left_over], axis=0))


def explain(
    body: MuscleBody,
    configurations: Array,
    measured: FloorForces | None = None,
    rate_hz: float = MOTION_HZ,
    contact: ContactTolerance = EXACT_CONTACT,
) -> Effort:
    """Return the muscle effort behind a motion.

    Args:
        body: Whose motion it is.
        configurations: (T, 129).
        measured: What the floor did; None lets the feet push wherever they are low and slow.
        rate_hz: Frames per second.
        contact: Where the feet may push when nothing is measured.

    Raises:
        ValueError: There are not as many measured forces as configurations.
        NoSolutionError: The motion is not finite or far from human.
    """
    n, muscles = len(configurations), len(body.muscles)
    if measured is not None and len(measured.force_n) != n:
        raise ValueError(f"There are {len(measured.force_n)} floor forces for {n} configurations.")
    velocities, accelerations = derivatives(body, configurations, rate_hz)
    optimiser = _StaticOptimiser(body, contact)
    effort = Effort(
        activation=np.zeros((n, muscles)),
        stretch=np.zeros((n, muscles)),
        floor_force_n=np.zeros((n, 2)),
        residual=np.zeros((n, N_COORDINATES)),
        joint_angle=configurations[:, body.position_addresses],
        joint_speed=velocities[:, body.velocity_addresses],
        joint_torque=np.zeros((n, len(JOINTS))),
        joints_m=np.zeros((n, 25, 3)),
        rate_hz=rate_hz,
    )
    for frame in range(n):
        wrench = None if measured is None else (measured.force_n[frame], measured.point_m[frame])
        activation, force, residual, muscle_torque = optimiser.solve(
            configurations[frame], velocities[frame], accelerations[frame], wrench
        )
        effort.activation[frame] = activation
        effort.floor_force_n[frame] = force
        effort.residual[frame] = residual
        effort.joint_torque[frame] = muscle_torque[6:]
        effort.stretch[frame] = body.data.actuator_velocity[body.muscle_indices] / body.optimal_lengths_m
        effort.joints_m[frame] = body.keypoints()
    return effort


class _StaticOptimiser:
    """The optimisation of one frame after the other, each started from the solution before."""

    def __init__(self, body: MuscleBody, contact: ContactTolerance) -> None:
        self._body, self._contact = body, contact
        self._owners = np.array([owner for owner, _ in body.contact_points])
        self._local = np.array([local for _, local in body.contact_points])
        self._moments = np.zeros((body.model.nu, body.model.nv))
        self._jacobian = np.zeros((3, body.model.nv))
        self._point_jacobians = np.zeros((len(self._owners), 3, body.model.nv))
        self._torque = np.zeros(body.model.nv)
        self._pull = np.zeros(N_COORDINATES)

    def solve(
        self, q: Array, v: Array, a: Array, wrench: tuple[Array, Array] | None
    ) -> tuple[Array, Array, Array, Array]:
        """Return activations, vertical floor force under each foot, residuals and muscle torques of one frame.

        Args:
            q: (129,) configuration.
            v: (128,) velocity.
            a: (128,) acceleration.
            wrench: Measured (2, 3) forces and the (2, 3) points where they act; None if they are to be found.
        """
        torque, muscles, reduction = self._equations(q, v, a)
        if wrench is None:
            contacts, grip, foot = self._contacts(reduction)
        else:
            torque = torque - reduction.T @ self._applied(*wrench)
            contacts, grip, foot = _NO_CONTACTS
        n, pushes = len(muscles), len(contacts)
        columns = np.concatenate([muscles, _FORCE_UNIT_N * contacts]) / _RESIDUAL_SCALE
        wanted = torque / _RESIDUAL_SCALE
        problem = BoundedLeastSquares(
            columns,
            wanted,
            weight=_RESIDUAL_COST,
            cost=np.concatenate([np.ones(n), _CONTACT_COST / grip]),
            lower=np.concatenate([np.full(n, _MIN_ACTIVATION), np.zeros(pushes)]),
            upper=np.concatenate([np.ones(n), np.full(pushes, _MAX_CONTACT)]),
        )
        x, self._pull = problem.solve(self._pull)
        residual = np.asarray(self._pull / _RESIDUAL_COST * _RESIDUAL_SCALE)
        pushed: Array = np.bincount(foot, weights=x[n:], minlength=2).astype(np.float64) * _FORCE_UNIT_N
        vertical = pushed if wrench is None else wrench[0][:, 2]
        return x[:n], vertical, residual, x[:n] @ muscles

    def _equations(self, q: Array, v: Array, a: Array) -> tuple[Array, Array, Array]:
        """Return needed torques, (muscles, coordinates) torque at full activation, and the reduction."""
        body, mj, model, data = self._body, self._body.mj, self._body.model, self._body.data
        data.qpos[:], data.qvel[:], data.qacc[:] = q, v, a
        actuation = int(mj.mjtDisableBit.mjDSBL_ACTUATION)
        model.opt.disableflags &= ~actuation
        data.ctrl[:] = 0.0
        data.act[:] = 0.0
        for stage in (mj.mj_kinematics, mj.mj_comPos, mj.mj_tendon, mj.mj_transmission, mj.mj_fwdVelocity):
            stage(model, data)
        mj.mj_fwdActuation(model, data)
        passive = data.actuator_force[body.muscle_indices].copy()
        data.act[:] = 1.0
        mj.mj_fwdActuation(model, data)
        active = data.actuator_force[body.muscle_indices] - passive
        model.opt.disableflags |= actuation
        mj.mj_rne(model, data, 1, self._torque)
        needed = self._torque + model.dof_armature * a - data.qfrc_passive
        mj.mju_sparse2dense(
            self._moments, data.actuator_moment, data.moment_rownnz, data.moment_rowadr, data.moment_colind
        )
        reduction = body.reduction(q)
        arms = self._moments[body.muscle_indices] @ reduction
        return reduction.T @ needed - passive @ arms, arms * active[:, None], reduction

    def _contacts(self, reduction: Array) -> tuple[Array, Array, NDArray[np.intp]]:
        """Return generalised force per newton, grip in (0, 1] and foot number of every edge that can push."""
        body, data = self._body, self._body.data
        offsets = data.xmat[self._owners].reshape(-1, 3, 3) @ self._local[:, :, None]
        points = data.xpos[self._owners] + offsets[:, :, 0]
        for jacobian, point, owner in zip(self._point_jacobians, points, self._owners.tolist(), strict=True):
            body.mj.mj_jac(body.model, data, jacobian, None, point, owner)
        speed = np.linalg.norm(self._point_jacobians @ data.qvel, axis=1)
        above = np.maximum(points[:, 2] - self._contact.height_m, 0.0) / self._contact.decay_m
        faster = np.maximum(speed - self._contact.speed_m_s, 0.0) / self._contact.speed_decay_m_s
        grip = np.exp(-above - faster)
        touching = np.flatnonzero(grip > _CONTACT_CUTOFF)
        columns = _EDGES @ (self._point_jacobians[touching] @ reduction)
        foot = touching // (len(self._owners) // 2)
        edges = len(_EDGES)
        return columns.reshape(-1, N_COORDINATES), np.repeat(grip[touching], edges), np.repeat(foot, edges)

    def _applied(self, forces_n: Array, points_m: Array) -> Array:
        """Return the (128,) generalised force of measured (2, 3) forces on the right and the left foot."""
        body = self._body
        generalised = np.zeros(body.model.nv)
        for side, force, point in zip(SIDES, forces_n, points_m, strict=True):
            body.mj.mj_jac(body.model, body.data, self._jacobian, None, point, body.body_id(f"calcn_{side[0]}"))
            generalised += self._jacobian.T @ force
        return generalised


def _running_rms(values: Array, rate_hz: float) -> Array:
    """Root mean square over half a second, weighted by a Hann window."""
    window = np.hanning(int(rate_hz / 4) * 2 + 3)[1:-1]  # odd, so that it has a middle
    window /= window.sum()
    half = len(window) // 2
    return np.asarray(np.sqrt(np.convolve(np.pad(values**2, half, mode="edge"), window, "valid")))
