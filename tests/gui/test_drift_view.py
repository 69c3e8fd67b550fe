"""The window that shows how clocks ran, on a session whose clocks were made to drift."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.review_page.drift_view import DriftDialog, DriftPlot, drift_words
from app.review_page.reviewed_session import ReviewedSession
from app.theme import DARK
from mia_core.recording import session as form
from mia_core.recording.session_drift import session_drifts
from mia_core.recording.session_json import read_json, write_json
from mia_core.recording.session_reader import read_session
from tests.export.made_sessions import make_session
from tests.fakes.drifts import stretch
from tests.gui.fake_pipeline import FakePipeline

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_session(tmp_path / "sub-P01" / "ses-1", seconds=60, channels=(0, 5))
    stretch(made / form.FRAMES, 2, {"": 1000.0}, key=0)
    stretch(made / form.EMG_CSV, 0, {"left_biceps": -400.0}, key=1)
    return made


def test_the_review_page_shows_the_clocks(
    qtbot: QtBot, folder: Path, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window(lambda *_: FakePipeline())
    page = window.review_page
    assert not page.controls.clocks.isEnabled()
    window.show_page("review")
    page.load(folder)
    qtbot.waitUntil(lambda: not page.is_busy)
    qtbot.mouseClick(page.controls.clocks, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(DriftDialog)
    (plot,) = dialog.findChildren(DriftPlot)
    said = plot.accessibleName()
    assert "Camera: 999.0" in said
    assert "ppm slow, 55 ms behind at the end" in said
    assert "Left biceps: 400." in said
    assert "Right triceps: 0.0 ± 38.2 ppm: as fast as it says" in said
    dialog.close()
    window.close()


def test_each_row_is_a_line_from_zero_to_its_end(qtbot: QtBot, folder: Path) -> None:
    drifts = session_drifts(read_session(folder))
    plot = DriftPlot(drifts, DARK)
    qtbot.addWidget(plot)
    plot.resize(900, 132)
    image = plot.grab().toImage()
    line = DARK.accent.lower()
    for row, (falls, stream) in enumerate(zip((True, False), drifts, strict=False)):
        places = [
            (x, y)
            for x in range(120, 560)
            for y in range(44 * row, 44 * row + 44)
            if image.pixelColor(x, y).name() == line
        ]
        assert places, stream.device
        first, last = min(places), max(places)
        assert (last[1] < first[1]) is falls, "what falls behind rises"
        assert last[0] - first[0] > 300
    assert drift_words(drifts[1]).startswith("400.")


def test_a_short_session_says_why_there_is_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_session(tmp_path / "ses", seconds=5)
    words = said(qtbot, folder)
    assert "too short to tell" in words
    assert "no ritual, so the offset" in words


def test_offsets_stand_beside_the_clocks(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_session(tmp_path / "ses", seconds=5)
    manifest = read_json(folder / "session.json")
    manifest["sync"] = {"offset_s": -0.02, "spread_s": 0.05, "accepted": False}
    manifest["light_sync"] = {"offset_s": 0.1, "spread_s": 0.01, "accepted": True}
    write_json(folder / "session.json", manifest)
    words = said(qtbot, folder)
    assert "Sync: offset \N{MINUS SIGN}20 ms, spread 50 ms: refused\nLight: camera +100 ms, spread 10 ms" in words


def said(qtbot: QtBot, folder: Path) -> str:
    session = ReviewedSession.load(folder)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = DriftDialog(session, DARK, parent)
    assert not dialog.findChildren(DriftPlot)
    words = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    dialog.close()
    session.close()
    return words
