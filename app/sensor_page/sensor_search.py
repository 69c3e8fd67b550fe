"""Searches for sensors on a thread of its own; the page polls what was found."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.sensor_page.sensor_access import Finder
from mia_core.clock import Clock
from mia_core.errors import MiaError

if TYPE_CHECKING:
    from mia_core.sensors.ble_discovery import FoundSensor

SEARCH_S: Final = 6.0
"""Length of the scan; serial numbers are read after it."""
UNEXPECTED: Final = MiaError(
    "The search for sensors failed in an unexpected way.", "Search again; `mia doctor` checks the installation."
)


@dataclass(frozen=True, slots=True)
class SearchView:
    """What the page sees of a search, as one consistent value.

    Attributes:
        found: The sensors so far.
        is_running: Whether more may come.
        progress: Share in [0, 1] of the scan that has passed; 1 while serial numbers are read.
        error: Why there was no search, None when there was.
        has_searched: Whether a search has ended.
    """

    found: tuple[FoundSensor, ...] = ()
    is_running: bool = False
    progress: float = 0.0
    error: MiaError | None = None
    has_searched: bool = False


class _Run:
    """One search; its results count as long as it is the newest."""

    def __init__(self, begin_s: float) -> None:
        self.begin_s = begin_s
        self.found: dict[str, FoundSensor] = {}
        self.error: MiaError | None = None
        self.done = False


class SensorSearch:
    """At most one search at a time; a search that was cancelled ends unseen.

    Args:
        find: Searches.
        clock: For the progress.
    """

    def __init__(self, find: Finder, clock: Clock) -> None:
        self._find = find
        self._clock = clock
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._thread: threading.Thread | None = None

    @property
    def view(self) -> SearchView:
        """The present state."""
        with self._lock:
            run = self._run
            if run is None:
                return SearchView()
            progress = min((self._clock.now() - run.begin_s) / SEARCH_S, 1.0)
            return SearchView(tuple(run.found.values()), not run.done, progress, run.error, run.done)

    def start(self) -> None:
        """Search; nothing happens while a search is running."""
        with self._lock:
            if self._run is not None and not self._run.done:
                return
            run = self._run = _Run(self._clock.now())
            before = self._thread
            self._thread = threading.Thread(target=self._search, args=(run, before), name="sensor-search", daemon=True)
            self._thread.start()

    def cancel(self) -> None:
        """Be content with what was found so far; the radio's scan ends by itself."""
        with self._lock:
            if self._run is not None and not self._run.done:
                run = self._run
                self._run = _Run(run.begin_s)
                self._run.found = dict(run.found)
                self._run.done = True

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait for the thread of the newest search; return whether it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def _search(self, run: _Run, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()  # one scan at a time

        def note(found: FoundSensor) -> None:
            with self._lock:
                run.found[found.address] = found

        error: MiaError | None = UNEXPECTED
        try:
            for found in self._find(SEARCH_S, note):
                note(found)
            error = None
        except MiaError as unavailable:
            error = unavailable
        except CancelledError:
            pass  # the Bluetooth thread has ended with the program: nobody looks any more
        finally:
            with self._lock:
                run.error = error
                run.done = True
