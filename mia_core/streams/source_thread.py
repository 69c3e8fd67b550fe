"""One thread that reads one source and hands its samples on."""

from __future__ import annotations

import threading
from typing import Generic, Protocol, TypeVar

from mia_core.errors import MiaError
from mia_core.streams.source import EndOfStream, Source, SourceInfo

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

JOIN_TIMEOUT_S = 5.0


class Sink(Protocol[T_contra]):
    """Where a source thread puts samples: `Latest` or `LosslessQueue`."""

    def put(self, item: T_contra) -> bool:
        """Take the item; False when it was refused."""

    def close(self) -> None:
        """No more items will come."""


class SourceThread(Generic[T]):
    """Opens, reads and closes a source on a thread of its own, and puts every sample into a sink.

    The sink is closed at the end whatever happens, so that no reader waits for a dead thread.

    Attributes:
        info: What the source said when it was opened, None before.
        error: What ended the thread, None while it runs or after an ordinary end.
        end_note: What the source had to say about its end, such as that the file is damaged.
    """

    def __init__(self, source: Source[T], sink: Sink[T], name: str) -> None:
        self._source = source
        self._sink = sink
        self._stop = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._opened = threading.Event()
        self._steps = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.info: SourceInfo | None = None
        self.error: BaseException | None = None
        self.end_note = ""

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def wait_opened(self, timeout_s: float | None = None) -> bool:
        """Wait until the source was opened or failed to open."""
        return self._opened.wait(timeout_s)

    def pause(self) -> None:
        """Read no more until `resume` or `step`."""
        self._running.clear()

    def resume(self) -> None:
        """Go on reading; steps that were asked for and not made are forgotten."""
        while self._steps.acquire(blocking=False):
            pass
        self._running.set()

    def step(self) -> None:
        """Read one sample while paused."""
        self._steps.release()

    def stop(self) -> bool:
        """Stop reading and wait for the thread; False when it hangs in the device and was left behind."""
        self._stop.set()
        self._running.set()
        self._sink.close()
        if self._thread.is_alive():
            self._thread.join(JOIN_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.info = self._source.open()
            self._opened.set()
            while self._may_read():
                sample = self._source.read()
                if sample is not None:
                    self._sink.put(sample)
                elif not self._running.is_set():
                    self._steps.release()  # the step that was asked for is still to be made
        except EndOfStream as end:
            self.end_note = str(end)
        except MiaError as error:
            self.error = error
        except BaseException as error:
            self.error = error
            raise
        finally:
            self._opened.set()
            self._sink.close()  # first, so that a device that can't be closed leaves no reader waiting
            self._source.close()

    def _may_read(self) -> bool:
        """Wait while paused; False when it is time to stop."""
        while not self._stop.is_set():
            if self._running.is_set() or self._steps.acquire(timeout=0.05):
                return True
        return False
