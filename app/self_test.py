"""`mia --self-test`: does this installation work? 5 s of the demo through the whole pipeline, as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from bleak.backends.client import get_platform_client_backend_type
from bleak.backends.scanner import get_platform_scanner_backend_type
from PySide6.QtGui import QImageReader

from app.headless import run_headless
from app.live_page.source_choice import SourceChoice
from app.pipelines import Models
from app.window import take_screenshot
from mia_core.bundled import EXERCISE_CLIPS
from mia_core.errors import MiaError
from mia_core.exercises import EXERCISES
from mia_core.recording.session_reader import read_session

SECONDS = 5.0
EXIT_FAILED = 3


def self_test() -> int:
    """Run the test, print what was found as JSON, and return the exit code: 0 when all is well."""
    outcome: dict[str, object] = {"frozen": bool(getattr(sys, "frozen", False))}
    try:
        outcome |= _measure()
    except MiaError as error:
        outcome |= {"passed": False, "error": str(error), "advice": error.advice}
    sys.stdout.write(json.dumps(outcome, indent=2) + "\n")
    return 0 if outcome["passed"] else EXIT_FAILED


def _measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        session_folder = Path(folder) / "session"
        run_headless(SourceChoice.demo(), Models(), session_folder, seconds=SECONDS, quiet=True)
        session = read_session(session_folder)
        window_paints = take_screenshot(Path(folder) / "window.png", SourceChoice.demo(), Models(), at_s=0.5)
    counts = session.manifest["counts"]
    known = session.activation[~np.isnan(session.activation)]
    checks = {
        "frames": counts["frames"] >= 30 * SECONDS,
        "person_found": counts["detected"] >= 0.95 * counts["frames"],
        "rows": counts["steps"] >= 10 * (SECONDS - 1),
        "activation_is_finite_and_positive": bool(len(known)) and bool((np.isfinite(known) & (known >= 0)).all()),
        "nothing_lost": counts["skipped"] == counts["frames_lost"] == 0,
        "window_paints": window_paints,
        "exercises_can_be_shown": _can_show_exercises(),
        "bluetooth_is_installed": _bluetooth_is_installed(),
    }
    return {"passed": all(checks.values()), "checks": checks, "counts": counts, "model": session.manifest["model"]}


def _can_show_exercises() -> bool:
    """Return whether the clips are there, and the plugin of Qt that reads them."""
    clips = [QImageReader(str(path)) for path in EXERCISE_CLIPS.glob("*.webp")]
    return len(clips) == len(EXERCISES) and all(clip.supportsAnimation() and clip.canRead() for clip in clips)


def _bluetooth_is_installed() -> bool:
    """Return whether bleak's part for this system is there; whether there is a radio is no matter of installation."""
    try:
        get_platform_scanner_backend_type()
        get_platform_client_backend_type()
    except ImportError:
        return False
    return True
