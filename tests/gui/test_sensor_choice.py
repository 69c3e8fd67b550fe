from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.played_muscles import PlayedMuscles
from app.sensor_choice import SensorChoice, SensorChoiceError, SensorKind
from app.sensor_sources import NoMontageError, make_sensors
from mia_core.capture.demo_camera import DemoTruth
from mia_core.live.time_line import TimeLine
from mia_core.samples import Frame
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("simulated", SensorChoice(SensorKind.SIMULATED)),
        ("bluetooth", SensorChoice(SensorKind.BLUETOOTH)),
        ("bluetooth:Lab 3: arms", SensorChoice(SensorKind.BLUETOOTH, "Lab 3: arms")),
        ("replay:C:\\emg.csv", SensorChoice(SensorKind.REPLAY, "C:\\emg.csv")),
    ],
)
def test_a_choice_in_words(text: str, choice: SensorChoice) -> None:
    assert SensorChoice.parse(text) == choice


@pytest.mark.parametrize("text", ["", "real", "replay", "replay:", "simulated:8"])
def test_what_names_no_sensors_is_refused_with_advice(text: str) -> None:
    with pytest.raises(SensorChoiceError) as caught:
        SensorChoice.parse(text)
    assert "bluetooth:NAME" in caught.value.advice


def test_bluetooth_without_a_montage_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sensor_sources.montages_folder", lambda: tmp_path)
    with pytest.raises(NoMontageError, match="No sensors were assigned"):
        make_sensors(SensorChoice.parse("bluetooth"), PlayedMuscles())


def test_simulated_sensors_are_called_simulated() -> None:
    sensors = make_sensors(SensorChoice.parse("simulated"), PlayedMuscles())
    assert (sensors.label, sensors.is_measured) == ("simulated sEMG", False)
    assert len(sensors.montage.assignments) == 8


def test_simulated_muscles_follow_the_demo_subject_on_the_screen() -> None:
    truth, played, line = DemoTruth.load(), PlayedMuscles(), TimeLine()
    assert np.allclose(played(7.0), truth.at(7.0)), "while nothing is shown the medley goes on by itself"
    played.follow(line)
    assert np.isnan(played(1000.0)).all(), "no picture yet"
    for index in range(30):
        line.note(Frame(np.zeros((1, 1, 3), np.uint8), index / 10, 1000.0 + index / 10, index))
    assert np.allclose(played(1002.05), truth.at(2.05))
    played.follow(None)
    assert np.allclose(played(7.0), truth.at(7.0))


def test_a_subject_that_is_watched_does_what_is_seen_and_nothing_it_was_asked_for_before() -> None:
    clock, line = FakeClock(), TimeLine()
    truth, played = DemoTruth.load(), PlayedMuscles(clock)
    played.contract(None)
    assert played(clock.now() + 1.0).max() == 0
    for index in range(30):
        line.note(Frame(np.zeros((1, 1, 3), np.uint8), index / 10, clock.now() + index / 10, index))
    played.follow(line)
    assert np.allclose(played(clock.now() + 1.05), truth.at(1.05))
