"""A researcher's day in one window: sensors, check, calibration, recording, sessions, review, export."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.export_commands import ExportFormat
from app.sensor_page.check_wizard import Page
from mia_core.export.mia_exporter import CHANNELS
from mia_core.export.trials import TrialSpan
from mia_core.muscles import MONTAGE
from mia_core.recording.found_sessions import Part, Presence
from mia_core.recording.recording_manifest import RecordingManifest
from mia_core.recording.session_reader import read_session
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE
from tests.gui.whole_day import Day

pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support", extend=True), pytest.mark.timeout(240)]
LEFT_BICEPS, LEFT_TRICEPS = MONTAGE.placements[:2]
EXERCISES = ["squat", "arm_swing"]


@pytest.fixture
def day(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Day:
    day = Day.open(tmp_path, monkeypatch, partial(qtbot.waitUntil, timeout=60_000))
    qtbot.addWidget(day.window, before_close_func=lambda _window: day.clock.let_go())  # nobody waits for it any more
    with qtbot.waitExposed(day.window):
        day.window.show()
    return day


def check_and_calibrate(day: Day) -> None:
    """Find two exchanged sensors, put them right, check all eight again, and calibrate them."""
    bench = day.window.sensors_page.bench
    day.exchange_two()
    day.begin_check()
    wizard = day.wizard
    day.hurry_to(Page.FINDINGS)
    assert wizard.findings.lines == ("SIM-1: Left biceps to Left triceps", "SIM-2: Left triceps to Left biceps")
    day.look("check_exchanged")
    day.press(Qt.Key.Key_E)
    assert bench.montage == SIMULATED_MONTAGE.swapped(LEFT_BICEPS, LEFT_TRICEPS)
    day.pass_until_connected()
    day.press(Qt.Key.Key_R)
    day.hurry_to(Page.FINDINGS)
    assert wizard.findings.headline.text() == "All sensors hear their muscles"
    assert wizard.findings.suggestion.isHidden()
    day.look("check_good")
    day.press(Qt.Key.Key_Space)
    assert wizard.choice.chosen == MONTAGE.placements
    day.look("calibrate_choice")
    day.press(Qt.Key.Key_Space)
    day.hurry_to(Page.REFERENCES)
    assert len(wizard.references.rows) == 8
    day.look("calibrated")
    day.press(Qt.Key.Key_Space)
    assert not wizard.isVisible()
    assert day.feed.calibrated.all()
    assert bench.calibration_words.startswith("8 of 8 calibrated")
    day.look("sensors_calibrated")


def are_words_whole(widget: QWidget) -> bool:
    """Whether no line of a wrapped text is cut off."""
    wrapped = [label for label in widget.findChildren(QLabel) if label.wordWrap() and label.isVisible()]
    return bool(wrapped) and all(label.height() >= label.heightForWidth(label.width()) for label in wrapped)


def assert_whole(folder: Path) -> RecordingManifest:
    """Everything that was recorded is in the session, and what the pages before said is too."""
    session = read_session(folder)
    recording = session.recording
    assert recording is not None
    assert recording.complete
    assert recording.notes == ()
    assert (recording.subject.id, recording.consent.given) == ("P07", True)
    assert recording.counts.frames == recording.counts.in_video == len(session.captured.index)
    assert recording.counts.samples_lost == dict.fromkeys(MONTAGE.names, 0)
    assert recording.sensors is not None
    serials = {sensor["placement"]: sensor["serial"] for sensor in recording.sensors["sensors"]}
    assert (serials["left_biceps"], serials["left_triceps"], serials["right_biceps"]) == ("SIM-2", "SIM-1", "SIM-5")
    assert recording.sensors["is_measured"] is False
    assert recording.calibration is not None
    return recording


def assert_exported(out: Path, recording: RecordingManifest, trials: tuple[TrialSpan, ...]) -> None:
    """Both exports hold the session, and the same numbers; a step is of a trial that holds it whole."""
    (merged,) = (out / "csv").glob("*/merged.csv")
    with merged.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ends = [round(10 * float(row["time_s"])) for row in rows]
    assert ends == list(range(ends[0], ends[0] + len(ends)))
    assert [row["exercise"] for row in rows] == [
        next((trial.exercise for trial in trials if trial.start_s <= end / 10 - 0.1 and end / 10 <= trial.end_s), "")
        for end in ends
    ]
    with (merged.parent / "raw" / "emg.csv").open(encoding="utf-8", newline="") as file:
        raw = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len(raw) == sum(recording.counts.samples.values())
    at = dict(zip(ends, rows, strict=True))
    windows = json.loads((out / "mia" / "windows.json").read_text())["windows"]
    assert windows
    for window in windows:
        assert window["emg"] == "simulated"
        own = [at[round(10 * window["start_s"]) + 1 + step] for step in range(30)]
        assert {row["exercise"] for row in own} <= set(EXERCISES)
        emg = np.load(out / "mia" / window["path"] / "emgvalues.npy")
        assert emg == pytest.approx(
            np.array([[float(row[f"emg_{name}"]) for name in CHANNELS] for row in own]), abs=0.01
        )
        joints = np.load(out / "mia" / window["path"] / "joints2d.npy")
        assert joints[:, 0, 0] == pytest.approx(np.array([float(row["nose_x_px"]) for row in own]), abs=0.01)


def test_from_the_sensors_to_a_data_set(day: Day) -> None:
    day.connect_sensors()
    check_and_calibrate(day)
    day.watch_demo()
    day.set_up("P07")
    day.until(lambda: are_words_whole(day.window.record_page.strip))
    folder = day.record()
    recording = assert_whole(folder)
    lines = day.window.record_page.summary.texts
    assert "Protocol: 2 of 2 trials done" in lines
    assert f"Sensors: {sum(recording.counts.samples.values())} samples of simulated sEMG, none lost" in lines
    day.find_session()
    (entry,) = (listed.entry for listed in day.window.sessions_page.table.shown)
    assert entry.folder == folder
    assert entry.parts == {**dict.fromkeys(Part, Presence.THERE), Part.SYNC: Presence.MISSING}
    day.review()
    assert day.exercises == EXERCISES
    review = day.window.review_page.session
    assert review is not None
    assert review.measured is not None
    assert review.measured.name == "Simulated sEMG"
    day.relabel("Front kick")
    assert day.exercises == ["front_kick", "arm_swing"]
    day.do("undo_edit")
    assert day.exercises == EXERCISES
    assert_exported(day.export(ExportFormat.CSV, ExportFormat.MIA), recording, review.trials)
