"""The free joints of the simulated body: their names, their order, and what a mirror makes of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.muscles import Side

LUMBAR_JOINTS: Final = ("flex_extension", "lat_bending", "axial_rotation")
ARM_JOINTS: Final = ("elv_angle", "shoulder_elv", "shoulder_rot", "elbow_flex", "pro_sup")
LEG_JOINTS: Final = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle")
SIDES: Final = (Side.RIGHT, Side.LEFT)
JOINTS: Final = (
    *LUMBAR_JOINTS,
    *(f"{joint}_{side[0]}" for side in SIDES for joint in ARM_JOINTS),
    *(f"{joint}_{side[0]}" for side in SIDES for joint in LEG_JOINTS),
)
"""Names as in the muscle model; all its other joints follow these."""

_TURNED = ("lat_bending", "axial_rotation")


def _mirrored(name: str) -> str:
    return {"r": f"{name[:-1]}l", "l": f"{name[:-1]}r"}[name[-1]] if name[-2:] in ("_r", "_l") else name


JOINT_MIRROR: Final = np.array([JOINTS.index(_mirrored(name)) for name in JOINTS])
"""(25,) for every joint, the one whose place it takes in a mirror."""
JOINT_MIRROR_SIGN: Final = np.array([-1.0 if name in _TURNED else 1.0 for name in JOINTS], np.float32)
"""(25,) the sign its angle and torque get there."""
