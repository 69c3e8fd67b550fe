"""The only place that reads time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time and can wait."""

    def now(self) -> float:
        """Return seconds on a monotonic clock with an arbitrary zero."""

    def utc(self) -> datetime:
        """Return the wall-clock time, used once per session as an anchor."""

    def wait(self, seconds: float) -> None:
        """Block for `seconds` (nothing when negative)."""


class SystemClock:
    """The machine's clock.

    `time.perf_counter` and not `time.monotonic`: the latter steps by 15.6 ms on Windows before Python 3.13.
    """

    def now(self) -> float:
        """Return `time.perf_counter()` in seconds."""
        return time.perf_counter()

    def utc(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds` (nothing when negative)."""
        if seconds > 0:
            time.sleep(seconds)


def processor_s() -> float:
    """Return the seconds of processor time that this process has used so far, all threads together."""
    return time.process_time()
