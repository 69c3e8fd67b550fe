"""Clocks that tests wind by hand."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Time passes only when somebody waits, or when `advance` is called."""

    def __init__(self) -> None:
        self._now_s = 100.0

    def now(self) -> float:
        return self._now_s

    def utc(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._now_s)

    def wait(self, seconds: float) -> None:
        self.advance(max(seconds, 0.0))

    def advance(self, seconds: float) -> None:
        self._now_s += seconds


class HeldClock:
    """Stands still until it is wound; threads that wait on it go on as it is. Once let go, it runs like any other."""

    GIVE_UP_S = 1.0
    """A thread that was woken may have ended: it is waited for no longer than this."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held_s = 100.0
        self._ahead_s: float | None = None  # of the machine's clock, None while held
        self._until_s: list[float] = []

    def now(self) -> float:
        return self._held_s if self._ahead_s is None else time.perf_counter() + self._ahead_s

    def wait(self, seconds: float) -> None:
        with self._changed:
            until_s = self.now() + seconds
            if self._ahead_s is None:
                self._until_s.append(until_s)
                self._changed.notify_all()
                self._changed.wait_for(lambda: self.now() >= until_s or self._ahead_s is not None)
                self._until_s.remove(until_s)
            else:
                self._changed.wait_for(lambda: self.now() >= until_s, max(seconds, 0.0))

    def wind(self, seconds: float) -> None:
        """Let time pass, and those who waited do what they waited for."""
        with self._changed:
            n = len(self._until_s)
            self._held_s += seconds
            self._changed.notify_all()
            self._changed.wait_for(lambda: sum(s > self._held_s for s in self._until_s) >= n, self.GIVE_UP_S)

    def let_go(self) -> None:
        """Run on by itself from here, if it does not yet."""
        with self._changed:
            if self._ahead_s is None:
                self._ahead_s = self._held_s - time.perf_counter()
            self._changed.notify_all()
