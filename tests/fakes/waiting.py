"""Wait for what other threads do."""

from __future__ import annotations

import threading
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Poll like a display does, every 5 ms."""
    pause = threading.Event()
    for _ in range(round(timeout_s / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError(f"never happened within {timeout_s} s")
