"""The only three ways to hand data from one thread to another; each says what happens when the reader is slow."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A slot for the newest item: a slow reader passes over the older ones, and the slot counts them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self._fresh = False
        self._closed = False
        self._replaced = 0
        self._skipped = 0

    @property
    def skipped(self) -> int:
        """Items in front of the one taken last that nobody took, because a newer one replaced them."""
        return self._skipped

    @property
    def finished(self) -> bool:
        """Whether nothing is left to take and nothing will come."""
        with self._condition:
            return self._closed and not self._fresh

    def put(self, item: T) -> bool:
        """Put `item` in the slot, over whatever is in it; never waits."""
        with self._condition:
            self._replaced += self._fresh
            self._item, self._fresh = item, True
            self._condition.notify()
        return True

    def take(self, timeout_s: float) -> T | None:
        """Wait for an item that nobody took yet; None when none came in time or the slot was closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._fresh or self._closed, timeout_s)
            if not self._fresh:
                return None
            item, self._item, self._fresh = self._item, None, False
            self._skipped = self._replaced
            return item

    def close(self) -> None:
        """Wake the reader for good; an item that is still there can be taken."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()


class LosslessQueue(Generic[T]):
    """A bounded queue that loses nothing unnoticed.

    Args:
        capacity: Items that it holds.
        patience_s: How long `put` waits for room before the item is refused and counted as lost; None waits for as long
            as it takes (a file can wait for its reader, a camera can't).
    """

    def __init__(self, capacity: int, patience_s: float | None = 0.0) -> None:
        self._condition = threading.Condition()
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._patience_s = patience_s
        self._closed = False
        self._lost = 0

    @property
    def lost(self) -> int:
        """Items refused because the queue was full."""
        return self._lost

    @property
    def fill(self) -> float:
        """How full it is, from 0 to 1."""
        return len(self._items) / self._capacity

    @property
    def finished(self) -> bool:
        """Whether nothing is left to take and nothing will come."""
        with self._condition:
            return self._closed and not self._items

    def put(self, item: T) -> bool:
        """Append `item`; False when it was refused."""
        with self._condition:
            self._condition.wait_for(lambda: len(self._items) < self._capacity or self._closed, self._patience_s)
            if self._closed:
                return False
            if len(self._items) >= self._capacity:
                self._lost += 1
                return False
            self._items.append(item)
            self._condition.notify_all()
            return True

    def take(self, timeout_s: float) -> T | None:
        """Wait for the oldest item; None when none came in time or the queue is closed and empty."""
        with self._condition:
            self._condition.wait_for(lambda: self._items or self._closed, timeout_s)
            if not self._items:
                return None
            item = self._items.popleft()
            self._condition.notify_all()
            return item

    def close(self) -> None:
        """Let no more items in and wake everyone; what is queued can still be taken."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()


class RingBuffer(Generic[T]):
    """The last `capacity` items, for readers that come by now and then."""

    def __init__(self, capacity: int) -> None:
        self._lock = threading.Lock()
        self._items: deque[T] = deque(maxlen=capacity)

    def append(self, item: T) -> None:
        """Append `item`; the oldest falls out when the buffer is full."""
        with self._lock:
            self._items.append(item)

    def items(self) -> list[T]:
        """Return the present items, oldest first."""
        with self._lock:
            return list(self._items)
