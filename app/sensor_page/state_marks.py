"""How a sensor's state shows: a shape, a colour and a word for each, so that none of the three is needed to tell."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.live_page.sensor_lights import light_colour, paint_light
from app.theme import Palette
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState

NOT_CONNECTED: Final = "not connected"
_GOOD: Final = {Light.GREEN: "good", Light.YELLOW: "fair", Light.RED: "bad", Light.GREY: "listening"}
_PHASES: Final = {
    SensorPhase.SEARCHING: "searching",
    SensorPhase.CONNECTING: "connecting",
    SensorPhase.STALE: "silent",
    SensorPhase.LOST: "lost",
    SensorPhase.CLOSED: NOT_CONNECTED,
}


def state_word(state: SensorState | None) -> str:
    """Return what a sensor is doing, or how its signal is, in a word or two; None is a sensor that nobody runs."""
    if state is None:
        return NOT_CONNECTED
    return _PHASES.get(state.phase, _GOOD[state.quality.light])


def state_reason(state: SensorState) -> str:
    """Return why, in a few words; empty when there is nothing to say."""
    if state.phase is SensorPhase.STREAMING:
        return state.quality.reason
    return state.detail


def state_colour(state: SensorState | None, colours: Palette) -> str:
    """Return the colour of a state in a theme."""
    if state is None or state.phase is SensorPhase.CLOSED:
        return colours.muted
    if state.phase is SensorPhase.LOST:
        return colours.error
    if state.phase is SensorPhase.STALE:
        return colours.warning
    if state.phase is SensorPhase.STREAMING:
        return light_colour(state.quality.light, colours)
    return colours.accent


def paint_state(painter: QPainter, box: QRectF, state: SensorState | None, colours: Palette) -> None:
    """Paint the shape of a state into a square.

    A light while the sensor sends; else a dash when it is not connected, a dotted ring while it is looked for, half a
    ring while it connects, a ring that is struck out when it is lost.
    """
    if state is not None and state.phase is SensorPhase.STREAMING:
        paint_light(painter, box, state.quality.light, colours)
        return
    width = box.width() / 5
    ring = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    pen = QPen(QColor(state_colour(state, colours)), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    if state is None or state.phase is SensorPhase.CLOSED:
        middle = box.center().y()
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
    elif state.phase is SensorPhase.SEARCHING:
        for start in range(0, 360, 60):
            painter.drawArc(ring, start * 16, 32 * 16)
    elif state.phase is SensorPhase.CONNECTING:
        painter.drawArc(ring, 0, 180 * 16)
    elif state.phase is SensorPhase.STALE:
        painter.drawEllipse(ring)
    else:
        painter.drawEllipse(ring)
        painter.drawLine(QLineF(box.bottomLeft(), box.topRight()))
