"""Find the joint angles that put the ends of a body's bones in given places.

Gauss-Newton over all free joints and the pelvis, frame by frame, each frame started from the one before.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import ARM_JOINTS, JOINTS, SIDES
from mia_core.simulation.body import N_COORDINATES, UP, MuscleBody

Array = NDArray[np.float64]

LEG_BODIES: Final = ("femur", "tibia", "talus", "toes")
ARM_BODIES: Final = ("humerus", "ulna", "lunate")
"""Bodies whose origins are put in place, from the trunk outwards."""
TARGET_BODIES: Final = tuple(f"{body}_{side[0]}" for side in SIDES for body in LEG_BODIES + ARM_BODIES)
"""All of them, in the order of targets; the last target is a point of the pelvis, `PELVIS_POINT_M` above the hips."""
PELVIS_POINT_M: Final = 0.15
"""Far enough to tell how the pelvis is tilted: hips alone leave that open."""

_PELVIS_WEIGHT: Final = 2.0
_WEIGHTS: Final = {"femur": 1.5, "tibia": 1.0, "talus": 1.5, "toes": 1.2, "humerus": 0.8, "ulna": 1.0, "lunate": 1.2}
_FIRST_ITERATIONS: Final = 60
_ITERATIONS: Final = 4
_MAX_STEP: Final = 0.4
_ASTRAY_M: Final = 0.05  # an arm that went around the wrong way leaves 10 to 40 cm
_NEW_ELEVATIONS: Final = (0.5, 1.4, 2.4)
_GOOD_ENOUGH: Final = 2e-3  # metres and radians; the low-pass after it takes care of the rest
_LIMIT_WEIGHT: Final = 1.0
_REST_WEIGHT: Final = np.concatenate(
    [
        np.full(3, 0.03),
        np.tile([0.02, 0.02, 0.04, 0.02, 0.1], 2),
        np.tile([0.01, 0.01, 0.03, 0.01, 0.03, 0.1], 2),
    ]
)
"""Pull of each joint towards its rest angle, in metres per radian: what the limbs' directions leave open."""
_REST_ARM: Final = (0.8, 0.4, 0.0, 0.3, 0.0)
_LEAST_ELEVATION: Final = -0.8
"""Radians. An arm that swings back past the trunk keeps its plane of elevation and goes below zero, where the model's
range ends; else the plane would have to turn by half a circle in an instant, or the forearm be thrown back instead."""
_HOLD_WEIGHT: Final = {"elv_angle": 0.2, "shoulder_rot": 0.1}
"""Pull of the shoulder towards the frame before, in metres per radian. With the arm hanging its plane of elevation is
undefined; left free it jumps, and what follows looks like work of the biceps (25 to 50 % in a walk)."""


def fit(body: MuscleBody, targets: Array) -> tuple[Array, Array]:
    """Return (T, 129) configurations that put `TARGET_BODIES` and the pelvis in place, and how far they are off.

    Args:
        body: The body to move.
        targets: (T, 15, 3) metres.

    Returns:
        The configurations, and the (T,) root mean square distance in metres over the targets.
    """
    solver = _LimbSolver(body)
    configurations = np.zeros((len(targets), body.model.nq))
    error_m = np.zeros(len(targets))
    q = solver.start(targets[0])
    for frame, target in enumerate(targets):
        error_m[frame] = solver.solve(q, target, _ITERATIONS if frame else _FIRST_ITERATIONS)
        if error_m[frame] > _ASTRAY_M:
            q, error_m[frame] = solver.solve_anew(q, target, float(error_m[frame]))
        configurations[frame] = q
    return configurations, error_m


class _LimbSolver:
    """Gauss-Newton over all reduced coordinates."""

    def __init__(self, body: MuscleBody) -> None:
        self._body = body
        self._ids = np.array([body.body_id(name) for name in TARGET_BODIES])
        self._weights = np.repeat([*(_WEIGHTS[name[:-2]] for name in TARGET_BODIES), _PELVIS_WEIGHT], 3)
        self._jacobian = np.zeros((len(self._weights), body.model.nv))
        body.place(body.neutral)
        self._pelvis = body.body_id("pelvis")
        hips = (body.position("femur_r") + body.position("femur_l")) / 2
        self._pelvis_point = body.rotation("pelvis").T @ (hips + PELVIS_POINT_M * UP - body.position("pelvis"))
        self._arms = body.position_addresses[
            [JOINTS.index(f"{joint}_{side[0]}") for side in SIDES for joint in ARM_JOINTS]
        ]
        self._limits = body.ranges.copy()
        self._rest = np.zeros(len(JOINTS))
        self._held = np.zeros(len(JOINTS))
        for side in SIDES:
            self._limits[JOINTS.index(f"shoulder_elv_{side[0]}"), 0] = _LEAST_ELEVATION
            for joint, angle in zip(ARM_JOINTS, _REST_ARM, strict=True):
                column = JOINTS.index(f"{joint}_{side[0]}")
                self._rest[column] = angle
                self._held[column] = _HOLD_WEIGHT.get(joint, 0.0) ** 2

    def start(self, target: Array) -> Array:
        """Return an upright (129,) configuration that faces where a posture faces."""
        q = self._body.neutral.copy()
        right, left = (target[TARGET_BODIES.index(name)] for name in ("femur_r", "femur_l"))
        heading = np.arctan2(*(left - right)[1::-1])
        q[:3] = (left + right) / 2
        q[3:7] = np.cos(heading / 2), 0.0, 0.0, np.sin(heading / 2)
        return q

    def solve(self, q: Array, target: Array, iterations: int) -> float:
        """Improve a configuration in place; return the root mean square distance left in metres."""
        held = q[self._body.position_addresses].copy()
        hold = self._held if iterations < _FIRST_ITERATIONS else np.zeros_like(self._held)
        off = self._place(q, target)
        for _ in range(iterations):
            step = self._step(q, off, held, hold)
            self._body.mj.mj_integratePos(self._body.model, q, self._body.reduction(q) @ step, 1.0)
            off = self._place(q, target)
            if np.abs(step).max() < _GOOD_ENOUGH:
                break
        return float(np.sqrt((off**2).sum(axis=1).mean()))

    def solve_anew(self, q: Array, target: Array, error_m: float) -> tuple[Array, float]:
        """Try again with the arms low, level and high; return the best configuration and its distance.

        Args:
            q: (129,) solution so far.
            target: (15, 3) places.
            error_m: Its distance.
        """
        best = q
        for elevation in _NEW_ELEVATIONS:
            trial = q.copy()
            trial[self._arms] = np.tile([_REST_ARM[0], elevation, *_REST_ARM[2:]], len(SIDES))
            distance = self.solve(trial, target, _FIRST_ITERATIONS)
            if distance < error_m:
                best, error_m = trial, distance
        return best, error_m

    def _place(self, q: Array, target: Array) -> Array:
        """Put the body into a configuration; return the (15, 3) ways that are left."""
        self._body.place(self._body.complete(q))
        return np.asarray(target - np.vstack([self._body.data.xpos[self._ids], self._pelvis_place()]))

    def _pelvis_place(self) -> Array:
        data = self._body.data
        return np.asarray(data.xpos[self._pelvis] + data.xmat[self._pelvis].reshape(3, 3) @ self._pelvis_point)

    def _step(self, q: Array, off: Array, held: Array, hold: Array) -> Array:
        body = self._body
        for row, number in enumerate(self._ids):
            body.mj.mj_jacBody(body.model, body.data, self._jacobian[3 * row : 3 * row + 3], None, int(number))
        body.mj.mj_jac(body.model, body.data, self._jacobian[-3:], None, self._pelvis_place(), self._pelvis)
        rows = self._weights[:, None] * (self._jacobian @ body.reduction(q))
        normal = rows.T @ rows
        gradient = rows.T @ (self._weights * off.ravel())
        angles = q[body.position_addresses]
        beyond = np.clip(angles, *self._limits.T) - angles
        limit = np.where(beyond != 0.0, _LIMIT_WEIGHT, 0.0)
        joints = np.arange(6, N_COORDINATES)
        normal[np.diag_indices(N_COORDINATES)] += 1e-5
        normal[joints, joints] += _REST_WEIGHT**2 + limit + hold
        gradient[6:] += _REST_WEIGHT**2 * (self._rest - angles) + limit * beyond + hold * (held - angles)
        return np.asarray(np.clip(np.linalg.solve(normal, gradient), -_MAX_STEP, _MAX_STEP))
