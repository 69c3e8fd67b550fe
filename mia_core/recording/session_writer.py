"""Write a session of version 1 as it happens: manifest first, rows appended, `complete` last."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mia_core.errors import RecordingError
from mia_core.recording import session as form
from mia_core.recording.session import SessionManifest
from mia_core.recording.session_json import write_json
from mia_core.recording.session_rows import activation_row, pose_row
from mia_core.samples import Frame, MuscleActivation, Pose

if TYPE_CHECKING:
    from _csv import Writer

FLUSH_EVERY = 30
"""Frames after which what was written is handed to the system: about a second that a crash may cost."""


class SessionWriter:
    """Writes one session folder; used from one thread.

    Args:
        folder: A folder that does not exist yet or is empty; nothing is ever overwritten.
        manifest: What is known at the start.

    Raises:
        RecordingError: The folder can't be made, is not empty, or can't be written.
    """

    def __init__(self, folder: Path, manifest: SessionManifest) -> None:
        self.folder = folder
        self._manifest = manifest
        self._counts = manifest.counts
        self._files = ExitStack()
        self._open_files: list[TextIO] = []
        make_empty_folder(folder)
        try:
            self._write_manifest()
            self._frames = self._table(form.FRAMES, form.FRAME_COLUMNS)
            self._pose = self._table(form.POSE, form.POSE_COLUMNS)
            self._activation = self._table(form.ACTIVATION, form.ACTIVATION_COLUMNS)
        except OSError as error:
            self._files.close()
            raise _cannot_write(folder, error) from error

    def write_frame(self, frame: Frame, pose: Pose | None) -> None:
        """Append a frame and the person in it, None when nobody was found.

        Raises:
            RecordingError: The disk is full or gone.
        """
        stamp = f"{frame.timestamp_s:.6f}"
        counts = self._counts
        self._counts = replace(counts, frames=counts.frames + 1, detected=counts.detected + (pose is not None))
        with self._explained():
            self._frames.writerow((frame.index, stamp, int(pose is not None)))
            self._pose.writerow(pose_row(frame.index, frame.timestamp_s, pose))
            if self._counts.frames % FLUSH_EVERY == 0:
                for file in self._open_files:
                    file.flush()

    def write_activation(self, activation: MuscleActivation) -> None:
        """Append a step.

        Raises:
            RecordingError: The disk is full or gone.
        """
        self._counts = replace(self._counts, steps=self._counts.steps + 1)
        with self._explained():
            self._activation.writerow(activation_row(activation))

    def count_reacquired(self) -> None:
        """Count an implausible lock that was let go."""
        self._counts = replace(self._counts, reacquired=self._counts.reacquired + 1)

    def anchor_source(self, zero_monotonic_s: float) -> None:
        """Note the monotonic time at which the source's time line has its zero.

        Raises:
            RecordingError: The manifest can't be written.
        """
        anchor = {**self._manifest.clock_anchor, "source_zero_monotonic_s": zero_monotonic_s}
        self._manifest = replace(self._manifest, clock_anchor=anchor)
        with self._explained():
            self._write_manifest()

    def finish(self, *, skipped: int, lost: int, notes: tuple[str, ...] = (), complete: bool = True) -> SessionManifest:
        """Close the tables and write the final manifest; returns it.

        Raises:
            RecordingError: What was still in memory can't be written.
        """
        counts = replace(self._counts, skipped=skipped, lost=lost)
        self._manifest = replace(self._manifest, counts=counts, notes=notes, complete=complete)
        with self._explained():
            self._files.close()
            self._write_manifest()
        return self._manifest

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn an error of the disk into one with advice."""
        try:
            yield
        except OSError as error:
            raise _cannot_write(self.folder, error) from error

    def _table(self, name: str, columns: tuple[str, ...]) -> Writer:
        file = self._files.enter_context((self.folder / name).open("x", newline="", encoding="utf-8"))
        self._open_files.append(file)
        table = csv.writer(file)
        table.writerow(columns)
        return table

    def _write_manifest(self) -> None:
        write_json(self.folder / form.MANIFEST, self._manifest.to_json())


def make_empty_folder(folder: Path) -> None:
    """Make a folder, or take an empty one.

    Raises:
        RecordingError: It has something in it, or can't be made.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RecordingError(
                f"{folder} already has something in it, and nothing is overwritten.", "Choose another folder."
            )
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _cannot_write(folder: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"Nothing can be written to {folder} ({error.strerror}).",
        "Choose a folder that you may write to, on a disk with room.",
    )
