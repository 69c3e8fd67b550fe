"""Where a session lies: a folder of its own, in which nothing is ever overwritten."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from mia_core.errors import RecordingError
from mia_core.recording.recording_manifest import Subject
from mia_core.whole_file import sync_folder

_LONGEST: Final = 64


def new_session_folder(recordings: Path, subject: Subject, utc: datetime) -> Path:
    """Return the path of a session folder that does not exist: `sub-<id>/ses-<utc>`."""
    name = f"ses-{utc:%Y%m%dT%H%M%SZ}"
    folder = recordings / f"sub-{subject.id}" / name
    number = 2
    while folder.exists():
        folder = folder.with_name(f"{name}-{number}")
        number += 1
    return folder


def session_id_of(folder: Path) -> str:
    """Return what a session calls itself: its folder's name, of letters, digits, `-` and `_`."""
    return re.sub(r"[^A-Za-z0-9_-]", "", folder.resolve().name)[:_LONGEST].lstrip("-_") or "session"


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
        for made_in in (folder.parent, folder.parent.parent):  # its subject's may be new as well
            sync_folder(made_in)
    except OSError as error:
        raise RecordingError(
            f"Nothing can be written to {folder} ({error.strerror}).",
            "Choose a folder that you may write to, on a disk with room.",
        ) from error
