"""Ctrl-C as a wish to stop, for long work in the terminal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final

EXIT_STOPPED: Final = 130
"""How a command ends that Ctrl-C stopped before its work was done, as shells say it."""


@contextmanager
def stopped_by_ctrl_c() -> Iterator[Event]:
    """Let Ctrl-C set the event, so that work ends between two pieces; a second Ctrl-C ends it at once."""
    stop = Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    previous = signal.signal(signal.SIGINT, on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, previous)
