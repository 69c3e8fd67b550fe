"""A real window on a fake pipeline; without a display it is painted off the screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app.app_settings import SettingsStore
from app.live_page.pipeline_protocol import PipelineFactory, Setup
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.record_page.record_access import RecordAccess
from app.sensor_page.sensor_access import SensorAccess
from app.sessions_page.library_access import LibraryAccess
from tests.gui.fake_pipeline import FakePipeline
from tests.gui.sensor_doors import Doors, SlowScan
from tests.sensors.conftest import start_bluez  # noqa: F401 - a fixture

CAMERA = SourceChoice.camera("usb:1", "Test camera")


class PatientBot(QtBot):
    """Waits longer than usual for what comes at once on a machine that is not busy, by a clock that nobody sets."""

    def waitUntil(self, callback: Callable[[], bool], *, timeout: int = 30_000) -> None:  # noqa: N802
        give_up_s = time.monotonic() + timeout / 1000
        while not callback():
            if time.monotonic() > give_up_s:
                raise TimeoutError(f"still not so after {timeout / 1000:g} s")
            self.wait(10)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@dataclass
class Bench:
    """A window on a fake pipeline, both within reach."""

    window: MainWindow
    pipeline: FakePipeline
    created: list[tuple[SourceChoice, Setup]]


@pytest.fixture(autouse=True)
def _no_modal_dialog(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(self: QDialog) -> int:
        raise AssertionError(f"a dialog blocks the window: {self.windowTitle()}")

    monkeypatch.setattr(QDialog, "exec", refuse)
    yield
    if isinstance(QApplication.instance(), QApplication):
        assert QApplication.activeModalWidget() is None


@pytest.fixture(autouse=True)
def _loops_go_on() -> Iterator[None]:
    """See that no test has ended the event loops of all that follow, which would wait in vain."""
    yield
    if isinstance(QApplication.instance(), QApplication):
        loop = QEventLoop()
        QTimer.singleShot(0, loop.quit)
        assert loop.exec() == 0


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    """Doors to sensors that don't exist."""
    doors = Doors(tmp_path / "montages")
    yield doors
    if isinstance(doors.scan, SlowScan):
        doors.scan.may_end.set()  # no search outlives its test


@pytest.fixture
def sensor_access(doors: Doors) -> SensorAccess:
    return doors.access


@pytest.fixture
def open_window(
    qtbot: QtBot,
    store: SettingsStore,
    sensor_access: SensorAccess,
    tmp_path: Path,
) -> Callable[..., MainWindow]:
    def make(create_pipeline: PipelineFactory, source: SourceChoice | None = None) -> MainWindow:
        window = MainWindow(
            create_pipeline,
            lambda: [CAMERA],
            store,
            sensor_access,
            source,
            record_access=RecordAccess(tmp_path / "recordings"),
            library=LibraryAccess(tmp_path / "library", lambda _folder: None),
        )
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    return make


@pytest.fixture
def bench(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> Bench:
    """The window while it watches the camera."""
    pipeline = FakePipeline()
    created: list[tuple[SourceChoice, Setup]] = []

    def create(choice: SourceChoice, setup: Setup) -> FakePipeline:
        created.append((choice, setup))
        return pipeline

    window = open_window(create, CAMERA)
    qtbot.waitUntil(lambda: window.live_page.snapshot is not None)
    qtbot.waitUntil(window.actions_by_name["pause"].isEnabled)
    return Bench(window, pipeline, created)
