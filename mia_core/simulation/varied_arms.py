"""Captured motion with other arms: what legs and trunk do stays as it was recorded.

Few people were recorded, and nobody moves the arms in all the ways that fit a walk or a climb. So the arms of a motion
are moved further or less far, held elsewhere, made to drift, or exchanged for those of another motion of the same
person; never of somebody else, so that whoever is kept apart stays apart. The muscles are solved for anew.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import ARM_JOINTS, JOINTS, SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.kinematics import smoothed

Array = NDArray[np.float64]

TEMPO: Final = (0.8, 1.35)
"""Least and greatest factor on the duration of a motion."""
BORROWED: Final = 0.4
"""Share of variations whose arms are those of another motion."""

_ARM_COORDINATES: Final = np.array([JOINTS.index(f"{joint}_{side[0]}") for side in SIDES for joint in ARM_JOINTS])
_LIMITS: Final = (np.tile([-1.2, -0.8, -1.2, 0.03, -0.8], 2), np.tile([2.15, 2.6, 1.7, 2.35, 0.8], 2))
"""Those of random arms (`arm_babble`), but as far back as captured arms are fitted (`limb_fit`)."""
_SPREAD_RAD: Final = np.tile([0.35, 0.25, 0.25, 0.35, 0.2], 2)
"""How far arms are held elsewhere, and drift, in the order of `ARM_JOINTS` of both sides: standard deviations."""
_LASTING, _MOST_DRIFT = 0.7, 0.9  # of that spread
_GAIN_SPREAD: Final = 0.25  # of the logarithm
_DRIFT_S: Final = (0.7, 1.2, 2.5)
"""Seconds from one knot of the drift to the next: one is drawn."""


def draw_tempo(rng: np.random.Generator) -> float:
    """Draw a factor on the duration of a motion."""
    return float(np.exp(rng.uniform(*np.log(TEMPO))))


def arms_of(body: MuscleBody, configurations: Array) -> Array:
    """Return the (T, 10) angles of both arms, right first, of (T, 129) configurations."""
    return np.asarray(configurations[:, body.position_addresses[_ARM_COORDINATES]])


def with_arms(body: MuscleBody, configurations: Array, arms: Array) -> Array:
    """Return (T, 129) configurations with other (T, 10) arms, smoothed."""
    moved = configurations.copy()
    moved[:, body.position_addresses[_ARM_COORDINATES]] = arms
    return smoothed(body, moved)


def borrowed(arms: Array, n_frames: int, rng: np.random.Generator) -> Array:
    """Return (n_frames, 10) arms from any moment of another motion on, to and fro where it is shorter.

    Args:
        arms: (T, 10) of the other motion, at least two frames.
        n_frames: How many are wanted.
        rng: Source of randomness: the moment, and whether the sides are exchanged.
    """
    if rng.random() < 0.5:
        arms = np.roll(arms, len(ARM_JOINTS), axis=1)
    there_and_back = 2 * len(arms) - 2
    at = (rng.integers(len(arms)) + np.arange(n_frames)) % there_and_back
    return np.asarray(arms[np.minimum(at, there_and_back - at)])


def varied(arms: Array, rng: np.random.Generator) -> Array:
    """Return (T, 10) arms that move further or less far, are held elsewhere, and drift, within what joints allow."""
    mean = arms.mean(axis=0)
    gain = np.exp(rng.normal(0.0, _GAIN_SPREAD, 2)).repeat(len(ARM_JOINTS))
    lasting = _LASTING * rng.normal(size=len(_SPREAD_RAD))
    drift = rng.uniform(0.0, _MOST_DRIFT) * _drift(len(arms), rng)
    return np.asarray(np.clip(mean + gain * (arms - mean) + _SPREAD_RAD * (lasting + drift), *_LIMITS))


def _drift(n_frames: int, rng: np.random.Generator) -> Array:
    """Return (n_frames, 10) random numbers of variance about 1 that change smoothly."""
    from scipy.interpolate import CubicSpline

    n_knots = max(int(n_frames / MOTION_HZ / rng.choice(_DRIFT_S)) + 2, 4)
    spline = CubicSpline(np.arange(n_knots), rng.normal(size=(n_knots, len(_SPREAD_RAD))))
    return np.asarray(spline(np.linspace(0.0, n_knots - 1.0, n_frames)))
