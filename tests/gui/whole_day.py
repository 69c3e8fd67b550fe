"""A researcher who goes through the whole window: sensors, recording, sessions, review, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog

from app import sensor_sources
from app import window as app_window
from app.app_settings import SettingsStore
from app.export_commands import ExportFormat
from app.main_window import MainWindow
from app.pipelines import Models
from app.record_page import usual_access
from app.record_page.take import TakeState
from app.review_page import review_access
from app.sensor_choice import SensorKind
from app.sensor_page.check_wizard import CheckWizard, Page
from app.sensor_page.guided_run import Stage
from app.sessions_page import library_access
from mia_core.clock import SystemClock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE
from mia_core.recording.protocol_runner import RunPhase
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.sensors.simulated_sensors import SimulatedSensors, SimulatedSensorsSettings
from mia_core.sensors.virtual_m40 import VirtualM40Settings
from tests.fakes.clock import HeldClock
from tests.fakes.waiting import stacks

PROTOCOL: Final = """\
name = "Two in the morning"
countdown_s = 1
work_s = 5
rest_s = 1

[[exercises]]
name = "squat"

[[exercises]]
name = "arm_swing"
label = "Arm swing"
prompt = "Swing both arms."
"""
LOSSLESS: Final = SimulatedSensorsSettings(sensor=VirtualM40Settings(loss=0.0))
"""So that every trial has whole windows, whenever it begins."""
STEP_S: Final = 0.1
PAINT_EVERY: Final = 10
"""Steps; painting costs most."""


@dataclass
class Day:
    """The real window with everything real behind it but the sensors, the camera and the time that a check takes.

    Attributes:
        window: The window.
        folder: Where all files of the day go.
        clock: Every clock of the program; held until something is watched.
        until: Waits while events are processed.
        look: Called at each station with its name.
    """

    window: MainWindow
    folder: Path
    clock: HeldClock
    until: Callable[[Callable[[], bool]], None]
    look: Callable[[str], None] = lambda _station: None

    @classmethod
    def open(cls, folder: Path, patch: pytest.MonkeyPatch, until: Callable[[Callable[[], bool]], None]) -> Day:
        """Open the window on folders and a clock of its own."""
        clock = HeldClock()
        patch.setattr(SystemClock, "now", lambda _self: clock.now())
        patch.setattr(SystemClock, "wait", lambda _self, seconds: clock.wait(seconds))
        patch.setattr(app_window, "montages_folder", lambda: folder / "montages")
        patch.setattr(usual_access, "voice_of_system", lambda: None)
        patch.setattr(sensor_sources, "SimulatedSensors", lambda at, montage: SimulatedSensors(at, montage, LOSSLESS))
        for module in (usual_access, library_access, review_access):
            patch.setattr(module, "recordings_folder", lambda: folder / "recordings")
        store = SettingsStore(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
        window = app_window.make_window(None, Models(), store)
        return cls(window, folder, clock, until)

    @property
    def feed(self) -> SensorFeed:
        """The running sensors."""
        feed = self.window.sensors_page.bench.view.feed
        assert feed is not None
        return feed

    @property
    def wizard(self) -> CheckWizard:
        """The dialog of check and calibration."""
        wizard = self.window.findChild(CheckWizard)
        assert isinstance(wizard, CheckWizard)
        return wizard

    def do(self, action: str) -> None:
        """Trigger one of the window's actions."""
        assert self.window.actions_by_name[action].isEnabled(), action
        self.window.actions_by_name[action].trigger()

    def press(self, key: Qt.Key) -> None:
        """Press a key in the wizard."""
        QTest.keyClick(self.wizard, key)

    def pass_until(self, reached: Callable[[], bool], at_most_s: float = 300.0) -> None:
        """Let time pass, and the window look ten times a second of it, until something is the case."""
        for step in range(round(at_most_s / STEP_S)):
            if reached():
                return
            self.clock.wind(STEP_S)
            if step % PAINT_EVERY == 0:
                QApplication.processEvents()
        raise AssertionError(f"never happened within {at_most_s} s")

    def hurry_to(self, page: Page) -> None:
        """Go on with the wizard and on, waiting for contractions alone."""

        wizard = self.wizard

        def is_there() -> bool:
            wizard.poll()
            run = wizard.run
            if run is not None and run.stage in (Stage.WAITING, Stage.READY, Stage.NOTED):
                self.press(Qt.Key.Key_Space)
            return wizard.page is page

        self.pass_until(is_there)

    def connect_sensors(self) -> None:
        """Choose simulated sensors and connect them."""
        self.do("show_sensors")
        page = self.window.sensors_page
        page.source.kinds[SensorKind.SIMULATED].click()
        self.do("connect_sensors")
        self.pass_until_connected()
        self.look("sensors")

    def pass_until_connected(self) -> None:
        """Wait until the page has noticed all sensors."""
        page = self.window.sensors_page
        bench = page.bench

        def is_so() -> bool:
            page.follow()
            feed = bench.view.feed
            return (
                feed is not None
                and feed.source.montage.assignments == bench.montage.assignments
                and all(state.phase is SensorPhase.STREAMING for state in feed.states())
            )

        self.pass_until(is_so)

    def exchange_two(self) -> None:
        """Exchange the sensors of the left upper arm on the body, unknown to the montage."""
        sensors = self.feed.source
        assert isinstance(sensors, SimulatedSensors)
        sensors.swap(*MONTAGE.placements[:2])

    def begin_check(self) -> None:
        """Open the dialog of the guided check, as soon as that can be done."""
        self.until(self.window.sensors_page.controls.check.isEnabled)
        self.window.sensors_page.controls.check.click()

    def watch_demo(self) -> None:
        """Turn to the record page and watch the demo, from now on at the pace of the world."""
        self.clock.let_go()
        self.do("show_record")
        menu = self.window.record_page.controls.source.menu()
        menu.aboutToShow.emit()
        next(action for action in menu.actions() if action.text() == "Watch the demo subject").trigger()
        menu.aboutToHide.emit()
        self.wait_for_streams()

    def wait_for_streams(self) -> None:
        """Wait for everything that a recording needs; if that does not come, say how each of it stood."""
        page = self.window.record_page

        def are_there() -> bool:
            page.follow()  # whoever begins a take looks anew, too
            return all(check.is_there for check in page.checks)

        try:
            self.until(are_there)
        except Exception as error:
            pipeline = self.window.live_page.pipeline
            error.add_note(f"{page.checks}\n{pipeline and pipeline.snapshot().health}\n{self.feed.states()}")
            error.add_note(stacks())
            raise

    def set_up(self, subject: str) -> None:
        """Fill the form: subject, consent, a protocol of one's own."""
        protocol = self.folder / "protocol.toml"
        protocol.write_text(PROTOCOL, encoding="utf-8")
        setup = self.window.record_page.setup
        setup.subject.setEditText(subject)
        setup.consent.click()
        setup.choose_protocol(str(protocol))
        self.look("record_setup")

    def record(self) -> Path:
        """Record the protocol to its end, and return the session."""
        page = self.window.record_page
        self.wait_for_streams()
        self.do("take")
        self.until(lambda: page.take.state is TakeState.RECORDING)
        self.look("record_ready")
        self.do("go_on")
        looked = set[RunPhase]()

        def is_done() -> bool:
            runner = page.take.runner
            assert runner is not None
            view = runner.view
            if view.phase not in looked and view.share > 0.4:
                looked.add(view.phase)
                self.look(f"record_{view.phase}")
            return view.phase is RunPhase.DONE

        self.until(is_done)
        self.look("record_done")
        self.do("take")
        self.until(lambda: page.take.state is TakeState.OVER)
        assert page.take.folder is not None
        self.look("record_summary")
        return page.take.folder

    def find_session(self) -> None:
        """Turn to the sessions page and wait for its list."""
        self.do("show_sessions")
        self.settle()
        self.look("sessions")

    def settle(self) -> None:
        """Wait for the list of sessions."""
        page = self.window.sessions_page
        self.until(lambda: bool(page.table.shown) and not page.shelf.is_busy)

    def review(self) -> None:
        """Open the chosen session with Return."""
        QTest.keyClick(self.window.sessions_page.table, Qt.Key.Key_Return)
        page = self.window.review_page
        self.until(lambda: page.session is not None and not page.is_busy)
        self.look("review")

    @property
    def exercises(self) -> list[str]:
        """What was done in each trial, as the review page has it."""
        session = self.window.review_page.session
        assert session is not None
        return [trial.exercise for trial in session.trials]

    def relabel(self, label: str) -> None:
        """Say that something else was done in the chosen trial."""
        self.do("relabel_trial")
        dialog = self.window.review_page.findChild(QInputDialog)
        assert isinstance(dialog, QInputDialog)
        dialog.setTextValue(label)
        dialog.accept()
        self.look("review_relabelled")

    def export(self, *formats: ExportFormat) -> Path:
        """Export the chosen session, and return the folder."""
        self.do("show_sessions")
        self.settle()
        self.do("export_sessions")
        dialog = self.window.sessions_page.export_dialog
        assert dialog is not None
        for kind, box in dialog.formats.items():
            box.setChecked(kind in formats)
        dialog.start.click()
        self.until(lambda: not dialog.is_running)
        self.look("export")
        dialog.stop.click()
        return Path(dialog.out.text())
