"""Give a moving person other proportions, because the simulated body has only one set of bones."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import Floats
from mia_core.skeleton import INDEX

_SEGMENTS: Final = (
    ("shoulder breadth", "neck", "{}_shoulder"),
    ("upper arm", "{}_shoulder", "{}_elbow"),
    ("forearm", "{}_elbow", "{}_wrist"),
    ("hip breadth", "mid_hip", "{}_hip"),
    ("thigh", "{}_hip", "{}_knee"),
    ("shank", "{}_knee", "{}_ankle"),
    ("foot", "{}_ankle", "{}_heel"),
    ("foot", "{}_ankle", "{}_big_toe"),
    ("foot", "{}_ankle", "{}_small_toe"),
    ("head", "neck", "nose"),
    ("head", "neck", "{}_eye"),
    ("head", "neck", "{}_ear"),
)
"""Name, nearer and farther keypoint of every bone, from the trunk outwards; the trunk itself is the unit of length."""
_NAMES: Final = tuple(dict.fromkeys(name for name, _, _ in _SEGMENTS))
_BONES: Final = tuple(
    dict.fromkeys(
        (_NAMES.index(name), INDEX[near.format(side)], INDEX[far.format(side)])
        for name, near, far in _SEGMENTS
        for side in ("left", "right")
    )
)


def reshape_bodies(joints_m: Floats, spread: float, rng: np.random.Generator) -> Floats:
    """Stretch the bones of every window's person, the same on both sides, at unchanged directions.

    Feet no longer stand exactly on the floor, which the network does not see. What the muscles do is left as it is:
    proportions are an error of the observer here, not another person's physics.

    Args:
        joints_m: (n, 30, 25, 3) metres.
        spread: Standard deviation of the factor on a bone's length.
        rng: Source of randomness.

    Returns:
        (n, 30, 25, 3) float32 metres.
    """
    factors = 1 + spread * rng.standard_normal((len(joints_m), len(_NAMES), 1, 1), dtype=np.float32)  # (n, bone, 1, 1)
    reshaped = joints_m.copy()
    for name, near, far in _BONES:
        bone = joints_m[:, :, far] - joints_m[:, :, near]  # (n, 30, 3)
        reshaped[:, :, far] = reshaped[:, :, near] + np.maximum(factors[:, name], 0.5) * bone
    return reshaped
