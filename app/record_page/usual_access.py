"""The record page's doors to the real disk and the real ear."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QProcess, QProcessEnvironment
from PySide6.QtWidgets import QApplication

from app.display import recordings_folder
from app.record_page.record_access import RecordAccess

_ON_LINUX: Final = ("spd-say", "espeak-ng", "espeak")
_SAID: Final = "MIA_LIVE_SAYS"
_SAPI: Final = f"[void](New-Object -ComObject SAPI.SpVoice).Speak($env:{_SAID}, 16)"
"""Has Windows speak; 16: text that begins with < is text as well. It comes by the environment, where nothing of it is
taken for a command."""


def usual_record_access() -> RecordAccess:
    """Return doors to the usual folder of recordings."""
    return RecordAccess(recordings_folder(), beep=QApplication.beep, say=voice_of_system())


def voice_of_system() -> Callable[[str], None] | None:
    """Return what speaks on this system without being shipped, None where nothing does."""
    names = {"darwin": ("say",), "win32": ("powershell",)}.get(sys.platform, _ON_LINUX)
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        return None

    def say(text: str) -> None:
        process = QProcess()
        process.setProgram(program)
        process.setArguments(_arguments(text))
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert(_SAID, text)
        process.setProcessEnvironment(environment)
        process.startDetached()

    return say


def _arguments(text: str) -> list[str]:
    if sys.platform == "win32":
        return ["-NoProfile", "-NonInteractive", "-WindowStyle", "Hidden", "-Command", _SAPI]
    return [text] if sys.platform == "darwin" else ["--", text]
