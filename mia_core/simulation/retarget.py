"""Give the muscle body the movements of a motion capture.

Only directions of limbs are taken over, so that the body keeps its own bone lengths whatever the performer's are. The
path over the floor is scaled by the ratio of the legs' lengths; so the unit of a capture does not matter.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.joints import SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import Side
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.bvh import BvhMotion
from mia_core.simulation.kinematics import CUTOFF_HZ, smoothed
from mia_core.simulation.limb_fit import ARM_BODIES, LEG_BODIES, PELVIS_POINT_M, TARGET_BODIES, fit

Array = NDArray[np.float64]

CAPTURED_PELVIS: Final = "Hips"
"""Joint whose own y axis points up along the pelvis of someone who stands."""
ABOVE_PELVIS: Final = "above Hips"
"""A point on that axis, one unit of the capture above the joint."""
CAPTURED_LEG: Final = ("UpLeg", "Leg", "Foot", "ToeBase")
CAPTURED_ARM: Final = ("Arm", "ForeArm", "Hand")
"""Names, after the side, of the joints that lie where `LEG_BODIES` and `ARM_BODIES` have their origins."""
SHORTEST_S: Final = 1.0
"""Shorter motions are not worth filtering."""

_GROUND_PERCENTILE: Final = 20.0
_GROUND_WINDOW_S: Final = 0.8
_GROUND_SMOOTHING_S: Final = 0.3  # standard deviation; a floor that jerks would need forces


class RetargetError(MiaError):
    """A motion can't be given to the body."""


def retarget(body: MuscleBody, motion: BvhMotion) -> Array:
    """Return (T, 129) configurations of the body at 30 Hz that move as a capture does.

    The heading is the performer's. The floor is fitted to the feet (`on_the_floor`).

    Args:
        body: Whose bones.
        motion: The capture, y up.

    Raises:
        RetargetError: A joint is missing, or the motion is too short.
    """
    configurations, _ = fit(body, limb_targets(body, resampled(motion)))
    return on_the_floor(body, smoothed(body, configurations))


def resampled(motion: BvhMotion) -> dict[str, Array]:
    """Return the (T, 3) paths of a capture's joints at 30 Hz without content above 6 Hz, in the axes of `body`.

    There is one path more: of a point that `ABOVE_PELVIS` names.

    Args:
        motion: The capture, y up.

    Raises:
        RetargetError: A joint is missing, or the motion is too short, or too slow to be filtered.
    """
    from scipy.signal import butter, sosfiltfilt

    _require_joints(motion.names)
    motion = motion.without_reference_pose()
    rate = 1.0 / motion.frame_s
    if motion.duration_s < SHORTEST_S or rate < 2.5 * CUTOFF_HZ:
        raise RetargetError(
            f"A motion of {motion.duration_s:.1f} s with {rate:.0f} frames a second can't be used.",
            f"It takes {SHORTEST_S:.0f} s or more, with {2.5 * CUTOFF_HZ:.0f} frames a second or more.",
        )
    positions, rotations = motion.frames()
    pelvis = motion.names.index(CAPTURED_PELVIS)
    above = positions[:, pelvis] + rotations[:, pelvis, :, 1]
    points = np.concatenate([positions, above[:, np.newaxis]], axis=1)
    smooth = sosfiltfilt(butter(2, CUTOFF_HZ / (rate / 2), output="sos"), points, axis=0)
    times = np.arange(0.0, (len(smooth) - 1) * motion.frame_s, 1.0 / MOTION_HZ) / motion.frame_s
    before = np.minimum(times.astype(np.intp), len(smooth) - 2)
    share = (times - before)[:, None, None]
    at_30_hz = (1 - share) * smooth[before] + share * smooth[before + 1]
    world = np.stack([at_30_hz[..., 0], -at_30_hz[..., 2], at_30_hz[..., 1]], axis=-1)
    return {name: world[:, index] for index, name in enumerate((*motion.names, ABOVE_PELVIS))}


def limb_targets(body: MuscleBody, paths: dict[str, Array]) -> Array:
    """Return (T, 15, 3) targets for `fit`: the capture's directions with the body's bone lengths.

    Args:
        body: Whose bones.
        paths: As from `resampled`.
    """
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
        for joints, bodies in ((CAPTURED_LEG, LEG_BODIES), (CAPTURED_ARM, ARM_BODIES)):
            centre, width, leftwards = across[joints[0]]
            targets.append(centre + sign * width / 2 * leftwards)
            for (inner, outer), bone in zip(pairwise(joints), pairwise(bodies), strict=True):
                length = lengths.between(f"{bone[0]}_{side[0]}", f"{bone[1]}_{side[0]}")
                targets.append(targets[-1] + length * _direction(paths[name + inner], paths[name + outer]))
    targets.append(hip_centre + PELVIS_POINT_M * _direction(paths[CAPTURED_PELVIS], paths[ABOVE_PELVIS]))
    return np.stack(targets, axis=1)


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


def _require_joints(names: tuple[str, ...]) -> None:
    limbs = [f"{side.capitalize()}{joint}" for side in SIDES for joint in CAPTURED_LEG + CAPTURED_ARM]
    missing = [name for name in (CAPTURED_PELVIS, *limbs) if name not in names]
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
