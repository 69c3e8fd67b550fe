"""Which sessions there are below a folder, and how each stands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from mia_core.clock import Clock, SystemClock
from mia_core.errors import SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.recording_manifest import RecordingManifest
from mia_core.recording.session_reader import read_manifest, recording_manifest
from mia_core.recording.session_writers import is_being_written

MAX_DEPTH: Final = 3
"""Folders are looked into so deep: recordings, subject, session."""


class SessionState(StrEnum):
    """How a session stands."""

    COMPLETE = "complete"
    RECOVERED = "recovered"
    RECORDING = "being recorded"
    UNFINISHED = "unfinished"
    """Cut short; it can be repaired."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session on disk.

    Attributes:
        folder: Where.
        state: How it stands.
        content: Its `session.json`, empty when it is unreadable.
        recording: The same in its form, None when it is unreadable.
        problem: Why it is unreadable, else empty.
    """

    folder: Path
    state: SessionState
    content: dict[str, Any]
    recording: RecordingManifest | None = None
    problem: str = ""


def find_sessions(folder: Path, clock: Clock | None = None) -> list[FoundSession]:
    """Return the sessions at or below a folder in the order of their paths.

    Links are not followed, and hidden folders not looked into.
    """
    clock = clock or SystemClock()
    return [_found(path, clock) for path in sorted(_session_folders(folder, MAX_DEPTH))]


def _session_folders(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / form.MANIFEST).is_file():
        yield folder
    elif depth > 0 and folder.is_dir():
        with os.scandir(folder) as entries:
            folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        inner = [path for path in folders if not path.name.startswith(".")]  # such as the trash
        for path in inner:
            yield from _session_folders(path, depth - 1)


def _found(folder: Path, clock: Clock) -> FoundSession:
    try:
        content = read_manifest(folder)
        recording = recording_manifest(folder, content)
    except SessionFormatError as error:
        return FoundSession(folder, SessionState.UNREADABLE, {}, problem=str(error))
    if content.get("complete") is True:
        state = SessionState.COMPLETE if recording.recovered is None else SessionState.RECOVERED
    else:
        state = SessionState.RECORDING if is_being_written(folder, clock) else SessionState.UNFINISHED
    return FoundSession(folder, state, content, recording)
