from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.live_page.lane_notes import agreement_text, lane_notes, note_lines
from mia_core.processing.agreement import Agreement
from mia_core.sensors.sensor_state import SensorPhase
from tests.gui.fake_pipeline import waves
from tests.gui.sensor_readings import GREY, RED, YELLOW, readings, state

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


def agreed(r: float = 0.823, rmse: float = 0.0634, lag_s: float = 0.1) -> Agreement:
    values = (np.full(8, value, np.float32) for value in (r, rmse, lag_s))
    return Agreement(*values, np.full(8, 300))


@pytest.mark.parametrize(
    ("numbers", "calibrated", "text"),
    [
        ((0.823, 0.0634, 0.1), True, "r .82 · RMSE 6 % · lag +0.1 s"),
        ((-0.5, 0.2, -0.3), True, f"r {MINUS}.50 · RMSE 20 % · lag {MINUS}0.3 s"),
        ((1.0, 0.0, 0.0), True, "r 1.00 · RMSE 0 % · lag +0.0 s"),
        ((1.0, 0.0, -0.04), True, "r 1.00 · RMSE 0 % · lag +0.0 s"),
        ((np.nan, np.nan, np.nan), True, f"r {DASH} · RMSE {DASH} · lag {DASH}"),
        ((0.823, np.nan, 0.1), False, "r .82 · uncalibrated · lag +0.1 s"),
    ],
)
def test_agreement_in_words(numbers: tuple[float, float, float], calibrated: bool, text: str) -> None:
    assert agreement_text(agreed(*numbers), 0, calibrated=calibrated) == text


def test_every_lane_says_how_well_it_agrees_or_why_it_can_not() -> None:
    history = replace(waves(), agreement=agreed(), calibrated=np.arange(8) != 3)
    history.reference[:, 5] = np.nan
    lost = readings({2: state(2, GREY, SensorPhase.LOST), 6: state(6, GREY, SensorPhase.CONNECTING)})
    notes = lane_notes(history, lost)
    assert notes[0] == "r .82 · RMSE 6 % · lag +0.1 s"
    assert notes[2] == "sensor lost · estimate only"
    assert notes[3] == "r .82 · uncalibrated · lag +0.1 s"
    assert notes[5] == "", "nothing to compare with"
    history.calibrated[5] = False
    assert lane_notes(history, lost)[5] == "uncalibrated · unknown until a first contraction"
    assert notes[6] == "connecting the sensor"


def test_a_sensor_that_sends_what_no_muscle_does_is_not_compared() -> None:
    history = replace(waves(), agreement=agreed())
    notes = lane_notes(history, readings({1: state(1, RED), 2: state(2, YELLOW)}))
    assert notes[1] == "bad signal · estimate only"
    assert notes[2] == "r .82 · RMSE 6 % · lag +0.1 s"
    lines = note_lines(notes).splitlines()
    assert lines[:2] == [
        "Left biceps: r .82 · RMSE 6 % · lag +0.1 s",
        "Left triceps: bad signal · estimate only",
    ]
    assert note_lines(("",) * 7 + ("connecting the sensor",)) == "Right hamstrings: connecting the sensor"


def test_without_anything_to_compare_with_lanes_are_silent() -> None:
    assert lane_notes(waves(), None) == ("",) * 8
