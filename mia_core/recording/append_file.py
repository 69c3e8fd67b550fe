"""A file that grows: what a call appended is with the system when it returns, and a crash can't take it back."""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path

from mia_core.errors import RecordingError


class AppendFile:
    """A new file; used from one thread.

    Args:
        path: A file that does not exist: nothing is ever overwritten.

    Raises:
        RecordingError: The file exists or can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.n_bytes = 0
        try:
            self._file = FileIO(path, "x+")
        except FileExistsError as error:
            raise RecordingError(f"{path} exists, and nothing is overwritten.", "Choose another folder.") from error
        except OSError as error:
            raise cannot_write(path, error) from error

    def append(self, data: bytes) -> None:
        """Hand bytes to the system.

        Raises:
            RecordingError: The disk is full or gone.
        """
        try:
            view = memoryview(data)
            while view:  # a nearly full disk takes a part
                view = view[self._file.write(view) :]
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self.n_bytes += len(data)

    def append_row(self, cells: list[str]) -> None:
        """Append a line of a table whose cells hold neither commas nor quotes.

        Raises:
            RecordingError: The disk is full or gone.
        """
        self.append(f"{','.join(cells)}\n".encode())

    def write_over(self, offset: int, data: bytes) -> None:
        """Replace bytes that are there.

        Raises:
            RecordingError: The disk is full or gone.
        """
        try:
            self._file.seek(offset)
            self._file.write(data)
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def sync(self) -> None:
        """Have the system put everything on the disk, so that a loss of power can't take it back.

        Raises:
            RecordingError: The disk is full or gone.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()


def cannot_write(path: Path, error: OSError) -> RecordingError:
    """Return an error of the disk as one with advice."""
    return RecordingError(
        f"Nothing can be written to {path} ({error.strerror}).",
        "Choose a folder that you may write to, on a disk with room.",
    )
