"""When was it sampled? From arrival times, which Bluetooth and the computer delay by some milliseconds to some hundred.

A sensor samples at an even pace, so its samples lie on a straight line over their numbers, and what arrival times add
to it is delay. `LiveClock` follows that line without looking ahead; `dejitter` fits it afterwards. A constant part of
the delay, as of the sensor's own filter, can't be seen from here: it needs an event that another clock notices too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Times
from mia_core.sensors.sample_index import MAX_PACE, CounterUnwrapper, Indices, infer_indices

MEMORY_S: Final = 10.0
"""The live line is that of so many last seconds: clocks keep to a fraction of a millisecond over it."""
_MAX_PACKETS: Final = 512
"""More packets than this do not make the line better."""
_REFIT_S: Final = 0.2
"""How often the line is drawn anew, after the first two seconds."""
_EARLY_S: Final = 2.0
"""For so long it is drawn anew with every packet."""
_JITTER_S: Final = 0.02
"""Spread of arrivals about the line, as it is usual (30 ms connection interval, eight links)."""
_PACE: Final = 0.01
"""Spread of true paces about the nominal one. A board's loop is off by some percent, a crystal by 0.004 %."""
_CONFIRMATIONS: Final = 5
"""A gap is a loss when so many packets in a row are late by it: a late one is followed by early ones."""
_VISIBLE_LOSS_S: Final = 0.025
"""A shift of arrivals below this is not called a loss: it is what a connection's timing does."""
_ECHO_S: Final = 0.003
"""Two deliveries of one packet follow within this time."""
_ECHO_PERIOD_S: Final = 0.02
"""Faster packets than one in this time may be bundled on the air, so none of them is ever taken for an echo."""
_ECHO_SURE_S: Final = 2.0
"""So long a connection must be known, without an inferred loss, before an echo is called so."""
_LEAST_STEP: Final = 0.1
"""Timestamps grow by at least this share of a period."""
FAST_SHARE: Final = 0.1
"""Lines are laid so that this share of the arrivals is earlier. Nothing arrives before it was sampled, so the fastest
are nearest to the truth: a low line is late by a third of what the middle one is late, at the same jitter; the very
lowest hangs on single arrivals."""
FIT_S: Final = 60.0
"""Length of the pieces of which `dejitter` fits each by a line; they overlap by half."""


@dataclass(frozen=True, slots=True)
class StampedSamples:
    """What the clock says of one packet.

    Attributes:
        timestamps_s: (n,) float64 best live estimate of when each sample was taken; strictly growing in a segment.
        counters_unwrapped: (n,) int64 the sensor's counter without wrap-arounds, -1 without a counter.
        n_lost_before: Samples of which it is known since this packet that they were lost. With a counter, those missing
            right before and inside this packet. Without one, those inferred: they went missing four packets earlier,
            since only the arrivals that follow tell a lost sample from a late one.
        is_duplicate: Whether the packet came before and must be dropped.
    """

    timestamps_s: Times
    counters_unwrapped: Indices
    n_lost_before: int
    is_duplicate: bool


class LiveClock:
    """Stamps the samples of one sensor as they arrive, without looking ahead.

    Samples are numbered, by counter or by arrival, and lie on a line whose pace and place are fitted to the last 10 s.
    A timestamp is that line's, which is the arrival less what its delay is above the fast deliveries' (`FAST_SHARE`),
    and never after the arrival: a packet that is later than others is put where it belongs. Without a counter, the four
    samples after a loss are stamped too early by it, until it is known to be one.

    Without a counter a packet is called a duplicate only when it can't be a sample: it follows another within 3 ms, and
    as a sample it would have arrived more than half a period before any sample can have been taken, by the fastest
    delivery of the last 10 s. That is never said in the first 2 s of a segment, within 10 s of an inferred loss (which
    may have been none), or of packets that are less than 20 ms apart. In doubt it stays a sample.

    Args:
        rate_hz: Nominal samples per second; the true pace is learned, and may differ by some percent.
        counter_modulo: Where the sensor's counter wraps; 0 when it sends none.
    """

    def __init__(self, rate_hz: float, counter_modulo: int = 0) -> None:
        self._rate_hz = rate_hz
        self._modulo = counter_modulo
        self.new_segment()

    def new_segment(self) -> None:
        """Forget all: a connection was made (again), and nothing is known of the time between."""
        self._unwrapper = CounterUnwrapper(self._modulo, self._rate_hz) if self._modulo else None
        self._line = _Line(1 / self._rate_hz)
        self._index = -1
        self._pending: list[tuple[int, float]] = []
        """Number and arrival of packets that are late, or shifted by a loss: the next ones will tell."""
        self._loss_inferred_s = -np.inf
        self._last_arrival_s = -np.inf
        self._last_stamp_s = -np.inf

    def add(self, arrival_s: float, n: int, counters: tuple[int, ...] = ()) -> StampedSamples:
        """Stamp the samples of a packet.

        Args:
            arrival_s: When it arrived; must not fall from call to call.
            n: Number of samples, > 0.
            counters: (n,) the sensor's counter at each; may be empty.
        """
        if self._unwrapper is not None and len(counters) == n:
            return self._add_counted(self._unwrapper, arrival_s, counters)
        none = np.full(n, -1, np.int64)
        if self._is_echo(arrival_s, n):
            return StampedSamples(np.full(n, self._last_stamp_s), none, 0, is_duplicate=True)
        n_lost = self._follow(arrival_s, self._index + n)
        self._last_arrival_s = arrival_s
        stamps_s = self._stamps(arrival_s, np.arange(self._index - n + 1, self._index + 1))
        return StampedSamples(stamps_s, none, n_lost, is_duplicate=False)

    def _add_counted(self, unwrapper: CounterUnwrapper, arrival_s: float, counters: tuple[int, ...]) -> StampedSamples:
        reading = unwrapper.read(arrival_s, counters)
        if reading.is_duplicate:
            old = np.full(len(counters), self._last_stamp_s)
            return StampedSamples(old, reading.unwrapped, 0, is_duplicate=True)
        self._line.add(int(reading.unwrapped[-1]), arrival_s)
        stamps_s = self._stamps(arrival_s, reading.unwrapped)
        return StampedSamples(stamps_s, reading.unwrapped, reading.n_lost, is_duplicate=False)

    def _follow(self, arrival_s: float, index: int) -> int:
        """Go on to a packet whose last sample has this number if none was lost; return how many were."""
        self._index = index
        self._pending.append((index, arrival_s))
        early_s = -self._line.delay_s(index, arrival_s)
        if early_s > self._line.period_s / 2 and arrival_s - self._last_arrival_s > _ECHO_S:
            self._line.clear()  # samples come before they can have been taken: a loss was inferred that was none
        lost = self._line.n_late(self._pending)
        if lost and not self._is_confirmed():
            return 0
        self._index += lost
        for number, at_s in self._pending:
            self._line.add(number + lost, at_s)
        self._pending.clear()
        if lost:
            self._loss_inferred_s = arrival_s
        return lost

    def _is_confirmed(self) -> bool:
        """Return whether what is pending are enough packets, and not one burst of packets that were held up."""
        (first, first_s), (last, last_s) = self._pending[0], self._pending[-1]
        return len(self._pending) >= _CONFIRMATIONS and last_s - first_s >= (last - first) * self._line.period_s / 2

    def _is_echo(self, arrival_s: float, n: int) -> bool:
        """Return whether a packet can't be a sample: see the class."""
        packet_s = n * self._line.period_s
        return (
            arrival_s - self._last_arrival_s <= _ECHO_S
            and packet_s >= _ECHO_PERIOD_S
            and self._line.known_s >= _ECHO_SURE_S
            and arrival_s - self._loss_inferred_s > MEMORY_S
            and self._line.delay_s(self._index + n, arrival_s) < -packet_s / 2
        )

    def _stamps(self, arrival_s: float, indices: Indices) -> Times:
        """Return the line's times, moved back where they are after the arrival, then up where they would not grow."""
        stamps_s = self._line.times_s(indices)
        stamps_s -= max(0.0, float(stamps_s[-1]) - arrival_s)
        least_s = self._last_stamp_s + _LEAST_STEP * self._line.period_s
        stamps_s += max(0.0, least_s - float(stamps_s[0]))
        self._last_stamp_s = float(stamps_s[-1])
        return stamps_s


class _Line:
    """The line on which sample times lie, fitted to the packets of the last 10 s; numbers come from outside."""

    def __init__(self, nominal_period_s: float) -> None:
        self._nominal_s = nominal_period_s
        self._packets: deque[tuple[int, float]] = deque(maxlen=_MAX_PACKETS)
        self._fitted_s = -np.inf
        self.period_s = nominal_period_s
        self._index = 0
        self._origin_s = 0.0
        """Where the line is at that number."""
        self._least_delay_s = self._median_delay_s = 0.0
        """Of the last 10 s, counted from the line: the least is below it, the median above."""

    @property
    def known_s(self) -> float:
        """Seconds for which packets are known."""
        return self._packets[-1][1] - self._packets[0][1] if self._packets else 0.0

    def clear(self) -> None:
        """Forget the packets; the pace stays known."""
        self._packets.clear()

    def add(self, index: int, arrival_s: float) -> None:
        """Take the number of a packet's last sample and its arrival, and draw the line anew when it is time."""
        while self._packets and self._packets[0][1] < arrival_s - MEMORY_S:
            self._packets.popleft()
        self._packets.append((index, arrival_s))
        if arrival_s - self._fitted_s >= _REFIT_S or self.known_s < _EARLY_S:
            self._fitted_s = arrival_s
            self._fit()

    def times_s(self, indices: Indices) -> Times:
        """Return when samples were taken."""
        return np.asarray(self._origin_s + (indices - self._index) * self.period_s, np.float64)

    def delay_s(self, index: int, arrival_s: float) -> float:
        """Return how long after the least delay a packet came, if that is its number; 0 while nothing is known."""
        if not self._packets:
            return 0.0
        return arrival_s - self._origin_s - (index - self._index) * self.period_s - self._least_delay_s

    def n_late(self, packets: list[tuple[int, float]]) -> int:
        """Return by how many samples all of some packets are late, compared with the least and the median delay."""
        if not self._packets:
            return 0
        late_s = sorted([self.delay_s(index, arrival_s) for index, arrival_s in packets])
        shift_s = min(late_s[0], _quantile(late_s, 0.5) + self._least_delay_s - self._median_delay_s)
        return round(shift_s / self.period_s) if shift_s > _VISIBLE_LOSS_S else 0

    def _fit(self) -> None:
        packets = np.array(self._packets)  # (packets, 2); numbers and seconds both fit a float64
        self._index = int(packets[-1, 0])
        taken_s = (packets[:, 0] - self._index) * self._nominal_s
        delays_s = packets[:, 1] - taken_s
        away_s = taken_s - taken_s.mean()
        # Least squares with the nominal pace as prior: in the first seconds jitter would pass for pace.
        pace = float(away_s @ delays_s) / (float(away_s @ away_s) + (_JITTER_S / _PACE) ** 2)
        pace = min(max(pace, -MAX_PACE), MAX_PACE)
        self.period_s = self._nominal_s * (1 + pace)
        in_order_s = np.sort(delays_s - pace * taken_s).tolist()
        self._origin_s = _quantile(in_order_s, FAST_SHARE)
        self._least_delay_s = in_order_s[0] - self._origin_s
        self._median_delay_s = _quantile(in_order_s, 0.5) - self._origin_s


def _quantile(in_order: list[float], share: float) -> float:
    """Return what `np.quantile` does, of numbers in order; for a few it is thirty times as fast."""
    place = share * (len(in_order) - 1)
    below = int(place)
    above = min(below + 1, len(in_order) - 1)
    return in_order[below] + (place - below) * (in_order[above] - in_order[below])


def dejitter(
    arrivals_s: Times, counters: Indices, segments: NDArray[np.integer], rate_hz: float, fit_s: float = FIT_S
) -> Times:
    """Estimate afterwards when each sample of one sensor was taken.

    In every segment, lines are fitted by least squares to pieces of the arrivals over the sample numbers, and lowered
    to the fast deliveries (`FAST_SHARE`); the pieces overlap by half, and in the overlap one goes over into the next.

    Args:
        arrivals_s: (n,) when each sample's packet arrived, in order; samples of one packet share it.
        counters: (n,) the sensor's counter without wrap-arounds, -1 throughout a segment without one.
        segments: (n,) number of the connection that brought each; never falling.
        rate_hz: The sensor's nominal rate.
        fit_s: Length of a piece in seconds, shorter than the minutes in which clocks change pace with temperature.

    Returns:
        (n,) seconds on the clock of the arrivals; late by the delay of the link's fast deliveries.
    """
    arrivals_s = np.asarray(arrivals_s, np.float64)
    times_s = np.empty(len(arrivals_s))
    for segment in np.unique(segments):
        rows = np.flatnonzero(segments == segment)
        has_counter = bool(np.all(counters[rows] >= 0))
        indices = counters[rows] if has_counter else infer_indices(arrivals_s[rows], rate_hz)
        times_s[rows] = _fit_pieces(indices, arrivals_s[rows], max(2, round(fit_s * rate_hz)))
    return times_s


def _fit_pieces(indices: Indices, arrivals_s: Times, length: int) -> Times:
    """Return (n,) times on lines through pieces of `length` numbers that overlap by half."""
    order = np.argsort(indices, kind="stable")  # overtaken packets are out of order
    numbers, arrived_s = indices[order] - indices[order[0]], arrivals_s[order]
    total, weights = np.zeros(len(numbers)), np.zeros(len(numbers))
    half = length // 2
    last = max(0, int(numbers[-1]) // half - 1)
    halves = numbers // half  # each piece holds two, the last one what is left as well
    for piece in np.unique(np.clip([halves - 1, halves], 0, last)):
        start = piece * half
        end = len(numbers) if piece == last else np.searchsorted(numbers, start + length)
        rows = slice(np.searchsorted(numbers, start), end)
        x, y = numbers[rows] - start, arrived_s[rows]
        away = x - x.mean()
        spread = float(away @ away)
        pace = float(away @ y) / spread if spread > 0 else 0.0
        rising = (x + 1) / half if piece else np.ones(len(x))
        falling = (length - x) / half if piece < last else np.ones(len(x))
        weight = np.clip(np.minimum(rising, falling), 1e-9, 1)
        total[rows] += weight * (pace * away + np.quantile(y - pace * away, FAST_SHARE))
        weights[rows] += weight
    times_s = np.empty(len(numbers))
    times_s[order] = total / weights
    return times_s
