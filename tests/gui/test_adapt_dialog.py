"""The model is adapted to a subject from the sessions page, used, and given up again in one step."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.live_page.settings_dialog import SettingsDialog
from app.main_window import MainWindow
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.models.checkpoint import load_checkpoint
from mia_core.training.adaptation import AdaptationSettings
from mia_core.training.person_recordings import read_recordings
from tests.fakes.recorded_demo import make_demo_session
from tests.gui.fake_pipeline import FakePipeline

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo_session(tmp_path_factory.mktemp("recorded") / "ses-1", seconds=31, effort=0.5)


@pytest.fixture
def window(
    qtbot: QtBot,
    tmp_path: Path,
    open_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
    recorded: Path,
) -> MainWindow:
    """The sessions page over one session, which is chosen; adaptations take two steps."""
    monkeypatch.setattr("mia_core.training.adaptation.AdaptationSettings", partial(AdaptationSettings, steps=2))
    session = tmp_path / "library" / "sub-P01" / "ses-1"
    shutil.copytree(recorded, session)
    window = open_window(lambda *_: FakePipeline())
    window.show_page("sessions")
    qtbot.waitUntil(lambda: not window.sessions_page.shelf.is_busy, timeout=WAIT_MS)
    window.sessions_page.table.choose(session)
    return window


def test_a_model_is_made_used_and_given_up(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.actions_by_name["adapt_model"].trigger()
    dialog = window.sessions_page.adapt_dialog
    assert dialog is not None
    assert dialog.windowTitle() == "Adapt the model to subject P01"
    assert not dialog.use.isVisible()
    dialog.start.click()
    assert dialog.bar.isVisible()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    assert "that it never saw" in dialog.outcome.text
    assert "simulated sEMG, not measured" in dialog.outcome.text
    dialog.use.click()
    assert not dialog.isVisible()
    model = tmp_path / "models" / "modern-sim-1-P01.safetensors"
    assert window.settings.activation_model == str(model)
    window.actions_by_name["settings"].trigger()
    settings = window.findChild(SettingsDialog)
    assert settings is not None
    row = settings.activation_model
    assert row.told == "Adapted to P01, from modern-sim-1."
    row.use_shipped.click()
    assert window.settings.activation_model == ""
    assert row.told == ""
    assert row.go_back.text() == "Go back to modern-sim-1-P01"
    row.go_back.click()
    assert window.settings.activation_model == str(model)
    again(qtbot, window)
    settings.close()


def again(qtbot: QtBot, window: MainWindow) -> None:
    """What was adapted to a person is not adapted on: its parent is."""
    window.actions_by_name["adapt_model"].trigger()
    dialog = window.sessions_page.adapt_dialog
    assert dialog is not None
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    dialog.use.click()
    card = load_checkpoint(Path(window.settings.activation_model)).card
    assert card.name == "modern-sim-1-P01-2"
    assert card.training is not None
    assert card.training.settings["init"] == "modern-sim-1"


def test_it_can_be_stopped(qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, may_go_on = threading.Event(), threading.Event()

    def slow(*arguments: object) -> RecordedSet:
        began.set()
        may_go_on.wait(30)
        return read_recordings(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("mia_core.training.person_recordings.read_recordings", slow)
    window.actions_by_name["adapt_model"].trigger()
    dialog = window.sessions_page.adapt_dialog
    assert dialog is not None
    dialog.start.click()
    assert began.wait(30)
    dialog.stop.click()
    assert "Stopping" in dialog.doing.text()
    assert not dialog.stop.isEnabled()
    may_go_on.set()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    assert dialog.outcome.text == "Stopped Nothing was written."
    assert list((tmp_path / "models").iterdir()) == []
    dialog.close()


def test_sessions_that_do_not_fit_are_told(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = window.sessions_page.chosen[0].folder  # asked here: the work below is done on another thread

    def nothing_held_out(*_: object) -> RecordedSet:
        clips = read_recordings([folder]).clips
        return RecordedSet(tuple(clip.cut(slice(0, 40)) for clip in clips), "abc")

    monkeypatch.setattr("mia_core.training.person_recordings.read_recordings", nothing_held_out)
    window.actions_by_name["adapt_model"].trigger()
    dialog = window.sessions_page.adapt_dialog
    assert dialog is not None
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.is_running, timeout=WAIT_MS)
    assert "too short to hold something out" in dialog.outcome.text
    assert dialog.start.isVisible()
    dialog.close()
