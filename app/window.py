"""Open the window on the real cameras, files and models."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.app_settings import PRODUCT, SettingsStore, own_settings
from app.display import has_display, montages_folder
from app.live_page.pipeline_protocol import Setup
from app.live_page.source_choice import SourceChoice, SourceKind
from app.main_window import MainWindow
from app.pipelines import Models, make_pipeline
from app.played_film import PlayedFilm
from app.played_muscles import PlayedMuscles
from app.sensor_choice import SensorChoice
from app.sensor_page.sensor_access import SensorAccess
from mia_core.bundled import POSE_MODEL
from mia_core.clock import SystemClock
from mia_core.errors import MiaError
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_source import SensorSource

if TYPE_CHECKING:
    from mia_core.sensors.ble_discovery import FoundSensor


class NoDisplayError(MiaError):
    """There is no screen to open a window on."""


def open_window(choice: SourceChoice | None, models: Models, sensors: SensorChoice | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        choice: What to watch at once; None waits for a choice.
        models: Which models to use.
        sensors: Which sensors to start with, None for none.

    Returns:
        The exit code.

    Raises:
        NoDisplayError: There is no display.
        MiaError: There are no such sensors.
    """
    if not has_display():
        raise NoDisplayError(
            "There is no display to open a window on.",
            "Use `mia run` or `mia demo --headless`, or start it where there is a screen.",
        )
    application = make_application()
    window = make_window(choice, models, own_settings())
    try:
        if sensors is not None:
            window.sensors_page.use(sensors)
    except MiaError:
        window.close()
        raise
    window.show()
    # Ctrl-C in the terminal ends it in order; not at once, since it may come where a lock is held that closing needs.
    signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, window, window.close))
    return application.exec()


def make_application() -> QApplication:
    """Return Qt's application object, made when there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([PRODUCT])
    application.setApplicationName(PRODUCT)
    return application


def make_window(choice: SourceChoice | None, models: Models, store: SettingsStore) -> MainWindow:
    """Return the window with everything real behind it, not shown yet.

    Models that the caller chose win over those of the settings.

    Args:
        choice: What to watch at once; None waits for a choice.
        models: Which models to use.
        store: Where choices are remembered.
    """
    played, film = PlayedMuscles(), PlayedFilm()
    fixed = {
        name
        for name, chosen in (("activation_model", models.activation), ("pose_model", models.pose != POSE_MODEL))
        if chosen
    }

    def create_pipeline(wanted: SourceChoice, setup: Setup) -> LivePipeline:
        wanted_models = models
        if "activation_model" not in fixed:
            wanted_models = replace(wanted_models, activation=setup.activation_model)
        if "pose_model" not in fixed and setup.pose_model:
            wanted_models = replace(wanted_models, pose=Path(setup.pose_model))
        pipeline = make_pipeline(wanted, wanted_models, PipelineSettings(setup.lookahead_steps), awaits_camera=True)
        played.follow(pipeline.time_line if wanted.kind is SourceKind.DEMO else None)
        film.follow(wanted, pipeline.time_line)
        return pipeline

    return MainWindow(
        create_pipeline,
        list_cameras,
        store,
        sensor_access(played, film),
        choice,
        fixed_by_command_line=frozenset(fixed),
    )


def sensor_access(played: PlayedMuscles, film: PlayedFilm | None = None) -> SensorAccess:
    """Return the doors to real sensors, to simulated ones and to the disk.

    Everything about Bluetooth is imported when it is needed: the window appears sooner.

    Args:
        played: The subject that simulated sensors sit on.
        film: Which film is watched: what a session's sensors keep step with.
    """

    def find(seconds: float, on_found: Callable[[FoundSensor], None]) -> tuple[FoundSensor, ...]:
        from app.sensor_sources import known_profiles
        from mia_core.sensors.ble_discovery import find_sensors
        from mia_core.sensors.bluetooth_adapters import shared_adapters

        return find_sensors(seconds, known_profiles(), shared_adapters(), on_found)

    def identify(found: FoundSensor, colour: str) -> None:
        from mia_core.sensors.ble_discovery import identify_sensor
        from mia_core.sensors.bluetooth_adapters import shared_adapters

        identify_sensor(found, colour, shared_adapters())

    def make_source(choice: SensorChoice, montage: SensorMontage) -> SensorSource:
        from app.sensor_sources import make_sensors

        return make_sensors(choice, played, montage, film)

    return SensorAccess(find, identify, make_source, played.contract, montages_folder())


def list_cameras() -> Sequence[SourceChoice]:
    """Return the cameras of this machine as choices; slow."""
    from mia_core.capture.camera_discovery import list_cameras as discover

    return [SourceChoice.camera(camera.stable_id, camera.name) for camera in discover()]


def take_screenshot(path: Path, choice: SourceChoice, models: Models, at_s: float, timeout_s: float = 60.0) -> bool:
    """Watch a source in a real window until a moment of it is on the screen, and save the picture.

    Settings of the user are neither read nor written.

    Args:
        path: The PNG file to write.
        choice: What to watch.
        models: Which models to use.
        at_s: The moment, in seconds of the source.
        timeout_s: When to give up.

    Returns:
        Whether the moment was reached and the picture written.
    """
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        window = make_window(choice, models, SettingsStore(settings))
        window.show()
        clock = SystemClock()
        give_up_s = clock.now() + timeout_s
        reached = False
        while not reached and clock.now() < give_up_s:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            snapshot = window.live_page.snapshot
            if snapshot is not None and snapshot.error:
                break
            reached = snapshot is not None and snapshot.position_s >= at_s
        if reached:
            reached = window.grab().save(str(path))
        window.close()
    return reached
