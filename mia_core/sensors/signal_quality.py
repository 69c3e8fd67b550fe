"""How good one sensor's signal is: numbers over the last seconds, and one light with its reason."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.processing.envelope import RISE_S, Envelope
from mia_core.samples import STEP_S, Floats
from mia_core.sensors.sensor_profile import STALE_AFTER_S, SensorProfile, SignalKind, silence_limits
from mia_core.sensors.sensor_state import Light, SignalQuality

RECENT_S: Final = 10.0
"""Most numbers are of so many last seconds."""
FLAT_S: Final = 2.0
HUM_S: Final = 2.0
"""Length of the piece whose spectrum is looked at: half a hertz apart, fine enough to tell 50 from 60 Hz."""
_MINUTE_S: Final = 60.0
_MAINS_HZ: Final = (50.0, 60.0)
_LINE_HZ: Final = 1.0
"""How far to each side the line of the mains reaches in the spectrum of a windowed piece."""
_BAND_FROM_HZ: Final = 20.0
"""Below it is movement, of which no hum is to be told."""
_PACKETS_S: Final = 200
"""More packets a second than Bluetooth LE carries from one sensor."""
_UNREADABLE: Final = "sends packets that can't be read"
_ROOM: Final = 1.5
"""For sensors that send faster than their profile says."""


@dataclass(frozen=True, slots=True)
class SignalQualitySettings:
    """Where the light turns. Yellow: usable, but look at it; red: do not believe the values.

    Attributes:
        settling_s: For so long after the first sample of a connection nothing is judged: of some ten samples, one late
            packet would look like a lost connection.
        silent_s: Silence after which there is nothing to judge (grey); values are not held longer either.
        loss_yellow: Share of lost samples over 10 s: more than two of a hundred are no accident on a working link.
        loss_red: Share of lost samples over 10 s and over 1 s, so that it is not over yet: every fifth step is a guess.
        loss_1s_red: Share over 1 s alone.
        saturated_yellow: Share of samples at an end of the range over 10 s: an effort may touch it for a moment.
        saturated_red: Half of the time at the end of the range is no effort but an electrode upside down or off.
        saturated_red_s: At least so much time at the end of the range makes it red.
        flat_red_s: Of an envelope, which is a whole number that may rest, red comes only after so long; a raw signal
            always has noise, and is dead when it has none for 2 s.
        hum_yellow: Share of the power at the mains' frequency. White noise has 0.05. Never red: hum is steady, and is
            mostly taken out with the resting level.
        jitter_yellow_ms: Beyond half a step of 0.1 s stamps begin to fall into the neighbouring step.
        rate_yellow: Difference from the nominal rate, as a share of it, that a sensor's clock can't explain.
        rate_after_s: How long a connection must be known before its rate is judged.
        bad_yellow: Packets in 10 s that could not be decoded: one may be an accident.
        baseline_yellow: Share of its range below which a sensor did not fall in 10 s: no effort holds so high so long.
        heard_yellow_hz: A sensor that only advertises is never heard in full, and how much of it is lost says nothing;
            below so many samples a second some steps have no value of their own.
    """

    settling_s: float = 1.0
    silent_s: float = STALE_AFTER_S
    loss_yellow: float = 0.02
    loss_red: float = 0.2
    loss_1s_red: float = 0.5
    saturated_yellow: float = 0.02
    saturated_red: float = 0.5
    saturated_red_s: float = 1.0
    flat_red_s: float = 10.0
    hum_yellow: float = 0.4
    jitter_yellow_ms: float = 50.0
    rate_yellow: float = 0.1
    rate_after_s: float = 5.0
    bad_yellow: int = 3
    baseline_yellow: float = 0.5
    heard_yellow_hz: float = 1 / STEP_S


class SignalMonitor:
    """Judges the signal of one channel from what its packets bring; not thread-safe.

    Adding costs the same however long it runs; the numbers are worked out when they are asked for (some tenths of a
    millisecond).

    Args:
        profile: The kind of sensor.
        settings: Where the light turns.
    """

    def __init__(self, profile: SensorProfile, settings: SignalQualitySettings | None = None) -> None:
        self._profile = profile
        self._settings = settings or SignalQualitySettings()
        rate_hz = profile.rate_hz * _ROOM
        self._silent_after_s, _ = silence_limits(profile, self._settings.silent_s)
        self._packets = _Rows(math.ceil(_MINUTE_S * min(rate_hz, _PACKETS_S)), 4)
        """Rows of arrival, number of samples, lost samples before it, number of the segment."""
        self._samples = _Rows(math.ceil(RECENT_S * rate_hz), 2)
        """Rows of arrival and value."""
        self._filter = Envelope(profile.rate_hz) if profile.kind is SignalKind.RAW else None
        self._bad: deque[float] = deque(maxlen=1000)
        self._segment = 0
        self._segment_began_s: float | None = None
        self._changed_s = -math.inf
        """When the value was last another one than before."""
        self._lost = self._n_bad = self._n_duplicates = 0

    def add(self, arrival_s: float, values: Floats, n_lost: int, duplicate: bool = False) -> None:
        """Take a packet.

        Args:
            arrival_s: When it arrived.
            values: (n,) its samples, in the profile's unit.
            n_lost: Samples known since this packet to be lost.
            duplicate: Whether it came before; then it is only counted.
        """
        if duplicate:
            self._n_duplicates += 1
            return
        if self._segment_began_s is None:
            self._segment_began_s = self._changed_s = arrival_s
            n_lost += self._lost_between_segments(arrival_s)
        values = np.asarray(values, np.float32)
        newest = self._samples.newest
        if newest is None or (values != np.float32(newest[1])).any():
            self._changed_s = arrival_s
        self._lost += n_lost
        self._packets.add(1, arrival_s, len(values), n_lost, self._segment)
        self._samples.add(len(values), arrival_s, values)

    def bad_packet(self, arrival_s: float) -> None:
        """Count a packet that could not be decoded."""
        self._n_bad += 1
        self._bad.append(arrival_s)

    def new_segment(self) -> None:
        """Expect another connection: what was missed between the two counts as lost, as far as time tells."""
        self._segment += 1
        self._segment_began_s = None

    def quality(self, now_s: float) -> SignalQuality:
        """Return the numbers and the light as of a monotonic time, not before the last packet."""
        newest = self._packets.newest
        if newest is None:
            light, reason = (Light.RED, _UNREADABLE) if self._is_unreadable(now_s) else (Light.GREY, "no signal")
            return SignalQuality(
                light,
                reason,
                only_advertises=self._profile.only_advertises,
                bad_packets=self._n_bad,
                duplicates=self._n_duplicates,
            )
        silence_s = now_s - float(newest[0])
        overdue = silence_s * self._profile.rate_hz if silence_s > self._silent_after_s else 0.0
        intervals_ms = self._intervals_ms(now_s)
        began_s = math.inf if self._segment_began_s is None else self._segment_began_s
        values = self._samples.since(max(now_s - RECENT_S, began_s))[:, 1].astype(np.float32)
        envelope = self._envelope(values)
        numbers = SignalQuality(
            rate_hz=self._rate_hz(now_s, lost_too=False),
            loss_1s=self._loss(now_s, 1.0, overdue),
            loss_10s=self._loss(now_s, RECENT_S, overdue),
            loss_60s=self._loss(now_s, _MINUTE_S, overdue),
            lost=self._lost,
            loss_is_exact=self._profile.counter_modulo > 0,
            only_advertises=self._profile.only_advertises,
            jitter_ms=float(np.std(intervals_ms)) if len(intervals_ms) > 1 else math.nan,
            interval_ms=_middle(intervals_ms),
            baseline=_low_end(envelope),
            level=float(envelope[-1]) if len(envelope) else math.nan,
            saturated=float(np.mean(self._profile.is_saturated(values))) if len(values) else math.nan,
            is_flat=float(newest[0]) - self._changed_s >= FLAT_S,
            hum=self._hum(values),
            bad_packets=self._n_bad,
            duplicates=self._n_duplicates,
        )
        light, reason = self._judge(now_s, silence_s, values, numbers)
        return replace(numbers, light=light, reason=reason)

    def _judge(self, now_s: float, silence_s: float, values: Floats, numbers: SignalQuality) -> tuple[Light, str]:
        """Return the light and its reason: the worst that is true."""
        if self._is_unreadable(now_s):
            return Light.RED, _UNREADABLE
        if silence_s > self._silent_after_s:
            return Light.GREY, f"silent for {silence_s:.1f} s"
        began_s = self._segment_began_s
        if began_s is None or now_s - began_s < self._settings.settling_s:
            return Light.GREY, "too short to judge"
        red = self._red(now_s, values, numbers)
        if red:
            return Light.RED, red
        yellow = self._yellow(now_s, now_s - began_s, numbers)
        return (Light.YELLOW, yellow) if yellow else (Light.GREEN, "")

    def _red(self, now_s: float, values: Floats, numbers: SignalQuality) -> str:
        """Return why the values can't be believed, empty when they can."""
        limits = self._settings
        saturated_s = np.count_nonzero(self._profile.is_saturated(values)) / self._profile.rate_hz
        if numbers.saturated >= limits.saturated_red and saturated_s >= limits.saturated_red_s:
            return "at the end of its range: upside down or loose?"
        flat_s = now_s - self._changed_s
        if flat_s >= (FLAT_S if self._profile.kind is SignalKind.RAW else limits.flat_red_s):
            return f"flat line for {flat_s:.0f} s"
        is_losing = numbers.loss_1s >= limits.loss_1s_red or min(numbers.loss_1s, numbers.loss_10s) >= limits.loss_red
        if is_losing and not self._profile.only_advertises:
            return f"{100 * numbers.loss_1s:.0f} % lost in the last second"
        return ""

    def _yellow(self, now_s: float, known_s: float, numbers: SignalQuality) -> str:
        """Return what is to be looked at, empty when all is well."""
        limits = self._settings
        rate_hz = self._rate_hz(now_s, lost_too=True)
        is_off = abs(rate_hz / self._profile.rate_hz - 1) > limits.rate_yellow and known_s >= limits.rate_after_s
        link_findings = (
            (numbers.loss_10s >= limits.loss_yellow, f"{100 * numbers.loss_10s:.0f} % lost in 10 s"),
            (is_off, f"{rate_hz:.1f} samples a second instead of {self._profile.rate_hz:g}"),
            (numbers.jitter_ms >= limits.jitter_yellow_ms, f"arrives unevenly (+-{numbers.jitter_ms:.0f} ms)"),
        )
        is_faint = numbers.rate_hz < limits.heard_yellow_hz and known_s >= limits.rate_after_s
        heard_findings = ((is_faint, f"heard only {numbers.rate_hz:.1f} times a second"),)
        findings = (
            (numbers.saturated >= limits.saturated_yellow, "touches the end of its range"),
            (numbers.is_flat, "nothing changes"),
            (self._n_bad_recently(now_s) >= limits.bad_yellow, _UNREADABLE),
            *(heard_findings if self._profile.only_advertises else link_findings),
            (numbers.hum >= limits.hum_yellow, "mains hum"),
            (self._rests_high(known_s, numbers), "never rests: poor contact?"),
        )
        return next((reason for is_true, reason in findings if is_true), "")

    def _rests_high(self, known_s: float, numbers: SignalQuality) -> bool:
        """Whether even the lowest of 10 s is high in the range (of a raw sensor: of its amplitudes)."""
        span = self._profile.high - self._profile.low
        zero, top = (self._profile.low, span) if self._profile.kind is SignalKind.ENVELOPE else (0.0, span / 2)
        return known_s >= RECENT_S and numbers.baseline - zero >= self._settings.baseline_yellow * top

    def _n_bad_recently(self, now_s: float) -> int:
        return sum(at_s > now_s - RECENT_S for at_s in self._bad)

    def _is_unreadable(self, now_s: float) -> bool:
        """Whether more packets were bad than good of late."""
        n_bad = self._n_bad_recently(now_s)
        return n_bad >= self._settings.bad_yellow and n_bad > len(self._packets.since(now_s - RECENT_S))

    def _lost_between_segments(self, arrival_s: float) -> int:
        newest = self._packets.newest
        if newest is None:
            return 0
        return max(0, round(float(arrival_s - newest[0]) * self._profile.rate_hz) - 1)

    def _loss(self, now_s: float, window_s: float, overdue: float) -> float:
        """Return the share of samples that are missing, those that are overdue included."""
        packets = self._packets.since(now_s - window_s)
        lost = float(packets[:, 2].sum()) + min(overdue, window_s * self._profile.rate_hz)
        expected = lost + float(packets[:, 1].sum())
        return lost / expected if expected else math.nan

    def _rate_hz(self, now_s: float, *, lost_too: bool) -> float:
        """Return samples per second over the last 10 s, up to the last packet or, when silent, to now."""
        packets = self._packets.since(now_s - RECENT_S)
        if len(packets) < 2:
            return 0.0
        is_silent = now_s - packets[-1, 0] > self._silent_after_s
        span_s = (now_s if is_silent else packets[-1, 0]) - packets[0, 0]
        n = packets[1:, 1:3].sum() if lost_too else packets[1:, 1].sum()
        return float(n / span_s) if span_s > 0 else 0.0

    def _intervals_ms(self, now_s: float) -> NDArray[np.float64]:
        """Return the intervals between packets of the same connection over the last 10 s."""
        packets = self._packets.since(now_s - RECENT_S)
        return np.asarray(1e3 * np.diff(packets[:, 0])[np.diff(packets[:, 3]) == 0], np.float64)

    def _envelope(self, values: Floats) -> Floats:
        """Return what of a signal is judged by its height: itself, or the envelope of a raw one once it has risen."""
        if self._filter is None:
            return values
        self._filter.reset()
        return self._filter.push(values)[round(RISE_S * self._profile.rate_hz) :]

    def _hum(self, values: Floats) -> float:
        """Return the share of the power above 20 Hz that is at the mains' frequency and its harmonics."""
        n = round(HUM_S * self._profile.rate_hz)
        if self._profile.kind is SignalKind.ENVELOPE or len(values) < n:
            return math.nan
        piece = values[-n:] - values[-n:].mean()
        power = np.abs(np.fft.rfft(piece * np.hanning(n))) ** 2
        frequencies_hz = np.fft.rfftfreq(n, 1 / self._profile.rate_hz)
        total = float(power[frequencies_hz >= _BAND_FROM_HZ].sum())
        if total <= 0:
            return 0.0
        at_mains = 0.0
        for mains_hz in _MAINS_HZ:
            harmonics_hz = mains_hz * np.maximum(np.round(frequencies_hz / mains_hz), 1)
            at_mains = max(at_mains, float(power[np.abs(frequencies_hz - harmonics_hz) <= _LINE_HZ].sum()))
        return at_mains / total


def _low_end(values: Floats) -> float:
    """Return the 5th percentile of (n,) values, NaN of none; numpy's own takes six times as long for some hundred."""
    if not len(values):
        return math.nan
    place = (len(values) - 1) * 0.05
    below = int(place)
    ends = np.partition(values, (below, min(below + 1, len(values) - 1)))[below : below + 2]
    return float(ends[0] + (ends[-1] - ends[0]) * (place - below))


def _middle(values: NDArray[np.float64]) -> float:
    """Return the median of (n,) values, NaN of none; numpy's own takes four times as long for some hundred."""
    if not len(values):
        return math.nan
    places = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, places)
    return float(ordered[places[0]] + ordered[places[1]]) / 2


class _Rows:
    """The newest rows of numbers, of which the first is a time that does not fall.

    Args:
        n_rows: How many are kept at least.
        n_columns: Numbers in a row.
    """

    def __init__(self, n_rows: int, n_columns: int) -> None:
        self._n_kept = n_rows
        self._rows = np.empty((2 * n_rows, n_columns))
        self._n = 0

    @property
    def newest(self) -> NDArray[np.float64] | None:
        """The newest row, None before the first."""
        return self._rows[self._n - 1] if self._n else None

    def add(self, n: int, *columns: float | Floats) -> None:
        """Append n rows, of which every column is given as one number for all or (n,); of more than fit, the newest."""
        n_new = min(n, self._n_kept)
        if self._n + n_new > len(self._rows):
            self._rows[: self._n_kept] = self._rows[self._n - self._n_kept : self._n].copy()
            self._n = self._n_kept
        rows = self._rows[self._n : self._n + n_new]
        for place, column in enumerate(columns):
            rows[:, place] = column[-n_new:] if isinstance(column, np.ndarray) else column
        self._n += n_new

    def since(self, time_s: float) -> NDArray[np.float64]:
        """Return a view of the rows from a time on."""
        return self._rows[np.searchsorted(self._rows[: self._n, 0], time_s) : self._n]
