"""Names and numbers beside the muscles of the body map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from app.theme import Palette
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, MuscleActivation

UNKNOWN_TEXT: Final = "\N{EN DASH}"
LOW_CONFIDENCE_TEXT: Final = "low confidence"
_SHORT_TEXT: Final = "low conf."
_VALUE_PX: Final = 15.0
_SMALL_PX: Final = 11.0
_NOTE_PX: Final = 10.0
_LINE: Final = 1.25
"""Height of a line over that of its letters."""
_WIDTH_PX: Final = 110.0


def has_intervals(activation: MuscleActivation | None) -> bool:
    """Return whether some muscle has an interval."""
    return activation is not None and activation.low is not None and not np.isnan(activation.low).all()


def interval_text(low: float, high: float) -> str:
    """Return an interval of activation as a reader sees it, such as `(8-19)` in percent; empty when unknown."""
    return "" if np.isnan(low) or np.isnan(high) else f"({100 * low:.0f}\N{EN DASH}{100 * high:.0f})"


class MuscleLabels:
    """One label for each muscle: value, interval, name, and `low confidence` where that is so.

    Args:
        leaders: One line for each channel of `MONTAGE`, from the muscle to its label, in pixels.
        family: The font.
        zoom: Factor on the sizes of letters.
        low_confidence: Names of the muscles of low confidence.
        with_intervals: Whether there is a line for intervals.
        narrow: Whether there is only room for short words.
    """

    def __init__(
        self,
        leaders: Sequence[QLineF],
        family: QFont,
        zoom: float,
        low_confidence: Sequence[str],
        *,
        with_intervals: bool,
        narrow: bool,
    ) -> None:
        self._leaders = leaders
        self._family = family
        self._zoom = zoom
        self._low_confidence = low_confidence
        self._with_intervals = with_intervals
        self._note = _SHORT_TEXT if narrow else LOW_CONFIDENCE_TEXT

    def paint_names(self, painter: QPainter, colours: Palette) -> None:
        """Paint what does not change with the values."""
        line = 1 + self._with_intervals
        painter.setFont(self._font(_SMALL_PX, QFont.Weight.Normal))
        painter.setPen(QColor(colours.muted))
        for channel, placement in enumerate(MONTAGE.placements):
            self._write(painter, channel, line, f"{placement.side[0].upper()} {placement.muscle}")
        painter.setFont(self._font(_NOTE_PX, QFont.Weight.Normal))
        painter.setPen(QColor(colours.warning))
        for name in self._low_confidence:
            self._write(painter, MONTAGE.names.index(name), line + 1, self._note)

    def paint_values(self, painter: QPainter, activation: MuscleActivation | None, colours: Palette) -> None:
        """Paint the values, and the intervals where there are some."""
        values = np.full(len(MONTAGE), np.nan, np.float32) if activation is None else activation.values
        painter.setFont(self._font(_VALUE_PX, QFont.Weight.Bold))
        for channel, value in enumerate(values):
            known = not np.isnan(value)
            painter.setPen(QColor(colours.text if known else colours.muted))
            self._write(painter, channel, 0, f"{100 * value:.0f} %" if known else UNKNOWN_TEXT)
        if activation is None or activation.low is None or activation.high is None:
            return
        painter.setFont(self._font(_SMALL_PX, QFont.Weight.Normal))
        painter.setPen(QColor(colours.muted))
        for channel, text in enumerate(_intervals(activation.low, activation.high)):
            self._write(painter, channel, 1, text)

    def _write(self, painter: QPainter, channel: int, line: int, text: str) -> None:
        """Write one line of a label; line 0 is that of the value."""
        leader = self._leaders[channel]
        value_px, small_px = (_LINE * round(size * self._zoom) for size in (_VALUE_PX, _SMALL_PX))
        small_lines = 1 + self._with_intervals + (MONTAGE.names[channel] in self._low_confidence)
        above, outwards = leader.dy() < 0, leader.dx() > 0
        top = leader.y2() - 2 - value_px - small_px * small_lines if above else leader.y2() + 1
        left = leader.x2() - 6 if outwards else leader.x2() - _WIDTH_PX + 6
        at = top if line == 0 else top + value_px + small_px * (line - 1)
        align = Qt.AlignmentFlag.AlignLeft if outwards else Qt.AlignmentFlag.AlignRight
        box = QRectF(left, at, _WIDTH_PX, small_px if line else value_px)
        painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, text)

    def _font(self, size_px: float, weight: QFont.Weight) -> QFont:
        font = QFont(self._family)
        font.setPixelSize(round(size_px * self._zoom))
        font.setWeight(weight)
        return font


def _intervals(low: Floats, high: Floats) -> list[str]:
    return [interval_text(float(a), float(b)) for a, b in zip(low, high, strict=True)]
