"""The choice of models, in a dialog and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.app_settings import SettingsStore
from app.live_page.messages import Tone
from app.live_page.pipeline_protocol import Setup
from app.live_page.settings_dialog import SHIPPED, SettingsDialog
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.pipelines import Models
from app.window import make_window
from mia_core.live.pipeline import LivePipeline
from mia_core.pose.mediapipe_estimator import MediaPipeEstimator
from tests.fakes.people import HipModel, NumberedSource
from tests.gui.conftest import CAMERA, Bench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def _dialog(window: MainWindow) -> SettingsDialog:
    window.actions_by_name["settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert not dialog.isModal()
    return dialog


@pytest.mark.parametrize("name", ["pose_model", "activation_model"])
def test_a_file_is_chosen_and_given_back(qtbot: QtBot, bench: Bench, tmp_path: Path, name: str) -> None:
    row = getattr(_dialog(bench.window), name)
    assert row.shown == SHIPPED
    assert not row.use_shipped.isEnabled()
    row.choose.click()
    files = row.findChild(QFileDialog)
    assert files is not None
    files.fileSelected.emit(str(tmp_path / "mine.bin"))
    files.close()
    qtbot.waitUntil(lambda: len(bench.created) == 2)
    assert getattr(bench.created[-1][1], name) == str(tmp_path / "mine.bin")
    assert row.shown == "mine.bin"
    row.use_shipped.click()
    qtbot.waitUntil(lambda: len(bench.created) == 3)
    assert bench.created[-1][1] == Setup()
    assert row.shown == SHIPPED
    assert bench.window.settings.pose_model == bench.window.settings.activation_model == ""


def test_a_bad_pose_model_is_an_error_on_the_screen(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.task"
    bad.write_text("no model")

    def create(_choice: SourceChoice, setup: Setup) -> LivePipeline:
        def make_estimator() -> MediaPipeEstimator:
            return MediaPipeEstimator(Path(setup.pose_model)) if setup.pose_model else MediaPipeEstimator()

        return LivePipeline(NumberedSource([0.0]), make_estimator, HipModel)

    window = open_window(create, CAMERA)
    qtbot.waitUntil(lambda: window.live_page.pipeline is not None)
    window.set_pose_model(str(bad))
    banner = window.live_page.stage.banner
    qtbot.waitUntil(lambda: banner.message is not None and banner.message.tone is Tone.ERROR)
    assert banner.message is not None
    assert "bad.task" in banner.message.title
    assert "go back" in banner.message.text


def test_the_command_line_wins_for_a_run_and_the_dialog_says_so(qtbot: QtBot, store: SettingsStore) -> None:
    window = make_window(None, Models("mine"), store)
    qtbot.addWidget(window)
    window.show()
    dialog = _dialog(window)
    assert not dialog.activation_model.choose.isEnabled()
    assert dialog.pose_model.choose.isEnabled()
