"""The samples of each muscle of a recording, with the times at which they were taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportError
from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.emg_grid import span_means, spans_around
from mia_core.processing.envelope import Envelope
from mia_core.samples import STEP_S, Floats, SampleFlag, Times
from mia_core.sensors.clock_sync import dejitter
from mia_core.sensors.emg_csv import EmgRecording
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind

LOST_S: Final = 0.15
"""Between samples that are further apart than this, at least one of a 10 Hz sensor is missing."""
_LOST_PERIODS: Final = 1.5
"""The same of a faster one, in its own periods."""
_LONGEST_S: Final = 2 * 24 * 3600.0
"""No sitting is longer; times and counters of a damaged file may be."""
_UNUSABLE: Final = SampleFlag.SATURATED | SampleFlag.OUT_OF_RANGE
_LOSS: Final = SampleFlag.AFTER_LOSS | SampleFlag.INDEX_INFERRED


@dataclass(frozen=True, slots=True)
class MuscleSamples:
    """What one sensor sent.

    Attributes:
        placement: The muscle.
        sensor: Which sensor.
        profile: Of what kind it is.
        times_s: (n,) float64 when each sample was taken, on the time line of the frames; not falling.
        values: (n,) float32 as sent, in the unit of the profile.
        envelope: (n,) float32 the same of a sensor that sends envelopes, else the envelope of what it sends.
        flags: (n,) uint8 of `SampleFlag`.
        rows: (n,) intp the samples' places in the recording.
        delay_s: By how much the envelope comes after the samples that it was made of.
    """

    placement: Placement
    sensor: SensorId
    profile: SensorProfile
    times_s: Times
    values: Floats
    envelope: Floats
    flags: NDArray[np.uint8]
    rows: NDArray[np.intp]
    delay_s: float = 0.0

    def __len__(self) -> int:
        return len(self.values)

    @property
    def channel(self) -> int:
        """Place in `MONTAGE`."""
        return MONTAGE.placements.index(self.placement)

    def means(self, moments_s: Times, length_s: float = STEP_S) -> Floats:
        """Return (m,) means of the envelope over the spans around some moments, NaN where too little is known."""
        return span_means(self.times_s - self.delay_s, self.envelope, *spans_around(moments_s, length_s))

    def is_whole(self, steps_s: Times) -> NDArray[np.bool_]:
        """Return (m,) whether nothing is missing or at the end of the range in the 0.1 s around some steps.

        A sensor that only advertises is never heard in full: of it nothing is missing while it is heard every 0.15 s.
        """
        n = len(self)
        if n < 2:
            return np.zeros(len(steps_s), np.bool_)
        starts_s, ends_s = spans_around(steps_s)
        apart_s = np.diff(self.times_s)
        good = ((self.flags & _UNUSABLE) == 0)[1:]  # (n - 1,) the time from each sample to the next
        if self.profile.only_advertises:
            good &= apart_s <= LOST_S
        else:
            # What the sensor does, not its profile, says how far apart samples are: a board's loop has its own pace.
            good &= apart_s <= min(LOST_S, _LOST_PERIODS * float(np.median(apart_s)))
            # Without a counter a loss is told some packets after it, when times tell where it was.
            good &= (self.flags[1:] & _LOSS) != SampleFlag.AFTER_LOSS
        bad_before = np.concatenate([[0], np.cumsum(~good)])
        first = np.searchsorted(self.times_s, starts_s + 1e-9, side="right") - 1
        last = np.searchsorted(self.times_s, ends_s - 1e-9, side="left")  # the sample that ends the span, or reaches on
        inside = (first >= 0) & (last < n)
        return np.asarray(inside & (bad_before[np.clip(last, 0, n - 1)] == bad_before[np.clip(first, 0, n - 1)]))


def muscle_samples(recording: EmgRecording, zero_s: float) -> tuple[MuscleSamples, ...]:
    """Return the samples of each muscle with a sensor, in the order of the montage.

    Args:
        recording: What the sensors sent.
        zero_s: Monotonic time of zero of the time line that is wanted.

    Raises:
        ExportError: Arrivals or counters can't be true.
    """
    return tuple(
        _samples_of(recording, placement, sensor, zero_s) for placement, sensor in recording.header.montage.assignments
    )


def _samples_of(recording: EmgRecording, placement: Placement, sensor: SensorId, zero_s: float) -> MuscleSamples:
    profile = recording.header.profiles[placement]
    rows = np.flatnonzero(recording.channels == MONTAGE.placements.index(placement))
    arrivals_ns = recording.arrivals_ns[rows]
    order = np.lexsort((np.arange(len(rows)), arrivals_ns, recording.segments[rows]))
    rows, arrivals_ns = rows[order], arrivals_ns[order]
    counters, segments = recording.counters[rows], recording.segments[rows]
    _check(placement, profile, arrivals_ns, counters, segments)
    times_s = np.empty(0)
    if len(rows):
        since_ns = int(arrivals_ns[0])
        # From the first arrival on, so that nanoseconds survive in a float.
        times_s = dejitter((arrivals_ns - since_ns) / 1e9, counters, segments, profile.rate_hz)
        times_s = np.maximum.accumulate(times_s + (since_ns / 1e9 - zero_s))
    values = recording.values[rows]
    envelope, delay_s = values, 0.0
    if profile.kind is SignalKind.RAW:
        envelope = np.empty_like(values)
        maker = Envelope(profile.rate_hz)
        delay_s = maker.delay_s
        for segment in np.unique(segments):
            maker.reset()
            envelope[segments == segment] = maker.push(values[segments == segment])
    return MuscleSamples(placement, sensor, profile, times_s, values, envelope, recording.flags[rows], rows, delay_s)


def _check(
    placement: Placement,
    profile: SensorProfile,
    arrivals_ns: NDArray[np.int64],
    counters: NDArray[np.int64],
    segments: NDArray[np.int32],
) -> None:
    """Refuse times and counters that can't be: a line through them would be endless."""
    if not len(arrivals_ns):
        return
    what = ""
    if (int(arrivals_ns.max()) - int(arrivals_ns.min())) / 1e9 > _LONGEST_S:
        what = "are from more than two days"
    for segment in np.unique(segments):
        of_segment = counters[segments == segment]
        if len(of_segment) and int(of_segment.max()) - int(of_segment.min()) > 2 * _LONGEST_S * profile.rate_hz:
            what = "are counted in a way that can't be"
    if what:
        raise ExportError(
            f"The samples of the {placement.label.lower()} {what}.", "The recording is damaged; leave it out."
        )
