"""The record page's doors to the real disk and the real ear."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.display import recordings_folder
from app.record_page.cues import voice_of_system
from app.record_page.record_access import RecordAccess


def usual_record_access() -> RecordAccess:
    """Return doors to the usual folder of recordings."""
    return RecordAccess(recordings_folder(), beep=QApplication.beep, say=voice_of_system())
