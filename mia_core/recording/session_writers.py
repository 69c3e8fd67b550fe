"""Who writes a session: so that nobody repairs one that is still being written."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final

import psutil

from mia_core.clock import Clock
from mia_core.recording.session_json import read_json, write_json

WRITER: Final = "writing.json"
"""Says which process writes the folder, and that it lives: its time of change is renewed each second."""
SILENT_S: Final = 30.0
"""A writer that has not renewed it for so long does not live, or its process number went to another program."""


def claim(folder: Path) -> None:
    """Say that this process writes the folder.

    Raises:
        OSError: It can't be written.
    """
    write_json(folder / WRITER, {"pid": os.getpid(), "host": socket.gethostname()})


def renew(folder: Path) -> None:
    """Say that this process lives.

    Raises:
        OSError: The folder is gone.
    """
    os.utime(folder / WRITER)


def release(folder: Path) -> None:
    """Say that nobody writes the folder any more.

    Raises:
        OSError: It can't be written.
    """
    (folder / WRITER).unlink(missing_ok=True)


def is_being_written(folder: Path, clock: Clock) -> bool:
    """Return whether some process, here or on another computer that shares the disk, is writing the folder."""
    try:
        writer = read_json(folder / WRITER)
        age_s = clock.utc().timestamp() - (folder / WRITER).stat().st_mtime
    except (OSError, ValueError):
        return False
    pid = writer.get("pid")
    if writer.get("host") == socket.gethostname() and isinstance(pid, int) and not psutil.pid_exists(pid):
        return False
    return age_s < SILENT_S
