"""Where a muscle is drawn on a person in an image: pure geometry, shared by every painter.

Both muscles of a segment must be readable at once, from any side. So each is a spindle along the bone that bulges to
one side of it, and one rule says to which side: **the flexor (biceps, hamstrings) lies where the joint bends to, the
extensor (triceps, quadriceps) opposite.** That is true for any view as soon as elbow or knee is bent. While the joint
is straight in the image, the flexor takes the inner half of a limb seen from the front or behind (where a squat or a
curl will bend it to), and in profile the side that fits the way the face looks. The share of each cue changes
gradually, so that a shape slides across the bone instead of jumping.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.muscles import Muscle, Placement, Side
from mia_core.samples import Floats
from mia_core.skeleton import INDEX

Points = NDArray[np.float64]
"""(n, 2) x to the right and y down, in pixels."""

ARM_WIDTH: Final = 0.25
"""Width of the upper arm over the length of the trunk (neck to mid-hip)."""
THIGH_WIDTH: Final = 0.33
"""Width of the thigh over the length of the trunk."""
TRUNK_PER_SEGMENT: Final = 1.3
"""Length of the trunk over a segment that is not foreshortened: the scale when the trunk is not seen."""
SHOULDERS_PER_TRUNK: Final = 0.7
"""Distance of the shoulders over the length of the trunk, seen straight from the front."""
NOSE_PER_TRUNK: Final = 0.2
"""Distance of the nose from the neck's vertical over the length of the trunk, in full profile."""
STRAIGHT_DEG: Final = 15.0
"""A joint bent by less than this in the image says nothing about where it bends to."""
BENT_DEG: Final = 40.0
"""A joint bent by more than this decides alone."""

_FLEXORS: Final = (Muscle.BICEPS, Muscle.HAMSTRINGS)
_ALONG: Final = np.linspace(0.0, 1.0, 13)
_SPINDLE: Final = np.sin(np.pi * _ALONG) ** 0.7


def muscle_polygon(placement: Placement, keypoints_px: Floats) -> Points:
    """Return the outline of a muscle belly on a person.

    Args:
        placement: Which muscle.
        keypoints_px: (25, 2) the person's BODY_25 keypoints in pixels of the image as it was taken (mirror the
            outline afterwards, not the keypoints before).

    Returns:
        (26, 2) closed outline, first down the outer edge and back along the inner one; empty (0, 2) when the two
        joints of the segment coincide or are not finite.
    """
    start, end, far = (keypoints_px[index].astype(np.float64) for index in placement.keypoints)
    bone = end - start
    length = float(np.hypot(*bone))
    if not np.isfinite(length) or length < 1.0:
        return np.empty((0, 2))
    along = bone / length
    across = np.array([-along[1], along[0]])
    trunk = _trunk_length(keypoints_px, length)
    width = trunk * (ARM_WIDTH if placement.muscle.is_arm else THIGH_WIDTH)
    lane = _flexor_lane(placement, keypoints_px, along, far - end, trunk)
    if placement.muscle not in _FLEXORS:
        lane = -lane
    middle = start + np.outer(0.05 + 0.9 * _ALONG, bone)
    centre = middle + np.outer(_SPINDLE, across) * (lane * width * 0.25)
    half = np.outer(_SPINDLE, across) * (width * 0.22)
    return np.concatenate([centre + half, (centre - half)[::-1]])


def _trunk_length(keypoints_px: Floats, segment_px: float) -> float:
    """Return the length of the trunk in pixels, never shorter than the segment allows."""
    trunk = float(np.hypot(*(keypoints_px[INDEX["neck"]] - keypoints_px[INDEX["mid_hip"]]).astype(np.float64)))
    shortest = 0.8 * segment_px
    return max(trunk, shortest) if np.isfinite(trunk) and trunk > 0 else TRUNK_PER_SEGMENT * segment_px


def _flexor_lane(placement: Placement, keypoints_px: Floats, along: Points, far_bone: Points, trunk: float) -> float:
    """Return on which side of the bone the flexor lies: 1 on the right hand of `along` (y down), -1 on its left."""
    bend = _bend(along, far_bone)
    rest = _lane_of_straight_limb(placement, keypoints_px, along, trunk)
    return rest * (1 - abs(bend)) + bend


def _bend(along: Points, far_bone: Points) -> float:
    """Return to which side the next bone leaves, from -1 to 1, 0 while the joint is straight in the image."""
    cross = float(along[0] * far_bone[1] - along[1] * far_bone[0])
    angle_deg = np.degrees(np.arctan2(cross, float(along @ far_bone)))
    if not np.isfinite(angle_deg):
        return 0.0
    certainty = np.clip((abs(angle_deg) - STRAIGHT_DEG) / (BENT_DEG - STRAIGHT_DEG), 0.0, 1.0)
    return float(np.sign(angle_deg) * certainty)


def _lane_of_straight_limb(placement: Placement, keypoints_px: Floats, along: Points, trunk: float) -> float:
    """Return the flexor's side from the way the person faces, from -1 to 1."""
    shoulders = keypoints_px[INDEX["left_shoulder"]] - keypoints_px[INDEX["right_shoulder"]]
    frontal = float(np.clip(shoulders[0] / (SHOULDERS_PER_TRUNK * trunk), -1.0, 1.0))
    looks = keypoints_px[INDEX["nose"], 0] - keypoints_px[INDEX["neck"], 0]
    profile = float(np.clip(looks / (NOSE_PER_TRUNK * trunk), -1.0, 1.0)) * (1 - abs(frontal))
    # A limb that hangs down has its right hand (y down) on the image's left, which is inwards for the left limb of a
    # person seen from the front.
    inwards = frontal if placement.side is Side.LEFT else -frontal
    faced = profile * -float(along[1])
    flexor_in_front = 1.0 if placement.muscle.is_arm else -1.0
    lane = 2.0 * (inwards + flexor_in_front * faced)
    return float(np.clip(np.nan_to_num(lane, nan=inwards if np.isfinite(inwards) else 1.0), -1.0, 1.0))
