"""Which line of the traces is which."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.live_page.muscle_marks import LOW_CONFIDENCE_TEXT
from app.theme import Palette

_LINE_PX: Final = 24
_GAP_PX: Final = 7
_BAND_PX: Final = 9
_BAND_ALPHA: Final = 0.34


class TraceLegend(QWidget):
    """A solid line for what the model predicts, a band for its interval, a dashed line for the reference."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self.setObjectName("caption")
        self._colours = colours
        self._reference = ""
        self._with_intervals = False
        self._with_dots = False

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

    def set_intervals(self, *, shown: bool) -> None:
        """Say whether the band of the intervals is there to be explained."""
        if shown != self._with_intervals:
            self._with_intervals = shown
            self.updateGeometry()
            self.update()

    def set_low_confidence(self, *, shown: bool) -> None:
        """Say whether some lines are dotted."""
        if shown != self._with_dots:
            self._with_dots = shown
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
            left = x + _LINE_PX + _GAP_PX
            width = self.fontMetrics().horizontalAdvance(text)
            if left + width > self.width():
                break  # rather none than half of one; the most important come first
            line = QRectF(x, middle - _BAND_PX / 2, _LINE_PX, _BAND_PX)
            if style is None:
                band = QColor(colour)
                band.setAlphaF(_BAND_ALPHA)
                painter.fillRect(line, band)
            else:
                painter.setPen(QPen(QColor(colour), 2, style))
                painter.drawLine(QPointF(x, middle), QPointF(x + _LINE_PX, middle))
            painter.setPen(QColor(self._colours.muted))
            painter.drawText(int(left), 0, width + 2, self.height(), Qt.AlignmentFlag.AlignVCenter, text)
            x = left + width + 3 * _GAP_PX
        painter.end()

    def _entries(self) -> list[tuple[str, str, Qt.PenStyle | None]]:
        """Return text, colour and line of every entry; a band has no line."""
        entries: list[tuple[str, str, Qt.PenStyle | None]] = [
            ("predicted", self._colours.accent, Qt.PenStyle.SolidLine)
        ]
        if self._reference:
            entries.append((self._reference, self._colours.reference, Qt.PenStyle.DashLine))
        if self._with_intervals:
            entries.append(("80 % interval", self._colours.accent, None))
        if self._with_dots:
            entries.append((LOW_CONFIDENCE_TEXT, self._colours.accent, Qt.PenStyle.DotLine))
        return entries
