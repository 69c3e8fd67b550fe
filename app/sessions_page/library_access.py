"""What the sessions page asks of the world outside, so that it can be tried on a made folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.display import recordings_folder


@dataclass(frozen=True, slots=True)
class LibraryAccess:
    """The doors to the disk.

    Attributes:
        folder: Where all recordings are; need not be there yet.
        open_folder: Shows a folder in the system's file manager.
    """

    folder: Path
    open_folder: Callable[[Path], object]

    @classmethod
    def usual(cls) -> LibraryAccess:
        """Return the doors to the user's own recordings."""
        return cls(recordings_folder(), lambda folder: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
