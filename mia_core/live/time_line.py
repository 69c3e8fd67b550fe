"""Where the moments of a source lie on the monotonic clock, on which sensors are measured."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import numpy as np

from mia_core.samples import STEP_S, Frame, Times
from mia_core.streams import RingBuffer

REMEMBERED_FRAMES: Final = 256
"""More than two seconds of a fast camera: longer than any look-ahead."""
STEADY_S: Final = 0.5
"""Arrivals of a source that runs on differ by less from its own times."""


def on_clock(timestamps_s: Times, captured_s: Times) -> Times:
    """Return when frames were, on the monotonic clock: their own times, shifted by the median of their arrivals.

    So do exports. Where the source was started again in between, it is the arrivals themselves.

    Args:
        timestamps_s: (n,) on the time line of the source.
        captured_s: (n,) arrivals on the monotonic clock.
    """
    lateness_s = captured_s - timestamps_s
    is_steady = bool((np.diff(timestamps_s) > 0).all()) and len(lateness_s) > 0 and float(np.ptp(lateness_s)) < STEADY_S
    return timestamps_s + np.median(lateness_s) if is_steady else captured_s


class TimeLine:
    """Maps between the two by the newest frames, each of which is known on both; any thread may ask.

    It holds for cameras and for files that are played at their own pace, through pauses and restarts.
    """

    def __init__(self) -> None:
        self._frames: RingBuffer[tuple[float, float]] = RingBuffer(REMEMBERED_FRAMES)

    def note(self, frame: Frame) -> None:
        """Take the next frame."""
        self._frames.append((frame.timestamp_s, frame.captured_s))

    def monotonic_s(self, timestamp_s: float) -> float:
        """Return when a moment of the source was, NaN before the first frame."""
        frames = self._frames.items()
        if not frames:
            return float("nan")
        # Stamps that differ from the grid by a rounding error belong to it.
        index = max(bisect_right(frames, timestamp_s + 1e-6, key=lambda frame: frame[0]) - 1, 0)
        return frames[index][1] + timestamp_s - frames[index][0]

    def timestamp_s(self, monotonic_s: float) -> float:
        """Return which moment of the source was present at a time, NaN before the first frame.

        A source that delivers nothing stands still.
        """
        frames = self._frames.items()
        if not frames:
            return float("nan")
        index = max(bisect_right(frames, monotonic_s, key=lambda frame: frame[1]) - 1, 0)
        return frames[index][0] + min(monotonic_s - frames[index][1], STEP_S)
