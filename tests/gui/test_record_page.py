"""Recording a subject from the window, on a real pipeline of foretellable parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.live_page.pipeline_protocol import Setup
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.record_page.record_page import RecordPage
from app.record_page.take import TakeState
from mia_core.live.pipeline import LivePipeline
from mia_core.recording.session_reader import read_session
from tests.fakes.numbered_streams import NumberedCamera
from tests.fakes.people import HipModel, ScriptedEstimator
from tests.gui.conftest import CAMERA

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def window(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> MainWindow:
    """The window on its record page, watching a camera that numbers its pictures."""

    def create(_choice: SourceChoice, _setup: Setup) -> LivePipeline:
        return LivePipeline(NumberedCamera(60, rate_hz=60.0), ScriptedEstimator, HipModel)

    window = open_window(create, CAMERA)
    window.actions_by_name["show_record"].trigger()
    qtbot.waitUntil(lambda: window.record_page.checks[0].is_there)
    return window


@pytest.fixture
def page(window: MainWindow) -> RecordPage:
    """The page with nothing left to be asked about."""
    page = window.record_page
    page.setup.subject.setEditText("P07")
    page.setup.consent.setChecked(True)
    for name in ("sensors", "calibration"):
        page.strip.cells[name].needed.setChecked(False)
    return page


def record(qtbot: QtBot, page: RecordPage) -> Path:
    """Begin a take, and return its folder."""
    page.begin_or_end()
    qtbot.waitUntil(lambda: page.take.state is TakeState.RECORDING)
    qtbot.waitUntil(lambda: page.take.health.counts.frames > 3)
    assert page.take.folder is not None
    return page.take.folder


def end(qtbot: QtBot, page: RecordPage) -> None:
    page.begin_or_end()
    qtbot.waitUntil(lambda: page.take.state is TakeState.OVER)


def test_a_take_becomes_a_whole_session_of_the_subject(qtbot: QtBot, page: RecordPage, tmp_path: Path) -> None:
    folder = record(qtbot, page)
    assert folder.parent == tmp_path / "recordings" / "sub-P07"
    end(qtbot, page)
    session = read_session(folder)
    assert session.recording is not None
    assert session.recording.complete
    assert session.recording.consent.given
    assert session.recording.required_streams == ("video", "pose")
    assert len(session.captured.index) > 3
    assert page.summary.isVisible()
    assert any(text.startswith("Video: ") for text in page.summary.texts)


def question(window: MainWindow) -> QMessageBox:
    return next(box for box in window.findChildren(QMessageBox) if box.isVisible())


def answer(qtbot: QtBot, window: MainWindow, text: str) -> None:
    box = question(window)
    button = next(button for button in box.findChildren(QPushButton) if button.text().startswith(text))
    button.click()
    qtbot.waitUntil(lambda: not any(box.isVisible() for box in window.findChildren(QMessageBox)))


def test_closing_the_window_asks_and_ends_the_take_in_order(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    folder = record(qtbot, page)
    window.close()
    assert window.isVisible()
    answer(qtbot, window, "Stay")
    assert page.take.state is TakeState.RECORDING
    window.close()
    answer(qtbot, window, "End the take")
    qtbot.waitUntil(lambda: not window.isVisible())
    recording = read_session(folder).recording
    assert recording is not None
    assert recording.complete
