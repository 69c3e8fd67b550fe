"""Who writes a session: so that nobody repairs one that is still being written."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Final

import psutil

from mia_core.clock import Clock, SystemClock
from mia_core.errors import RecordingError
from mia_core.recording.session_json import read_json

_GRAIN_S: Final = 2.0
"""To which some file systems know the time of a change."""
WRITER: Final = "writing.json"
"""Says which process writes the folder, and that it lives: its time of change is renewed each second."""
SILENT_S: Final = 30.0
"""A writer that has renewed it within so long lives."""
GIVEN_UP_S: Final = 600.0
"""A writer that has not for so long does not. Until then the disk may keep it waiting, the computer may have slept, or
the clocks of two computers may differ."""


def claim(folder: Path, clock: Clock | None = None) -> None:
    """Say that this process writes the folder.

    Raises:
        RecordingError: Another one does.
        OSError: It can't be written.
    """
    try:
        _make_claim(folder)
    except FileExistsError as error:
        if is_being_written(folder, clock or SystemClock()):
            raise RecordingError(
                f"{folder} is being written by another program.", "End the recording there, or use another folder."
            ) from error
        release(folder)  # what is there is of one that died
        _make_claim(folder)


def _make_claim(folder: Path) -> None:
    with (folder / WRITER).open("x", encoding="utf-8") as file:
        json.dump({"pid": os.getpid(), "host": socket.gethostname()}, file)


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
    path = folder / WRITER
    try:
        writer = read_json(path)
    except (OSError, ValueError):
        writer = {}  # there is none, it is being made just now, or a loss of power took its content
    try:
        utc_s, renewed_s = clock.utc().timestamp(), path.lstat().st_mtime
    except OSError:
        return False
    age_s, pid = utc_s - renewed_s, writer.get("pid")
    if writer.get("host") != socket.gethostname() or not isinstance(pid, int) or not 0 < pid < 2**31:
        return age_s < GIVEN_UP_S
    if not psutil.pid_exists(pid):
        return False
    return age_s < SILENT_S or (age_s < GIVEN_UP_S and _has_run_since(pid, renewed_s))


def _has_run_since(pid: int, time_s: float) -> bool:
    """Return whether a process is older than a time; its number may have gone to another one."""
    try:
        begun_s: float = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # it is another user's, and says nothing of itself
    return begun_s <= time_s + _GRAIN_S
