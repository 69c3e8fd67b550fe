"""Recording a subject from the window, on a real pipeline of foretellable parts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.app_settings import SettingsStore
from app.live_page.choice_button import ChoiceButton
from app.live_page.live_session import LiveSession, Phase, SessionView
from app.live_page.pipeline_protocol import Setup
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.record_page.contraction_ritual import LENGTH_S as CUES_S
from app.record_page.contraction_ritual import PAUSES_S
from app.record_page.light_ritual import LightRitual
from app.record_page.quick_take import TOLD_S
from app.record_page.record_access import RecordAccess
from app.record_page.record_page import RecordPage
from app.record_page.ritual import RitualStage
from app.record_page.session_choices import PAPER
from app.record_page.take import TakeState
from app.record_page.tick_box import TickBox
from app.sensor_page.sensor_access import SensorAccess
from mia_core.clock import SystemClock
from mia_core.live.light_watch import LENGTH_S
from mia_core.live.pipeline import LivePipeline
from mia_core.live.sensor_feed import SensorFeed
from mia_core.recording.disk_guard import DiskGuard
from mia_core.recording.event_log import Event
from mia_core.recording.protocol_runner import RunPhase
from mia_core.recording.recording_manifest import Privacy
from mia_core.recording.session import EVENTS
from mia_core.recording.session_reader import Session, read_session
from mia_core.recording.session_recording import RecordingSettings
from mia_core.samples import Frame
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.clock import FakeClock
from tests.fakes.numbered_streams import NumberedCamera
from tests.fakes.people import HipModel, ScriptedEstimator
from tests.fakes.scripted_sensors import ScriptedSensors, chunk
from tests.gui.conftest import CAMERA

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # dialogs off the screen

PLENTY = 10**12
TWO = """
name = "Two"
countdown_s = 3
work_s = 5
rest_s = 4
[[exercises]]
name = "squat"
[[exercises]]
name = "twist"
"""


class HoldableCamera(NumberedCamera):
    """A camera whose cable a test pulls: it delivers nothing while `is_held`."""

    def __init__(self) -> None:
        super().__init__(120, rate_hz=60.0)
        self.is_held = threading.Event()
        self._pause = threading.Event()

    def read(self) -> Frame | None:
        if self.is_held.is_set():
            self._pause.wait(0.01)
            return None
        return super().read()


@dataclass
class World:
    """What is outside the window.

    Attributes:
        folder: Where recordings go.
        clock: The window's; it passes as the tests say.
        free_bytes: Room on the disk.
        said: Sentences that were spoken.
        beeps: How many times it beeped.
        cameras: Those that were opened.
    """

    folder: Path
    clock: FakeClock | SystemClock = field(default_factory=FakeClock)
    free_bytes: int = PLENTY
    said: list[str] = field(default_factory=list)
    beeps: int = 0
    cameras: list[HoldableCamera] = field(default_factory=list)

    def create(self, _choice: SourceChoice, _setup: Setup) -> LivePipeline:
        self.cameras.append(HoldableCamera())
        return LivePipeline(self.cameras[-1], ScriptedEstimator, HipModel)

    @property
    def access(self) -> RecordAccess:
        settings = RecordingSettings(disk=DiskGuard(free_bytes=lambda _: self.free_bytes))
        return RecordAccess(self.folder, settings, self._beep, self.said.append)

    def _beep(self) -> None:
        self.beeps += 1


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "recordings")


@pytest.fixture
def open_on(
    qtbot: QtBot,
    world: World,
    store: SettingsStore,
    sensor_access: SensorAccess,
) -> Callable[[], MainWindow]:
    """Opens a window on its record page, watching a camera."""

    def make() -> MainWindow:
        window = MainWindow(
            world.create,
            lambda: [CAMERA],
            store,
            sensor_access,
            CAMERA,
            world.clock,
            record_access=world.access,
        )
        qtbot.addWidget(window, before_close_func=_stop)
        with qtbot.waitExposed(window):
            window.show()
        window.actions_by_name["show_record"].trigger()
        qtbot.waitUntil(lambda: window.record_page.checks[0].is_there)
        return window

    return make


def _stop(window: MainWindow) -> None:
    """Let a window close without being asked."""
    window.record_page.take.end()
    window.session.close(10)
    window.record_page.follow()
    window.record_page.take.follow(None, None, None, window.record_page.choices)


@pytest.fixture
def window(open_on: Callable[[], MainWindow]) -> MainWindow:
    return open_on()


@pytest.fixture
def page(window: MainWindow) -> RecordPage:
    """The page with nothing left to be asked about."""
    page = window.record_page
    page.setup.subject.setEditText("P07")
    page.setup.consent.setChecked(True)
    for name in ("sensors", "calibration"):
        page.strip.cells[name].needed.setChecked(False)
    return page


@pytest.fixture
def sensors() -> ScriptedSensors:
    return ScriptedSensors()


@pytest.fixture
def feed(window: MainWindow, sensors: ScriptedSensors, world: World) -> Iterator[SensorFeed]:
    """Running sensors that the window knows of."""
    feed = SensorFeed(sensors, clock=world.clock)
    feed.start()
    window._use_sensors(feed)
    yield feed
    window._use_sensors(None)
    assert feed.stop()


def wind(world: World, seconds: float) -> None:
    """Let time pass for the window."""
    assert isinstance(world.clock, FakeClock)
    world.clock.advance(seconds)


def begin(qtbot: QtBot, page: RecordPage) -> Path:
    """Begin a take, and return its folder."""
    page.begin_or_end()
    qtbot.waitUntil(lambda: page.take.state is TakeState.RECORDING)
    qtbot.waitUntil(lambda: page.take.health.counts.frames > 3)
    assert page.take.folder is not None
    return page.take.folder


def end(qtbot: QtBot, page: RecordPage) -> Session:
    """End the take, and read it."""
    page.begin_or_end()
    return over(qtbot, page)


def over(qtbot: QtBot, page: RecordPage) -> Session:
    qtbot.waitUntil(lambda: page.take.state is TakeState.OVER)
    assert page.take.folder is not None
    return read_session(page.take.folder)


def events(session: Session, *kinds: str) -> list[Event]:
    return [event for event in session.events if event.kind in kinds]


def titles(page: RecordPage) -> list[str]:
    return [alarm.title for alarm in page.alarm_strip.alarms]


def question(window: MainWindow) -> QMessageBox | None:
    return next((box for box in window.findChildren(QMessageBox) if box.isVisible()), None)


def answer(qtbot: QtBot, window: MainWindow, text: str) -> None:
    box = question(window)
    assert box is not None
    button = next(button for button in box.findChildren(QPushButton) if button.text().startswith(text))
    button.click()
    qtbot.waitUntil(lambda: question(window) is None)


def test_a_take_becomes_a_whole_session_of_the_subject(qtbot: QtBot, page: RecordPage, world: World) -> None:
    page.setup.notes.setPlainText("second visit")
    folder = begin(qtbot, page)
    assert folder.parent == world.folder / "sub-P07"
    session = end(qtbot, page)
    recording = session.recording
    assert recording is not None
    assert recording.complete
    assert recording.subject.notes == "second visit"
    assert recording.consent.given
    assert recording.required_streams == ("video", "pose")
    assert len(session.captured.index) > 3
    assert session.video is not None
    assert page.summary.isVisible()
    assert any(text.startswith("Video: ") for text in page.summary.texts)
    assert page.setup.subject.findText("P07") >= 0  # is offered from now on
    page.summary.next_take.click()
    assert not page.summary.isVisible()
    assert begin(qtbot, page) != folder
    end(qtbot, page)


def test_the_keys_work_on_this_page_and_not_while_one_types(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    window.activateWindow()
    page.setup.subject.setFocus()
    qtbot.keyClicks(page.setup.subject, "R")
    assert page.take.state is TakeState.IDLE
    assert page.choices.subject == "P07R"
    page.setup.consent.setChecked(True)
    qtbot.keyClick(page.setup.subject, Qt.Key.Key_Return)
    qtbot.keyClick(page, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: page.take.state is TakeState.RECORDING)
    qtbot.keyClick(page, Qt.Key.Key_R)
    over(qtbot, page)


@pytest.mark.parametrize("subject", ["", "Jane Doe"])
def test_nothing_is_recorded_of_what_is_no_subject(page: RecordPage, subject: str, world: World) -> None:
    page.setup.subject.setEditText(subject)
    page.begin_or_end()
    assert page.take.state is TakeState.IDLE
    assert page.setup.problem in page.trouble.text
    page.setup.subject.setEditText("P08")
    assert page.trouble.text == ""
    assert not page.choices.has_consent
    assert not world.folder.exists()


def test_another_subject_has_not_agreed_yet(page: RecordPage) -> None:
    assert page.choices.has_consent
    page.setup.subject.setEditText("P08")
    assert not page.choices.has_consent
    assert not page.setup.consent.isChecked()


def test_a_missing_stream_must_be_confirmed(qtbot: QtBot, page: RecordPage) -> None:
    page.strip.cells["sensors"].needed.setChecked(True)
    page.setup.consent.setChecked(False)
    cell = page.strip.cells["sensors"]
    assert cell.check is not None
    assert cell.check.is_missing
    assert cell.words == "Missing: not connected"
    page.begin_or_end()
    assert page.take.state is TakeState.IDLE
    assert page.trouble.text.startswith("Consent and sensors are missing")
    assert page.button.text() == "Record anyway"
    page.setup.consent.setChecked(True)  # not what was asked about
    page.begin_or_end()
    assert page.take.state is TakeState.IDLE
    assert page.trouble.text.startswith("Sensors are missing")
    begin(qtbot, page)
    session = end(qtbot, page)
    assert session.recording is not None
    assert session.recording.required_streams == ("video", "pose", "emg")
    assert "Sensors: none were connected" in page.summary.texts


def test_without_a_source_nothing_is_recorded(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    window.session.stop()
    qtbot.waitUntil(lambda: not page.checks[0].is_there)
    page.begin_or_end()
    assert page.take.state is TakeState.IDLE
    assert page.trouble.text.startswith("Nothing is watched")


def test_a_source_that_starts_between_two_looks_is_recorded_without_a_question(
    window: MainWindow, page: RecordPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(LiveSession, "view", property(lambda _session: SessionView(Phase.STARTING, CAMERA)))
        page.follow()
        assert page.checks[0].words == "no source is watched"
    page.begin_or_end()
    assert page.take.is_under_way
    assert page.trouble.text == ""


def test_a_picture_is_shown_even_when_the_page_has_looked_at_it_for_other_reasons_before(
    qtbot: QtBot, window: MainWindow, page: RecordPage
) -> None:
    view, pipeline = page.stage.camera_view, window.session.view.pipeline
    assert pipeline is not None
    page._picture_poll.stop()
    qtbot.waitUntil(lambda: pipeline.sequence > view._snapshot.sequence)
    number = pipeline.sequence  # the last one of a source that is paused, say
    page.follow()
    page.poll_picture()
    assert view._snapshot.sequence >= number
    window.session.stop()
    page.poll_picture()
    assert view._snapshot.frame is None


def test_no_picture_is_written_when_none_is_wanted(qtbot: QtBot, page: RecordPage) -> None:
    page.setup.privacy[Privacy.KEYPOINTS_ONLY].click()
    begin(qtbot, page)
    session = end(qtbot, page)
    assert session.recording is not None
    assert session.recording.privacy is Privacy.KEYPOINTS_ONLY
    assert session.video is None
    assert not session.recording.notes


def test_faces_are_blurred_when_that_is_wanted(qtbot: QtBot, world: World, open_on: Callable[[], MainWindow]) -> None:
    world.clock = SystemClock()  # the blur waits for poses by the camera's clock
    page = open_on().record_page
    page.setup.subject.setEditText("P07")
    page.setup.consent.setChecked(True)
    page.setup.privacy[Privacy.FACE_BLURRED].click()
    page.begin_or_end()  # asks
    begin(qtbot, page)
    session = end(qtbot, page)
    assert session.recording is not None
    assert session.recording.privacy is Privacy.FACE_BLURRED
    assert session.video is not None
    assert any("face blurred" in text for text in page.summary.texts)


def test_a_marker_has_the_time_at_which_the_key_was_pressed(
    qtbot: QtBot, window: MainWindow, page: RecordPage, world: World
) -> None:
    begin(qtbot, page)
    pressed_s = world.clock.now()
    window.actions_by_name["marker"].trigger()
    assert page.panel.marker.placeholderText() == "0:00: what happened?"
    wind(world, 4)
    qtbot.keyClicks(page.panel.marker, "slipped")
    qtbot.keyClick(page.panel.marker, Qt.Key.Key_Return)
    wind(world, 2)
    window.actions_by_name["marker"].trigger()  # is never named
    marked = events(end(qtbot, page), "marker")
    assert [event.details["text"] for event in marked] == ["slipped", "Marker 2"]
    assert [event.time_ns for event in marked] == [round(1e9 * pressed_s), round(1e9 * (pressed_s + 6))]


def test_a_protocol_leads_through_its_trials(
    qtbot: QtBot, window: MainWindow, page: RecordPage, world: World, tmp_path: Path
) -> None:
    own = tmp_path / "two.toml"
    own.write_text(TWO, encoding="utf-8")
    page.setup.choose_protocol(str(own))
    actions = window.actions_by_name

    def pass_s(seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            wind(world, 0.1)
            page.follow()

    def phase() -> RunPhase:
        assert page.take.runner is not None
        return page.take.runner.view.phase

    begin(qtbot, page)
    assert page.runner.isVisible()
    assert phase() is RunPhase.READY
    assert page.runner.exercise.text() == "Squat"
    assert world.said[0].startswith("Squat. ")
    assert not actions["hold"].isEnabled()
    actions["go_on"].trigger()
    assert phase() is RunPhase.COUNTDOWN
    pass_s(1.5)
    assert page.runner.dial.face.text == "2"
    pass_s(2.0)
    assert phase() is RunPhase.WORK
    assert page.runner.dial.face.is_filled
    actions["redo_trial"].trigger()
    assert phase() is RunPhase.READY
    actions["go_on"].trigger()
    pass_s(4.0)
    actions["hold"].trigger()  # in mid-work: again from the countdown
    assert page.runner.dial.face.icon == "pause"
    pass_s(20.0)
    actions["go_on"].trigger()
    pass_s(3.1 + 5.1)
    assert phase() is RunPhase.REST
    assert page.runner.exercise.text() == "Twist"
    pass_s(4.1)
    assert phase() is RunPhase.COUNTDOWN
    actions["skip_trial"].trigger()
    assert phase() is RunPhase.DONE
    assert world.beeps > 5
    session = end(qtbot, page)
    assert session.recording is not None
    assert session.recording.protocol is not None
    assert [trial["exercise"] for trial in session.recording.protocol["trials"]] == ["squat", "twist"]
    ended = [(event.details["exercise"], event.details["status"]) for event in events(session, "trial_end")]
    assert ended == [("squat", "redo"), ("squat", "redo"), ("squat", "done"), ("twist", "skipped")]
    assert len(events(session, "pause")) == len(events(session, "resume")) == 1
    assert "Protocol: 1 of 2 trials done" in page.summary.texts


def test_the_exercise_is_seen_large_before_it_and_small_while_it_is_done(
    qtbot: QtBot, window: MainWindow, page: RecordPage, world: World, tmp_path: Path
) -> None:
    own = tmp_path / "two.toml"
    own.write_text(TWO, encoding="utf-8")
    page.setup.choose_protocol(str(own))
    begin(qtbot, page)
    clip, dial = page.runner.clip, page.runner.dial
    runner = page.take.runner
    assert runner is not None
    page.go_on()
    qtbot.waitUntil(lambda: clip.width() > dial.width())
    assert clip.is_moving
    assert clip.accessibleName() == "Picture: Squat"
    for action, moves in (("hold", False), ("go_on", True), ("move_pictures", False)):
        window.actions_by_name[action].trigger()
        page.follow()
        assert clip.is_moving == moves, action
    assert not window.actions_by_name["move_pictures"].isChecked()
    assert not page.choices.moves_pictures
    wind(world, 3.5)
    qtbot.waitUntil(lambda: runner.view.phase is RunPhase.WORK and clip.width() < dial.width())
    wind(world, 5.0)
    qtbot.waitUntil(lambda: clip.accessibleName() == "Picture: Twist")
    end(qtbot, page)


def test_an_exercise_without_a_picture_shows_its_name_only(qtbot: QtBot, page: RecordPage, tmp_path: Path) -> None:
    plan = tmp_path / "own.toml"
    plan.write_text("name='Own'\n[[exercises]]\nname='own'\nlabel='My own'\nprompt='Do it.'", encoding="utf-8")
    page.setup.choose_protocol(str(plan))
    begin(qtbot, page)
    page.follow()
    assert page.runner.exercise.text() == "My own"
    assert not page.runner.clip.isVisible()
    end(qtbot, page)


def test_a_protocol_can_be_ended_before_its_end(qtbot: QtBot, page: RecordPage) -> None:
    page.setup.choose_protocol(PAPER)
    begin(qtbot, page)
    page.runner.stop.click()
    assert page.take.runner is not None
    assert page.take.runner.view.phase is RunPhase.DONE
    end(qtbot, page)
    assert "Protocol: 0 of 20 trials done" in page.summary.texts


def test_a_protocol_that_cannot_be_used_is_refused(page: RecordPage, tmp_path: Path) -> None:
    page.setup.choose_protocol(str(tmp_path / "none.toml"))
    assert "can't be read" in page.setup.problem
    page.begin_or_end()
    assert page.take.state is TakeState.IDLE
    page.setup.protocols.activated.emit(page.setup.protocols.findData(PAPER))
    assert page.setup.problem == ""
    assert page.choices.protocol == PAPER


def test_samples_of_each_sensor_are_counted_and_a_lost_one_is_told(
    qtbot: QtBot, page: RecordPage, feed: SensorFeed, sensors: ScriptedSensors, world: World
) -> None:
    folder = begin(qtbot, page)
    sensors.send(chunk(0, [world.clock.now()], [5.0]))
    qtbot.waitUntil(lambda: "L biceps 1 none lost" in page.panel.samples.texts)
    sensors.set_state(3, replace(sensors.state_of(3), phase=SensorPhase.LOST, detail="out of reach"))
    wind(world, 1.5)
    qtbot.waitUntil(
        lambda: [alarm.title for alarm in page.alarm_strip.alarms] == ["Nothing comes from left hamstrings"]
    )
    assert page.take.state is TakeState.RECORDING
    qtbot.waitUntil(lambda: "L hamstrings 0 lost" in page.panel.samples.texts)
    qtbot.waitUntil(lambda: '"device_lost"' in (folder / EVENTS).read_text(encoding="utf-8"))
    sensors.set_state(3, replace(sensors.state_of(3), phase=SensorPhase.STREAMING))
    wind(world, 1.5)
    qtbot.waitUntil(lambda: not page.alarm_strip.isVisible())
    qtbot.waitUntil(lambda: page.take.health.n_samples == 1)
    qtbot.waitUntil(lambda: '"device_back"' in (folder / EVENTS).read_text(encoding="utf-8"))
    session = end(qtbot, page)
    assert session.emg is not None
    marked = [(event.kind, event.details["stream"]) for event in events(session, "device_lost", "device_back")]
    assert marked == [("device_lost", "left_hamstrings"), ("device_back", "left_hamstrings")]


def test_sensors_that_are_disconnected_leave_the_take_alone(
    qtbot: QtBot, window: MainWindow, page: RecordPage, feed: SensorFeed
) -> None:
    begin(qtbot, page)
    window._use_sensors(None)
    qtbot.waitUntil(lambda: titles(page) == ["The sensors have ended"])
    session = end(qtbot, page)
    assert [event.details["stream"] for event in events(session, "device_lost")] == ["emg"]
    assert session.recording is not None
    assert session.recording.complete


def test_a_camera_that_is_silent_is_told_and_the_take_goes_on(qtbot: QtBot, page: RecordPage, world: World) -> None:
    begin(qtbot, page)
    world.cameras[-1].is_held.set()
    qtbot.waitUntil(lambda: page.alarm_strip.isVisible())
    assert page.alarm_strip.alarms[0].title.startswith("No picture for")
    world.cameras[-1].is_held.clear()
    qtbot.waitUntil(lambda: not page.alarm_strip.isVisible())
    session = end(qtbot, page)
    assert [event.kind for event in events(session, "device_lost", "device_back")] == ["device_lost", "device_back"]
    assert session.recording is not None
    assert session.recording.complete


def test_little_room_is_told_and_none_ends_the_take_in_order(qtbot: QtBot, page: RecordPage, world: World) -> None:
    begin(qtbot, page)
    world.free_bytes = 4_000_000_000
    wind(world, 1.5)
    qtbot.waitUntil(lambda: page.alarm_strip.isVisible())
    assert page.alarm_strip.alarms[0].title.startswith("Only 4.0 GB are free")
    qtbot.waitUntil(lambda: page.panel.free.text == "4.0 GB")
    world.free_bytes = 900_000_000
    wind(world, 1.5)
    session = over(qtbot, page)
    assert session.recording is not None
    assert session.recording.complete
    assert "0.9 GB" in session.recording.notes[0]
    assert session.recording.notes[0] in page.summary.notes.text()


def test_a_full_disk_is_told_before_anything_begins(
    qtbot: QtBot, window: MainWindow, page: RecordPage, world: World
) -> None:
    world.free_bytes = 900_000_000
    page.begin_or_end()
    qtbot.waitUntil(lambda: "too little to record" in page.trouble.text)
    assert page.take.state is TakeState.IDLE
    qtbot.waitUntil(lambda: not window.session.view.pipeline.snapshot().recording)
    world.free_bytes = PLENTY
    begin(qtbot, page)  # the source has gone on
    end(qtbot, page)


def test_a_take_can_begin_in_the_past(qtbot: QtBot, window: MainWindow, page: RecordPage, world: World) -> None:
    page.setup.past.setChecked(True)
    qtbot.waitUntil(lambda: page.take.is_standing_by)
    attached = page.take._attached
    assert attached is not None
    qtbot.waitUntil(lambda: attached.recording.health().past_bytes > 0)
    wind(world, 12)
    qtbot.waitUntil(lambda: page.take.past_s() >= 12)
    qtbot.waitUntil(lambda: "12 s are in memory" in page.setup.past.text())
    window.set_lookahead(0)
    assert window.settings.lookahead_steps == 2, "what is kept was read with it, and may begin the session"
    pressed_s = SystemClock().now()  # the camera's
    begin(qtbot, page)
    session = end(qtbot, page)
    assert session.captured.captured_ns[0] < 1e9 * pressed_s
    window.actions_by_name["show_live"].trigger()
    qtbot.waitUntil(lambda: not page.take.is_standing_by)  # nothing is kept where nobody sees that


def test_a_quick_recording_of_the_live_page_is_shown_here_too(
    qtbot: QtBot, window: MainWindow, page: RecordPage
) -> None:
    window.actions_by_name["show_live"].trigger()
    qtbot.waitUntil(window.actions_by_name["record"].isEnabled)
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: window.live_page.snapshot.recording)
    window.actions_by_name["show_record"].trigger()
    qtbot.waitUntil(lambda: page.panel.subject.text() == "sub-unknown")
    page.begin_or_end()
    qtbot.waitUntil(lambda: page.take.state is TakeState.IDLE)
    assert not window.session.view.pipeline.snapshot().recording
    qtbot.waitUntil(lambda: window.quick_take.saved == page.take.folder)


def test_a_session_keeps_the_look_ahead_that_it_began_with(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    window.actions_by_name["show_live"].trigger()
    qtbot.waitUntil(window.actions_by_name["record"].isEnabled)
    [button] = window.live_controls.findChildren(ChoiceButton)
    began_with = window.settings.lookahead_steps
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: page.take.state is TakeState.RECORDING)  # before that, ending it would call it off
    qtbot.waitUntil(lambda: not button.isEnabled())
    assert "While something is recorded" in button.toolTip()
    window.actions_by_name["next_lookahead"].trigger()
    window.set_lookahead(0)
    assert window.settings.lookahead_steps == began_with
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: window.quick_take.saved is not None)
    assert window.quick_take.saved is not None
    assert read_session(window.quick_take.saved).manifest["lookahead_steps"] == began_with
    qtbot.waitUntil(button.isEnabled)
    window.set_lookahead(0)
    assert window.settings.lookahead_steps == 0


def test_a_quick_recording_that_can_not_begin_is_told_on_the_live_page(
    qtbot: QtBot, window: MainWindow, page: RecordPage, world: World
) -> None:
    begin(qtbot, page)
    end(qtbot, page)
    window.actions_by_name["show_live"].trigger()
    qtbot.waitUntil(window.actions_by_name["record"].isEnabled)
    world.free_bytes = 900_000_000
    window.actions_by_name["record"].trigger()
    qtbot.waitUntil(lambda: window.quick_take.problem is not None)
    assert window.quick_take.saved is None, "the one before is not shown for it"
    banner = window.live_page.stage.banner
    qtbot.waitUntil(lambda: banner.message is not None and "too little to record" in banner.message.title)
    qtbot.waitUntil(lambda: not window.actions_by_name["record"].isChecked())
    wind(world, TOLD_S)
    assert window.quick_take.problem is None


def test_the_ritual_is_led_and_its_result_kept(
    qtbot: QtBot, window: MainWindow, page: RecordPage, feed: SensorFeed, world: World
) -> None:
    begin(qtbot, page)
    actions = window.actions_by_name
    actions["ritual"].trigger()
    assert page.ritual_view.isVisible()
    assert page.leader.ritual is not None
    assert page.ritual_view.muscles.count() == 8
    page.ritual_view.chosen.emit(page.leader.ritual.choices[4])
    assert page.ritual_view.headline.text() == "Contract the right biceps"
    actions["go_on"].trigger()
    assert page.leader.ritual.stage is RitualStage.CUED
    beeps = world.beeps
    for _ in range(round(10 * CUES_S) + 1):
        wind(world, 0.1)
        page.follow()
    assert world.beeps - beeps == len(PAUSES_S)
    assert page.leader.ritual.stage is RitualStage.JUDGED
    assert page.ritual_view.verdict.text()  # nobody contracted anything: a sentence says so
    assert page.ritual_view.advice.text()
    actions["ritual"].trigger()
    assert page.leader.ritual is None
    assert not page.ritual_view.isVisible()
    session = end(qtbot, page)
    assert [event.kind for event in events(session, "ritual_begin", "ritual_end")] == ["ritual_begin", "ritual_end"]
    assert session.recording is not None
    assert session.recording.sync is None


def test_the_light_is_the_second_way_where_a_sensor_has_one(
    qtbot: QtBot, window: MainWindow, page: RecordPage, feed: SensorFeed, sensors: ScriptedSensors, world: World
) -> None:
    begin(qtbot, page)
    window.actions_by_name["ritual"].trigger()
    assert not page.ritual_view.ways.isVisible(), "these have no light"
    sensors.wear(M40)
    page.follow()
    assert page.ritual_view.ways.isVisible()
    page.ritual_view.ways.activated.emit(1)
    assert isinstance(page.leader.ritual, LightRitual)
    assert page.ritual_view.headline.text() == "Show the sensor on the left biceps"
    page.ritual_view.chosen.emit(page.leader.ritual.choices[2])
    view = page.stage.camera_view
    box = view.image_box(320, 240)
    at = QPointF(box.left() + box.width() / 4, box.top() + box.height() / 2)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert page.leader.ritual.place_px == pytest.approx((240 if view.mirrored else 80, 120), abs=3)
    window.actions_by_name["go_on"].trigger()
    assert [placement.name for placement in sensors.identified] == ["left_quadriceps"]
    assert page.leader.ritual.stage is RitualStage.CUED
    wind(world, LENGTH_S + 1)
    page.follow()
    assert page.leader.ritual.stage is RitualStage.JUDGED
    assert page.ritual_view.verdict.text().startswith("0 of 0 changes")  # this sensor only says that it has a light
    page.take.note_sync({"accepted": True, "offset_s": 0.1, "spread_s": 0.01}, is_of_light=True)
    page.take.note_sync({"accepted": False, "offset_s": 0.3, "spread_s": 0.2}, is_of_light=True)
    window.actions_by_name["ritual"].trigger()
    session = end(qtbot, page)
    assert session.recording.light_sync == {"accepted": True, "offset_s": 0.1, "spread_s": 0.01}
    assert session.recording.sync is None
    kinds = [(event.kind, event.details.get("method")) for event in session.events if "ritual" in event.kind]
    assert kinds == [("ritual_begin", "light"), ("ritual_end", "light")]
    assert any(text == "Light: camera +100 ms, spread 10 ms" for text in page.summary.texts)


def test_a_result_is_in_the_manifest_at_once(qtbot: QtBot, page: RecordPage) -> None:
    folder = begin(qtbot, page)
    content = {"method": "contractions", "offset_s": 0.02, "spread_s": 0.01, "accepted": True}
    page.take.note_sync(content)
    qtbot.waitUntil(lambda: json.loads((folder / "session.json").read_text())["sync"] == content)
    session = end(qtbot, page)
    assert session.recording is not None
    assert session.recording.sync == content


def test_a_refused_result_does_not_replace_an_accepted_one(qtbot: QtBot, page: RecordPage) -> None:
    begin(qtbot, page)
    good = {"offset_s": 0.02, "spread_s": 0.01, "accepted": True}
    page.take.note_sync({"offset_s": 0.5, "spread_s": 0.1, "accepted": False})
    page.take.note_sync(good)
    page.take.note_sync({"offset_s": 0.4, "spread_s": 0.1, "accepted": False})
    session = end(qtbot, page)
    assert session.recording is not None
    assert session.recording.sync == good


def test_closing_the_window_asks_and_ends_the_take_in_order(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    folder = begin(qtbot, page)
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


def test_changing_or_stopping_the_source_asks(qtbot: QtBot, window: MainWindow, page: RecordPage, world: World) -> None:
    begin(qtbot, page)
    window.start_or_stop()
    answer(qtbot, window, "Stay")
    window.watch(CAMERA)
    answer(qtbot, window, "Stay")
    assert page.take.state is TakeState.RECORDING
    assert len(world.cameras) == 1
    window.watch(CAMERA)
    answer(qtbot, window, "End the take")
    qtbot.waitUntil(lambda: len(world.cameras) == 2)
    assert page.take.manifest is not None
    assert page.take.manifest.complete


def test_leaving_the_page_asks_and_the_take_goes_on(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    begin(qtbot, page)
    window.actions_by_name["show_live"].trigger()
    answer(qtbot, window, "Stay")
    assert page.isVisible()
    assert window.actions_by_name["show_record"].isChecked()
    window.actions_by_name["show_live"].trigger()
    answer(qtbot, window, "Leave")
    qtbot.waitUntil(window.live_page.isVisible)
    n_frames = page.take.health.counts.frames
    qtbot.waitUntil(lambda: page.take.health.counts.frames > n_frames)
    qtbot.waitUntil(lambda: not window.actions_by_name["pause"].isEnabled())
    window.actions_by_name["show_record"].trigger()
    end(qtbot, page)


def test_a_source_that_ends_ends_the_take_in_order(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    folder = begin(qtbot, page)
    window.session.stop()
    qtbot.waitUntil(lambda: page.take.state is TakeState.OVER)
    recording = read_session(folder).recording
    assert recording is not None
    assert recording.complete


def test_choices_are_remembered(
    qtbot: QtBot, page: RecordPage, window: MainWindow, open_on: Callable[[], MainWindow]
) -> None:
    page.setup.privacy[Privacy.KEYPOINTS_ONLY].click()
    page.setup.choose_protocol(PAPER)
    page.setup.past.setChecked(True)
    page.setup.moves.setChecked(False)
    window.close()
    again = open_on().record_page
    assert again.choices.subject == "P07"
    assert again.choices.privacy is Privacy.KEYPOINTS_ONLY
    assert again.choices.protocol == PAPER
    assert again.choices.keeps_past
    assert not again.choices.moves_pictures
    assert again.choices.optional == {"sensors", "calibration"}
    assert not again.choices.has_consent  # it is asked for each time
    assert again.setup.subject.currentText() == "P07"
    assert again.setup.privacy[Privacy.KEYPOINTS_ONLY].isChecked()


def test_a_session_that_was_cut_short_is_repaired_and_told_once(
    qtbot: QtBot, window: MainWindow, page: RecordPage, open_on: Callable[[], MainWindow]
) -> None:
    folder = begin(qtbot, page)
    end(qtbot, page)
    window.close()
    manifest = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps(manifest | {"complete": False}))
    again = open_on()
    qtbot.waitUntil(again.record_page.news.isVisible)
    assert f"sub-P07/{folder.name}" in again.record_page.news.text
    again.close()
    third = open_on()
    assert third.record_page._repair.wait_ended(10)
    third.record_page.follow()
    assert third.record_page.news.text == ""


def test_what_was_recorded_can_be_reviewed_at_once(qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
    folder = begin(qtbot, page)
    end(qtbot, page)
    page.follow()
    page.summary.review.click()
    assert window.review_page.isVisible()
    qtbot.waitUntil(lambda: window.review_page.session is not None)
    assert window.review_page.session is not None
    assert window.review_page.session.recorded.folder == folder


def test_the_folder_of_a_take_can_be_opened(qtbot: QtBot, page: RecordPage) -> None:
    class FileManager(QObject):
        opened: QUrl | None = None

        @Slot(QUrl)
        def show(self, url: QUrl) -> None:
            self.opened = url

    folder = begin(qtbot, page)
    end(qtbot, page)
    manager = FileManager()
    QDesktopServices.setUrlHandler("file", manager, "show")
    page.summary.open_folder.click()
    QDesktopServices.unsetUrlHandler("file")
    assert manager.opened is not None
    assert Path(manager.opened.toLocalFile()) == folder


def test_every_state_can_be_painted_in_both_themes_and_sizes(
    qtbot: QtBot, window: MainWindow, page: RecordPage, feed: SensorFeed
) -> None:
    page.setup.choose_protocol(PAPER)
    begin(qtbot, page)
    window.actions_by_name["theme"].trigger()
    page.open_or_close_ritual()
    window.resize(960, 600)
    QApplication.processEvents()
    assert window.size().width() == 960
    assert page.width() <= 960
    for part in (page.button, page.ritual_view, page.panel.marker):
        assert page.rect().contains(part.mapTo(page, part.rect().bottomRight()))
    window.actions_by_name["theme"].trigger()
    end(qtbot, page)


def test_the_light_can_be_pointed_at_where_there_is_little_room(
    qtbot: QtBot, window: MainWindow, page: RecordPage, feed: SensorFeed, sensors: ScriptedSensors
) -> None:
    sensors.wear(M40)
    begin(qtbot, page)
    window.resize(960, 600)
    window.actions_by_name["ritual"].trigger()
    assert not page.stage.isVisible()
    page.ritual_view.ways.activated.emit(1)
    QApplication.processEvents()
    for part in (page.stage, page.ritual_view):
        assert part.isVisible()
        assert page.rect().contains(part.mapTo(page, part.rect().bottomRight()))
    end(qtbot, page)


def test_ticks_of_required_streams_say_of_which(page: RecordPage) -> None:
    names = [tick.accessibleName() for tick in page.strip.findChildren(TickBox)]
    assert names == ["Video required", "Pose required", "Sensors required", "Calibration required"]
