"""Files that appear whole or not at all, and are never written through a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from mia_core.clock import SystemClock

_PATIENCE_S: Final = (0.02, 0.1, 0.5)
"""Windows replaces no file while another program reads it, such as a scanner for viruses: tried again after these."""


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give an empty file to write; it takes the place of an earlier one only when it is whole and on the disk.

    Folders come from other people: one of them may have put a link, to a file of its reader's, where the unfinished
    file will be. Such a link is removed and never followed.

    Raises:
        OSError: The disk is full or gone; the earlier file is still there.
    """
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the system put on the disk which files a folder has: a loss of power may take back a new name otherwise.

    Where that is not known, as on Windows and on some network drives, nothing happens.
    """
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replace(part: Path, path: Path) -> None:
    for wait_s in _PATIENCE_S:
        try:
            part.replace(path)
        except PermissionError:
            SystemClock().wait(wait_s)
        else:
            return
    part.replace(path)
