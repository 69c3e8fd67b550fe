"""Which sample is it? The running number of every sample, from the sensor's counter or, without one, from arrivals.

Everything else about time follows from it: with a number per sample its time is a straight line, and numbers that never
came are lost samples.

Without a counter a late sample and a lost one look alike at first. Delivery is in order, so a late sample is followed
by early ones, while a lost one shifts every later arrival: the lower envelope of the arrivals to come is compared with
that of the arrivals before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Times

LOOK_AHEAD_S: Final = 2.0
"""How much of the future tells a late sample from a lost one: long enough for some sample to come without delay."""
LOOK_BACK_S: Final = 5.0
"""How much of the past is compared with it: the clocks drift apart by less than a millisecond over it."""
_MIN_AHEAD: Final = 3
"""At the very end fewer samples follow, and nothing is called lost."""
_SPAN: Final = 5
"""Samples over which the pace is measured: few enough that most spans hold no loss even when every tenth is lost."""
MAX_PACE: Final = 0.1
"""A sensor that is off by more than this share is of another rate than its profile says."""
_REORDERED_S: Final = 1.0
"""A counter that goes back by more than this much time has started anew; by less, it is of an old packet."""
_JUMP_S: Final = 5.0
"""A counter that is further ahead of time than this has started anew; it lost nothing."""
_WRAP_TOLERANCE: Final = 0.2
"""Share of a turn of the counter by which a packet may come early and still be told from one a turn before."""

Indices = NDArray[np.int64]


def infer_indices(arrivals_s: Times, rate_hz: float) -> Indices:
    """Number the samples of a sensor without a counter, one connection at a time.

    Args:
        arrivals_s: (n,) when each sample arrived, in order.
        rate_hz: The sensor's nominal rate; the true one may differ by some percent.

    Returns:
        (n,) numbers from 0, strictly growing; a number left out is a lost sample.
    """
    n = len(arrivals_s)
    if n == 0:
        return np.empty(0, np.int64)
    period_s = _period_s(arrivals_s, 1 / rate_hz)
    ahead, back = max(_MIN_AHEAD, round(LOOK_AHEAD_S * rate_hz)), max(_MIN_AHEAD, round(LOOK_BACK_S * rate_hz))
    # Lateness of every sample if no more were lost, but for a constant; losses are taken out of it as they are found.
    lateness_s = np.asarray(arrivals_s, np.float64) - np.arange(n) * period_s
    ahead_s = _minimum_of_next(lateness_s, ahead)
    n_lost = np.zeros(n, np.int64)
    lost = 0
    for j in range(1, n - _MIN_AHEAD + 1):
        first = max(0, j - back)
        floor_s = np.min(lateness_s[first:j] - n_lost[first:j] * period_s)
        lost += max(0, round((ahead_s[j] - lost * period_s - floor_s) / period_s))
        n_lost[j] = lost
    n_lost[max(1, n - _MIN_AHEAD + 1) :] = lost
    return np.arange(n) + n_lost


def _period_s(arrivals_s: Times, nominal_s: float) -> float:
    """Return the true time between samples: the mean over spans of a few in which, most likely, none was lost."""
    spans_s = arrivals_s[_SPAN:] - arrivals_s[:-_SPAN]
    if len(spans_s) < _SPAN * _MIN_AHEAD:
        return nominal_s
    usual = np.abs(spans_s - np.median(spans_s)) < nominal_s / 2
    if not usual.any():
        return nominal_s
    period_s = float(spans_s[usual].mean()) / _SPAN
    return period_s if abs(period_s / nominal_s - 1) < MAX_PACE else nominal_s


def _minimum_of_next(values: Times, length: int) -> Times:
    """Return (n,) the smallest of each value and those after it, `length` together, fewer at the end."""
    padded = np.concatenate([values, np.full(length - 1, np.inf)])
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, length).min(axis=1))


@dataclass(frozen=True, slots=True)
class CounterReading:
    """What the counters of one packet say.

    Attributes:
        unwrapped: (n,) the counters without wrap-arounds.
        n_lost: Samples that are missing between the last packet and this one, and inside it.
        is_duplicate: Whether every sample of it has come before.
    """

    unwrapped: Indices
    n_lost: int
    is_duplicate: bool


class CounterUnwrapper:
    """Follows a counter that wraps, one packet at a time, in one connection.

    How often it wrapped during a silence is told by the time that passed. A packet that counts back a little, at once,
    is old: a duplicate if all of it was seen, else overtaken (it stays a sample, but has been counted as lost by then).
    A counter that leaps against time has started anew: nothing is lost by that, and it goes on behind the last. A
    number that a packet repeats stands for the next one: no packet holds a sample twice.

    Args:
        modulo: Where the counter wraps, more than 1.
        rate_hz: Nominal samples per second.
    """

    def __init__(self, modulo: int, rate_hz: float) -> None:
        self._modulo = modulo
        self._rate_hz = rate_hz
        self._max_back = max(1, min(modulo // 4, round(_REORDERED_S * rate_hz)))
        self._max_ahead = max(1, round(_JUMP_S * rate_hz))
        self._newest: int | None = None
        self._newest_s = 0.0
        self._offset = 0
        self._seen: set[int] = set()

    def read(self, arrival_s: float, counters: tuple[int, ...]) -> CounterReading:
        """Unwrap the counters of one packet.

        Args:
            arrival_s: When it arrived.
            counters: (n,) as sent, n > 0.
        """
        steps = np.maximum(np.remainder(np.diff(np.array(counters, np.int64)), self._modulo), 1)
        from_first = np.concatenate([[0], np.cumsum(steps)])
        if self._newest is None:
            return self._take(arrival_s, counters[0] + from_first, before=counters[0] - 1)
        first = self._newest + self._advance(arrival_s, counters[0], int(from_first[-1]))
        unwrapped = first + from_first
        if unwrapped[-1] > self._newest:
            return self._take(arrival_s, unwrapped, before=self._newest)
        is_duplicate = self._seen.issuperset(unwrapped.tolist())
        self._seen.update(unwrapped.tolist())
        return CounterReading(unwrapped, 0, is_duplicate)

    def _advance(self, arrival_s: float, counter: int, length: int) -> int:
        """Return how far a packet's first counter, `length` before its last, is ahead of the newest; old: <= 0."""
        silence_s = max(0.0, arrival_s - self._newest_s)
        newest = self._newest or 0
        expected = silence_s * self._rate_hz - length
        ahead = (counter + self._offset - newest) % self._modulo
        # A late packet is likelier than so many lost ones that the counter went round once more.
        advance = ahead + max(-1, math.floor((expected - ahead) / self._modulo + _WRAP_TOLERANCE)) * self._modulo
        if advance <= -self._max_back:
            advance += self._modulo
        is_restart = advance > expected + self._max_ahead or (advance <= 0 and silence_s > _REORDERED_S)
        if not is_restart:
            return advance
        self._offset = (newest + 1 - counter) % self._modulo
        return 1

    def _take(self, arrival_s: float, unwrapped: Indices, *, before: int) -> CounterReading:
        """Go on to a packet that has something new; `before` is the newest counter before it."""
        n_lost = int(unwrapped[-1]) - before - int(np.count_nonzero(unwrapped > before))
        self._newest, self._newest_s = int(unwrapped[-1]), arrival_s
        self._seen.update(unwrapped.tolist())
        if len(self._seen) > 4 * self._max_back:  # now and then: to look through all of them costs more than a packet
            self._seen = {seen for seen in self._seen if seen > self._newest - 2 * self._max_back}
        return CounterReading(unwrapped, n_lost, is_duplicate=False)
