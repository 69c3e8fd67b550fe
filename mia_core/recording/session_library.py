"""The sessions of a folder, newest first: given to other subjects, thrown away and brought back.

    recordings/sub-<subject>/ses-<utc>/     sessions
    recordings/.trash/sub-<subject>/...     thrown away, until the trash is emptied

A session's manifest is the truth about its subject; the folder follows. Links are never followed: nothing outside the
folder is read, moved or deleted.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.recording import session as form
from mia_core.recording.found_sessions import FoundSession, SessionState, find_sessions, look_at
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.session_json import write_json

TRASH: Final = ".trash"


class LibraryError(MiaError):
    """A session can't be changed, moved or deleted."""


class SessionLibrary:
    """A folder of sessions.

    Args:
        root: Need not be there yet.
        clock: Tells whether a session is still being recorded.
    """

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        self.root = root
        self._clock = clock

    def sessions(self) -> tuple[FoundSession, ...]:
        """Return all sessions, newest first."""
        return _newest_first(find_sessions(self.root, self._clock))

    def discarded(self) -> tuple[FoundSession, ...]:
        """Return the sessions in the trash, newest first."""
        found = find_sessions(self.root / TRASH, self._clock)
        return _newest_first([replace(session, is_discarded=True) for session in found])

    def subjects(self) -> tuple[str, ...]:
        """Return the ids of all subjects that have sessions, in alphabetical order."""
        return tuple(sorted({entry.subject for entry in self.sessions()}))

    def set_tags(self, entry: FoundSession, tags: tuple[str, ...]) -> FoundSession:
        """Give a session other tags; returns it as it is now.

        Raises:
            LibraryError: Its manifest can't be read or written, or it is still being recorded.
        """
        kept = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
        return self._rewrite(entry, replace(self._whole(entry), tags=kept))

    def set_subject_notes(self, entry: FoundSession, notes: str) -> FoundSession:
        """Write other notes on the subject; returns the session as it is now.

        Raises:
            LibraryError: Its manifest can't be read or written, or it is still being recorded.
        """
        manifest = self._whole(entry)
        return self._rewrite(entry, replace(manifest, subject=replace(manifest.subject, notes=notes)))

    def move(self, entry: FoundSession, subject_id: str) -> FoundSession:
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

    def discard(self, entry: FoundSession) -> FoundSession:
        """Throw a session into the trash; returns it as it lies there.

        Raises:
            LibraryError: It is still being recorded, or the disk refuses.
        """
        return self._relocate(entry, self.root / TRASH, is_discarded=True)

    def restore(self, entry: FoundSession) -> FoundSession:
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
            LibraryError: One of them is still being recorded, and none was deleted; or something can't be deleted.
        """
        mine = [entry for entry in (*self.sessions(), *self.discarded()) if entry.subject == subject_id]
        for entry in mine:
            self._check_at_rest(entry)  # of all, before any is deleted
        for entry in mine:
            self._delete(entry.folder)
            self._remove_if_empty(entry.folder.parent)
        return len(mine)

    def _whole(self, entry: FoundSession) -> RecordingManifest:
        """Return the manifest as it is on disk now."""
        self._check_inside(entry.folder)
        present = look_at(entry.folder, self._clock)
        if present.manifest is None:
            raise LibraryError(f"{entry.folder.name} can't be read: {present.problem}", "It can only be thrown away.")
        if present.state is SessionState.RECORDING:
            raise _still_recorded(entry.folder)
        if not present.state.can_be_read:
            raise LibraryError(f"{entry.folder.name} was never ended.", "Have it repaired first.")
        return present.manifest

    def _rewrite(self, entry: FoundSession, manifest: RecordingManifest) -> FoundSession:
        try:
            write_json(entry.folder / form.MANIFEST, manifest.to_json())
        except OSError as error:
            raise self._refused(entry.folder, error) from error
        return replace(entry, manifest=manifest)

    def _relocate(self, entry: FoundSession, root: Path, *, is_discarded: bool) -> FoundSession:
        self._check_inside(entry.folder)
        self._check_at_rest(entry)
        present = (self.root / TRASH if entry.is_discarded else self.root).resolve()
        target = root / entry.folder.resolve().relative_to(present)
        if target.exists():
            raise LibraryError(f"There is another {target.name} at {target.parent}.", "Move or delete that one first.")
        self._move(entry.folder, target)
        return replace(entry, folder=target, is_discarded=is_discarded)

    def _move(self, folder: Path, target: Path) -> None:
        self._check_inside(target)  # a link among its parents leads elsewhere
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

    def _check_at_rest(self, entry: FoundSession) -> None:
        if look_at(entry.folder, self._clock).state is SessionState.RECORDING:
            raise _still_recorded(entry.folder)

    def _remove_if_empty(self, folder: Path) -> None:
        if folder != self.root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _refused(self, folder: Path, error: OSError) -> LibraryError:
        return LibraryError(
            f"{folder.name} can't be changed ({error.strerror}).",
            "Close other programs that use it, and check that you may write there.",
        )


def _still_recorded(folder: Path) -> LibraryError:
    return LibraryError(f"{folder.name} is still being recorded.", "End the recording first.")


def _newest_first(sessions: list[FoundSession]) -> tuple[FoundSession, ...]:
    return tuple(sorted(sessions, key=lambda session: (session.folder.name, session.subject), reverse=True))
