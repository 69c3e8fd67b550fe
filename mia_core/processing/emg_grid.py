"""Put the envelopes of all sensors, each with its own clock, on the common 10 Hz grid.

A sample of an envelope sensor is the mean over the time since the one before it, so that is what it stands for, and a
mean over a step weighs every sample by the time it shares with the step. Of a 10 Hz sensor whose samples fall anywhere
in the steps this is the straight line between two samples, read at the end of the step, with no delay of its own; of a
fast one it is the plain mean of the samples in the step. Joining samples by lines and averaging these instead would
smooth a 10 Hz sensor a second time and make it 0.05 s late. Price: the newest step of a 10 Hz sensor is not final until
the sample after it has come; until then the last one is held.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import STEP_S, Floats

KNOWN_FOR_S: Final = 0.5
"""Over so long an absence of samples the last one is held; from then on nothing is known."""
N_KEPT: Final = 10_000
"""Samples kept of each channel: the last 10 s at 1 kHz, more of slower sensors."""
_KNOWN_SHARE: Final = 0.5
"""A mean is told when at least this share of its span is known."""
_ROUNDING_S: Final = 1e-9

Times = NDArray[np.float64]


def span_means(times_s: Times, values: Floats, starts_s: Times, ends_s: Times) -> Floats:
    """Return the means of one channel over some spans of time.

    A sample stands for the time since the one before it. Between samples that are more than `KNOWN_FOR_S` apart the
    first is held for so long, and the second stands for the 0.1 s before it; the newest is held as well.

    Args:
        times_s: (n,) when each sample was taken, not falling.
        values: (n,) finite.
        starts_s: (m,) where each span begins.
        ends_s: (m,) where it ends.

    Returns:
        (m,) float32, of the part of each span in which something is known; NaN where that is less than half of it.
    """
    if len(times_s) == 0:
        return np.full(len(ends_s), np.nan, np.float32)
    away = np.diff(times_s, prepend=-np.inf, append=np.inf) > KNOWN_FOR_S  # (n + 1,) before each sample, and at the end
    from_s = np.where(away[:-1], times_s - STEP_S, np.concatenate([times_s[:1], times_s[:-1]]))
    until_s = np.where(away[1:], np.minimum(times_s + KNOWN_FOR_S, np.append(from_s[1:], np.inf)), times_s)
    edges_s = np.column_stack([from_s, until_s]).ravel()  # (2 n,) what is known begins, ends, begins ...
    known_s = np.repeat(np.cumsum(until_s - from_s), 2)
    known_s[::2] -= until_s - from_s
    area = np.repeat(np.cumsum((until_s - from_s) * values), 2)
    area[::2] -= (until_s - from_s) * values
    in_span_s = np.interp(ends_s, edges_s, known_s) - np.interp(starts_s, edges_s, known_s)
    in_span = np.interp(ends_s, edges_s, area) - np.interp(starts_s, edges_s, area)
    means = np.full(len(ends_s), np.nan, np.float32)
    is_known = in_span_s > _KNOWN_SHARE * (ends_s - starts_s) - _ROUNDING_S
    means[is_known] = in_span[is_known] / in_span_s[is_known]
    return means


class EmgGrid:
    """Means over any span of the last seconds, channel by channel: see `span_means`. Not thread-safe.

    Args:
        n_channels: Number of channels.
    """

    def __init__(self, n_channels: int) -> None:
        self._times_s = np.empty((n_channels, 2 * N_KEPT))
        self._values = np.empty((n_channels, 2 * N_KEPT), np.float32)
        self._n = np.zeros(n_channels, np.intp)

    def push(self, channel: int, timestamps_s: Times, values: Floats) -> None:
        """Add samples of one channel.

        Args:
            channel: Its place.
            timestamps_s: (n,) when they were taken; one that falls behind the one before it counts as taken with it.
            values: (n,) envelope in any unit; one that is not finite is left out.
        """
        rows = np.flatnonzero(np.isfinite(values))[-N_KEPT:]
        n, times_s, kept = int(self._n[channel]), self._times_s[channel], self._values[channel]
        if n + len(rows) > len(times_s):
            for column in (times_s, kept):
                column[:N_KEPT] = column[n - N_KEPT : n].copy()
            n = N_KEPT
        new = slice(n, n + len(rows))
        times_s[new] = timestamps_s[rows]
        kept[new] = values[rows]
        before = slice(max(0, n - 1), n + len(rows))
        times_s[before] = np.maximum.accumulate(times_s[before])
        self._n[channel] = n + len(rows)

    def at(self, timestamp_s: float) -> Floats:
        """Return (n_channels,) means over the 0.1 s before a time."""
        return self.means(timestamp_s - STEP_S, timestamp_s)

    def means(self, start_s: float, end_s: float) -> Floats:
        """Return the mean of each channel over a span of time.

        Args:
            start_s: Where it begins, in the last seconds.
            end_s: Where it ends, later than it begins.

        Returns:
            (n_channels,) float32, of what is known within the span; NaN where that is less than half.
        """
        means = np.empty(len(self._n), np.float32)
        for channel, n in enumerate(self._n):
            times_s = self._times_s[channel, :n]
            # One sample before the span tells what the first in it stands for, or is held; one behind reaches into it.
            first = max(0, int(np.searchsorted(times_s, start_s)) - 2)
            near = slice(first, int(np.searchsorted(times_s, end_s)) + 1)
            means[channel] = span_means(
                times_s[near], self._values[channel, near][: n - first], np.array([start_s]), np.array([end_s])
            )[0]
        return means
