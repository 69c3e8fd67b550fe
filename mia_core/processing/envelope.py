"""From raw sEMG to its envelope: band-pass, rectify, low-pass, without looking ahead.

Sensors that send raw signals all go through this, so that one muscle is the same number whichever of them sits on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats

_NYQUIST_SHARE: Final = 0.9
"""The upper corner stays below this share of half the rate: a digital filter can't reach half the rate itself."""


RISE_S: Final = 0.2
"""For so long an envelope rises from zero when it begins anew."""


@dataclass(frozen=True, slots=True)
class EnvelopeSettings:
    """How an envelope is made.

    Attributes:
        low_hz: Lower corner of the band-pass. Below it are movement of cables and skin; 20 Hz is the recommendation of
            De Luca et al., J. Biomech. 43 (2010) 1573, and of ISEK.
        high_hz: Upper corner, above which surface electrodes see little (SENIAM: 400 to 500 Hz); limited by the rate.
        smooth_hz: Corner of the low-pass. With 5 Hz the envelope follows movements and is smooth enough to be read ten
            times a second.
        band_order: Order of the Butterworth low-pass the band-pass is made from.
        smooth_order: Order of the low-pass.
    """

    low_hz: float = 20.0
    high_hz: float = 450.0
    smooth_hz: float = 5.0
    band_order: int = 2
    smooth_order: int = 2


class Envelope:
    """The envelope of one channel of raw sEMG at the rate of its samples; remembers its state from push to push.

    The signal may come in pieces of any length. Its offset is taken out from the first sample on; the envelope rises
    from zero within 0.2 s.

    Args:
        rate_hz: Samples per second.
        settings: Corners of the filters.

    Attributes:
        delay_s: By how much the envelope comes after the muscle, to be subtracted from the times of its samples: the
            group delay of the low-pass at 0 Hz (45 ms, sqrt(2) / (2 pi 5 Hz)) and that of the band-pass at the centre
            of its band (1 to 4 ms). White noise at 250 samples a second comes another 3 ms
            later, since more of it is at the edges of the band.

    Raises:
        ValueError: At so low a rate nothing of the muscle's band is left.
    """

    def __init__(self, rate_hz: float, settings: EnvelopeSettings | None = None) -> None:
        from scipy import signal  # half of what a window took to start, and few have raw sensors

        settings = settings or EnvelopeSettings()
        high_hz = min(settings.high_hz, _NYQUIST_SHARE * rate_hz / 2)
        if high_hz < 2 * settings.low_hz:
            raise ValueError(f"no envelope can be made of a raw signal of {rate_hz:g} samples a second")
        self._band: NDArray[np.float64] = signal.butter(
            settings.band_order, (settings.low_hz, high_hz), "bandpass", fs=rate_hz, output="sos"
        )
        self._smooth: NDArray[np.float64] = signal.butter(
            settings.smooth_order, settings.smooth_hz, fs=rate_hz, output="sos"
        )
        centre_hz = float(np.sqrt(settings.low_hz * high_hz))
        self.delay_s = _group_delay_s(self._smooth, 0.0, rate_hz) + _group_delay_s(self._band, centre_hz, rate_hz)
        self._at_rest: NDArray[np.float64] = signal.sosfilt_zi(self._band)
        self._states: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def reset(self) -> None:
        """Begin anew, as after a gap: what comes next does not continue what came before."""
        self._states = None

    def push(self, values: Floats) -> Floats:
        """Return the envelope of the next samples.

        Args:
            values: (n,) raw samples in any unit. NaN stands for a gap: there is no envelope in it, and it begins anew
                behind it.

        Returns:
            (n,) float32 >= 0 in the same unit: the mean absolute value about the offset (of Gaussian noise it is 0.8 of
            the standard deviation).
        """
        envelope = np.full(len(values), np.nan, np.float32)
        known = np.isfinite(values)
        if known.all():
            envelope[:] = self._filter(values)
            return envelope
        changes = np.flatnonzero(np.diff(known)) + 1
        for rows in np.split(np.arange(len(values)), changes):
            if known[rows[0]]:
                envelope[rows] = self._filter(values[rows])
            else:
                self.reset()
        return envelope

    def _filter(self, values: Floats) -> Floats:
        """Return the envelope of (n,) finite samples."""
        from scipy.signal import sosfilt

        if len(values) == 0:
            return np.empty(0, np.float32)
        samples = np.asarray(values, np.float64)
        if self._states is None:
            self._states = self._at_rest * samples[0], np.zeros((len(self._smooth), 2))
        band, band_state = sosfilt(self._band, samples, zi=self._states[0])
        smooth, smooth_state = sosfilt(self._smooth, np.abs(band), zi=self._states[1])
        self._states = band_state, smooth_state
        return np.asarray(np.maximum(smooth, 0), np.float32)


def _group_delay_s(sections: NDArray[np.float64], frequency_hz: float, rate_hz: float) -> float:
    """Return the delay of slow changes of a tone: each section's, from the derivative of its polynomials (Smith 2007).

    J. O. Smith, Introduction to Digital Filters, "Numerical computation of group delay".
    """
    z = np.exp(-2j * np.pi * frequency_hz / rate_hz)
    powers = z ** np.arange(3)
    total = 0.0
    for section in sections:
        for polynomial, sign in ((section[:3], 1), (section[3:], -1)):
            total += sign * float(np.real(polynomial * np.arange(3) @ powers / (polynomial @ powers)))
    return total / rate_hz
