"""The record page's doors to the real disk and the real ear."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication

from app.display import recordings_folder
from app.record_page.record_access import RecordAccess

_VOICES: Final = ("spd-say", "espeak-ng", "espeak")


def usual_record_access() -> RecordAccess:
    """Return doors to the usual folder of recordings."""
    return RecordAccess(recordings_folder(), beep=QApplication.beep, say=voice_of_system())


def voice_of_system() -> Callable[[str], None] | None:
    """Return what speaks on this system without being shipped, None where nothing does."""
    names = ("say",) if sys.platform == "darwin" else _VOICES
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        return None

    def say(text: str) -> None:
        QProcess.startDetached(program, ["--", text] if sys.platform != "darwin" else [text])

    return say
