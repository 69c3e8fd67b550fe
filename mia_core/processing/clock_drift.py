"""How fast one device's clock runs against the computer's, from the arrivals of what it numbers.

A device that works at an even pace puts its samples on a straight line over their numbers. How much that line is
steeper or flatter than the nominal rate says is its drift; what is left beside the line is the delay of single
arrivals.

Delays hang together (a stalled computer holds up many packets), so the samples of some seconds tell hardly more than
one. The line is therefore laid through blocks, and its standard error follows from how much the blocks scatter. A link
that delivers at even times of its own (Bluetooth's connection interval) also hides a drift until it has added up to the
link's grain, without any scatter: half of the arrivals' spread over the whole sitting is added for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Times

_BLOCKS: Final = 40
"""Blocks in which a whole sitting is cut: a slow change of pace, as of warming up, then shows in the standard error."""
_SHORTEST_BLOCK_S: Final = 5.0
_FEWEST_BLOCKS: Final = 6
"""With fewer, half a minute, a standard error says nothing."""
_LEAST_FULL: Final = 0.3
"""Share of a block's samples that must have arrived."""
_FAST_SHARE: Final = 0.1
"""A block stands where this share of its arrivals is earlier: nothing arrives before it was taken, so the fast ones are
the steady ones."""


@dataclass(frozen=True, slots=True)
class ClockDrift:
    """How a device's clock ran against the computer's.

    Attributes:
        nominal_hz: Samples or frames per second, as the device claims.
        ppm: By how many millionths it was faster than it claims; negative: slower.
        standard_error_ppm: Standard error of that, and of what the link may hide. Of a sensor without a counter it does
            not cover losses that were taken for lateness, each of which is a whole sample.
        jitter_s: Standard deviation of the single arrivals about the line.
        n: Arrivals that were used.
        times_s: (blocks,) middle of each block on the clock of the arrivals.
        lags_s: (blocks,) how far the device had fallen behind its nominal rate by then, 0 at the first block; on the
            two sides of a gap between connections, whose length is not known in samples, they are joined by the line.
    """

    nominal_hz: float
    ppm: float
    standard_error_ppm: float
    jitter_s: float
    n: int
    times_s: Times
    lags_s: Times

    @property
    def rate_hz(self) -> float:
        """The true rate by the computer's clock."""
        return self.nominal_hz * (1 + self.ppm * 1e-6)


def estimate_drift(
    numbers: NDArray[np.int64], arrivals_s: Times, segments: NDArray[np.integer], nominal_hz: float
) -> ClockDrift | None:
    """Return how a device's clock ran, None when less than half a minute is known or no nominal rate.

    Args:
        numbers: (n,) running number of each sample, growing within a segment; one left out never arrived.
        arrivals_s: (n,) when each arrived; samples of one packet share it, and its last counts.
        segments: (n,) number of the connection, never falling; numbers of two have nothing to do with each other.
        nominal_hz: What the device claims, 0 when unknown.
    """
    if nominal_hz <= 0 or len(numbers) < 2:
        return None
    is_last = np.append((np.diff(arrivals_s) != 0) | (np.diff(segments) != 0), True)
    numbers, arrivals_s, segments = numbers[is_last], arrivals_s[is_last], segments[is_last]
    _, begins, inverse = np.unique(segments, return_index=True, return_inverse=True)
    groups = inverse.astype(np.intp)
    nominal_s = (numbers - numbers[begins][groups]) / nominal_hz  # since the segment's first sample
    lateness_s = arrivals_s - arrivals_s[begins][groups] - nominal_s
    pace = _slope(nominal_s, lateness_s, groups)
    blocks = _blocks(
        nominal_s, lateness_s - pace * nominal_s, groups, len(numbers) / max(float(np.ptp(arrivals_s)), 1e-9)
    )
    if len(blocks) < _FEWEST_BLOCKS + int(groups[-1]):
        return None
    of_segment, middles_s, levels_s = blocks[:, 0].astype(np.intp), blocks[:, 1], blocks[:, 2]
    correction = _slope(middles_s, levels_s, of_segment)
    left_s = levels_s - correction * middles_s
    left_s -= _means(left_s, of_segment)[of_segment]
    away_s = middles_s - _means(middles_s, of_segment)[of_segment]
    freedom = len(blocks) - len(np.unique(of_segment)) - 1
    error = float(np.sqrt(left_s @ left_s / freedom / (away_s @ away_s)))
    pace += correction
    beside_s = lateness_s - pace * nominal_s
    beside_s -= _means(beside_s, groups)[groups]
    jitter_s = float(beside_s.std())
    error = float(np.hypot(error, jitter_s / 2 / np.ptp(middles_s)))
    times_s = arrivals_s[begins][of_segment] + middles_s
    lags_s = pace * (times_s - times_s[0]) / (1 + pace) + left_s
    return ClockDrift(
        nominal_hz,
        1e6 * (1 / (1 + pace) - 1),
        1e6 * error / (1 + pace) ** 2,
        jitter_s,
        len(numbers),
        times_s,
        lags_s - lags_s[0],
    )


def _blocks(nominal_s: Times, lateness_s: Times, segments: NDArray[np.intp], per_s: float) -> NDArray[np.float64]:
    """Return (blocks, 3) segment, middle and level of each block that is full enough."""
    length_s = max(_SHORTEST_BLOCK_S, _total_s(nominal_s, segments) / _BLOCKS)
    places = np.floor(nominal_s / length_s).astype(np.int64)
    starts = np.flatnonzero(np.append(True, (np.diff(places) != 0) | (np.diff(segments) != 0)))
    ends = np.append(starts[1:], len(places))
    return np.array(
        [
            (segments[start], nominal_s[start:end].mean(), np.quantile(lateness_s[start:end], _FAST_SHARE))
            for start, end in zip(starts, ends, strict=True)
            if end - start >= max(2.0, _LEAST_FULL * length_s * per_s)
        ]
    ).reshape(-1, 3)


def _total_s(nominal_s: Times, segments: NDArray[np.intp]) -> float:
    lasts = np.append(np.diff(segments) != 0, True)
    return float(nominal_s[lasts].sum())


def _slope(x: Times, y: Times, groups: NDArray[np.intp]) -> float:
    """Return the slope that several groups share, each at a level of its own, by least squares."""
    x, y = x - _means(x, groups)[groups], y - _means(y, groups)[groups]
    spread = float(x @ x)
    return float(x @ y) / spread if spread > 0 else 0.0


def _means(values: Times, groups: NDArray[np.intp]) -> Times:
    """Return the mean of each group, 0 for one without values."""
    return np.asarray(np.bincount(groups, values) / np.maximum(np.bincount(groups), 1), np.float64)
