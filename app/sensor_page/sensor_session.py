"""Starts and stops sensors on a thread of its own, so that a slow radio never freezes the window."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from app.sensor_choice import SensorChoice
from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.sensors.sensor_source import SensorSource

UNEXPECTED: Final = MiaError(
    "Starting or stopping the sensors failed in an unexpected way.",
    "Start the application again; `mia doctor` checks the installation.",
)


class Phase(StrEnum):
    """Where a session stands."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SensorView:
    """What the window sees of a session, as one consistent value.

    Attributes:
        phase: Where the session stands.
        choice: Which sensors, None when off.
        feed: The running sensors in phase ON; those that ended by an error in phase FAILED; else None.
        error: What went wrong in phase FAILED, else None.
    """

    phase: Phase = Phase.OFF
    choice: SensorChoice | None = None
    feed: SensorFeed | None = None
    error: MiaError | None = None


@dataclass(frozen=True, slots=True)
class _Order:
    """What to run next; without a source, nothing."""

    choice: SensorChoice | None = None
    make_source: Callable[[], SensorSource] | None = None
    last: bool = False


class SensorSession:
    """At most one running montage. Orders are carried out one after the other; a newer one supersedes those waiting.

    The window polls `view`; nothing is called back.

    Args:
        clock: Tells the feeds what is present.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._view = SensorView()
        self._newest: _Order | None = None
        self._thread = threading.Thread(target=self._run, name="sensor-session", daemon=True)
        self._thread.start()

    @property
    def view(self) -> SensorView:
        """The present state; sensors whose reading has ended by an error are failed."""
        with self._lock:
            view = self._view
        error = view.feed.error if view.feed is not None else None
        return view if error is None else replace(view, phase=Phase.FAILED, error=error)

    def start(self, choice: SensorChoice, make_source: Callable[[], SensorSource]) -> None:
        """Run sensors instead of the present ones.

        Args:
            choice: Which, to be shown.
            make_source: Makes them, not opened; called on the session's thread, may raise `MiaError`.
        """
        self._order(_Order(choice, make_source), SensorView(Phase.STARTING, choice))

    def stop(self) -> None:
        """Let go of the sensors."""
        self._order(_Order(), SensorView())

    def close(self, timeout_s: float) -> bool:
        """Stop and end the thread; return whether it ended in time."""
        self._order(_Order(last=True), SensorView())
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _order(self, order: _Order, view: SensorView) -> None:
        with self._lock:
            self._newest = order
            self._view = view
        self._orders.put(order)

    def _publish(self, order: _Order, view: SensorView) -> None:
        with self._lock:
            if self._newest is order:
                self._view = view

    def _run(self) -> None:
        feed: SensorFeed | None = None
        order = _Order()
        try:
            while not order.last:
                order = self._orders.get()
                if feed is not None:
                    feed.stop()
                with self._lock:
                    is_newest = self._newest is order
                feed = self._start(order) if is_newest else None
        finally:
            if not order.last:  # the thread is dying of an error that threading reports; the screen must say so too
                with self._lock:
                    self._view = SensorView(Phase.FAILED, order.choice, error=UNEXPECTED)

    def _start(self, order: _Order) -> SensorFeed | None:
        if order.make_source is None:
            return None
        try:
            feed = SensorFeed(order.make_source(), clock=self._clock)
            feed.start()
        except MiaError as error:
            self._publish(order, SensorView(Phase.FAILED, order.choice, error=error))
            return None
        self._publish(order, SensorView(Phase.ON, order.choice, feed))
        return feed
