"""The looks of the rendered person: clothes, skin, hair and face around the muscle model's segments.

Everything here is decoration. Limb lengths and joint centres are the muscle model's, so the joints that a detector
should find are known exactly. Shapes are written in the model's neutral upright pose, in metres: x to the subject's
left, y backwards, z up. A limb's profile lists share of the way, half-width sideways and half-depth.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mia_core.simulation.avatar_shape import Shape, ellipsoid, limb

Array = NDArray[np.float64]


def person(joints: dict[str, Array]) -> list[Shape]:
    """Return a whole clothed person.

    Args:
        joints: Origins of the model's bodies in the neutral pose, by name.
    """
    shapes = [*_trunk(joints), *_head(joints["head"])]
    for side, out in (("l", 1.0), ("r", -1.0)):
        shapes += [*_leg(joints, side, out), *_arm(joints, side, out)]
    return shapes


def _moved(point: Array, x: float, back: float, up: float) -> Array:
    return np.asarray(point + np.array([x, back, up]))


def _trunk(joints: dict[str, Array]) -> list[Shape]:
    hips = (joints["femur_l"] + joints["femur_r"]) / 2
    top = (joints["humerus_l"] + joints["humerus_r"]) / 2
    chest = [(0.0, 0.128, 0.092), (0.3, 0.140, 0.100), (0.6, 0.160, 0.112), (0.82, 0.165, 0.105), (1.0, 0.115, 0.070)]
    belly = [(0.0, 0.142, 0.101), (0.4, 0.134, 0.097), (1.0, 0.130, 0.094)]
    seat = [(0.0, 0.158, 0.112), (0.5, 0.160, 0.114), (1.0, 0.151, 0.108)]
    shapes = [
        limb("torso", "shirt", _moved(top, 0, 0.01, -0.36), _moved(top, 0, 0.0, 0.035), chest),
        limb("lumbar3", "shirt", _moved(hips, 0, 0.025, 0.10), _moved(hips, 0, 0.03, 0.26), belly),
        limb("pelvis", "shorts", _moved(hips, 0, 0.02, -0.01), _moved(hips, 0, 0.02, 0.075), seat),
    ]
    neck, collar = [(0.0, 0.060, 0.060), (1.0, 0.052, 0.056)], [(0.0, 0.068, 0.064), (1.0, 0.061, 0.060)]
    shapes.append(limb("torso", "skin", _moved(top, 0, 0.012, 0.04), _moved(top, 0, 0.0, 0.15), neck))
    shapes.append(limb("torso", "trim", _moved(top, 0, 0.008, 0.070), _moved(top, 0, 0.004, 0.082), collar))
    slope = [(0.0, 0.045, 0.050), (1.0, 0.048, 0.056)]
    for out in (1.0, -1.0):
        near, far = _moved(top, out * 0.03, 0.01, 0.065), _moved(top, out * 0.14, 0.005, 0.005)
        shapes.append(limb("torso", "shirt", near, far, slope))
    return shapes


def _head(origin: Array) -> list[Shape]:
    def point(x: float, forward: float, up: float) -> Array:
        return _moved(origin, x, -forward, up)

    nose, lip, brow = [(0, 0.008, 0.008), (1, 0.014, 0.012)], [(0, 0.0045, 0.006), (1, 0.0045, 0.006)], (0.003, 0.004)
    skull = [
        (0.0, 0.036, 0.042), (0.12, 0.050, 0.058), (0.35, 0.063, 0.076), (0.6, 0.071, 0.088), (0.8, 0.070, 0.088),
        (1.0, 0.055, 0.070),
    ]  # fmt: skip
    smile = [(-0.024, 0.078, 0.002), (-0.010, 0.0825, -0.006), (0.010, 0.0825, -0.006), (0.024, 0.078, 0.002)]
    shapes = [
        limb("head", "skin", point(0, 0.034, -0.022), point(0, 0.004, 0.135), skull),
        limb("head", "skin", point(0, 0.097, 0.062), point(0, 0.110, 0.036), nose),
        ellipsoid("head", "hair", point(0, -0.004, 0.118), (0.081, 0.095, 0.080)),
        ellipsoid("head", "hair", point(0, -0.036, 0.070), (0.079, 0.074, 0.095)),
        *(limb("head", "lip", point(*one), point(*other), lip) for one, other in pairwise(smile)),
    ]
    for out in (1.0, -1.0):
        inner, outer = point(out * 0.016, 0.0955, 0.0945), point(out * 0.045, 0.0850, 0.0960)
        shapes += [
            ellipsoid("head", "eye", point(out * 0.031, 0.086, 0.070), (0.0150, 0.011, 0.0105)),
            ellipsoid("head", "iris", point(out * 0.031, 0.0935, 0.070), (0.0080, 0.006, 0.0085)),
            limb("head", "hair", inner, outer, [(0, *brow), (1, *brow)]),
            ellipsoid("head", "skin", point(out * 0.075, -0.002, 0.052), (0.010, 0.020, 0.031)),
        ]
    return shapes


def _arm(joints: dict[str, Array], side: str, out: float) -> list[Shape]:
    shoulder, elbow, wrist = (joints[f"{name}_{side}"] for name in ("humerus", "ulna", "lunate"))
    upper, fore, hand = f"humerus_{side}", f"radius_{side}", f"lunate_{side}"
    hem = shoulder + 0.48 * (elbow - shoulder)
    palm = 0.075 * (wrist - elbow) / np.linalg.norm(wrist - elbow)
    thumb = _moved(wrist, out * -0.022, -0.022, -0.012)
    sleeve = [(0.0, 0.059, 0.064), (0.35, 0.059, 0.062), (1.0, 0.055, 0.056)]
    bare = [(0.0, 0.050, 0.052), (0.5, 0.045, 0.049), (1.0, 0.036, 0.037)]
    forearm = [(0.0, 0.037, 0.038), (0.25, 0.041, 0.041), (0.7, 0.031, 0.028), (1.0, 0.027, 0.021)]
    back_of_hand = [(0.0, 0.020, 0.027), (0.5, 0.019, 0.038), (1.0, 0.016, 0.034)]
    fingers = [(0.0, 0.016, 0.035), (0.7, 0.013, 0.030), (1.0, 0.010, 0.022)]
    return [
        limb(upper, "shirt", shoulder, hem, sleeve),
        limb(upper, "trim", hem, hem + 0.02 * (elbow - shoulder), [(0.0, 0.057, 0.058), (1.0, 0.057, 0.058)]),
        limb(upper, "skin", shoulder, elbow, bare),
        limb(fore, "skin", elbow, wrist, forearm),
        limb(hand, "skin", wrist, wrist + palm, back_of_hand),
        limb(hand, "skin", wrist + palm, wrist + 1.9 * palm, fingers),
        limb(hand, "skin", thumb, _moved(thumb + 0.8 * palm, 0, -0.018, 0), [(0.0, 0.013, 0.013), (1.0, 0.009, 0.009)]),
    ]


def _leg(joints: dict[str, Array], side: str, out: float) -> list[Shape]:
    hip, knee, ankle, heel = (joints[f"{name}_{side}"] for name in ("femur", "tibia", "talus", "calcn"))
    thigh, shank, foot = f"femur_{side}", f"tibia_{side}", f"calcn_{side}"
    toe, sock = _moved(heel, -out * 0.004, -0.225, 0.0), _moved(ankle, 0, 0, 0.03)
    shorts = [(0.0, 0.088, 0.096), (0.5, 0.084, 0.090), (1.0, 0.080, 0.085)]
    calf = [
        (0.0, 0.0495, 0.0525), (0.12, 0.0475, 0.051), (0.36, 0.051, 0.058), (0.75, 0.036, 0.038), (1.0, 0.032, 0.034),
    ]  # fmt: skip
    upper = [(0.0, 0.036, 0.034), (0.35, 0.042, 0.040), (0.7, 0.047, 0.030), (1.0, 0.036, 0.021)]
    sole = [(0.0, 0.038, 0.011), (0.4, 0.041, 0.011), (0.75, 0.049, 0.011), (1.0, 0.040, 0.011)]
    tongue = _moved(ankle, 0, 0.004, 0.028), _moved(heel, 0, -0.030, 0.010)
    bare = [(0.0, 0.068, 0.074), (0.7, 0.052, 0.056), (1.0, 0.050, 0.053)]
    return [
        limb(thigh, "shorts", _moved(hip, 0, 0, -0.02), hip + 0.62 * (knee - hip), shorts),
        limb(thigh, "skin", hip + 0.45 * (knee - hip), knee, bare),
        limb(shank, "skin", knee, sock, calf),
        limb(shank, "sock", _moved(ankle, 0, 0, 0.095), sock, [(0.0, 0.037, 0.039), (1.0, 0.036, 0.039)]),
        limb(foot, "shoe", *tongue, [(0.0, 0.042, 0.047), (1.0, 0.044, 0.050)]),
        limb(foot, "shoe", _moved(heel, 0, -0.01, 0.012), _moved(toe, 0, 0, 0.003), upper),
        limb(foot, "sole", _moved(heel, 0, -0.006, -0.018), _moved(toe, 0, 0, -0.018), sole),
    ]
