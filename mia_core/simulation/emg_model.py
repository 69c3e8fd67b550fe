"""From muscle effort to what surface electrodes report.

Two steps. `envelope` is the clean activation that networks learn: what static optimisation found, corrected for how a
muscle contracts, with co-contraction (see `co_contraction`), ahead of the force by the electromechanical delay.
`counts` is what one subject's sensors would make of it: gain, crosstalk, onsets, fatigue, noise, 10 Hz integers.
Regularities are published and cited; amounts are our choice unless said otherwise, and none of it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.motion_clip import ENVELOPE_HZ, MOTION_HZ
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.co_contraction import ANTAGONIST_CHANNEL, with_co_contraction
from mia_core.simulation.inverse_dynamics import Effort
from mia_core.simulation.kinematics import GRAVITY
from mia_core.simulation.muscle_groups import CHANNEL_MIXES

Array = NDArray[np.float64]

CONTRACTION_EFFECT: Final = 0.6
"""How much more active than at rest a fast shortening muscle is, and how much less a fast lengthening one, at the same
activation of the optimisation. That lengthening takes less is well known (reviewed by Enoka 1996, J Appl Physiol
81:2339). This amount was chosen on one subject's measured arm curl, whose biceps was 1.8 times more active while
shortening; it raised the correlation with the simulated one from .20 to .59."""
CONTRACTION_SPEED: Final = 0.3
"""Optimal lengths per second at which three quarters of that effect are reached; from the same curl."""
LEAD_S: Final = 0.067
"""Time by which sEMG precedes force in the clean envelope. Cross-correlation gave 61 to 84 ms in the elbow flexors
(Vint et al. 2001, Med Sci Sports Exerc 33:978)."""
SMOOTHING_S: Final = 0.3
"""Length of the Hann window that makes the envelope: about 150 ms at half its height."""

COUNTS_AT_FULL_ACTIVITY: Final = 480.0
"""Counts of a muscle that is fully active: our choice, near the largest values of the paper's second data release, on
the M40's scale of 0 to 1023."""
MAX_COUNT: Final = 1023
ONSET: Final = 0.25
"""How much louder a muscle is while its activity rises fast: motor units start with short intervals (Desmedt and Godaux
1977, J Physiol 264:673)."""
ONSET_RATE_PER_S: Final = 4.0
FATIGUE_S: Final = 40.0
"""Seconds at full activity after which a muscle is tired."""
RECOVERY_S: Final = 120.0
_NOISE: Final = 0.12  # relative scatter of an amplitude over 100 ms
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
        delay_s: Electromechanical delay: how far sEMG precedes force.
        fatigue: How much larger the amplitude of a tired muscle is at the same force (in sustained grips it grew by
            about 30 % of the maximum: Lind and Petrofsky 1979, Muscle Nerve 2:257).
    """

    identifier: str
    strength: float
    gains: tuple[float, ...]
    crosstalk: float
    delay_s: float = LEAD_S
    fatigue: float = 0.0

    @classmethod
    def draw(cls, identifier: str, rng: np.random.Generator) -> VirtualSubject:
        """Draw a subject at random."""
        return cls(
            identifier=identifier,
            strength=float(rng.uniform(0.85, 1.25)),
            gains=tuple(float(gain) for gain in rng.lognormal(0.0, 0.35, len(MONTAGE))),
            crosstalk=float(rng.uniform(0.05, 0.10)),
            delay_s=float(rng.uniform(0.05, 0.10)),
            fatigue=float(rng.uniform(0.0, 0.4)),
        )


def envelope(body: MuscleBody, effort: Effort) -> Floats:
    """Return the (T, 8) clean activation in [0, 1] that ideal electrodes over `MONTAGE` would see.

    Args:
        body: Whose muscles.
        effort: What they do, at any frame rate; the result has the same.
    """
    seen = effort.activation * (1.0 - CONTRACTION_EFFECT * np.tanh(effort.stretch / CONTRACTION_SPEED))
    column = {name: index for index, name in enumerate(body.muscles)}
    activity = np.stack(
        [sum(share * seen[:, column[name]] for name, share in mix.items()) for mix in CHANNEL_MIXES], axis=1
    )
    activity = with_co_contraction(np.clip(activity, 0.0, 1.0), effort, body.mass_kg * GRAVITY)
    smooth = _smooth(_earlier(activity, LEAD_S * effort.rate_hz), round(SMOOTHING_S * effort.rate_hz))
    return np.clip(smooth, 0.0, 1.0).astype(np.float32)


def counts(activation: Floats, subject: VirtualSubject, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Return (T_10, 8) sensor counts at 10 Hz: the mean over the 100 ms before each report, as one subject's sensors.

    Args:
        activation: (T, 8) clean envelope at 30 Hz.
        subject: Whose electrodes.
        rng: Source of the noise and of how tired the muscles are at first.
    """
    span = round(MOTION_HZ / ENVELOPE_HZ)
    own = _earlier(np.asarray(activation, dtype=np.float64), (subject.delay_s - LEAD_S) * MOTION_HZ)
    rise = np.maximum(np.gradient(own, 1.0 / MOTION_HZ, axis=0), 0.0)
    tired = _tiredness(own, start=rng.uniform(0.0, 0.5, len(MONTAGE)))
    loud = own * (1.0 + ONSET * np.tanh(rise / ONSET_RATE_PER_S)) * (1.0 + subject.fatigue * tired)
    padded = np.concatenate([np.repeat(loud[:1], span - 1, axis=0), loud])
    trailing = np.mean([padded[offset : offset + len(loud)] for offset in range(span)], axis=0)[::span]
    picked_up = (1 - subject.crosstalk) * trailing + subject.crosstalk * trailing[:, ANTAGONIST_CHANNEL]
    noisy = picked_up * np.array(subject.gains) * np.maximum(rng.normal(1.0, _NOISE, picked_up.shape), 0.0)
    reported = COUNTS_AT_FULL_ACTIVITY * noisy + np.abs(rng.normal(0.0, _BACKGROUND_COUNTS, picked_up.shape))
    return np.asarray(np.clip(np.rint(reported), 0, MAX_COUNT), dtype=np.uint16)


def _tiredness(activity: Array, start: Array) -> Array:
    """Return (T, 8) in [0, 1]: how tired each muscle is by its activity so far."""
    tired, now = np.empty_like(activity), start
    for frame, active in enumerate(activity):
        now = now + (active * (1.0 - now) / FATIGUE_S - (1.0 - active) * now / RECOVERY_S) / MOTION_HZ
        tired[frame] = now
    return tired


def _earlier(values: Array, frames: float) -> Array:
    """Return (T, C) values moved forward in time by a number of frames, which need not be whole or positive."""
    at = np.arange(len(values))
    return np.stack([np.interp(at + frames, at, column) for column in values.T], axis=1)


def _smooth(values: Array, length: int) -> Array:
    half = max(length // 2, 1)
    window = np.hanning(2 * half + 3)[1:-1]
    window /= window.sum()
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window, "valid") for column in padded.T], axis=1)
