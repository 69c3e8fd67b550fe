"""What a body does in a window, seen from the body itself: places, bones and joints, and how fast they change.

Nothing here depends on where the camera stands in the room or how large the person appears; the direction of the view
remains, for a network to sort out. Velocities and accelerations are the central differences that a 10 Hz grid allows.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import STEP_S, Floats
from mia_core.skeleton import INDEX, MIRROR, N_KEYPOINTS

_ROOT: Final = INDEX["mid_hip"]
_PLACES: Final = np.array(
    [i for i in range(N_KEYPOINTS) if i not in (_ROOT, INDEX["left_small_toe"], INDEX["right_small_toe"])]
)
"""Keypoints of which the place is told: not the root, which is the origin, and no small toes, which are copies."""
_BONE_ENDS: Final = tuple(
    (INDEX[near], INDEX[far])
    for near, far in (
        ("mid_hip", "neck"),
        ("neck", "nose"),
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        *(
            (f"{side}_{near}", f"{side}_{far}")
            for side in ("left", "right")
            for near, far in (
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("hip", "knee"),
                ("knee", "ankle"),
                ("ankle", "big_toe"),
            )
        ),
    )
)
_NEAR: Final = np.array([near for near, _ in _BONE_ENDS])
_FAR: Final = np.array([far for _, far in _BONE_ENDS])
_TRUNK, _ARM, _LEG = 0, (4, 9), (6, 11)  # numbers of bones; arms and legs of both sides
_ANGLES: Final = np.array(
    [
        pair
        for arm, leg in zip(_ARM, _LEG, strict=True)
        for pair in ((_TRUNK, arm), (arm, arm + 1), (_TRUNK, leg), (leg, leg + 1), (leg + 1, leg + 2))
    ]
)
"""(10, 2) bones between which angles are told: shoulders, elbows, hips, knees, ankles."""
_N_STATIC: Final = 2 * len(_PLACES) + 2 + 3 * len(_BONE_ENDS) + 2 * len(_ANGLES)
N_FEATURES: Final = 3 * _N_STATIC + len(_PLACES)
"""Length of a step's description."""
_SPEED_SCALE: Final = 0.2
"""Velocities are told in units of 5 torso lengths a second, accelerations of 50 a second squared: about as places."""
_ACCELERATION_SCALE: Final = 0.02
_SHORTEST: Final = 0.05
"""Added to the length of a bone that is divided by: one that points at the camera has no direction."""


def _static_mirror() -> list[tuple[int, float]]:
    """Return, for every static number, whose place it takes in a mirror and with what sign."""
    place = {int(point): number for number, point in enumerate(_PLACES)}
    bone = {ends: number for number, ends in enumerate(_BONE_ENDS)}
    angle = {(int(one), int(other)): number for number, (one, other) in enumerate(_ANGLES)}
    twins = [(int(MIRROR[near]), int(MIRROR[far])) for near, far in _BONE_ENDS]
    # A bone across the body keeps its ends in their places, so it points the other way.
    bones = [(bone[ends], 1.0) if ends in bone else (bone[ends[::-1]], -1.0) for ends in twins]
    angles = [angle[bones[one][0], bones[other][0]] for one, other in _ANGLES]
    n, m = 2 * len(_PLACES), 2 * len(_BONE_ENDS)
    lengths = n + 2 + m
    cosines = lengths + len(_BONE_ENDS)
    sines = cosines + len(_ANGLES)
    return [
        *((2 * place[int(MIRROR[point])] + axis, (-1.0, 1.0)[axis]) for point in _PLACES for axis in (0, 1)),
        (n, -1.0),
        (n + 1, 1.0),
        *((n + 2 + 2 * number + axis, (-1.0, 1.0)[axis] * sign) for number, sign in bones for axis in (0, 1)),
        *((lengths + number, 1.0) for number, _ in bones),
        *((cosines + number, 1.0) for number in angles),
        *((sines + number, -1.0) for number in angles),
    ]


def _feature_mirror() -> tuple[NDArray[np.intp], Floats]:
    """Return `FEATURE_MIRROR` and `FEATURE_MIRROR_SIGN`."""
    static = _static_mirror()
    seen = [list(_PLACES).index(MIRROR[point]) for point in _PLACES]
    places = [part * _N_STATIC + number for part in range(3) for number, _ in static]
    signs = [sign for _ in range(3) for _, sign in static]
    return (
        np.array([*places, *(3 * _N_STATIC + number for number in seen)], np.intp),
        np.array([*signs, *(1.0 for _ in seen)], np.float32),
    )


FEATURE_MIRROR, FEATURE_MIRROR_SIGN = _feature_mirror()
"""(346,) of every feature, the one whose place it takes in a mirror, and the sign that it gets there:
`mirrored = features[..., FEATURE_MIRROR] * FEATURE_MIRROR_SIGN`."""


def body_features(keypoints_px: Floats, confidence: Floats, torso_px: Floats) -> Floats:
    """Describe every step of a window.

    Args:
        keypoints_px: (..., T, 25, 2) pixels.
        confidence: (..., T, 25) in [0, 1].
        torso_px: (...) length in pixels that is the unit, such as the window's median torso.

    Returns:
        (..., T, `N_FEATURES`) float32. First what is static: places relative to the hips of the step, the hips' place
        relative to their mean, unit vectors and lengths of bones, cosines and sines of joints in the picture's plane;
        then their velocities, their accelerations, and the confidence of the places.
    """
    points = np.asarray(keypoints_px, np.float32) / torso_px[..., np.newaxis, np.newaxis, np.newaxis]
    root = points[..., _ROOT, :]  # (..., T, 2)
    centred = points - root[..., np.newaxis, :]
    bones = points[..., _FAR, :] - points[..., _NEAR, :]  # (..., T, bone, 2)
    lengths = np.linalg.norm(bones, axis=-1)
    units = bones / (lengths + _SHORTEST)[..., np.newaxis]
    one, other = units[..., _ANGLES[:, 0], :], units[..., _ANGLES[:, 1], :]
    static = np.concatenate(
        [
            centred[..., _PLACES, :].reshape(*root.shape[:-1], -1),
            root - root.mean(axis=-2, keepdims=True),
            units.reshape(*root.shape[:-1], -1),
            lengths,
            (one * other).sum(axis=-1),
            one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0],
        ],
        axis=-1,
    )  # (..., T, _N_STATIC)
    seen = np.asarray(confidence, np.float32)[..., _PLACES]
    return np.concatenate([static, _velocities(static), _accelerations(static), seen], axis=-1, dtype=np.float32)


def _velocities(values: Floats) -> Floats:
    """Return scaled central differences along the steps; the ends repeat their neighbours."""
    speed = np.empty_like(values)
    speed[..., 1:-1, :] = (values[..., 2:, :] - values[..., :-2, :]) * (_SPEED_SCALE / (2 * STEP_S))
    speed[..., 0, :], speed[..., -1, :] = speed[..., 1, :], speed[..., -2, :]
    # The newest step has no future: the difference to the one before is the best that is known of it.
    speed[..., -1, :] = (values[..., -1, :] - values[..., -2, :]) * (_SPEED_SCALE / STEP_S)
    return speed


def _accelerations(values: Floats) -> Floats:
    """Return scaled second differences along the steps; the ends repeat their neighbours."""
    scale = _ACCELERATION_SCALE / STEP_S**2
    acceleration = np.empty_like(values)
    acceleration[..., 1:-1, :] = (values[..., 2:, :] + values[..., :-2, :] - 2 * values[..., 1:-1, :]) * scale
    acceleration[..., 0, :], acceleration[..., -1, :] = acceleration[..., 1, :], acceleration[..., -2, :]
    return acceleration
