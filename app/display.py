"""What the surroundings offer: a display, and places for recordings and montages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs


def has_display() -> bool:
    """Return whether a window can be shown."""
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def display_works() -> bool:
    """Return whether a window can really be shown, by opening the display in a process of its own.

    Qt ends the whole process when the display that the environment names can't be opened, or when one of its
    libraries is missing.
    """
    if not has_display() or sys.platform != "linux" or getattr(sys, "frozen", False):
        return has_display()
    attempt = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
    return subprocess.run([sys.executable, "-c", attempt], capture_output=True, check=False).returncode == 0


def recordings_folder() -> Path:
    """Return where sessions go by default: `recordings` of a checkout, else the user's documents."""
    checkout = Path(__file__).parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / "recordings"
    return Path(platformdirs.user_documents_dir()) / "mia-live recordings"


def montages_folder() -> Path:
    """Return where montages of sensors are kept from day to day."""
    return Path(platformdirs.user_data_dir("MIA Live", appauthor=False)) / "montages"
