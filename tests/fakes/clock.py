"""A clock that tests wind by hand."""

from __future__ import annotations

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
