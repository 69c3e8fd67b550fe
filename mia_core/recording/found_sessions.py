"""Which sessions there are below a folder, how each stands, and what it has: told from its manifest alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from mia_core.clock import Clock, SystemClock
from mia_core.errors import SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.recording_manifest import Privacy, RecordingManifest
from mia_core.recording.session_reader import read_manifest, recording_manifest
from mia_core.recording.session_writers import is_being_written

MAX_DEPTH: Final = 3
"""Folders are looked into so deep: recordings, subject, session."""


class SessionState(StrEnum):
    """How a session stands."""

    COMPLETE = "complete"
    RECOVERED = "recovered"
    """It was cut short and has been repaired."""
    RECORDING = "being recorded"
    UNFINISHED = "unfinished"
    """Cut short; it can be repaired."""
    UNREADABLE = "unreadable"

    @property
    def can_be_read(self) -> bool:
        """Whether it can be reviewed, exported and changed."""
        return self in (SessionState.COMPLETE, SessionState.RECOVERED)


class Part(StrEnum):
    """What a whole session has."""

    VIDEO = "video"
    POSE = "pose"
    SENSORS = "sensors"
    CALIBRATION = "calibration"
    SYNC = "sync"
    PROTOCOL = "protocol"


class Presence(StrEnum):
    """Whether a part is there."""

    THERE = "there"
    MISSING = "missing"
    UNWANTED = "unwanted"
    """Left out on purpose, as the video of a subject of whom only keypoints are kept."""


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session on disk.

    Attributes:
        folder: Where.
        state: How it stands.
        manifest: Its `session.json`, None when it is unreadable.
        problem: Why it is unreadable, else empty.
        parts: Which parts are there; empty when it is unreadable.
        is_discarded: Whether it lies in the trash.
    """

    folder: Path
    state: SessionState
    manifest: RecordingManifest | None = None
    problem: str = ""
    parts: dict[Part, Presence] = field(default_factory=dict)
    is_discarded: bool = False

    @property
    def subject(self) -> str:
        """Whose it is: by its manifest, else by its folder."""
        return self.manifest.subject.id if self.manifest else self.folder.parent.name.removeprefix("sub-")

    def matches(self, text: str) -> bool:
        """Return whether every word of a search is somewhere in its subject, day, state, tags, notes or protocol."""
        words = [self.folder.name, f"sub-{self.subject}", self.state.value, self.problem]
        if self.manifest is not None:
            protocol = self.manifest.protocol or {}
            words += [self.manifest.created_utc, *self.manifest.tags, *self.manifest.notes]
            words += [self.manifest.subject.notes, str(protocol.get("name", ""))]
        found = " ".join(words).casefold()
        return all(word in found for word in text.casefold().split())


def find_sessions(folder: Path, clock: Clock | None = None) -> list[FoundSession]:
    """Return the sessions at or below a folder in the order of their paths.

    A session is a folder with a manifest, or one that is named as sessions are: what has lost its manifest may still
    hold somebody's video. Links are not followed, and hidden folders not looked into.
    """
    return [look_at(path, clock) for path in sorted(_session_folders(folder, MAX_DEPTH))]


def look_at(folder: Path, clock: Clock | None = None) -> FoundSession:
    """Return how the session in a folder stands."""
    try:
        manifest, is_written = manifest_and_whether_written(folder, clock or SystemClock())
    except SessionFormatError as error:
        return FoundSession(folder, SessionState.UNREADABLE, problem=str(error))
    if manifest.complete:
        state = SessionState.COMPLETE if manifest.recovered is None else SessionState.RECOVERED
    else:
        state = SessionState.RECORDING if is_written else SessionState.UNFINISHED
    return FoundSession(folder, state, manifest, parts=_parts(folder, manifest))


def manifest_and_whether_written(folder: Path, clock: Clock) -> tuple[RecordingManifest, bool]:
    """Return the manifest of a session, and whether some process is writing it: never when it is complete.

    Raises:
        SessionFormatError: It is no session, or damaged.
    """
    manifest = recording_manifest(folder, read_manifest(folder))
    if manifest.complete:
        return manifest, False
    if is_being_written(folder, clock):
        return manifest, True
    # Nobody writes it any more, but perhaps somebody did until this moment: then it is complete by now.
    return recording_manifest(folder, read_manifest(folder)), False


def _session_folders(folder: Path, depth: int) -> Iterator[Path]:
    is_named_so = folder.name.startswith("ses-") and folder.parent.name.startswith("sub-")
    try:
        is_one = (is_named_so and folder.is_dir()) or (folder / form.MANIFEST).is_file()
        folders: list[Path] = []
        if not is_one and depth > 0 and folder.is_dir():
            with os.scandir(folder) as entries:
                folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, PermissionError):
        return  # it was moved or deleted in this moment, or is the system's, as `lost+found` is
    if is_one:
        yield folder
    for path in folders:
        if not path.name.startswith("."):  # such as the trash
            yield from _session_folders(path, depth - 1)


def _parts(folder: Path, manifest: RecordingManifest) -> dict[Part, Presence]:
    def there(is_there: object) -> Presence:
        return Presence.THERE if is_there else Presence.MISSING

    has_video = (folder / form.VIDEO).is_file()
    no_video = Presence.UNWANTED if manifest.privacy is Privacy.KEYPOINTS_ONLY else Presence.MISSING
    has_samples = manifest.sensors is not None and any(manifest.counts.samples.values())
    return {
        Part.VIDEO: Presence.THERE if has_video else no_video,
        Part.POSE: there(manifest.counts.detected),
        Part.SENSORS: there(has_samples),
        Part.CALIBRATION: there(manifest.calibration),
        Part.SYNC: there(any(way and way.get("accepted") for way in (manifest.sync, manifest.light_sync))),
        Part.PROTOCOL: there(manifest.protocol),
    }
