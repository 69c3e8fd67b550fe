"""The sessions of a folder: what is there, whose, how complete; sorted, moved, thrown away and brought back.

    recordings/sub-<subject>/ses-<utc>/     sessions
    recordings/.trash/sub-<subject>/...     thrown away, until the trash is emptied

A session's manifest is the truth about its subject; the folder follows. Links are never followed: nothing outside the
folder is read, moved or deleted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from mia_core.errors import MiaError
from mia_core.recording import session as form
from mia_core.recording.recording_manifest import SCHEMA_VERSION, Privacy, RecordingManifest, Subject
from mia_core.recording.session_json import read_json, write_json

TRASH: Final = ".trash"


class LibraryError(MiaError):
    """A session can't be changed, moved or deleted."""


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
class LibraryEntry:
    """One session as a list shows it, read from its manifest alone.

    Attributes:
        folder: Where it is.
        manifest: Its manifest, None when that can't be read.
        problem: Why it can't be read, or that it was not ended in order; empty when all is well.
        parts: Which parts are there; empty without a manifest.
        is_discarded: Whether it lies in the trash.
    """

    folder: Path
    manifest: RecordingManifest | None
    problem: str
    parts: dict[Part, Presence]
    is_discarded: bool = False

    @property
    def subject(self) -> str:
        """Whose it is: by its manifest, else by its folder."""
        return self.manifest.subject.id if self.manifest else self.folder.parent.name.removeprefix("sub-")

    def matches(self, text: str) -> bool:
        """Return whether every word of a search is somewhere in its subject, day, tags, notes or protocol."""
        words = [self.folder.name, f"sub-{self.subject}", self.problem]
        if self.manifest is not None:
            protocol = self.manifest.protocol or {}
            words += [self.manifest.created_utc, *self.manifest.tags, *self.manifest.notes]
            words += [self.manifest.subject.notes, str(protocol.get("name", ""))]
        found = " ".join(words).casefold()
        return all(word in found for word in text.casefold().split())


class SessionLibrary:
    """A folder of sessions.

    Args:
        root: Need not be there yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def sessions(self) -> tuple[LibraryEntry, ...]:
        """Return all sessions, newest first."""
        return self._entries(self.root, is_discarded=False)

    def discarded(self) -> tuple[LibraryEntry, ...]:
        """Return the sessions in the trash, newest first."""
        return self._entries(self.root / TRASH, is_discarded=True)

    def subjects(self) -> tuple[str, ...]:
        """Return the ids of all subjects that have sessions, in alphabetical order."""
        return tuple(sorted({entry.subject for entry in self.sessions()}))

    def set_tags(self, entry: LibraryEntry, tags: tuple[str, ...]) -> LibraryEntry:
        """Give a session other tags; returns it as it is now.

        Raises:
            LibraryError: Its manifest can't be read or written, or it is still being recorded.
        """
        kept = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
        return self._rewrite(entry, replace(self._whole(entry), tags=kept))

    def set_subject_notes(self, entry: LibraryEntry, notes: str) -> LibraryEntry:
        """Write other notes on the subject; returns the session as it is now.

        Raises:
            LibraryError: Its manifest can't be read or written, or it is still being recorded.
        """
        manifest = self._whole(entry)
        return self._rewrite(entry, replace(manifest, subject=replace(manifest.subject, notes=notes)))

    def move(self, entry: LibraryEntry, subject_id: str) -> LibraryEntry:
        """Give a session to another subject; returns it as it is now.

        Raises:
            LibraryError: The id is none, the other subject has a session of that name, or the disk refuses.
        """
        manifest = self._whole(entry)
        try:
            subject = Subject(subject_id, manifest.subject.notes)
        except ValueError as error:
            raise LibraryError(f"{error}.", "Use an id that names no person, such as S07.") from error
        target = self.root / f"sub-{subject.id}" / entry.folder.name
        if target == entry.folder:
            return entry
        if target.exists():
            raise LibraryError(
                f"Subject {subject.id} already has a session {target.name}.", "Move or delete that one first."
            )
        moved = self._rewrite(entry, replace(manifest, subject=subject))
        self._move(entry.folder, target)
        return replace(moved, folder=target)

    def discard(self, entry: LibraryEntry) -> LibraryEntry:
        """Throw a session into the trash; returns it as it lies there.

        Raises:
            LibraryError: The disk refuses.
        """
        return self._relocate(entry, self.root / TRASH, is_discarded=True)

    def restore(self, entry: LibraryEntry) -> LibraryEntry:
        """Bring a session back from the trash; returns it as it is now.

        Raises:
            LibraryError: There is another one in its place by now, or the disk refuses.
        """
        return self._relocate(entry, self.root, is_discarded=False)

    def empty_trash(self) -> int:
        """Delete what is in the trash for ever; returns how many sessions that were.

        Raises:
            LibraryError: Something can't be deleted.
        """
        n = len(self.discarded())
        self._delete(self.root / TRASH)
        return n

    def delete_subject(self, subject_id: str) -> int:
        """Delete all that was recorded of a subject for ever, in the trash too; returns how many sessions that were.

        Raises:
            LibraryError: Something can't be deleted.
        """
        mine = [entry for entry in (*self.sessions(), *self.discarded()) if entry.subject == subject_id]
        for entry in mine:
            self._delete(entry.folder)
            self._remove_if_empty(entry.folder.parent)
        return len(mine)

    def _entries(self, root: Path, *, is_discarded: bool) -> tuple[LibraryEntry, ...]:
        entries = [_entry(folder, is_discarded=is_discarded) for folder in _session_folders(root)]
        return tuple(sorted(entries, key=lambda entry: (entry.folder.name, entry.subject), reverse=True))

    def _whole(self, entry: LibraryEntry) -> RecordingManifest:
        """Return the manifest as it is on disk now."""
        self._check_inside(entry.folder)
        present = _entry(entry.folder, is_discarded=entry.is_discarded)
        if present.manifest is None:
            raise LibraryError(f"{entry.folder.name} can't be read: {present.problem}", "It can only be thrown away.")
        if not present.manifest.complete:
            raise LibraryError(
                f"{entry.folder.name} is still being recorded, or was never ended.",
                "End the recording, or have it repaired first.",
            )
        return present.manifest

    def _rewrite(self, entry: LibraryEntry, manifest: RecordingManifest) -> LibraryEntry:
        try:
            write_json(entry.folder / form.MANIFEST, manifest.to_json())
        except OSError as error:
            raise self._refused(entry.folder, error) from error
        return replace(entry, manifest=manifest)

    def _relocate(self, entry: LibraryEntry, root: Path, *, is_discarded: bool) -> LibraryEntry:
        self._check_inside(entry.folder)
        target = root / entry.folder.parent.name / entry.folder.name
        if target.exists():
            raise LibraryError(f"There is another {target.name} at {target.parent}.", "Move or delete that one first.")
        self._move(entry.folder, target)
        return replace(entry, folder=target, is_discarded=is_discarded)

    def _move(self, folder: Path, target: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(target)
        except OSError as error:
            raise self._refused(folder, error) from error
        self._remove_if_empty(folder.parent)

    def _delete(self, folder: Path) -> None:
        if folder.is_symlink() or not folder.exists():
            return
        self._check_inside(folder)
        try:
            shutil.rmtree(folder)  # does not follow links within
        except OSError as error:
            raise self._refused(folder, error) from error

    def _check_inside(self, folder: Path) -> None:
        if self.root.resolve() not in folder.resolve().parents:
            raise LibraryError(f"{folder} is not one of the sessions in {self.root}.", "Choose one of the list.")

    def _remove_if_empty(self, folder: Path) -> None:
        if folder != self.root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _refused(self, folder: Path, error: OSError) -> LibraryError:
        return LibraryError(
            f"{folder.name} can't be changed ({error.strerror}).",
            "Close other programs that use it, and check that you may write there.",
        )


def _session_folders(root: Path) -> Iterator[Path]:
    """Yield the folders of sessions; links are passed over."""
    if not root.is_dir():
        return
    for subject in sorted(root.glob("sub-*")):
        if subject.is_symlink() or not subject.is_dir():
            continue
        for folder in sorted(subject.glob("ses-*")):
            if folder.is_dir() and not folder.is_symlink():
                yield folder


def _entry(folder: Path, *, is_discarded: bool) -> LibraryEntry:
    try:
        content = read_json(folder / form.MANIFEST)
        if content.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"schema version {content.get('schema_version')!r}, known is {SCHEMA_VERSION}")
        manifest = RecordingManifest.from_json(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return LibraryEntry(folder, None, f"its {form.MANIFEST} can't be used: {error}.", {}, is_discarded)
    problem = "" if manifest.complete else "It was not ended in order."
    return LibraryEntry(folder, manifest, problem, _parts(folder, manifest), is_discarded)


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
        Part.SYNC: there(manifest.sync and manifest.sync.get("accepted")),
        Part.PROTOCOL: there(manifest.protocol),
    }
