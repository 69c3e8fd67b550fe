"""From muscle effort to what surface electrodes report.

Static optimisation knows only forces: it never co-contracts, and it activates lengthening muscles like shortening
ones. What electrodes see beyond that is added here by simple published regularities; none of it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import JOINTS
from mia_core.motion_clip import ENVELOPE_HZ, MOTION_HZ
from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.samples import Floats
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.inverse_dynamics import Effort
from mia_core.simulation.muscle_groups import CHANNEL_MIXES

Array = NDArray[np.float64]

ECCENTRIC_SHARE: Final = 0.55
"""Activity of a fast lengthening muscle relative to a shortening one at the same force. That it is less is well known
(Enoka 1996, J Appl Physiol 81:2339); how much less is our choice."""
ECCENTRIC_SPEED: Final = 0.5
"""Optimal lengths per second at which the attenuation is nearly complete."""
COCONTRACTION: Final = 0.14
"""Activity of both muscles of a joint in fast movement. That it grows with speed is known (Suzuki et al. 2001, Exp
Brain Res 140:171); the amount is our choice."""
COCONTRACTION_SPEED_RAD_S: Final = 6.0
SINGLE_LEG_FLOOR: Final = 0.04
"""Activity of both thigh muscles while standing on that leg alone."""
RESTING: Final = 0.01
DELAY_FRAMES: Final = 2
"""Frames of 30 Hz by which sEMG precedes force: 67 ms, within the 30 to 100 ms that are reported in the literature
(reviewed by Cavanagh and Komi 1979, Eur J Appl Physiol 42:159, who themselves measured about 50 ms)."""
SMOOTHING_FRAMES: Final = 9
"""Length of the Hann window that makes the envelope: about 150 ms."""

COUNTS_AT_FULL_ACTIVITY: Final = 480.0
"""Counts of a muscle that is fully active: our choice, near the largest values of the paper's second data release, on
the M40's scale of 0 to 1023."""
MAX_COUNT: Final = 1023
_NOISE: Final = 0.12  # relative scatter of an amplitude over 100 ms; our choice
_BACKGROUND_COUNTS: Final = 3.0


@dataclass(frozen=True, slots=True)
class VirtualSubject:
    """What makes one subject's muscles and electrodes differ from another's.

    Attributes:
        identifier: Name in files.
        strength: Factor on muscle forces.
        gains: (8,) factor between activity and counts of each electrode.
        crosstalk: Share of the neighbouring muscle's signal in each electrode (De Luca and Merletti 1988,
            Electroencephalogr Clin Neurophysiol 69:568 found up to 17 %).
    """

    identifier: str
    strength: float
    gains: tuple[float, ...]
    crosstalk: float

    @classmethod
    def draw(cls, identifier: str, rng: np.random.Generator) -> VirtualSubject:
        """Draw a subject at random."""
        return cls(
            identifier=identifier,
            strength=float(rng.uniform(0.85, 1.25)),
            gains=tuple(float(gain) for gain in rng.lognormal(0.0, 0.35, len(MONTAGE))),
            crosstalk=float(rng.uniform(0.05, 0.10)),
        )


def envelope(body: MuscleBody, effort: Effort) -> Floats:
    """Return the (T, 8) clean activation in [0, 1] at 30 Hz that ideal electrodes over `MONTAGE` would see."""
    lengthening = np.clip(effort.stretch / ECCENTRIC_SPEED, 0.0, 1.0)
    seen = effort.activation * (1 - (1 - ECCENTRIC_SHARE) * lengthening)
    column = {name: index for index, name in enumerate(body.muscles)}
    activity = np.stack(
        [sum(share * seen[:, column[name]] for name, share in mix.items()) for mix in CHANNEL_MIXES], axis=1
    )
    floor = np.stack([_floor(placement, effort) for placement in MONTAGE.placements], axis=1)
    activity = floor + (1 - floor) * activity
    leading = np.concatenate([activity[DELAY_FRAMES:], np.repeat(activity[-1:], DELAY_FRAMES, axis=0)])
    return np.clip(_smooth(leading), 0.0, 1.0).astype(np.float32)


def counts(activation: Floats, subject: VirtualSubject, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Return (T_10, 8) sensor counts at 10 Hz: the mean over the 100 ms before each report, as one subject's sensors.

    Args:
        activation: (T, 8) clean envelope at 30 Hz.
        subject: Whose electrodes.
        rng: Source of the noise.
    """
    span = round(MOTION_HZ / ENVELOPE_HZ)
    padded = np.concatenate([np.repeat(activation[:1], span - 1, axis=0), activation])
    trailing = np.mean([padded[offset : offset + len(activation)] for offset in range(span)], axis=0)[::span]
    neighbour = [
        MONTAGE.placements.index(Placement(placement.side, _NEIGHBOUR[placement.muscle]))
        for placement in MONTAGE.placements
    ]
    picked_up = (1 - subject.crosstalk) * trailing + subject.crosstalk * trailing[:, neighbour]
    noisy = picked_up * np.array(subject.gains) * np.maximum(rng.normal(1.0, _NOISE, picked_up.shape), 0.0)
    reported = COUNTS_AT_FULL_ACTIVITY * noisy + np.abs(rng.normal(0.0, _BACKGROUND_COUNTS, picked_up.shape))
    return np.asarray(np.clip(np.rint(reported), 0, MAX_COUNT), dtype=np.uint16)


_NEIGHBOUR: Final = {
    Muscle.BICEPS: Muscle.TRICEPS,
    Muscle.TRICEPS: Muscle.BICEPS,
    Muscle.QUADRICEPS: Muscle.HAMSTRINGS,
    Muscle.HAMSTRINGS: Muscle.QUADRICEPS,
}


def _floor(placement: Placement, effort: Effort) -> Array:
    """Return the (T,) activity that a muscle shows whatever its force."""
    joints = ("elbow_flex", "shoulder_elv") if placement.muscle.is_arm else ("knee_angle", "hip_flexion")
    columns = [JOINTS.index(f"{joint}_{placement.side[0]}") for joint in joints]
    speed = np.abs(effort.joint_speed[:, columns]) @ np.array([0.7, 0.3])
    floor = RESTING + COCONTRACTION * np.tanh(speed / COCONTRACTION_SPEED_RAD_S)
    if not placement.muscle.is_arm:
        foot = 0 if placement.side is Side.RIGHT else 1
        share = effort.floor_force_n[:, foot] / np.maximum(effort.floor_force_n.sum(axis=1), 1.0)
        floor = floor + SINGLE_LEG_FLOOR * np.clip((share - 0.8) / 0.2, 0.0, 1.0)
    return np.asarray(floor)


def _smooth(values: Array) -> Array:
    window = np.hanning(SMOOTHING_FRAMES + 2)[1:-1]
    window /= window.sum()
    half = SMOOTHING_FRAMES // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window, "valid") for column in padded.T], axis=1)
