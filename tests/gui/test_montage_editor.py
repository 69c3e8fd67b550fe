from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.sensor_page.montage_editor import MontageEditor
from mia_core.muscles import MONTAGE
from mia_core.sensors.sensor_montage import SensorId, SensorMontage

A, B, C = (SensorId("m40", serial) for serial in ("A1", "B2", "C3"))
LEFT_BICEPS, LEFT_TRICEPS, LEFT_QUADRICEPS = MONTAGE.placements[:3]


@pytest.fixture
def changes() -> list[SensorMontage]:
    """The montages after each call of `on_changed`."""
    return []


@pytest.fixture
def editor(qtbot: QtBot, changes: list[SensorMontage]) -> MontageEditor:
    made: list[MontageEditor] = []
    made.append(MontageEditor(lambda: changes.append(made[0].montage)))
    made[0].open(SensorMontage("lab"))
    changes.clear()
    return made[0]


def test_every_change_can_be_taken_back_and_made_again(editor: MontageEditor, changes: list[SensorMontage]) -> None:
    editor.put(A, LEFT_BICEPS)
    editor.put(B, LEFT_TRICEPS)
    editor.free(LEFT_BICEPS)
    after = editor.montage
    assert after.assignments == ((LEFT_TRICEPS, B),)
    assert editor.history.undoText() == "take the sensor off the left biceps"
    editor.history.undo()
    assert editor.montage.sensor_at(LEFT_BICEPS) == A
    editor.history.undo()
    editor.history.undo()
    assert editor.montage == SensorMontage("lab")
    assert editor.history.redoText() == "put A1 on the left biceps"
    for _ in range(3):
        editor.history.redo()
    assert editor.montage == after
    assert changes[-1] == after


def test_a_sensor_from_another_muscle_changes_places_with_the_one_it_finds(editor: MontageEditor) -> None:
    editor.put(A, LEFT_BICEPS)
    editor.put(B, LEFT_TRICEPS)
    editor.put(A, LEFT_TRICEPS)
    assert editor.montage.assignments == ((LEFT_BICEPS, B), (LEFT_TRICEPS, A))
    assert editor.history.undoText() == "move A1 to the left triceps"
    editor.put(C, LEFT_TRICEPS)
    assert editor.montage.assignments == ((LEFT_BICEPS, B), (LEFT_TRICEPS, C)), "a new one sends the old one away"


def test_what_changes_nothing_is_nothing_to_take_back(editor: MontageEditor, changes: list[SensorMontage]) -> None:
    editor.free(LEFT_QUADRICEPS)
    editor.rename("lab")
    assert not editor.history.canUndo()
    assert changes == []


def test_an_exchange_keeps_the_name(editor: MontageEditor) -> None:
    editor.put(A, LEFT_BICEPS)
    editor.exchange(SensorMontage("of a check", ((LEFT_TRICEPS, A),)))
    assert editor.montage == SensorMontage("lab", ((LEFT_TRICEPS, A),))


def test_another_montage_has_another_history(editor: MontageEditor) -> None:
    editor.put(A, LEFT_BICEPS)
    editor.open(SensorMontage("other"))
    assert editor.montage.name == "other"
    assert not editor.history.canUndo()


_STEPS = st.lists(st.tuples(st.sampled_from((A, B, C, None)), st.sampled_from(MONTAGE.placements)), max_size=12)


@settings(max_examples=50, deadline=None)
@given(steps=_STEPS)
def test_undoing_all_leads_back_and_redoing_all_forth(
    qapp: object, steps: list[tuple[SensorId | None, object]]
) -> None:
    editor = MontageEditor(lambda: None)
    editor.open(SensorMontage("lab"))
    for sensor, at in steps:
        if sensor is None:
            editor.free(at)
        else:
            editor.put(sensor, at)
        assert len({which for _, which in editor.montage.assignments}) == len(editor.montage.assignments)
    end = editor.montage
    editor.history.setIndex(0)
    assert editor.montage == SensorMontage("lab")
    editor.history.setIndex(editor.history.count())
    assert editor.montage == end
