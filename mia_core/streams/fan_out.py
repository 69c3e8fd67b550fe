"""One reader of a device, several takers of its samples."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from mia_core.streams.source_thread import Sink

T = TypeVar("T")


class FanOut(Generic[T]):
    """Hands every sample to those that tapped it, then to its main sink.

    Args:
        main: Where samples go; it may keep the thread waiting.
    """

    def __init__(self, main: Sink[T]) -> None:
        self._main = main
        self._taps: tuple[Callable[[T], object], ...] = ()
        self._changing = threading.Lock()

    def tap(self, take: Callable[[T], object]) -> None:
        """Hand every further sample to `take` too, on the thread that reads; it must not wait. From any thread."""
        with self._changing:
            self._taps = (*self._taps, take)

    def untap(self, take: Callable[[T], object]) -> None:
        """Hand it no more; nothing happens when it did not tap. From any thread, which may see one more sample come."""
        with self._changing:
            self._taps = tuple(other for other in self._taps if other != take)

    def put(self, item: T) -> bool:
        """Hand on a sample; whether the main sink took it."""
        for take in self._taps:
            take(item)
        return self._main.put(item)

    def close(self) -> None:
        """No more will come: say so to the main sink."""
        self._main.close()
