"""Starts and stops pipelines on a thread of its own, so that a slow camera never freezes the window."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.live_page.pipeline_protocol import Pipeline, PipelineFactory, Setup
from app.live_page.source_choice import SourceChoice
from mia_core.errors import MiaError

UNEXPECTED: Final = MiaError(
    "Starting or stopping the source failed in an unexpected way.",
    "Start the application again; `mia doctor` checks the installation.",
)


class Phase(StrEnum):
    """Where a session stands."""

    IDLE = "idle"
    STARTING = "starting"
    LIVE = "live"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SessionView:
    """What the window sees of a session, as one consistent value.

    Attributes:
        phase: Where the session stands.
        choice: The source, None when idle.
        pipeline: The running pipeline in phase LIVE, else None.
        error: What went wrong in phase FAILED, else None.
    """

    phase: Phase = Phase.IDLE
    choice: SourceChoice | None = None
    pipeline: Pipeline | None = None
    error: MiaError | None = None


_DEFAULT: Final = Setup()


@dataclass(frozen=True, slots=True)
class _Order:
    """What to run next; without a choice, nothing."""

    choice: SourceChoice | None
    setup: Setup = _DEFAULT
    last: bool = False


class LiveSession:
    """At most one running pipeline. Orders are carried out one after the other; a newer one supersedes those waiting.

    The window polls `view`; nothing is called back.
    """

    def __init__(self, create_pipeline: PipelineFactory) -> None:
        self._create_pipeline = create_pipeline
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._view = SessionView()
        self._newest: _Order | None = None
        self._thread = threading.Thread(target=self._run, name="live-session", daemon=True)
        self._thread.start()

    @property
    def view(self) -> SessionView:
        """The present state."""
        with self._lock:
            return self._view

    def start(self, choice: SourceChoice, setup: Setup) -> None:
        """Watch a source instead of the present one."""
        self._order(_Order(choice, setup), SessionView(Phase.STARTING, choice))

    def stop(self) -> None:
        """Stop watching."""
        self._order(_Order(None), SessionView())

    def close(self, timeout_s: float) -> bool:
        """Stop and end the thread; return whether it ended in time."""
        self._order(_Order(None, last=True), SessionView())
        return self.wait_ended(timeout_s)

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait for the thread, which ends after `close` and of an unexpected error; return whether it did."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _order(self, order: _Order, view: SessionView) -> None:
        with self._lock:
            self._newest = order
            self._view = view
        self._orders.put(order)

    def _publish(self, order: _Order, view: SessionView) -> None:
        with self._lock:
            if self._newest is order:
                self._view = view

    def _is_newest(self, order: _Order) -> bool:
        with self._lock:
            return self._newest is order

    def _run(self) -> None:
        pipeline: Pipeline | None = None
        order = _Order(None)
        try:
            while not order.last:
                order = self._orders.get()
                if pipeline is not None:
                    pipeline.stop()
                pipeline = self._start(order) if order.choice is not None and self._is_newest(order) else None
        finally:
            if not order.last:  # the thread is dying of an error that threading reports; the screen must say so too
                with self._lock:
                    self._view = SessionView(Phase.FAILED, order.choice, error=UNEXPECTED)

    def _start(self, order: _Order) -> Pipeline | None:
        choice = order.choice
        if choice is None:
            return None
        pipeline: Pipeline | None = None
        try:
            pipeline = self._create_pipeline(choice, order.setup)
            pipeline.start()
        except MiaError as error:
            if pipeline is not None:
                pipeline.stop()
            self._publish(order, SessionView(Phase.FAILED, choice, error=error))
            return None
        self._publish(order, SessionView(Phase.LIVE, choice, pipeline))
        return pipeline
