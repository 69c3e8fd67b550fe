"""Which line of the traces is which."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import Palette

_LINE_PX: Final = 24
_GAP_PX: Final = 7


class TraceLegend(QWidget):
    """A solid line for what the model predicts, a dashed one for the reference when there is one."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("caption")
        self._colours = colours
        self._reference = ""

    def set_palette_colours(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def set_reference(self, label: str) -> None:
        """Name the reference; empty for none."""
        if label != self._reference:
            self._reference = label
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room that all entries need."""
        metrics = self.fontMetrics()
        texts = sum(metrics.horizontalAdvance(text) + _LINE_PX + 4 * _GAP_PX for text, _, _ in self._entries())
        return QSize(texts, metrics.height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the entries side by side."""
        painter = QPainter(self)
        middle = self.height() / 2
        x = 0.0
        for text, colour, style in self._entries():
            painter.setPen(QPen(QColor(colour), 2, style))
            painter.drawLine(QPointF(x, middle), QPointF(x + _LINE_PX, middle))
            painter.setPen(QColor(self._colours.muted))
            left = x + _LINE_PX + _GAP_PX
            width = self.fontMetrics().horizontalAdvance(text)
            painter.drawText(int(left), 0, width + 2, self.height(), Qt.AlignmentFlag.AlignVCenter, text)
            x = left + width + 3 * _GAP_PX
        painter.end()

    def _entries(self) -> list[tuple[str, str, Qt.PenStyle]]:
        entries = [("predicted", self._colours.accent, Qt.PenStyle.SolidLine)]
        if self._reference:
            entries.append((self._reference, self._colours.reference, Qt.PenStyle.DashLine))
        return entries
