"""The quality lights: one for each sensor, with a shape of its own for each colour, and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.theme import Palette
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState

_ORDER: Final = (Light.GREEN, Light.YELLOW, Light.RED, Light.GREY)
"""From best to worst; a sensor without a signal is worst of all."""


def worst_light(states: Sequence[SensorState]) -> Light:
    """Return the worst light of some sensors."""
    return max((state.quality.light for state in states), key=_ORDER.index, default=Light.GREY)


def light_colour(light: Light, colours: Palette) -> str:
    """Return a light's colour in a theme."""
    return {
        Light.GREEN: colours.good,
        Light.YELLOW: colours.warning,
        Light.RED: colours.error,
        Light.GREY: colours.muted,
    }[light]


def sensor_words(state: SensorState) -> str:
    """Return how a sensor is doing in one line, such as `Left biceps: yellow, 4 % lost`."""
    quality = state.quality
    reason = state.detail if state.phase is not SensorPhase.STREAMING and state.detail else quality.reason
    words = [str(quality.light), reason or ("good signal" if quality.light is Light.GREEN else str(state.phase))]
    if state.battery_percent is not None:
        words.append(f"battery {state.battery_percent} %")
    return f"{state.placement.label}: {', '.join(words)}"


def paint_light(painter: QPainter, box: QRectF, light: Light, colours: Palette) -> None:
    """Paint a light into a square: a disc, a triangle, a square or a ring, so that it does not take colours to tell."""
    colour = QColor(light_colour(light, colours))
    if light is Light.GREY:
        painter.setPen(QPen(colour, box.width() / 5))
        painter.setBrush(QColor(0, 0, 0, 0))
        inset = box.width() / 10
        painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
        return
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(colour)
    if light is Light.GREEN:
        painter.drawEllipse(box)
    elif light is Light.YELLOW:
        top = QPointF(box.center().x(), box.top())
        painter.drawPolygon(QPolygonF([top, box.bottomRight(), box.bottomLeft()]))
    else:
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
