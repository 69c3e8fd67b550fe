"""Inverse kinematics of pelvis and legs: balance, feet where they should be and none in the floor."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import ARM_JOINTS, JOINTS, LEG_JOINTS, LUMBAR_JOINTS, SIDES
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.targets import BodyTargets

Array = NDArray[np.float64]

_UNKNOWNS: Final = 3 + 2 * len(LEG_JOINTS)
_W_BALANCE: Final = 40.0
_W_HEIGHT: Final = 20.0  # low: where a straight leg is too short, the hips come down rather than the foot up
_W_FOOT: Final = 100.0
_W_FOOT_TURN: Final = np.array([6.0, 6.0, 4.0])
_W_FLOOR: Final = 80.0
_FLOOR_SLACK_M: Final = 0.02  # a sole this far in the floor is let be: lifting it sooner jerks the leg more
_W_LEG_PLANTED: Final = 0.3
_W_LEG_FREE: Final = 3.0
_DIAGONAL: Final = np.diag_indices(_UNKNOWNS)
_LEG_DIAGONAL: Final = (np.arange(3, _UNKNOWNS), np.arange(3, _UNKNOWNS))
_STUCK: Final = 1e9
_BOUND_ROUNDS: Final = 3
_EXTRA_STEPS: Final = 2  # where a bound is active, which slows Gauss-Newton down, and steps are not yet small
_STILL: Final = 0.02
_MAX_STEP: Final = 0.3
_DAMPING: Final = 0.3  # keeps steps small near a straight leg, where the equations hardly determine them


class LegSolver:
    """Gauss-Newton over pelvis position and leg joints, frame by frame, each started from the one before.

    The equations are, in this order: centre of mass (3, its height not wanted), then position (3) and turn (3) of each
    heel. Where a heel or a toe would be in the floor, one more equation lifts it.
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
        self._soles = body.sole_points()
        self._jacobian = np.zeros((3 + 6 * len(SIDES), body.model.nv))
        self._path = np.zeros((len(targets), 2))
        self._read_wishes()

    def _addresses(self, names: tuple[str, ...]) -> NDArray[np.intp]:
        return self._body.position_addresses[[JOINTS.index(name) for name in names]]

    def _read_wishes(self) -> None:
        """Set weights and wishes of all frames."""
        feet = [self._targets.feet[side] for side in SIDES]
        planted = np.stack([foot.planted for foot in feet], axis=1)  # (T, 2)
        self._planted = planted
        self._least_heights = self._body.heel_height_m + self._body.sole_lifts_m() - _FLOOR_SLACK_M  # heel, toe
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
            bounded = True
            for iteration in range(iterations + _EXTRA_STEPS):
                if iteration < iterations or bounded:
                    bounded = self._improve(q, frame, mass_centre_m[frame], float(hip_height_m[frame]))
            solution[frame] = self._body.complete(q)
        self._path = mass_centre_m
        return solution

    def _improve(self, q: Array, frame: int, mass_centre_m: Array, hip_height_m: float) -> bool:
        """Take one Gauss-Newton step in place; return whether a bound was active and it was not small."""
        body = self._body
        body.place(body.complete(q))
        weights = self._weights[frame]
        slopes = self._derivatives(q)
        rows = weights[:, None] * slopes
        normal, gradient = rows.T @ rows, rows.T @ (weights * self._errors(frame, mass_centre_m))
        normal[2, 2] += _W_HEIGHT**2
        gradient[2] += _W_HEIGHT**2 * (hip_height_m - body.data.xpos[self._hips, 2].mean())
        leg_weights = self._leg_weights[frame]
        normal[_LEG_DIAGONAL] += leg_weights
        gradient[3:] += leg_weights * (self._leg_angles[frame] - q[self._leg_addresses])
        normal[_DIAGONAL] += _DAMPING
        angles = q[self._leg_addresses]
        step, bounded = self._step_within_bounds(normal, gradient, angles, *self._soles_over_floor(frame, slopes))
        step = np.minimum(np.maximum(step, -_MAX_STEP), _MAX_STEP)
        q[:3] += step[:3]
        q[self._leg_addresses] = np.minimum(np.maximum(angles + step[3:], self._lowest), self._highest)
        return bounded and float(np.abs(step).max()) > _STILL

    def _step_within_bounds(
        self, normal: Array, gradient: Array, angles: Array, soles: Array, lacking: Array
    ) -> tuple[Array, bool]:
        """Solve the normal equations, no joint going beyond its limits and, nearly, no heel or toe into the floor.

        Args:
            normal: (`_UNKNOWNS`, `_UNKNOWNS`); changed.
            gradient: (`_UNKNOWNS`,); changed.
            angles: (12,) of the legs' joints.
            soles: (4, `_UNKNOWNS`) weighted derivatives of the heights of heels and toes.
            lacking: (4,) weighted heights that they lack.

        Returns:
            (`_UNKNOWNS`,) step, and whether anything bounded it.
        """
        from scipy.linalg.lapack import dposv

        step = dposv(normal, gradient)[1]
        free = np.ones(len(angles), dtype=bool)
        airy = np.ones(len(soles), dtype=bool)
        for _ in range(_BOUND_ROUNDS):
            beyond = (angles >= self._highest) & (step[3:] > 0.0) | (angles <= self._lowest) & (step[3:] < 0.0)
            stuck, low = free & beyond, airy & (soles @ step < lacking)
            if not (stuck.any() or low.any()):
                break
            free &= ~stuck
            airy &= ~low
            normal[_LEG_DIAGONAL] += _STUCK * stuck  # a joint at its limit can't help, so the others have to
            normal += soles[low].T @ soles[low]
            gradient += lacking[low] @ soles[low]
            step = dposv(normal, gradient)[1]
        return np.asarray(step), not (free.all() and airy.all())

    def _soles_over_floor(self, frame: int, slopes: Array) -> tuple[Array, Array]:
        """Return weighted derivatives of the heights of heels and toes, and weighted heights that they lack."""
        data = self._body.data
        offsets = data.xmat[self._heels].reshape(-1, 3, 3) @ self._soles  # (foot, axis, heel or toe)
        lacking = self._least_heights - data.xpos[self._heels, 2, None] - offsets[:, 2]
        up, about_x, about_y = (slopes[[3 + axis, 9 + axis], None] for axis in (2, 3, 4))
        soles = up + offsets[:, 1, :, None] * about_x - offsets[:, 0, :, None] * about_y
        soles[:, :, 2] *= self._planted[frame, :, None]  # a free leg bends; hips that rose would straighten the other
        return _W_FLOOR * soles.reshape(-1, _UNKNOWNS), _W_FLOOR * lacking.ravel()

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
