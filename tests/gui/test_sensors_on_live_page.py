from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.app_settings import MEASURED, PREDICTED
from app.live_page.source_choice import SourceChoice
from app.live_page.status_strip import NOTHING
from app.theme import DARK
from mia_core.colour_scale import PAPER
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import ScriptedSensors
from tests.gui.conftest import Bench
from tests.gui.fake_pipeline import VALUES
from tests.gui.sensor_readings import GREEN, GREY, RED, YELLOW, readings, state

MEASURED_VALUES = VALUES[::-1].copy()


@pytest.fixture
def sensors_bench(qtbot: QtBot, bench: Bench) -> Bench:
    """The window with eight sensors, the first of which is lost."""
    measured = MEASURED_VALUES.copy()
    measured[0] = np.nan
    lost = state(0, GREY, SensorPhase.LOST, "The connection ended; it is looked for.")
    bench.pipeline.show(
        sensors=readings({0: lost, 1: state(1, YELLOW), 2: state(2, RED)}),
        reference=MuscleActivation(measured, 1.0),
        reference_label="measured sEMG",
    )
    qtbot.waitUntil(lambda: bench.window.live_page.body_map.accessibleDescription() != "")
    return bench


def _shown(bench: Bench) -> QImage:
    return bench.window.live_page.body_map.grab().toImage()


def _muscle_colour(bench: Bench, channel: int) -> tuple[int, ...]:
    centre = bench.window.live_page.body_map.muscle_centre(channel)
    return QColor(_shown(bench).pixel(centre.toPoint())).getRgb()[:3]


def test_a_source_that_is_started_later_gets_the_sensors_too(qtbot: QtBot, bench: Bench) -> None:
    feed = SensorFeed(ScriptedSensors(), None, FakeClock())
    bench.window.live_page.set_sensors(feed)
    assert bench.pipeline.sensors is feed
    bench.pipeline.sensors = None
    bench.window.session.stop()
    qtbot.waitUntil(lambda: bench.window.live_page.pipeline is None)
    bench.window.watch(SourceChoice.demo())
    qtbot.waitUntil(lambda: bench.pipeline.sensors is feed)
    bench.window.live_page.set_sensors(None)
    assert bench.pipeline.sensors is None


def test_lights_stand_beside_the_muscles_and_say_why(sensors_bench: Bench) -> None:
    body_map = sensors_bench.window.live_page.body_map
    picture = _shown(sensors_bench)
    for channel, colour in ((1, DARK.warning), (2, DARK.error), (3, DARK.good)):
        box = body_map.light_box(channel)
        found = QColor(picture.pixel(round(box.center().x()), round(box.bottom()) - 3))
        assert found.name() == colour, MONTAGE.names[channel]
    ring = QColor(picture.pixel(body_map.light_box(0).center().toPoint()))
    assert ring.name() == DARK.surface, "a sensor without a signal is a ring"
    words = body_map.accessibleDescription().splitlines()
    assert words[0].startswith("Left biceps: grey, The connection ended")
    assert words[1].startswith("Left triceps: yellow, 4 % lost")
    assert words[2].startswith("Left quadriceps: red, flat line")
    assert words[3].startswith("Left hamstrings: green, good signal")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_pointer_on_a_label_tells_about_its_sensor(qtbot: QtBot, sensors_bench: Bench) -> None:
    body_map = sensors_bench.window.live_page.body_map
    place = body_map.light_box(2).center().toPoint()
    QApplication.sendEvent(body_map, QHelpEvent(QEvent.Type.ToolTip, place, body_map.mapToGlobal(place)))
    qtbot.waitUntil(lambda: "flat line" in QToolTip.text())


def test_without_sensors_there_are_neither_lights_nor_choice_nor_numbers(qtbot: QtBot, sensors_bench: Bench) -> None:
    page = sensors_bench.window.live_page
    qtbot.waitUntil(page.status.sensors.isVisible)
    with_lights = _shown(sensors_bench)
    sensors_bench.pipeline.show(sensors=None, reference_label="")
    qtbot.waitUntil(lambda: page.body_map.accessibleDescription() == "")
    assert _shown(sensors_bench) != with_lights
    qtbot.waitUntil(lambda: not page.status.sensors.isVisible())
    assert not page.status.samples_lost.isVisible()


def test_the_body_map_shows_what_is_measured_and_marks_what_is_not(qtbot: QtBot, sensors_bench: Bench) -> None:
    window = sensors_bench.window
    assert _muscle_colour(sensors_bench, 3) == tuple(PAPER.rgb(VALUES)[3])
    window.actions_by_name["next_values"].trigger()
    assert window.settings.muscle_values == MEASURED
    measured = PAPER.rgb(MEASURED_VALUES)
    for channel in range(1, 8):
        assert _muscle_colour(sensors_bench, channel) == tuple(measured[channel]), MONTAGE.names[channel]
    assert _muscle_colour(sensors_bench, 0) == tuple(PAPER.rgb(VALUES)[0]), "its sensor is lost: carried on"
    marked = _shown(sensors_bench)
    sensors_bench.pipeline.show(reference=MuscleActivation(np.concatenate([VALUES[:1], MEASURED_VALUES[1:]]), 1.0))
    qtbot.waitUntil(lambda: _shown(sensors_bench) != marked)  # the same colour, without the mark
    window.actions_by_name["next_values"].trigger()
    assert window.settings.muscle_values == PREDICTED
    assert _muscle_colour(sensors_bench, 3) == tuple(PAPER.rgb(VALUES)[3])


def test_image_and_body_map_show_the_same_values(sensors_bench: Bench) -> None:
    window = sensors_bench.window
    shown = window.live_page.stage.camera_view._shown
    assert shown.activation is window.live_page.snapshot.activation
    window.actions_by_name["next_values"].trigger()
    shown = window.live_page.stage.camera_view._shown
    assert shown.quantity == "Measured sEMG, % of maximum"
    assert shown.activation.values.tolist() == [VALUES[0], *MEASURED_VALUES[1:]]


def test_the_choice_is_offered_with_sensors_and_remembered(qtbot: QtBot, sensors_bench: Bench) -> None:
    window = sensors_bench.window
    button = window._look_controls.values
    qtbot.waitUntil(button.isVisible)
    assert "Predicted" in button.text()
    button.menu().actions()[1].trigger()
    assert "From sensors" in button.text(), "simulated ones measure nothing"
    window.close()
    assert window._store.load().muscle_values == MEASURED


def test_the_status_strip_counts_sensors_and_lost_samples(qtbot: QtBot, sensors_bench: Bench) -> None:
    status = sensors_bench.window.live_page.status
    qtbot.waitUntil(lambda: status.sensors.text == "7 of 8, 1 grey")
    assert "Left quadriceps: red, flat line for 12 s" in status.sensors.toolTip()
    assert status.samples_lost.text == "12", "7 of the yellow one, 1 of each of the five green ones"
    assert "gaps in time" in status.samples_lost.toolTip()
    sensors_bench.pipeline.show(sensors=readings())
    qtbot.waitUntil(lambda: status.sensors.text == "8 of 8 green")


def test_sensors_that_only_advertise_lose_nothing_that_could_be_counted(qtbot: QtBot, bench: Bench) -> None:
    status = bench.window.live_page.status
    heard = replace(GREEN, lost=4000, loss_is_exact=True, only_advertises=True)
    bench.pipeline.show(sensors=readings({channel: state(channel, heard) for channel in range(3)}))
    qtbot.waitUntil(lambda: status.samples_lost.text == "5")
    assert "only advertise are never heard in full" in status.samples_lost.toolTip()
    bench.pipeline.show(sensors=readings({channel: state(channel, heard) for channel in range(3)}, channels=()))
    qtbot.waitUntil(lambda: status.samples_lost.text == NOTHING)


@pytest.mark.parametrize("size", [(960, 600), (1280, 720)])
def test_nothing_in_the_status_strip_is_cut_off(sensors_bench: Bench, size: tuple[int, int]) -> None:
    window, status = sensors_bench.window, sensors_bench.window.live_page.status
    window.live_page.stop_polling()
    window.resize(*size)
    snapshot = sensors_bench.pipeline.snapshot()
    arms = replace(snapshot.health, low_confidence=("left_biceps", "right_triceps"), model_name="a-model-with-a-name")
    status.show_snapshot(replace(snapshot, health=arms), window.live_page.ages)
    QApplication.processEvents()
    shown = [part for part in status.findChildren(QWidget) if part.isVisible()]
    for part in (status.badge, status.unsure, status.sensors, status.samples_lost, status.age, status.device):
        assert part in shown
    assert status.unsure.text() == ("low conf.: 2" if size[0] == 960 else "low confidence: 2 of 8 muscles")
    for part in shown:
        assert part.width() >= part.sizeHint().width(), part.accessibleName()
        assert status.rect().contains(part.rect().translated(part.mapTo(status, QPoint())))


def test_the_legend_names_what_is_dashed(qtbot: QtBot, sensors_bench: Bench) -> None:
    legend = sensors_bench.window.live_page.trace_legend
    qtbot.waitUntil(lambda: any(text == "measured sEMG" for text, _, _ in legend._entries()))


def test_the_legend_explains_dots_where_nothing_is_dashed(qtbot: QtBot, sensors_bench: Bench) -> None:
    page, pipeline = sensors_bench.window.live_page, sensors_bench.pipeline
    page.stop_polling()
    health = replace(pipeline.snapshot().health, low_confidence=("left_biceps",))
    page.show_picture(replace(pipeline.snapshot(), health=health))
    for reference, has_dots in ((0.2, False), (np.nan, True)):
        history = pipeline.history()
        history.reference[:, 0] = reference
        page.show_history(replace(history, timestamps_s=history.timestamps_s + 100 * has_dots))
        assert any(text == "low confidence" for text, _, _ in page.trace_legend._entries()) == has_dots


def test_sensors_that_fail_are_said_over_the_picture(qtbot: QtBot, sensors_bench: Bench) -> None:
    sensors_bench.pipeline.show(sensors=readings(error="Bluetooth is off.", advice="Switch it on."))
    banner = sensors_bench.window.live_page.stage.banner
    qtbot.waitUntil(lambda: banner.isVisible() and banner.accessibleName() == "Bluetooth is off. Switch it on.")


def test_all_of_a_note_can_be_heard_and_pointed_at(qtbot: QtBot, sensors_bench: Bench) -> None:
    page = sensors_bench.window.live_page
    page.stop_polling()
    page.traces.show_history(sensors_bench.pipeline.history(), ("sensor lost", *[""] * 7))
    assert page.traces.accessibleDescription() == "Left biceps: sensor lost"
    assert page.traces.toolTip().startswith("Left biceps: sensor lost\n\nSolid: predicted.")
    page.traces.show_history(None)
    assert page.traces.accessibleDescription() == ""


def test_notes_are_written_into_the_lanes(qtbot: QtBot, sensors_bench: Bench) -> None:
    page = sensors_bench.window.live_page
    history = sensors_bench.pipeline.history()
    page.stop_polling()
    page.traces.show_history(history)
    plain = page.traces.grab().toImage()
    page.traces.show_history(history, ("sensor lost", *[""] * 7))
    noted = page.traces.grab().toImage()
    for channel, changed in ((0, True), (1, False), (4, False)):
        box = page.traces.plot_box(channel).toRect().adjusted(2, 0, -2, -2)
        assert (plain.copy(box) != noted.copy(box)) == changed, MONTAGE.names[channel]


def test_an_uncalibrated_muscle_is_drawn_on_a_scale_of_its_own(sensors_bench: Bench) -> None:
    page = sensors_bench.window.live_page
    page.stop_polling()
    history = sensors_bench.pipeline.history()
    history.reference[:] = 0.9
    page.traces.show_history(replace(history, calibrated=np.zeros(8, bool)))
    plot = next(iter(page.traces._plots.values()))
    _, relative = plot._reference[0].getData()
    page.traces.show_history(replace(history, calibrated=np.ones(8, bool)))
    _, absolute = plot._reference[0].getData()
    top = page.traces._fitting_top(history, np.ones(len(history.timestamps_s), bool))
    assert np.nanmax(relative) - np.floor(np.nanmax(relative)) != pytest.approx(0)
    assert np.allclose(np.nanmax(relative) - np.nanmax(absolute), 0.9 - 0.9 / top, atol=1e-6)
