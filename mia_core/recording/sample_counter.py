"""Counts samples and losses of each muscle."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mia_core.muscles import MONTAGE
from mia_core.samples import SampleFlag


class Samples(Protocol):
    """What a chunk and a whole recording have in common."""

    @property
    def channels(self) -> NDArray[np.intp]:
        """(n,) places in `MONTAGE`."""

    @property
    def counters(self) -> NDArray[np.int64]:
        """(n,) without wrap-arounds, -1 for none."""

    @property
    def segments(self) -> NDArray[np.int32]:
        """(n,) number of the connection."""

    @property
    def flags(self) -> NDArray[np.uint8]:
        """(n,) of `SampleFlag`."""


class SampleCounter:
    """Counts, chunk by chunk: losses by the sensor's counter, and where it has none by the flags: at least so many."""

    def __init__(self) -> None:
        self._n = np.zeros(len(MONTAGE), np.int64)
        self._lost = np.zeros(len(MONTAGE), np.int64)
        self._last: dict[int, tuple[int, int]] = {}  # channel: segment and counter of its newest sample

    @property
    def total(self) -> int:
        """All samples."""
        return int(self._n.sum())

    def add(self, samples: Samples) -> None:
        """Count a chunk."""
        self._n += np.bincount(samples.channels, minlength=len(MONTAGE))
        for channel in np.unique(samples.channels).tolist():
            rows = samples.channels == channel
            counters, segments = samples.counters[rows], samples.segments[rows]
            if (counters < 0).any():
                self._lost[channel] += np.count_nonzero(samples.flags[rows] & SampleFlag.AFTER_LOSS)
                continue
            last_segment, last_counter = self._last.get(channel, (-1, -1))
            counters = np.concatenate([[last_counter], counters])
            segments = np.concatenate([[last_segment], segments])
            steps = np.diff(counters)[np.diff(segments) == 0]
            self._lost[channel] += np.maximum(steps - 1, 0).sum()
            self._last[channel] = int(segments[-1]), int(counters[-1])

    def samples(self) -> dict[str, int]:
        """Return the number of samples of each muscle that had some."""
        return {name: int(n) for name, n in zip(MONTAGE.names, self._n, strict=True) if n}

    def lost(self) -> dict[str, int]:
        """Return the number of lost ones of each muscle that had samples."""
        return {name: int(lost) for name, lost, n in zip(MONTAGE.names, self._lost, self._n, strict=True) if n}
