"""Recording from the window, on a real pipeline of foretellable parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from app.live_page.pipeline_protocol import Setup
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.review_page.reviewed_session import ReviewedSession
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.exporters import EXPORTERS
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.recording.recording_manifest import Subject
from mia_core.recording.session_library import SessionLibrary
from mia_core.recording.session_reader import read_session
from tests.fakes.people import HipModel, NumberedSource, ScriptedEstimator
from tests.gui.conftest import CAMERA, Bench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # a question off the screen
STAMPS_S = [index / 30 for index in range(100_000)]


@pytest.fixture
def window(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> MainWindow:
    def create(_choice: SourceChoice, _setup: Setup) -> LivePipeline:
        estimator = ScriptedEstimator(x_per_frame=0.001)
        return LivePipeline(NumberedSource(STAMPS_S), lambda: estimator, HipModel, PipelineSettings(lossless=True))

    window = open_window(create, CAMERA)
    qtbot.waitUntil(window.actions_by_name["record"].isEnabled)
    return window


@pytest.fixture
def folder(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> Path:
    """The session folder, while it is being recorded."""
    window.actions_by_name["record"].trigger()
    subject = tmp_path / "recordings" / "sub-unknown"
    qtbot.waitUntil(lambda: any(subject.glob("ses-*/session.json")))
    (folder,) = subject.iterdir()
    assert not json.loads((folder / "session.json").read_text())["complete"]
    return folder


def _told(window: MainWindow) -> Path | None:
    banner = window.live_page.stage.banner
    return banner.message.folder if banner.message is not None and banner.isVisible() else None


def test_the_button_shows_the_time_while_it_records(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    record = window.actions_by_name["record"]
    assert record.isChecked()
    assert record.iconText().startswith("0:0")
    record.trigger()
    qtbot.waitUntil(lambda: record.iconText() == "Record")
    assert not record.isChecked()


def test_ending_it_leaves_a_session_that_everything_reads(
    qtbot: QtBot, window: MainWindow, folder: Path, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: window.record_page.take.health.counts.frames > 0)
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: _told(window) == folder)
    session = read_session(folder)
    assert session.recording.complete
    assert session.recording.subject == Subject("unknown", "Quick recording.")
    assert not session.recording.consent.given
    assert len(session.frame_index) > 0
    assert session.video is not None
    assert session.captured.in_video.all()
    assert [entry.folder for entry in SessionLibrary(tmp_path / "recordings").sessions()] == [folder]
    reviewed = ReviewedSession.load(folder)
    assert reviewed.recorded.subject == "unknown"
    reviewed.close()
    outcome = export([folder], EXPORTERS["csv"](ExportSettings()), tmp_path / "out")
    assert outcome.exported == (f"sub-unknown_{folder.name}",)
    window.actions_by_name["record"].trigger()  # the next one has a folder of its own
    qtbot.waitUntil(lambda: len(list(folder.parent.glob("*/session.json"))) == 2)
    qtbot.waitUntil(lambda: _told(window) is None)
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: _told(window) not in (None, folder))


@pytest.mark.parametrize("way", ["stop", "other source"])
def test_a_recording_ends_in_order_with_its_source(qtbot: QtBot, window: MainWindow, folder: Path, way: str) -> None:
    if way == "stop":
        window.actions_by_name["start_stop"].trigger()
    else:
        window.watch(SourceChoice.demo())
    qtbot.waitUntil(lambda: _told(window) == folder)
    assert read_session(folder).manifest["complete"] is True
    qtbot.waitUntil(lambda: not window.actions_by_name["record"].isChecked())


def test_closing_the_window_asks_and_then_ends_it_in_order(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    window.close()
    assert window.isVisible()
    question = window.record_page.question.box
    assert question is not None
    assert question.text() == "Quit while recording?"
    question.buttons()[0].click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert read_session(folder).manifest["complete"] is True


def test_the_folder_can_be_opened(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    class FileManager(QObject):
        opened: QUrl | None = None

        @Slot(QUrl)
        def show(self, url: QUrl) -> None:
            self.opened = url

    manager = FileManager()
    QDesktopServices.setUrlHandler("file", manager, "show")
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: _told(window) == folder)
    window.live_page.stage.banner.open_folder.click()
    QDesktopServices.unsetUrlHandler("file")
    assert manager.opened is not None
    assert Path(manager.opened.toLocalFile()) == folder


def test_nothing_can_be_recorded_while_nothing_runs(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    record = bench.window.actions_by_name["record"]
    bench.window.actions_by_name["start_stop"].trigger()
    qtbot.waitUntil(lambda: not record.isEnabled())
    record.trigger()
    assert "record" not in bench.pipeline.calls
    assert not (tmp_path / "recordings").exists()
