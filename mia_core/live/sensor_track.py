"""The last minute of one sEMG channel's envelope."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mia_core.processing.emg_grid import span_means
from mia_core.processing.envelope import RISE_S, Envelope
from mia_core.processing.own_scale import OwnScale
from mia_core.processing.trial_summary import PEAK_S
from mia_core.samples import Floats, Times
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind

KEPT_S: Final = 60.0
"""Seconds that are kept."""
_TOUCHED: Final = {SignalKind.ENVELOPE: 1e-3, SignalKind.RAW: 0.1}
"""Largest share of a mean at an end of the range: of an envelope a rounding error, of a raw signal peaks."""
_ROOM: Final = 1.5
"""For sensors that send faster than their profile says."""


class Trace(NamedTuple):
    """A piece of one channel's envelope.

    Attributes:
        times_s: (n,) monotonic times: of what the muscle did, the envelope's own delay is taken off.
        values: (n,) in the unit of the sensor's profile.
        saturated: (n,) whether the sample was at an end of the sensor's range, which no envelope of a raw signal shows.
    """

    times_s: Times
    values: Floats
    saturated: NDArray[np.bool_]

    def of(self, rows: slice | NDArray[np.bool_]) -> Trace:
        """Return some of its samples."""
        return Trace(self.times_s[rows], self.values[rows], self.saturated[rows])


class SensorTrack:
    """Takes the samples of one channel, turns them into an envelope, and answers for any time of the last minute.

    Args:
        profile: Kind of the sensor.

    Attributes:
        own_scale: From the quietest to the strongest half second of usable samples so far. Of a sensor at the end of
            its range it takes no notice: it is an electrode that is touched or off.
    """

    def __init__(self, profile: SensorProfile) -> None:
        self._profile = profile
        self._envelope = Envelope(profile.rate_hz) if profile.kind is SignalKind.RAW else None
        self._segment: int | None = None
        self._risen_at_s = -math.inf
        self._capacity = math.ceil(KEPT_S * profile.rate_hz * _ROOM)
        self._n = 0
        self._times_s = np.empty(2 * self._capacity)
        self._values = np.empty(2 * self._capacity, np.float32)
        self._saturated = np.empty(2 * self._capacity, np.bool_)
        self._usable = np.empty(2 * self._capacity, np.bool_)
        self.own_scale = OwnScale(profile.least_rise)

    def push(self, times_s: Times, values: Floats, segment: int, *, usable: bool) -> None:
        """Add samples of one segment.

        Args:
            times_s: (n,) monotonic times of sampling, n > 0.
            values: (n,) in the profile's unit.
            segment: Number of the connection; the filter starts anew with each.
            usable: Whether the sensor sees a muscle. What it sends otherwise can be looked at but is no value.
        """
        saturated = self._profile.is_saturated(values)
        sees_muscle = np.full(len(values), usable)
        if self._envelope is not None:
            if segment != self._segment:
                self._envelope.reset()
            values = self._envelope.push(values)
            times_s = times_s - self._envelope.delay_s
            if segment != self._segment:
                self._risen_at_s = float(times_s[0]) + RISE_S
            sees_muscle &= times_s >= self._risen_at_s
        self._segment = segment
        for start in range(0, len(values), self._capacity):
            part = slice(start, start + self._capacity)
            self._append(Trace(times_s[part], values[part], saturated[part]), sees_muscle[part])

    def since(self, time_s: float, *, only_usable: bool) -> Trace:
        """Return a copy of the envelope since a monotonic time."""
        first = int(np.searchsorted(self._times_s[: self._n], time_s))
        kept = self._usable[first : self._n] if only_usable else np.ones(self._n - first, np.bool_)
        return Trace(self._times_s, self._values, self._saturated).of(slice(first, self._n)).of(kept)

    def _append(self, trace: Trace, usable: NDArray[np.bool_]) -> None:
        n = len(trace.times_s)
        if self._n + n > len(self._times_s):
            kept = slice(self._n - self._capacity, self._n)
            for column in (self._times_s, self._values, self._saturated, self._usable):
                column[: self._capacity] = column[kept].copy()
            self._n = self._capacity
        newest_s = self._times_s[self._n - 1] if self._n else -np.inf
        new = slice(self._n, self._n + n)
        # A clock that is fitted while it runs may step back a little; times that are searched must not.
        self._times_s[new] = np.maximum.accumulate(np.maximum(trace.times_s, newest_s))
        self._values[new] = trace.values
        self._saturated[new] = trace.saturated
        self._usable[new] = usable
        self._n += n
        if usable.any():
            self._widen_scale(n, int(np.count_nonzero(usable)))

    def _widen_scale(self, n: int, n_new: int) -> None:
        """Follow the means with the usable ones of the newest samples; those over less than their length don't count.

        Args:
            n: How many samples have come.
            n_new: How many of them are usable.
        """
        times_s, values, saturated = self.since(float(self._times_s[self._n - n]) - PEAK_S, only_usable=True)
        whole = times_s[-n_new:] - times_s[0] > PEAK_S - 1.5 / self._profile.rate_hz
        ends_s = times_s[-n_new:][whole]
        trace = Trace(times_s, values, saturated)
        self.own_scale = self.own_scale.widened(means_within_range(trace, self._profile.kind, ends_s - PEAK_S, ends_s))


def means_within_range(trace: Trace, kind: SignalKind, starts_s: Times, ends_s: Times) -> Floats:
    """Return (m,) means over some spans, NaN where the sensor was at an end of its range, or nothing is known.

    Args:
        trace: The envelope.
        kind: Of the sensor's signal; peaks of a raw one may touch an end.
        starts_s: (m,) where each span begins.
        ends_s: (m,) where it ends.
    """
    means = span_means(trace.times_s, trace.values, starts_s, ends_s)
    if trace.saturated.any():
        shares = span_means(trace.times_s, trace.saturated.astype(np.float32), starts_s, ends_s)
        means[shares > _TOUCHED[kind]] = np.nan
    return means
