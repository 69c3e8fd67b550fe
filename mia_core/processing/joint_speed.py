"""How fast a joint turns in the direction of a muscle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mia_core.muscles import Muscle, Placement
from mia_core.samples import KNOWN_CONFIDENCE, Floats, Times


def joint_speed(
    times_s: Times, keypoints: Floats, confidence: Floats, placement: Placement
) -> tuple[Times, NDArray[np.float32]]:
    """Return how fast the joint that a muscle moves turns in the muscle's direction.

    Args:
        times_s: (n,) ascending times of the frames.
        keypoints: (n, 25, 2) BODY_25 keypoints in any unit.
        confidence: (n, 25) in [0, 1]; a frame in which the limb is not known is left out.
        placement: The muscle. Biceps and hamstrings bend elbow and knee, triceps and quadriceps straighten them.

    Returns:
        (m,) times and (m,) speeds in rad/s, each the mean since the frame before; 0 while the joint turns the other
        way.
    """
    limb = list(placement.keypoints)
    known = np.all(confidence[:, limb] >= KNOWN_CONFIDENCE, axis=1) & np.isfinite(keypoints[:, limb]).all(axis=(1, 2))
    times_s, points = times_s[known], keypoints[known][:, limb].astype(np.float64)
    upper, lower = points[:, 0] - points[:, 1], points[:, 2] - points[:, 1]
    cosines = np.einsum("ni,ni->n", upper, lower) / np.maximum(
        np.linalg.norm(upper, axis=1) * np.linalg.norm(lower, axis=1), 1e-9
    )
    straightening = np.diff(np.arccos(np.clip(cosines, -1.0, 1.0))) / np.maximum(np.diff(times_s), 1e-6)
    bends = placement.muscle in (Muscle.BICEPS, Muscle.HAMSTRINGS)
    return times_s[1:], np.maximum(-straightening if bends else straightening, 0.0).astype(np.float32)
