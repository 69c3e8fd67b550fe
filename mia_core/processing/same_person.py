"""Tell from two successive poses whether the second can be the first one's person, who has only moved."""

from __future__ import annotations

from typing import Final

import numpy as np

from mia_core.samples import Pose
from mia_core.skeleton import INDEX

_SEGMENTS: Final = np.array(
    [(INDEX["neck"], INDEX["mid_hip"])]
    + [(INDEX[f"{s}_hip"], INDEX[f"{s}_knee"]) for s in ("left", "right")]
    + [(INDEX[f"{s}_knee"], INDEX[f"{s}_ankle"]) for s in ("left", "right")]
)
_FARTHEST: Final = 0.5
"""Body sizes that the hips may be off without any time to move: twice a detector's error ..."""
_FASTEST_PER_S: Final = 5.0
"""... and a second's way beyond, about 2.5 m: captured runs and jumps reach 3.7 body sizes a second."""
_SIZE_RATIO: Final = 1.6
"""Factor by which the size may be off at once. It changes with the posture too: other bones are the longest then ..."""
_SIZE_RATIO_PER_S: Final = 1.6
"""... and what it may grow by in a second."""
_LONGEST_S: Final = 0.3
"""More time allows no more: a jump that wide is no motion, whoever made it."""


def body_size_px(pose: Pose) -> float:
    """Return the longest of trunk, thighs and shanks in the picture: the one that is least foreshortened."""
    ends = pose.keypoints_px[_SEGMENTS]
    return max(float(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).max()), 1.0)


def hips_apart_px(a: Pose, b: Pose) -> float:
    """Return how far apart the hips of two poses are."""
    hip = INDEX["mid_hip"]
    return float(np.linalg.norm(a.keypoints_px[hip] - b.keypoints_px[hip]))


def may_be_same(before: Pose, now: Pose) -> bool:
    """Return whether place and size allow both to be one person.

    Sides that a detector exchanges make no difference. Somebody else at the same place and of the same size is not
    noticed.

    Args:
        before: The last pose that was seen.
        now: The next one.
    """
    elapsed_s = min(max(now.timestamp_s - before.timestamp_s, 0.0), _LONGEST_S)
    smaller, larger = sorted((body_size_px(before), body_size_px(now)))
    if larger > (_SIZE_RATIO + _SIZE_RATIO_PER_S * elapsed_s) * smaller:
        return False
    return hips_apart_px(before, now) <= (_FARTHEST + _FASTEST_PER_S * elapsed_s) * larger
