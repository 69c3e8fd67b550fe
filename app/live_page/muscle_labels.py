"""Names and numbers beside the muscles of the body map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from app.live_page.muscle_marks import MuscleMarks
from app.live_page.sensor_lights import paint_light
from app.theme import Palette
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, MuscleActivation
from mia_core.sensors.sensor_state import Light

UNKNOWN_TEXT: Final = "\N{EN DASH}"
ABOUT: Final = "\N{ALMOST EQUAL TO}"
"""Before a value that is estimated among measured ones."""
_VALUE_PX: Final = 15.0
_SMALL_PX: Final = 11.0
_NOTE_PX: Final = 10.0
_LINE: Final = 1.25
"""Height of a line over that of its letters."""
_WIDTH_PX: Final = 110.0
_LIGHT_PX: Final = 9.0


def has_intervals(activation: MuscleActivation | None) -> bool:
    """Return whether some muscle has an interval."""
    return activation is not None and activation.low is not None and not np.isnan(activation.low).all()


def interval_text(low: float, high: float) -> str:
    """Return an interval of activation as a reader sees it, such as `(8-19)` in percent; empty when unknown."""
    return "" if np.isnan(low) or np.isnan(high) else f"({100 * low:.0f}\N{EN DASH}{100 * high:.0f})"


class MuscleLabels:
    """One label for each muscle: value, interval, name, and notes where some are needed.

    The light of its sensor lies between the label and its leader.

    Args:
        leaders: One line for each channel of `MONTAGE`, from the muscle to its label, in pixels.
        family: The font.
        zoom: Factor on the sizes of letters.
        marks: Which muscles need a note.
        with_intervals: Whether there is a line for intervals.
        with_lights: Whether there is room for lights.
        narrow: Whether there is only room for short words.
    """

    def __init__(
        self,
        leaders: Sequence[QLineF],
        family: QFont,
        zoom: float,
        marks: MuscleMarks,
        *,
        with_intervals: bool,
        with_lights: bool,
        narrow: bool,
    ) -> None:
        self._leaders = leaders
        self._family = family
        self._zoom = zoom
        self._marks = marks
        self._with_intervals = with_intervals
        self._light_px = _LIGHT_PX * zoom
        self._away_px = self._light_px + 3 if with_lights else 0.0
        self._notes = [marks.notes(name, narrow=narrow) for name in MONTAGE.names]
        self._names = [f"{placement.side[0].upper()} {placement.muscle}" for placement in MONTAGE.placements]

    def paint_names(self, painter: QPainter, colours: Palette) -> None:
        """Paint what does not change with the values."""
        line = 1 + self._with_intervals
        painter.setFont(self._font(_SMALL_PX, QFont.Weight.Normal))
        painter.setPen(QColor(colours.muted))
        for channel, name in enumerate(self._names):
            self._write(painter, channel, line, name)
        painter.setFont(self._font(_NOTE_PX, QFont.Weight.Normal))
        painter.setPen(QColor(colours.warning))
        for channel, notes in enumerate(self._notes):
            for below, note in enumerate(notes, 1):
                self._write(painter, channel, line + below, note)

    def paint_lights(self, painter: QPainter, lights: Mapping[int, Light], colours: Palette) -> None:
        """Paint the lights of channels that have a sensor."""
        for channel, light in lights.items():
            paint_light(painter, self.light_box(channel), light, colours)

    def light_box(self, channel: int) -> QRectF:
        """Return the place of a channel's light: at the end of its leader, like the head of a pin."""
        leader, size = self._leaders[channel], self._light_px
        top = leader.y2() - size if leader.dy() < 0 else leader.y2()
        return QRectF(leader.x2() - size / 2, top, size, size)

    def box(self, channel: int) -> QRectF:
        """Return the place of a whole label with its light."""
        lines = self._line_box(channel, 0).united(self._line_box(channel, self._small_lines(channel)))
        return lines.united(self.light_box(channel))

    def paint_values(self, painter: QPainter, activation: MuscleActivation | None, colours: Palette) -> None:
        """Paint the values, and the intervals where there are some."""
        values = np.full(len(MONTAGE), np.nan, np.float32) if activation is None else activation.values
        painter.setFont(self._font(_VALUE_PX, QFont.Weight.Bold))
        for channel, value in enumerate(values):
            known = not np.isnan(value)
            painter.setPen(QColor(colours.text if known else colours.muted))
            about = f"{ABOUT} " if MONTAGE.names[channel] in self._marks.estimated else ""
            self._write(painter, channel, 0, f"{about}{100 * value:.0f} %" if known else UNKNOWN_TEXT)
        if activation is None or activation.low is None or activation.high is None:
            return
        painter.setFont(self._font(_SMALL_PX, QFont.Weight.Normal))
        painter.setPen(QColor(colours.muted))
        for channel, text in enumerate(_intervals(activation.low, activation.high)):
            self._write(painter, channel, 1, text)

    def _write(self, painter: QPainter, channel: int, line: int, text: str) -> None:
        """Write one line of a label; line 0 is that of the value."""
        align = Qt.AlignmentFlag.AlignLeft if self._leaders[channel].dx() > 0 else Qt.AlignmentFlag.AlignRight
        painter.drawText(self._line_box(channel, line), align | Qt.AlignmentFlag.AlignVCenter, text)

    def _small_lines(self, channel: int) -> int:
        return 1 + self._with_intervals + len(self._notes[channel])

    def _line_box(self, channel: int, line: int) -> QRectF:
        leader = self._leaders[channel]
        value_px, small_px = (_LINE * round(size * self._zoom) for size in (_VALUE_PX, _SMALL_PX))
        above, outwards = leader.dy() < 0, leader.dx() > 0
        height = value_px + small_px * self._small_lines(channel)
        top = leader.y2() - 2 - self._away_px - height if above else leader.y2() + 1 + self._away_px
        left = leader.x2() - 6 if outwards else leader.x2() - _WIDTH_PX + 6
        at = top if line == 0 else top + value_px + small_px * (line - 1)
        return QRectF(left, at, _WIDTH_PX, small_px if line else value_px)

    def _font(self, size_px: float, weight: QFont.Weight) -> QFont:
        font = QFont(self._family)
        font.setPixelSize(round(size_px * self._zoom))
        font.setWeight(weight)
        return font


def _intervals(low: Floats, high: Floats) -> list[str]:
    return [interval_text(float(a), float(b)) for a, b in zip(low, high, strict=True)]
