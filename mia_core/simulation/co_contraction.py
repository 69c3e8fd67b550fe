"""Muscle activity that no joint torque asks for: stiffening of joints, bracing, and preparing for impacts.

Static optimisation never lets muscles work against each other; people do so whenever movement is fast, loads are high
or the body is about to hit something. That they do is published, and cited at each number below. The literature can't
tell how much of it belongs to each of these movements: unless said otherwise, amounts are our choice.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import JOINTS, SIDES
from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.simulation.inverse_dynamics import Effort
from mia_core.skeleton import INDEX

Array = NDArray[np.float64]

RESTING: Final = 0.01
STIFF_LEG: Final = 0.07
"""Activity of both thigh muscles of a fast leg. Antagonists are more active in faster knee extension (Weir et al. 1998,
Eur J Appl Physiol 78:555)."""
STIFF_LEG_SPEED_RAD_S: Final = 6.0
STIFF_ARM: Final = 0.16
"""Activity of biceps and triceps of a fast arm. Both grow with the speed of a movement and stay for a while after its
end (Suzuki et al. 2001, Exp Brain Res 140:171)."""
STIFF_ARM_SPEED_M_S: Final = 3.2
STIFF_FOR_S: Final = 0.35
"""Time in which an arm relaxes after a fast movement."""
FOLDED_RAD: Final = 2.0
"""Elbow flexion beyond which the forearm rests against the upper arm and nothing has to be stiffened."""
GUARD: Final = 0.025
"""Activity of biceps and triceps with the fists raised in front of the shoulders, ready to hit or be hit."""
TENSE_ARM: Final = 0.03
"""Activity of biceps and triceps while the trunk is shaken, as in running and jumping."""
TENSE_ACCELERATION_M_S2: Final = 8.0
SINGLE_LEG: Final = 0.05
"""Activity of both thigh muscles while standing on that leg alone."""
IMPACT: Final = 0.10
"""Activity of both thigh muscles around a hard landing of the foot; it starts before the foot touches the floor
(reviewed by Santello 2005, Gait Posture 21:85)."""
IMPACT_RATE_PER_S: Final = 8.0
"""Rise of the floor's force, in body weights per second, that counts as hard."""
EARLY_S: Final = 0.1
"""How long before an impact muscles become active; the arms in a fall about as much (Borrelli et al. 2020, J Biomech
99:109569)."""
ANTAGONIST: Final[dict[Muscle, float]] = {
    Muscle.BICEPS: 0.06,
    Muscle.TRICEPS: 0.15,
    Muscle.QUADRICEPS: 0.04,
    Muscle.HAMSTRINGS: 0.10,
}
"""Activity of a muscle per activity of its antagonist, so that it rises with the load. At maximal effort triceps
reached 26 to 38 % and biceps 6 to 19 % as antagonists (Bazzucchi et al. 2006, Muscle Nerve 33:191), hamstrings up to
20 % (Draganich et al. 1989, J Bone Joint Surg Am 71:1075). Less is taken here, where nothing is maximal."""

ANTAGONIST_CHANNEL: Final = np.array(
    [MONTAGE.placements.index(Placement(place.side, place.muscle.antagonist)) for place in MONTAGE.placements]
)
"""(8,) for every channel, that of the muscle on the other side of the limb."""
_ANTAGONIST_SHARE: Final = np.array([ANTAGONIST[place.muscle] for place in MONTAGE.placements])


def with_co_contraction(activity: Array, effort: Effort, weight_n: float) -> Array:
    """Return (T, 8) activity in [0, 1] with what static optimisation leaves out.

    Args:
        activity: (T, 8) activity that the joint torques ask for, in the order of `MONTAGE`.
        effort: The motion and its floor forces.
        weight_n: Body weight in newtons.
    """
    loaded = _ANTAGONIST_SHARE * activity[:, ANTAGONIST_CHANNEL]
    floor = np.empty_like(activity)
    for side in SIDES:
        arm, leg = _stiff_arm(effort, side), _stiff_leg(effort, side, weight_n)
        for channel, place in enumerate(MONTAGE.placements):
            if place.side is side:
                floor[:, channel] = arm if place.muscle.is_arm else leg
    whole = 1.0 - (1.0 - activity) * (1.0 - loaded) * (1.0 - RESTING - floor)
    return np.asarray(np.clip(whole, 0.0, 1.0))


def _stiff_arm(effort: Effort, side: Side) -> Array:
    """Return the (T,) activity of both upper-arm muscles that stiffens the elbow."""
    shoulder, wrist = (effort.joints_m[:, INDEX[f"{side}_{joint}"]] for joint in ("shoulder", "wrist"))
    speed = np.linalg.norm(_rate(wrist - shoulder, effort.rate_hz), axis=1)
    stiff = STIFF_ARM * np.tanh((_lingering(speed, effort.rate_hz) / STIFF_ARM_SPEED_M_S) ** 2)
    shaking = _rate(_rate(effort.joints_m[:, INDEX["neck"]], effort.rate_hz), effort.rate_hz)
    tense = TENSE_ARM * np.tanh(_around(np.linalg.norm(shaking, axis=1), effort.rate_hz) / TENSE_ACCELERATION_M_S2)
    elbow = effort.joint_angle[:, JOINTS.index(f"elbow_flex_{side[0]}")]
    raised = _ramp(wrist[:, 2] - shoulder[:, 2], -0.10, 0.05) * _ramp(elbow, 1.0, 1.4)
    open_elbow = 1.0 - _ramp(elbow, FOLDED_RAD - 0.2, FOLDED_RAD + 0.1)
    return np.asarray(stiff * open_elbow + tense + GUARD * raised)


def _stiff_leg(effort: Effort, side: Side, weight_n: float) -> Array:
    """Return the (T,) activity of both thigh muscles that stiffens the knee."""
    columns = [JOINTS.index(f"{joint}_{side[0]}") for joint in ("knee_angle", "hip_flexion")]
    speed = np.abs(effort.joint_speed[:, columns]) @ np.array([0.7, 0.3])
    load = effort.floor_force_n[:, SIDES.index(side)]
    share = load / np.maximum(effort.floor_force_n.sum(axis=1), 1.0)
    rise = np.maximum(_rate(load, effort.rate_hz) / weight_n, 0.0)
    return np.asarray(
        STIFF_LEG * np.tanh(speed / STIFF_LEG_SPEED_RAD_S)
        + SINGLE_LEG * _ramp(share, 0.8, 1.0)
        + IMPACT * np.tanh((_around(rise, effort.rate_hz) / IMPACT_RATE_PER_S) ** 2)
    )


def _ramp(values: Array, low: float, high: float) -> Array:
    return np.clip((values - low) / (high - low), 0.0, 1.0)


def _rate(values: Array, rate_hz: float) -> Array:
    return np.asarray(np.gradient(values, 1.0 / rate_hz, axis=0))


def _lingering(values: Array, rate_hz: float) -> Array:
    """Return values that rise at once and fall no faster than an exponential with time constant `STIFF_FOR_S`."""
    lingering, keep = values.copy(), np.exp(-1.0 / (STIFF_FOR_S * rate_hz))
    for frame in range(1, len(values)):
        lingering[frame] = max(values[frame], keep * lingering[frame - 1])
    return lingering


def _around(values: Array, rate_hz: float) -> Array:
    """Return the largest of the values from one frame before to `EARLY_S` after each frame."""
    ahead = round(EARLY_S * rate_hz)
    padded = np.pad(values, (1, ahead), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, ahead + 2).max(axis=1))
