"""One long piece of work on a thread of its own: looked at by polling, and stopped when it is no longer wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from mia_core.errors import MiaError

T_co = TypeVar("T_co", covariant=True)


def unforeseen(error: BaseException) -> MiaError:
    """Return an error that nobody has foreseen as one that can be shown: without it, work would seem to be stopped."""
    return MiaError(
        f"This ended in an unexpected way: {type(error).__name__} {error}.",
        "Try it once more. If it happens again, report it with the output of `mia doctor`.",
    )


class Work(Protocol):
    """What a piece of work is given.

    `report` says the share done in [0, 1] and what comes next; `is_cancelled` is asked now and then.
    """

    def report(self, share: float, doing: str = "") -> None:
        """Say how far it has come."""

    def is_cancelled(self) -> bool:
        """Return whether the work is to stop."""


class BackgroundTask(Generic[T_co]):
    """Starts at once; its result or its error can be read when it has ended.

    Args:
        name: Of the thread, for people who look at a frozen program.
        call: The work; may raise `MiaError`. Any other error is shown as well, and reported as that of a thread.

    Attributes:
        share: How much is done, in [0, 1].
        doing: What it is at.
        result: What came of it; None before its end, and when it failed.
        error: Why it failed, None while it runs or when it went well.
    """

    def __init__(self, name: str, call: Callable[[Work], T_co]) -> None:
        self._call = call
        self._cancelled = threading.Event()
        self.share = 0.0
        self.doing = ""
        self.result: T_co | None = None
        self.error: MiaError | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the work goes on."""
        return self._thread.is_alive()

    def report(self, share: float, doing: str = "") -> None:
        """Say how far it has come; called by the work."""
        self.share, self.doing = share, doing

    def is_cancelled(self) -> bool:
        """Return whether the work is to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; returns at once."""
        self._cancelled.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end; return whether it has come."""
        self._thread.join(timeout_s)
        return not self.is_running

    def _run(self) -> None:
        try:
            self.result = self._call(self)
        except MiaError as error:
            self.error = error
        except BaseException as error:
            self.error = unforeseen(error)
            raise
