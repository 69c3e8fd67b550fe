"""The sessions of a folder, read and changed on a thread: a big folder on a slow disk never holds up the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.background_task import BackgroundTask, Work
from app.sessions_page.listed_session import ListedSession, listed
from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.recording.found_sessions import FoundSession
from mia_core.recording.session_library import SessionLibrary


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was found.

    Attributes:
        sessions: All sessions, newest first.
        discarded: Those in the recycle bin.
        chosen: Folder of the session that a change has moved or altered, None for none.
        said: What the last change did, in one sentence; empty for nothing worth a word.
    """

    sessions: tuple[ListedSession, ...] = ()
    discarded: tuple[ListedSession, ...] = ()
    chosen: Path | None = None
    said: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Ids of all subjects that have sessions, in alphabetical order."""
        return tuple(sorted({session.subject for session in self.sessions}))


Change = Callable[[SessionLibrary], tuple[FoundSession | None, str]]
"""Alters something; returns the session as it is now, and what was done."""


class LibraryShelf:
    """Reads the folder, and makes changes in the order in which they are asked for.

    Args:
        folder: Of all recordings.
        clock: Tells whether a session is still being recorded.

    Attributes:
        shelf: What was read last; None before the first time.
        error: Why the last change failed, None when it went well.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.library = SessionLibrary(folder, clock)
        self._waiting: list[Change] = []
        self._task: BackgroundTask[tuple[Shelf, MiaError | None]] | None = None
        self.shelf: Shelf | None = None
        self.error: MiaError | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being read or changed."""
        return self._task is not None

    def refresh(self) -> None:
        """Read the folder again."""
        self.change(lambda _library: (None, ""))

    def change(self, change: Change) -> None:
        """Make a change, then read the folder again."""
        self._waiting.append(change)
        self._go_on()

    def poll(self) -> bool:
        """Take over what has been read; return whether there is anything new."""
        task = self._task
        if task is None or task.is_running:
            return False
        self._task = None
        self.error = task.error
        if task.result is not None:
            self.shelf, self.error = task.result
        self._go_on()
        return True

    def close(self, timeout_s: float) -> bool:
        """Wait for the change that is being made; what has not begun is not made. Returns whether it has ended."""
        self._waiting.clear()
        return self._task is None or self._task.wait(timeout_s)

    def _go_on(self) -> None:
        if self._task is None and self._waiting:
            changes, self._waiting = tuple(self._waiting), []
            self._task = BackgroundTask("session library", lambda work: self._read(work, changes))

    def _read(self, _work: Work, changes: tuple[Change, ...]) -> tuple[Shelf, MiaError | None]:
        chosen: Path | None = None
        said, problem = "", None
        for change in changes:
            try:
                entry, did = change(self.library)
            except MiaError as error:
                problem = error
            else:
                chosen = chosen if entry is None else entry.folder
                said = did or said
        sessions, discarded = (
            tuple(listed(entry) for entry in entries) for entries in (self.library.sessions(), self.library.discarded())
        )
        return Shelf(sessions, discarded, chosen, said), problem
