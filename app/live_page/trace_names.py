"""The names beside the lanes of the traces, each with room for a note below.

This module imports pyqtgraph, which takes 0.2 s: import it when the window is on the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

_NAME_PX: Final = 12
_NOTE_PX: Final = 9
_RIGHT_PX: Final = 6


class TraceNames(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph ships no types
    """An axis without line and ticks that writes names at the middle of lanes."""

    def __init__(self) -> None:
        super().__init__("left")
        self._notes: dict[str, str] = {}
        self._note_colour = ""

    def set_names(self, names: Mapping[float, tuple[str, str]]) -> None:
        """Write names and notes, by the height at which they stand; an empty note leaves the name alone."""
        self._notes = dict(names.values())
        self.setTicks([[(height, name) for height, (name, _) in names.items()]])

    def set_note_colour(self, colour: str) -> None:
        """Change the theme."""
        self._note_colour = colour
        self.picture = None
        self.update()

    def drawPicture(self, painter: QPainter, axis: Any, ticks: Any, texts: Any) -> None:  # noqa: N802 - its names
        """Write the names where the axis would write its numbers."""
        width = self.width() - _RIGHT_PX
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place, _, name in texts:
            middle, note = place.center().y(), self._notes.get(name, "")
            painter.setFont(self._sized(_NAME_PX))
            painter.setPen(self.textPen())
            painter.drawText(QRectF(0, middle - (16 if note else 10), width, 20), align, name)
            if note:
                painter.setFont(self._sized(_NOTE_PX))
                painter.setPen(QColor(self._note_colour))
                painter.drawText(QRectF(0, middle, width, 14), align, note)

    def _sized(self, size_px: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(size_px)
        return font
