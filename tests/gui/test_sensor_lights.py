from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.live_page.sensor_lights import light_colour, paint_light, sensor_words, worst_light
from app.theme import DARK, LIGHT
from mia_core.sensors.sensor_state import Light, SensorPhase
from tests.gui.sensor_readings import GREY, RED, YELLOW, state


def test_a_sensor_in_words() -> None:
    assert sensor_words(state(0)) == "Left biceps: green, good signal, battery 80 %"
    assert sensor_words(replace(state(5, YELLOW), battery_percent=None)) == "Right triceps: yellow, 4 % lost in 10 s"
    lost = state(0, GREY, SensorPhase.LOST, "The connection ended; it is looked for.")
    assert sensor_words(lost) == "Left biceps: grey, The connection ended; it is looked for., battery 80 %"


def test_the_worst_light_counts() -> None:
    assert worst_light([state(0), state(1, YELLOW)]) is Light.YELLOW
    assert worst_light([state(0, RED), state(1, YELLOW)]) is Light.RED
    assert worst_light([state(0, RED), state(1, GREY)]) is Light.GREY
    assert worst_light([state(0)]) is Light.GREEN
    assert worst_light([]) is Light.GREY


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda colours: colours.name)
def test_lights_differ_in_colour_and_without_it_in_shape(colours) -> None:
    shapes = set()
    for light in Light:
        picture = QImage(40, 40, QImage.Format.Format_RGB32)
        picture.fill(QColor(colours.surface))
        painter = QPainter(picture)
        paint_light(painter, QRectF(5, 5, 30, 30), light, colours)
        painter.end()
        covered = [
            picture.pixelColor(x, y).name() == light_colour(light, colours) for y in range(40) for x in range(40)
        ]
        assert sum(covered) > 100
        assert not any(covered[: 40 * 4])
        shapes.add(tuple(covered))
    assert len(shapes) == len(Light)
    assert len({light_colour(light, colours) for light in Light}) == len(Light)
