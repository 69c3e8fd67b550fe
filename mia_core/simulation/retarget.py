"""Give the muscle body the movements of a motion capture.

Only directions of limbs are taken over, so that the body keeps its own bone lengths whatever the performer's are. The
joint angles that show these directions are found frame by frame (Gauss-Newton), each frame started from the one before.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.joints import ARM_JOINTS, JOINTS, SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import Side
from mia_core.simulation.body import N_COORDINATES, MuscleBody
from mia_core.simulation.bvh import CMU_UNIT_M, BvhMotion
from mia_core.simulation.kinematics import CUTOFF_HZ, smoothed

Array = NDArray[np.float64]

LEG_CHAIN: Final = (("UpLeg", "femur"), ("Leg", "tibia"), ("Foot", "talus"), ("ToeBase", "toes"))
ARM_CHAIN: Final = (("Arm", "humerus"), ("ForeArm", "ulna"), ("Hand", "lunate"))
"""Joints of a capture and the bodies of the model whose origins lie there, from the trunk outwards."""
TARGET_BODIES: Final = tuple(f"{body}_{side[0]}" for side in SIDES for _, body in (*LEG_CHAIN, *ARM_CHAIN))
"""Bodies that are put in place."""
SHORTEST_S: Final = 1.0
"""Shorter motions are not worth filtering."""

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
        np.tile([0.02, 0.02, 0.02, 0.02, 0.1], 2),
        np.tile([0.01, 0.01, 0.03, 0.01, 0.03, 0.1], 2),
    ]
)
"""Pull of each joint towards its rest angle, in metres per radian: what the limbs' directions leave open."""
_REST_ARM: Final = (0.5, 0.4, 0.0, 0.0, 0.0)
_HOLD_WEIGHT: Final = {"elv_angle": 0.1, "shoulder_rot": 0.1 / 3}
"""Pull of the shoulder towards the frame before, in metres per radian. With the arm hanging its plane of elevation is
undefined; left free it jumps, which looks like work of the biceps (28 to 30 % in a walk)."""
_GROUND_PERCENTILE: Final = 20.0
_GROUND_WINDOW_S: Final = 0.8
_GROUND_SMOOTHING_S: Final = 0.3  # standard deviation; a floor that jerks would need forces


class RetargetError(MiaError):
    """A motion can't be given to the body."""


def retarget(body: MuscleBody, motion: BvhMotion, unit_m: float = CMU_UNIT_M) -> Array:
    """Return (T, 129) configurations of the body at 30 Hz that move as a capture does.

    The heading is the performer's. The floor is fitted to the feet (`on_the_floor`).

    Args:
        body: Whose bones.
        motion: The capture, y up.
        unit_m: Metres per unit of the capture.

    Raises:
        RetargetError: A joint is missing, or the motion is too short.
    """
    configurations, _ = fit(body, limb_targets(body, resampled(motion, unit_m)))
    return on_the_floor(body, smoothed(body, configurations))


def resampled(motion: BvhMotion, unit_m: float = CMU_UNIT_M) -> dict[str, Array]:
    """Return the (T, 3) paths of a capture's joints at 30 Hz without content above 6 Hz, in the world of `body`.

    Args:
        motion: The capture, y up.
        unit_m: Metres per unit of the capture.

    Raises:
        RetargetError: The motion is too short, or too slow to be filtered.
    """
    from scipy.signal import butter, sosfiltfilt

    motion = motion.without_reference_pose()
    rate = 1.0 / motion.frame_s
    if motion.duration_s < SHORTEST_S or rate < 2.5 * CUTOFF_HZ:
        raise RetargetError(
            f"A motion of {motion.duration_s:.1f} s with {rate:.0f} frames a second can't be used.",
            f"It takes {SHORTEST_S:.0f} s or more, with {2.5 * CUTOFF_HZ:.0f} frames a second or more.",
        )
    positions = motion.positions_m(unit_m)
    smooth = sosfiltfilt(butter(2, CUTOFF_HZ / (rate / 2), output="sos"), positions, axis=0)
    times = np.arange(0.0, (len(smooth) - 1) * motion.frame_s, 1.0 / MOTION_HZ) / motion.frame_s
    before = np.minimum(times.astype(np.intp), len(smooth) - 2)
    share = (times - before)[:, None, None]
    at_30_hz = (1 - share) * smooth[before] + share * smooth[before + 1]
    world = np.stack([at_30_hz[..., 0], -at_30_hz[..., 2], at_30_hz[..., 1]], axis=-1)
    return {name: world[:, index] for index, name in enumerate(motion.names)}


def limb_targets(body: MuscleBody, paths: dict[str, Array]) -> Array:
    """Return (T, 14, 3) places of `TARGET_BODIES`: the capture's directions with the body's bone lengths.

    The path over the floor is scaled by the ratio of the legs' lengths.

    Args:
        body: Whose bones.
        paths: By joint, (T, 3) in metres; z up.

    Raises:
        RetargetError: A joint is missing.
    """
    _require_joints(paths)
    body.place(body.neutral)
    lengths = _BoneLengths(body)
    hips = (paths["LeftUpLeg"] + paths["RightUpLeg"]) / 2
    shoulders = (paths["LeftArm"] + paths["RightArm"]) / 2
    hip_centre = hips * (lengths.leg() / _leg_length(paths))
    shoulder_centre = hip_centre + lengths.trunk * _direction(hips, shoulders)
    across = {
        "UpLeg": (hip_centre, lengths.hips, _direction(paths["RightUpLeg"], paths["LeftUpLeg"])),
        "Arm": (shoulder_centre, lengths.shoulders, _direction(paths["RightArm"], paths["LeftArm"])),
    }
    targets = []
    for side in SIDES:
        sign, name = (1.0 if side is Side.LEFT else -1.0), side.capitalize()
        for chain in (LEG_CHAIN, ARM_CHAIN):
            centre, width, leftwards = across[chain[0][0]]
            targets.append(centre + sign * width / 2 * leftwards)
            for (inner, inner_body), (outer, outer_body) in pairwise(chain):
                bone = lengths.between(f"{inner_body}_{side[0]}", f"{outer_body}_{side[0]}")
                targets.append(targets[-1] + bone * _direction(paths[name + inner], paths[name + outer]))
    return np.stack(targets, axis=1)


def fit(body: MuscleBody, targets: Array) -> tuple[Array, Array]:
    """Return (T, 129) configurations that put `TARGET_BODIES` in place, and how far they are off.

    Args:
        body: The body to move.
        targets: (T, 14, 3) metres.

    Returns:
        The configurations, and the (T,) root mean square distance in metres over the bodies.
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


def on_the_floor(body: MuscleBody, configurations: Array) -> Array:
    """Return (T, 129) configurations lifted or lowered so that the floor under the feet is at 0.

    Captures miss the floor by centimetres, and by more where there is a slope or a step. The floor is taken to follow
    slowly the lower envelope of the feet, so that a flight stays a flight.
    """
    from scipy.ndimage import gaussian_filter1d, percentile_filter

    window = round(_GROUND_WINDOW_S * MOTION_HZ)
    low = percentile_filter(lowest_points(body, configurations), _GROUND_PERCENTILE, size=window, mode="nearest")
    result = configurations.copy()
    result[:, 2] -= gaussian_filter1d(low, _GROUND_SMOOTHING_S * MOTION_HZ, mode="nearest")
    return result


def lowest_points(body: MuscleBody, configurations: Array) -> Array:
    """Return the (T,) height in metres of the lowest point of the feet."""
    heights = np.zeros(len(configurations))
    for frame, configuration in enumerate(configurations):
        body.place(configuration)
        heights[frame] = min(
            body.data.xpos[owner][2] + body.data.xmat[owner][6:] @ local for owner, local in body.contact_points
        )
    return heights


def _require_joints(paths: dict[str, Array]) -> None:
    needed = [f"{side.capitalize()}{joint}" for side in SIDES for joint, _ in (*LEG_CHAIN, *ARM_CHAIN)]
    missing = [name for name in needed if name not in paths]
    if missing:
        raise RetargetError(
            f"The skeleton of this motion has no joint called {', '.join(missing)}.",
            "Export it with the joint names of the CMU motion capture database.",
        )


def _direction(start: Array, end: Array) -> Array:
    away = end - start
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-9))


def _leg_length(paths: dict[str, Array]) -> float:
    """Return the mean length of the performer's legs from hip to ankle."""
    lengths = [
        np.linalg.norm(paths[f"{side.capitalize()}{outer}"] - paths[f"{side.capitalize()}{inner}"], axis=1).mean()
        for side in SIDES
        for inner, outer in (("UpLeg", "Leg"), ("Leg", "Foot"))
    ]
    return float(np.sum(lengths) / 2)


class _BoneLengths:
    """Distances between body origins of the body as it stands upright."""

    def __init__(self, body: MuscleBody) -> None:
        self._origins = {name: body.position(name) for name in TARGET_BODIES}
        self.hips = self.between("femur_r", "femur_l")
        self.shoulders = self.between("humerus_r", "humerus_l")
        shoulders, hips = (
            (self._origins[f"{name}_r"] + self._origins[f"{name}_l"]) / 2 for name in ("humerus", "femur")
        )
        self.trunk = float(np.linalg.norm(shoulders - hips))

    def between(self, one: str, other: str) -> float:
        return float(np.linalg.norm(self._origins[one] - self._origins[other]))

    def leg(self) -> float:
        """Return the length of a leg from hip to ankle."""
        return self.between("femur_r", "tibia_r") + self.between("tibia_r", "talus_r")


class _LimbSolver:
    """Gauss-Newton over all reduced coordinates."""

    def __init__(self, body: MuscleBody) -> None:
        self._body = body
        self._ids = np.array([body.body_id(name) for name in TARGET_BODIES])
        self._weights = np.repeat([_WEIGHTS[name[:-2]] for name in TARGET_BODIES], 3)
        self._jacobian = np.zeros((3 * len(self._ids), body.model.nv))
        self._arms = body.position_addresses[
            [JOINTS.index(f"{joint}_{side[0]}") for side in SIDES for joint in ARM_JOINTS]
        ]
        self._rest = np.zeros(len(JOINTS))
        self._held = np.zeros(len(JOINTS))
        for side in SIDES:
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
            target: (14, 3) places.
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
        self._body.place(self._body.complete(q))
        return np.asarray(target - self._body.data.xpos[self._ids])

    def _step(self, q: Array, off: Array, held: Array, hold: Array) -> Array:
        body = self._body
        for row, number in enumerate(self._ids):
            body.mj.mj_jacBody(body.model, body.data, self._jacobian[3 * row : 3 * row + 3], None, int(number))
        rows = self._weights[:, None] * (self._jacobian @ body.reduction(q))
        normal = rows.T @ rows
        gradient = rows.T @ (self._weights * off.ravel())
        angles = q[body.position_addresses]
        beyond = np.clip(angles, *body.ranges.T) - angles
        limit = np.where(beyond != 0.0, _LIMIT_WEIGHT, 0.0)
        joints = np.arange(6, N_COORDINATES)
        normal[np.diag_indices(N_COORDINATES)] += 1e-5
        normal[joints, joints] += _REST_WEIGHT**2 + limit + hold
        gradient[6:] += _REST_WEIGHT**2 * (self._rest - angles) + limit * beyond + hold * (held - angles)
        return np.asarray(np.clip(np.linalg.solve(normal, gradient), -_MAX_STEP, _MAX_STEP))
