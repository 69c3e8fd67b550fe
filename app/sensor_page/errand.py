"""One slow call on a thread of its own, such as the lighting of a sensor that must be connected for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError

from app.background_task import unforeseen
from mia_core.errors import MiaError


class Errand:
    """At most one call at a time; its error is kept until the next call.

    Attributes:
        error: Why the last call failed, None while it runs or when it went well.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self.error: MiaError | None = None

    @property
    def is_running(self) -> bool:
        """Whether a call is being made."""
        return self._thread is not None and self._thread.is_alive()

    def run(self, call: Callable[[], object]) -> None:
        """Make a call that may raise `MiaError`; nothing happens while another is being made."""
        if not self.is_running:
            self.error = None
            self._thread = threading.Thread(target=self._run, args=(call,), name="sensor-errand", daemon=True)
            self._thread.start()

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait for the call; return whether it has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.is_running

    def _run(self, call: Callable[[], object]) -> None:
        try:
            call()
        except MiaError as error:
            self.error = error
        except CancelledError:
            pass  # the Bluetooth thread has ended with the program: nobody waits any more
        except BaseException as error:
            self.error = unforeseen(error)
            raise
