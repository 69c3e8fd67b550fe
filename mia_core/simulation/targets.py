"""From a motion script to what the body should do in every frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import Side
from mia_core.simulation.body import FORWARD, HEEL_HEIGHT_M, RIGHT, STANDING_HIP_HEIGHT_M, UP, MuscleBody
from mia_core.simulation.posture import LAYOUT, MotionScript
from mia_core.simulation.shoulder import shoulder_angles, upper_arm_rotation

Array = NDArray[np.float64]

HEEL_BEHIND_M: Final = 0.08
"""How far the heel lies behind the point that postures call the foot's place."""
_AIRBORNE_M: Final = 0.01


@dataclass(frozen=True, slots=True)
class FootTargets:
    """What one leg strives for in every frame.

    Attributes:
        position_m: (T, 3) heel origin in the world.
        heading: (T,) radians counterclockwise from above.
        planted: (T,) weight of position and heading in [0, 1].
        leg: (T, 6) joint angles that count as far as the foot is not planted.
    """

    position_m: Array
    heading: Array
    planted: Array
    leg: Array


@dataclass(frozen=True, slots=True)
class BodyTargets:
    """What the whole body strives for in every frame at 30 Hz; T frames, world axes as in `body`.

    Scripts write targets for a body of the default shape; `fitted_to` makes them another body's.

    Attributes:
        pelvis: (T, 4) orientation as a quaternion, w first.
        hip_height_m: (T,) height of the hips' midpoint.
        pressure_m: (T, 2) where the centre of pressure should be.
        airborne: (T,) whether both feet are off the floor.
        lumbar: (T, 3) joint angles.
        arms: By side, (T, 5) joint angles.
        feet: By side.
    """

    pelvis: Array
    hip_height_m: Array
    pressure_m: Array
    airborne: NDArray[np.bool_]
    lumbar: Array
    arms: dict[Side, Array]
    feet: dict[Side, FootTargets]

    def __len__(self) -> int:
        return len(self.hip_height_m)

    def fitted_to(self, body: MuscleBody) -> BodyTargets:
        """Return the targets of a body doing the same: lengths in proportion to its legs, feet as high as its heels."""
        scale = body.leg_scale
        rise = np.array([0.0, 0.0, body.heel_height_m - scale * HEEL_HEIGHT_M])
        feet = {side: replace(foot, position_m=scale * foot.position_m + rise) for side, foot in self.feet.items()}
        return replace(self, hip_height_m=scale * self.hip_height_m, pressure_m=scale * self.pressure_m, feet=feet)


def targets_of(script: MotionScript, duration_s: float, wobble: Array | None = None) -> BodyTargets:
    """Sample a script at 30 Hz.

    Postures are joined by monotone cubic curves, so that the body passes through intermediate postures without
    stopping and never overshoots; arms are joined as rotations.

    Args:
        script: The motion, its leading side being the right one, at least `duration_s` long.
        duration_s: Where to stop.
        wobble: (T, channels of `Posture.vector`) small deviations to add, None for none.
    """
    times = np.array(script.times_s)
    frames = np.arange(round(duration_s * MOTION_HZ)) / MOTION_HZ
    values = _curve(times, np.array([posture.vector() for posture in script.postures]), frames)
    if wobble is not None:
        values = values + wobble
    arms = {
        side: arm_angles(times, np.array([getattr(posture, name) for posture in script.postures]), len(frames))
        + (0.0 if wobble is None else wobble[:, LAYOUT[name]])
        for side, name in zip(SIDES, ("lead_arm", "trail_arm"), strict=True)
    }
    pelvis, trunk = values[:, LAYOUT["pelvis"]], values[:, LAYOUT["trunk"]]
    heading = values[:, LAYOUT["heading"]]
    feet = {side: _foot(values, index, heading[:, 1 + index]) for index, side in enumerate(SIDES)}
    height = np.minimum(*(values[:, LAYOUT[name]][:, 2] for name in ("lead_foot", "trail_foot")))
    return BodyTargets(
        pelvis=_pelvis_quaternion(heading[:, 0] - pelvis[:, 0], pelvis[:, 1], pelvis[:, 2]),
        hip_height_m=STANDING_HIP_HEIGHT_M - values[:, LAYOUT["drop"]][:, 0],
        pressure_m=_pressure(values, heading),
        airborne=(height > _AIRBORNE_M) & (values[:, LAYOUT["planted"]].min(axis=1) > 0.5),
        lumbar=np.stack([-trunk[:, 0], trunk[:, 1], -trunk[:, 2]], axis=1),
        arms=arms,
        feet=feet,
    )


def arm_angles(times_s: Array, postures: Array, n_frames: int) -> Array:
    """Return (n_frames, 5) arm angles at 30 Hz: the upper arm goes by its rotation, elbow and forearm by their angles.

    Args:
        times_s: (K,) increasing.
        postures: (K, 5) key postures, as `posture.Arm`.
        n_frames: Number of frames from time 0.
    """
    from scipy.spatial.transform import Rotation

    frames = np.arange(n_frames) / MOTION_HZ
    quaternions = upper_arm_rotation(postures[:, :3]).as_quat()
    flips = np.cumprod(np.r_[1.0, np.where((quaternions[1:] * quaternions[:-1]).sum(axis=1) < 0, -1.0, 1.0)])
    rotations = Rotation.from_quat(_curve(times_s, quaternions * flips[:, None], frames))
    return np.hstack([shoulder_angles(rotations), _curve(times_s, postures[:, 3:], frames)])


def _curve(times: Array, values: Array, at: Array) -> Array:
    from scipy.interpolate import PchipInterpolator

    return np.asarray(PchipInterpolator(times, values, axis=0)(at))


def _pelvis_quaternion(heading: Array, pitch: Array, lean: Array) -> Array:
    from scipy.spatial.transform import Rotation

    turns = (
        Rotation.from_rotvec(heading[:, None] * UP)
        * Rotation.from_rotvec(pitch[:, None] * -RIGHT)
        * Rotation.from_rotvec(lean[:, None] * FORWARD)
    )
    return np.asarray(turns.as_quat()[:, [3, 0, 1, 2]])


def _to_world(heading: Array, right: Array, forward: Array, up: Array) -> Array:
    """Turn (T,) coordinates right, forwards and up of a heading into (T, 3) world coordinates."""
    c, s = np.cos(heading), np.sin(heading)
    x, y = -right, -forward
    return np.stack([c * x - s * y, s * x + c * y, up], axis=1)


def _foot(values: Array, index: int, heading: Array) -> FootTargets:
    role, sign = ("lead", 1.0) if index == 0 else ("trail", -1.0)
    out, forward, up = values[:, LAYOUT[f"{role}_foot"]].T
    return FootTargets(
        position_m=_to_world(heading, sign * out, forward - HEEL_BEHIND_M, up + HEEL_HEIGHT_M),
        heading=heading - sign * values[:, LAYOUT["toe_out"]][:, index],
        planted=np.clip(values[:, LAYOUT["planted"]][:, index], 0.0, 1.0),
        leg=values[:, LAYOUT[f"{role}_leg"]],
    )


def _pressure(values: Array, heading: Array) -> Array:
    flat = np.zeros(len(values))
    weight = values[:, LAYOUT["weight"]]
    lead, trail = values[:, LAYOUT["lead_foot"]], values[:, LAYOUT["trail_foot"]]
    shift = values[:, LAYOUT["shift"]]
    under_lead = _to_world(heading[:, 1], lead[:, 0], lead[:, 1], flat)
    under_trail = _to_world(heading[:, 2], -trail[:, 0], trail[:, 1], flat)
    moved = _to_world(heading[:, 0], shift[:, 0], shift[:, 1], flat)
    return np.asarray((weight * under_lead + (1 - weight) * under_trail + moved)[:, :2])
