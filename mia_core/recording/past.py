"""The last seconds, kept in memory in case somebody wants them after all."""

from __future__ import annotations

from collections import deque

from mia_core.recording.recorded_items import RecordedItem, n_bytes


class Past:
    """Items of the last seconds, within bounds of time and memory; used from one thread.

    Args:
        seconds: How long they are kept; 0 to keep none.
        max_bytes: Never more memory than this: then the oldest go earlier.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._items: deque[tuple[float, RecordedItem]] = deque()
        self._n_bytes = 0
        self._reach_s = 0.0

    @property
    def n_bytes(self) -> int:
        """About how much memory the items take; any thread may ask."""
        return self._n_bytes

    @property
    def reach_s(self) -> float:
        """How far back they reach; any thread may ask."""
        return self._reach_s

    def append(self, at_s: float, item: RecordedItem) -> None:
        """Keep an item that came at a time; what is too old or too much is forgotten."""
        if self._seconds <= 0:
            return
        self._items.append((at_s, item))
        self._n_bytes += n_bytes(item)
        while self._items and (at_s - self._items[0][0] > self._seconds or self._n_bytes > self._max_bytes):
            self._n_bytes -= n_bytes(self._items.popleft()[1])
        self._reach_s = at_s - self._items[0][0] if self._items else 0.0

    def take_all(self) -> list[RecordedItem]:
        """Return all items, oldest first, and forget them."""
        items = [item for _, item in self._items]
        self._items.clear()
        self._n_bytes, self._reach_s = 0, 0.0
        return items
