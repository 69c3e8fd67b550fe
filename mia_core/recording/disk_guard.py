"""Watches that a recording does not fill the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from mia_core.recording.append_file import cannot_write

FreeBytes = Callable[[Path], int]
"""Returns how many bytes are free where a folder lies."""


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free where a folder, or the nearest one above it that exists, lies.

    Raises:
        RecordingError: The disk is gone.
    """
    try:
        return shutil.disk_usage(next(path for path in (folder, *folder.absolute().parents) if path.exists())).free
    except OSError as error:
        raise cannot_write(folder, error) from error


class Room(IntEnum):
    """How much room there is."""

    ENOUGH = 0
    LITTLE = 1
    NONE = 2
    FULL = 3
    """Not even for the last frames, which are still being estimated."""


@dataclass(frozen=True, slots=True)
class DiskGuard:
    """Judges the room on a disk.

    Attributes:
        warn_below: Bytes below which there is little.
        stop_below: Bytes below which a recording ends in order, while it still can.
        full_below: Bytes below which it waits for nothing any more.
        free_bytes: Asks the disk.
    """

    warn_below: int = 5_000_000_000
    stop_below: int = 1_000_000_000
    full_below: int = 500_000_000
    free_bytes: FreeBytes = free_bytes

    def look(self, folder: Path) -> tuple[Room, int]:
        """Return the judgement, and the free bytes.

        Raises:
            RecordingError: The disk is gone.
        """
        free = self.free_bytes(folder)
        return Room((free < self.warn_below) + (free < self.stop_below) + (free < self.full_below)), free
