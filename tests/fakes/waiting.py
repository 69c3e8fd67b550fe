"""Wait for what other threads do."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Poll like a display does, every 5 ms."""
    pause = threading.Event()
    for _ in range(round(timeout_s / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError(f"never happened within {timeout_s} s")


def stacks() -> str:
    """Return what each thread is at, for a wait that was in vain."""
    frames = sys._current_frames()
    return "\n".join(
        f"{thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident]))}"
        for thread in threading.enumerate()
        if thread.ident in frames
    )
