"""The one thread on which all Bluetooth runs: one event loop for the life of the process."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from mia_core.sensors.ble_radio import Radio

T = TypeVar("T")

THREAD_NAME = "bluetooth"
CANCEL_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 5.0


class BluetoothThread:
    """An asyncio loop on a daemon thread.

    bleak wants one loop for its whole life, and a thread of its own: arrival stamps then don't inherit the stalls of a
    GUI, and on Windows no thread with a message loop of its own is asked to serve Bluetooth.

    Attributes:
        radio: What all who use Bluetooth share; to be touched on this thread only.
    """

    def __init__(self) -> None:
        self.radio = Radio()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._closed = False
        self._handing_in = threading.Lock()  # so that nothing is handed in to a loop that was told to stop
        self._running: set[Future[Any]] = set()  # a loop knows its tasks weakly: what waits could be collected
        self._thread.start()
        atexit.register(self.close)  # BlueZ keeps devices connected when a process just ends

    @property
    def is_alive(self) -> bool:
        """Whether coroutines can be run."""
        return self._thread.is_alive() and not self._closed

    def run(self, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """Run a coroutine on the Bluetooth thread and wait for its result.

        Args:
            coroutine: What to run.
            timeout_s: Seconds to wait; it is cancelled when they have passed. None waits for as long as it takes.

        Raises:
            TimeoutError: It took longer.
            RuntimeError: Called from the Bluetooth thread itself, which would wait for itself, or after `close`.
        """
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("the Bluetooth thread can't wait for itself")
        future = self.start(coroutine)
        try:
            return future.result(timeout_s)
        finally:
            future.cancel()  # nothing when it is done; also for the waiting thread's own interruption

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the Bluetooth thread without waiting; from any thread.

        Raises:
            RuntimeError: The thread was closed.
        """
        with self._handing_in:
            if self.is_alive:
                future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
                self._running.add(future)
                future.add_done_callback(self._running.discard)
                return future
        coroutine.close()
        raise RuntimeError("the Bluetooth thread was closed")

    def close(self) -> bool:
        """Cancel what runs, let it disconnect its devices, stop the loop and wait for the thread (at most 5 s).

        Returns:
            Whether the thread ended. Idempotent.
        """
        with self._handing_in:
            if not self._closed:
                self._closed = True
                self._loop.call_soon_threadsafe(self._loop.stop)
        atexit.unregister(self.close)
        self._thread.join(CLOSE_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_cancel_all())
            self._loop.run_until_complete(self.radio.close_links())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            for future in tuple(self._running):  # who waits for what could not be ended in time waits no longer
                future.cancel()
            asyncio.set_event_loop(None)
            self._loop.close()


async def _cancel_all() -> None:
    """Cancel every other task and wait for what they do and begin at their end, such as disconnecting; at most 2 s."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CANCEL_TIMEOUT_S):
            while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)


_lock = threading.Lock()
_the_thread: BluetoothThread | None = None


def bluetooth_thread() -> BluetoothThread:
    """Return the process's Bluetooth thread; the first call starts it."""
    global _the_thread  # one radio, one loop: bleak forbids a second
    with _lock:
        if _the_thread is None or not _the_thread.is_alive:
            _the_thread = BluetoothThread()
        return _the_thread


def close_bluetooth_thread() -> bool:
    """End the Bluetooth thread, if there is one; the next use starts a fresh one. Returns whether it ended."""
    with _lock:
        return _the_thread is None or _the_thread.close()
