"""Run as a script: opens the real window on a real display, waits for coloured muscles, reads them off the screen.

Prints one JSON object: for each muscle the colour on the screen and the colour that the snapshot asks for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QSettings
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app.app_settings import SettingsStore
from app.live_page.source_choice import SourceChoice
from app.main_window import MainWindow
from app.pipelines import Models
from app.played_muscles import PlayedMuscles
from app.window import make_application, make_window, sensor_access
from mia_core.clock import SystemClock
from mia_core.colour_scale import PAPER
from tests.gui.conftest import CAMERA
from tests.gui.fake_pipeline import FakePipeline

PLAYED_S = 4.0
GIVE_UP_S = 60.0


def open_window(kind: str, folder: Path) -> MainWindow:
    store = SettingsStore(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    if kind == "demo":
        return make_window(SourceChoice.demo(), Models(), store)
    return MainWindow(lambda _choice, _steps: FakePipeline(), list, store, sensor_access(PlayedMuscles()), CAMERA)


def wait_for_colours(application: QApplication, window: MainWindow, played_s: float) -> None:
    clock = SystemClock()
    give_up_s = clock.now() + GIVE_UP_S
    while clock.now() < give_up_s:
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        snapshot = window.live_page.snapshot
        if snapshot is not None and snapshot.error:
            raise SystemExit(snapshot.error)
        if snapshot is None or snapshot.activation is None:
            continue
        if snapshot.position_s >= played_s and snapshot.activation.known.all() and len(window.live_page.ages.ages_ms):
            return
    raise SystemExit(f"no colours in {GIVE_UP_S} s: {snapshot}")


def main(kind: str, folder: Path) -> None:
    application = make_application()
    window = open_window(kind, folder)
    window.show()
    wait_for_colours(application, window, PLAYED_S if kind == "demo" else 0.0)
    page = window.live_page
    page.stop_polling()  # what is on the screen now stays there
    for _ in range(3):
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
    picture = window.screen().grabWindow(window.winId()).toImage()
    picture.save(str(folder / "window.png"))
    snapshot = page.snapshot
    assert snapshot is not None
    assert snapshot.activation is not None
    ratio = picture.width() / window.width()
    seen = []
    for channel in range(8):
        place = page.body_map.mapTo(window, page.body_map.muscle_centre(channel).toPoint()) * ratio
        seen.append(QColor(picture.pixel(QPoint(place))).getRgb()[:3])
    outcome = {
        "platform": application.platformName(),
        "seen": seen,
        "expected": PAPER.rgb(snapshot.activation.values).tolist(),
        "values": np.round(snapshot.activation.values.astype(float), 3).tolist(),
        "age_p50_ms": page.ages.percentile_ms(50),
    }
    window.close()
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
