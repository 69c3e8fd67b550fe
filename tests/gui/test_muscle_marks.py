from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.app_settings import MEASURED, PREDICTED
from app.live_page.muscle_marks import MuscleMarks, shown_muscles
from mia_core.live.snapshot import Snapshot
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation
from tests.gui.fake_pipeline import VALUES, running_snapshot
from tests.gui.sensor_readings import readings

NAMES = MONTAGE.names


def measured_snapshot() -> Snapshot:
    """Nothing measured at the first two muscles; the second is not seen either. The last is not calibrated."""
    predicted, measured = VALUES.copy(), VALUES + np.float32(0.5)
    predicted[1] = np.nan
    measured[:2] = np.nan
    health = replace(running_snapshot().health, low_confidence=(NAMES[0], NAMES[4]))
    return running_snapshot(
        predicted,
        reference=MuscleActivation(measured, 1.0),
        sensors=readings(calibrated=tuple(range(7))),
        health=health,
    )


def test_measured_values_are_shown_with_predicted_ones_where_there_are_none() -> None:
    shown = shown_muscles(measured_snapshot(), MEASURED)
    assert shown.activation is not None
    assert shown.activation.values[2:] == pytest.approx(VALUES[2:] + 0.5)
    assert shown.activation.values[0] == pytest.approx(VALUES[0])
    assert np.isnan(shown.activation.values[1]), "neither measured nor seen"
    assert shown.marks.estimated == {NAMES[0]}
    assert shown.marks.uncalibrated == {NAMES[7]}
    assert shown.marks.low_confidence == {NAMES[0]}, "what is measured does not depend on the model"
    assert shown.quantity == "Measured sEMG, % of maximum"
    assert shown.activation.low is None, "an interval belongs to the prediction"


def test_predicted_values_are_shown_as_they_are() -> None:
    snapshot = measured_snapshot()
    shown = shown_muscles(snapshot, PREDICTED)
    assert shown.activation is snapshot.activation
    assert shown.marks == MuscleMarks(frozenset({NAMES[0], NAMES[4]}))
    assert shown.quantity == "Simulated activation, % of maximum"


def test_without_sensors_there_is_nothing_but_the_prediction() -> None:
    snapshot = replace(measured_snapshot(), sensors=None)
    assert shown_muscles(snapshot, MEASURED) == shown_muscles(snapshot, PREDICTED)


def test_simulated_values_are_never_called_measured() -> None:
    snapshot = measured_snapshot()
    assert snapshot.sensors is not None
    simulated = replace(snapshot.sensors, label="simulated sEMG", is_measured=False)
    shown = shown_muscles(replace(snapshot, sensors=simulated), MEASURED)
    assert shown.quantity == "Simulated sEMG, % of maximum"


def test_without_any_calibration_nothing_is_a_share_of_a_maximum() -> None:
    snapshot = replace(measured_snapshot(), sensors=readings(calibrated=()))
    assert shown_muscles(snapshot, MEASURED).quantity == "Measured sEMG, % of the strongest so far"
    assert shown_muscles(snapshot, PREDICTED).quantity == "Simulated activation, % of maximum"


def test_before_the_first_picture_nothing_is_known() -> None:
    shown = shown_muscles(Snapshot(sensors=readings()), MEASURED)
    assert shown.activation is not None
    assert not shown.activation.known.any()
    assert not shown.marks.estimated


def test_notes_in_words() -> None:
    marks = MuscleMarks(frozenset({"a", "b"}), frozenset({"b", "c"}), frozenset({"d"}))
    assert [marks.notes(name) for name in "abcde"] == [
        ("low confidence",),
        ("estimate", "low confidence"),
        ("estimate",),
        ("uncalibrated",),
        (),
    ]
    assert marks.notes("b", narrow=True) == ("estimate", "low conf.")
