"""Shoulder angles of the muscle model from and to upper-arm rotations.

The model's shoulder (MoBL-ARMS, Saul et al. 2015) turns first to a plane of elevation, then elevates, then turns the
humerus about its axis. With the arm hanging the plane is undefined, and small wobbles of it become large torques, so
interpolation is done on rotations and the plane is smoothed where it means little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

MIN_ELEVATION: Final = 0.30
"""Radians; the arm never hangs closer to the trunk than this, away from the singular position."""
PLANE_RANGE: Final = (-1.65, 2.25)
TURN_RANGE: Final = (-1.55, 2.05)
_SMOOTHING_FRAMES: Final = 12


def upper_arm_rotation(angles: Array) -> Rotation:
    """Return the rotations of upper arms from (n, 3) plane of elevation, elevation and axial turn in radians."""
    from scipy.spatial.transform import Rotation

    plane, elevation, turn = angles.T
    return Rotation.from_euler("YXY", np.stack([plane, -elevation, turn - plane], axis=1))


def shoulder_angles(rotations: Rotation) -> Array:
    """Return (n, 3) plane of elevation, elevation and axial turn of upper arms, consecutive in time at 30 Hz.

    The plane is smoothed with weights that vanish as the arm hangs, and everything is kept within the joint's range.
    """
    from scipy.spatial.transform import Rotation

    matrices = rotations.as_matrix()
    elevation = np.arccos(np.clip(matrices[:, 1, 1], -1.0, 1.0))
    plane = np.unwrap(np.arctan2(-matrices[:, 0, 1], -matrices[:, 2, 1]))
    plane = _weighted_smooth(plane, np.sin(elevation) ** 4 + 1e-4)
    plane = np.clip(_nearest_turn(plane, 0.3), *PLANE_RANGE)
    elevation = np.maximum(elevation, MIN_ELEVATION)
    before_turn = Rotation.from_euler("YX", np.stack([plane, -elevation], axis=1))
    rest = (before_turn.inv() * rotations).as_matrix()
    turn = np.unwrap(np.arctan2(rest[:, 0, 2], rest[:, 0, 0])) + plane
    return np.stack([plane, elevation, np.clip(_nearest_turn(turn, 0.25), *TURN_RANGE)], axis=1)


def _weighted_smooth(values: Array, weights: Array) -> Array:
    kernel = np.hanning(2 * _SMOOTHING_FRAMES + 3)[1:-1]

    def blur(signal: Array) -> Array:
        return np.convolve(np.pad(signal, _SMOOTHING_FRAMES, mode="edge"), kernel, "valid")

    return np.asarray(blur(values * weights) / blur(weights))


def _nearest_turn(angles: Array, centre: float) -> Array:
    """Shift angles by whole turns so that their median lies within half a turn of a centre."""
    return np.asarray(angles - 2 * np.pi * np.round((np.median(angles) - centre) / (2 * np.pi)))
