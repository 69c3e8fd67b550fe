from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QGraphicsView
from pytestqt.qtbot import QtBot

from app.app_settings import AppSettings, SettingsStore
from app.live_page.live_page import TRACES_EVERY
from app.live_page.live_session import Phase
from app.live_page.pipeline_protocol import Setup
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.sensor_page.sensor_access import SensorAccess
from mia_core.colour_scale import COLOUR_BLIND_SAFE, PAPER
from mia_core.errors import CameraNotFoundError
from mia_core.live.snapshot import PipelineState
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation
from tests.gui.conftest import CAMERA, Bench
from tests.gui.fake_pipeline import VALUES, FakePipeline


def _body_colours(window: MainWindow) -> list[tuple[int, ...]]:
    body_map = window.live_page.body_map
    picture = body_map.grab().toImage()
    places = [body_map.muscle_centre(channel) * picture.devicePixelRatio() for channel in range(len(VALUES))]
    return [QColor(picture.pixel(place.toPoint())).getRgb()[:3] for place in places]


def test_a_new_snapshot_is_painted_in_its_colours_and_its_age_measured(qtbot: QtBot, bench: Bench) -> None:
    flipped = VALUES[::-1].copy()
    bench.pipeline.show(activation=MuscleActivation(flipped, 1.0))
    qtbot.waitUntil(lambda: bench.window.live_page.snapshot is bench.pipeline.snapshot())
    assert _body_colours(bench.window) == [tuple(rgb) for rgb in PAPER.rgb(flipped)]
    qtbot.waitUntil(lambda: len(bench.window.live_page.ages.ages_ms) > 0)
    assert np.all(bench.window.live_page.ages.ages_ms > 0)


def test_a_long_pause_does_not_count_as_age(qtbot: QtBot, bench: Bench) -> None:
    ages = bench.window.live_page.ages
    qtbot.waitUntil(lambda: len(ages.ages_ms) == 1)
    for _ in range(3):  # the same frame again, as when the state alone changes
        bench.pipeline.show()
        qtbot.waitUntil(lambda: bench.window.live_page.snapshot is bench.pipeline.snapshot())
        bench.window.live_page.body_map.repaint()
    assert len(ages.ages_ms) == 1
    bench.pipeline.show(newest_captured_s=0.5)
    qtbot.waitUntil(lambda: len(ages.ages_ms) == 2)


def test_nothing_new_is_not_painted_again(qtbot: QtBot, bench: Bench) -> None:
    qtbot.waitUntil(lambda: len(bench.window.live_page.ages.ages_ms) > 0)
    seen = bench.window.live_page.snapshot
    bench.window.live_page.poll_picture()
    assert bench.window.live_page.snapshot is seen


def test_status_strip_shows_health_and_badge(bench: Bench) -> None:
    page = bench.window.live_page
    page.status.show_snapshot(bench.pipeline.snapshot(), page.ages)
    assert page.status.fps.text == "29.8 fps"
    assert page.status.pose.text == "24.6 ms"
    assert page.status.skipped.text == "3"
    assert page.status.device.text == "CPU"
    assert page.status.tracking.text == "whole person"
    assert page.status.badge.text() == "simulated, not measured"
    assert page.status.badge.isVisible()
    assert not page.status.unsure.isVisible()


def test_muscles_of_low_confidence_are_named_in_the_status_strip(bench: Bench) -> None:
    page = bench.window.live_page
    arms = tuple(placement.name for placement in MONTAGE.placements if placement.muscle.is_arm)
    health = replace(bench.pipeline.snapshot().health, low_confidence=arms)
    bench.pipeline.show(health=health)
    page.status.show_snapshot(bench.pipeline.snapshot(), page.ages)
    assert page.status.unsure.isVisible()
    assert page.status.unsure.text() == "low confidence: arms"
    assert "left biceps" in page.status.unsure.toolTip()
    page.status.show_snapshot(None, page.ages)
    assert not page.status.unsure.isVisible()


def test_pause_step_and_resume(qtbot: QtBot, bench: Bench) -> None:
    window, pipeline = bench.window, bench.pipeline
    assert not window.actions_by_name["step"].isEnabled()
    window.actions_by_name["pause"].trigger()
    qtbot.waitUntil(window.actions_by_name["step"].isEnabled)
    window.actions_by_name["step"].trigger()
    window.actions_by_name["pause"].trigger()
    assert pipeline.calls == ["pause", "step", "resume"]


def test_keys_reach_their_actions(qtbot: QtBot, bench: Bench) -> None:
    window = bench.window
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert bench.pipeline.calls == ["pause"]
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert window.settings.lookahead_steps == 4
    assert bench.pipeline.calls[-1] == "lookahead 4"
    qtbot.keyClick(window, Qt.Key.Key_C)
    assert window.settings.colour_scale == COLOUR_BLIND_SAFE.name
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert not window.settings.mirror_camera
    qtbot.keyClick(window, Qt.Key.Key_W)
    assert window.settings.trace_length_s == 30


def test_stop_and_start_again(qtbot: QtBot, bench: Bench) -> None:
    window = bench.window
    window.actions_by_name["start_stop"].trigger()
    assert bench.pipeline.stopped.wait(5)
    qtbot.waitUntil(lambda: window.live_page.pipeline is None)
    assert window.session.view.phase is Phase.IDLE
    window.actions_by_name["start_stop"].trigger()
    qtbot.waitUntil(lambda: len(bench.created) == 2)
    assert bench.created[-1] == (CAMERA, Setup(2))


def test_a_finished_file_can_be_played_again(qtbot: QtBot, bench: Bench) -> None:
    bench.pipeline.show(state=PipelineState.FINISHED)
    qtbot.waitUntil(lambda: bench.window.actions_by_name["start_stop"].iconText() == "Start")
    bench.window.actions_by_name["start_stop"].trigger()
    qtbot.waitUntil(lambda: len(bench.created) == 2)


def test_what_has_just_ended_is_not_started_again_by_who_stops_it(qtbot: QtBot, bench: Bench) -> None:
    window = bench.window
    window._controls_poll.stop()  # the button was looked at just before
    bench.pipeline.show(state=PipelineState.FINISHED)
    qtbot.waitUntil(lambda: window.live_page.snapshot is bench.pipeline.snapshot())
    assert window.actions_by_name["start_stop"].iconText() == "Stop"
    window.actions_by_name["start_stop"].trigger()
    assert bench.pipeline.stopped.wait(5)
    assert window.session.view.phase is Phase.IDLE
    assert window.actions_by_name["start_stop"].iconText() == "Start"


def test_colour_scales_and_full_scale_reach_the_body_map(qtbot: QtBot, bench: Bench) -> None:
    bench.window.actions_by_name["next_scale"].trigger()
    bench.window.actions_by_name["full_scale_up"].trigger()
    scale = COLOUR_BLIND_SAFE.with_full_scale(0.5)
    assert _body_colours(bench.window) == [tuple(rgb) for rgb in scale.rgb(VALUES)]
    for _ in range(5):
        bench.window.actions_by_name["full_scale_up"].trigger()
    assert bench.window.settings.full_scale == 1.0


def test_theme_changes_every_surface(bench: Bench) -> None:
    window = bench.window
    dark = window.grab().toImage().convertToFormat(window.grab().toImage().Format.Format_Grayscale8)
    window.actions_by_name["theme"].trigger()
    light = window.grab().toImage().convertToFormat(dark.format())
    height, width = dark.height(), dark.width()
    for x, y in ((5, 5), (width - 20, height // 2), (10, height - 10), (60, height - 60)):
        assert QColor(dark.pixel(x, y)).lightness() < 80
        assert QColor(light.pixel(x, y)).lightness() > 180


def test_choices_are_remembered(
    qtbot: QtBot,
    bench: Bench,
    store: SettingsStore,
    sensor_access: SensorAccess,
) -> None:
    for name in ("theme", "next_scale", "next_lookahead", "next_trace_length", "mirror", "full_scale_down"):
        bench.window.actions_by_name[name].trigger()
    bench.window.live_page.columns.setSizes([600, 500])
    left, right = bench.window.live_page.columns.sizes()
    bench.window.close()
    again = MainWindow(lambda _choice, _setup: FakePipeline(), list, store, sensor_access)
    qtbot.addWidget(again)
    assert again.settings == store.load()
    assert (again.settings.theme, again.settings.colour_scale) == ("light", COLOUR_BLIND_SAFE.name)
    assert (again.settings.lookahead_steps, again.settings.trace_length_s) == (4, 30)
    assert (again.settings.mirror_camera, again.settings.full_scale) == (False, 0.1)
    assert (again.settings.last_source, again.settings.last_label) == (str(CAMERA), CAMERA.label)
    assert again.settings.geometry
    with qtbot.waitExposed(again):
        again.show()
    assert np.divide(*again.live_page.columns.sizes()) == pytest.approx(left / right, rel=0.02)


def test_closing_stops_the_pipeline_and_ends_the_threads(bench: Bench) -> None:
    bench.window.close()
    assert bench.pipeline.stopped.is_set()
    assert bench.window.session.wait_ended(5)


def test_an_error_offers_another_source(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    def create(_choice: SourceChoice, _setup: Setup) -> FakePipeline:
        raise CameraNotFoundError("The camera is busy.", "Close the other program.")

    window = open_window(create, CAMERA)
    banner = window.live_page.stage.banner
    qtbot.waitUntil(lambda: banner.message is not None and banner.message.title == "The camera is busy.")
    assert banner.isVisible()
    assert banner.choose_source.isVisible()
    assert banner.choose_source.menu() is not None


def test_a_dropped_video_is_watched_and_remembered(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    video = tmp_path / "squat.mp4"
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(video))])
    where = QPointF(100, 100)
    keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(bench.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(bench.window, QDropEvent(where, Qt.DropAction.CopyAction, mime, buttons, keys))
    qtbot.waitUntil(lambda: len(bench.created) == 2)
    assert bench.created[-1][0] == SourceChoice.file(video)
    assert bench.window.settings.recent_files == (str(video),)
    assert not bench.window.live_page.stage.camera_view.mirrored


def test_a_dropped_text_is_refused(bench: Bench) -> None:
    mime = QMimeData()
    mime.setText("hello")
    event = QDragEnterEvent(
        QPointF(1, 1).toPoint(),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.accept()
    QApplication.sendEvent(bench.window, event)
    assert not event.isAccepted()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_file_dialog_does_not_block(qtbot: QtBot, bench: Bench, tmp_path: Path) -> None:
    bench.window.actions_by_name["open_file"].trigger()
    dialog = bench.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "a.mp4"))
    dialog.close()
    qtbot.waitUntil(lambda: len(bench.created) == 2)
    assert bench.created[-1][0].label == "a.mp4"


def test_sources_are_listed_by_name(qtbot: QtBot, bench: Bench) -> None:
    bench.window.cameras.refresh()
    bench.window.cameras.wait(5)
    menu = bench.window.live_page.stage.banner.choose_source.menu()
    menu.fill()
    texts = [action.text().strip() for action in menu.actions()]
    assert "Test camera" in texts
    assert "Open a video file" in texts
    assert "Watch the demo subject" in texts
    next(action for action in menu.actions() if action.text().strip() == "Test camera").trigger()
    qtbot.waitUntil(lambda: len(bench.created) == 2)
    assert bench.created[-1][0] == CAMERA


def test_every_button_has_an_accessible_name(bench: Bench) -> None:
    buttons = [button for button in bench.window.findChildren(QAbstractButton) if button.isVisible()]
    assert len(buttons) >= 9
    assert [button for button in buttons if not (button.accessibleName() or button.text())] == []


@pytest.mark.parametrize("size", [(960, 600), (1280, 720), (1920, 1080)])
def test_nothing_is_wider_than_its_place(bench: Bench, size: tuple[int, int]) -> None:
    bench.window.resize(*size)
    assert (bench.window.width(), bench.window.height()) == size
    for button in bench.window.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()


def test_traces_follow_after_a_painted_picture_and_without_one(qtbot: QtBot, bench: Bench) -> None:
    page = bench.window.live_page
    shown: list[int] = []
    page.stop_polling()
    page.traces.show_history = lambda history, _notes: shown.append(len(history.timestamps_s))
    for _ in range(TRACES_EVERY):
        page.poll_slow()
    shown.clear()
    bench.pipeline.grow(seconds=30.0)
    bench.pipeline.show(newest_captured_s=0.5)
    page.poll_picture()
    assert not shown  # the picture goes first
    page.body_map.repaint()
    qtbot.waitUntil(lambda: shown == [300])
    bench.pipeline.grow(seconds=31.0)
    for _ in range(2 * TRACES_EVERY):  # once it is due, then it is done without a picture
        page.poll_slow()
    assert shown == [300, 310]


def _opened_again(open_window: Callable[..., MainWindow], store: SettingsStore, last: SourceChoice) -> MainWindow:
    """The window of a next start, without a source on the command line."""
    store.save(replace(AppSettings(), last_source=str(last), last_label=last.label))
    return open_window(lambda _choice, _setup: FakePipeline())


def test_a_start_without_a_source_goes_on_with_the_demo_or_a_file(
    qtbot: QtBot, open_window: Callable[..., MainWindow], store: SettingsStore, tmp_path: Path
) -> None:
    video = tmp_path / "squat.mp4"
    video.touch()
    for last in (SourceChoice.demo(), SourceChoice.file(video)):
        window = _opened_again(open_window, store, last)
        qtbot.waitUntil(lambda window=window: window.session.view.phase is Phase.LIVE)
        assert window.session.view.choice == last
        window.close()


def test_a_start_without_a_source_waits_where_the_file_is_gone_or_there_was_none(
    qtbot: QtBot, open_window: Callable[..., MainWindow], store: SettingsStore, tmp_path: Path
) -> None:
    fresh = open_window(lambda _choice, _setup: FakePipeline())
    gone = _opened_again(open_window, store, SourceChoice.file(tmp_path / "gone.mp4"))
    for window in (fresh, gone):
        qtbot.waitUntil(lambda window=window: len(window.live_page.traces.findChildren(QGraphicsView)) == 2)
        assert window.session.view.phase is Phase.IDLE
    assert not fresh.live_page.stage.welcome.again.isVisible()


def test_a_camera_never_switches_itself_on_but_is_one_click_away(
    qtbot: QtBot, open_window: Callable[..., MainWindow], store: SettingsStore
) -> None:
    window = _opened_again(open_window, store, CAMERA)
    again = window.live_page.stage.welcome.again
    qtbot.waitUntil(again.isVisible)
    assert again.text().strip() == "Start Test camera"
    assert window.session.view.phase is Phase.IDLE
    again.click()
    qtbot.waitUntil(lambda: window.session.view.phase is Phase.LIVE)
    assert window.session.view.choice == CAMERA


def test_a_pose_model_of_the_users_restarts_the_source_and_is_remembered(
    qtbot: QtBot, bench: Bench, store: SettingsStore
) -> None:
    bench.window.set_pose_model("/models/heavy.task")
    qtbot.waitUntil(lambda: len(bench.created) == 2)
    assert bench.created[-1] == (CAMERA, Setup(2, "/models/heavy.task", ""))
    bench.window.set_activation_model("/models/mine.safetensors")
    qtbot.waitUntil(lambda: len(bench.created) == 3)
    assert bench.created[-1] == (CAMERA, Setup(2, "/models/heavy.task", "/models/mine.safetensors"))
    bench.window.close()
    assert (store.load().pose_model, store.load().activation_model) == (
        "/models/heavy.task",
        "/models/mine.safetensors",
    )
