"""A check box in the theme's colours: the system's own is a white hole in a dark window."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox

from app.theme import Palette

_BOX_PX: Final = 16
_GAP_PX: Final = 8


class TickBox(QCheckBox):
    """Paints a rounded box, filled when it is ticked, and its text.

    Args:
        text: What is agreed to.
        colours: The theme's colours.
        is_small: Whether it is beside the point.
    """

    def __init__(self, text: str, colours: Palette, *, is_small: bool = False) -> None:
        super().__init__(text)
        self._colours = colours
        self._is_small = is_small
        if is_small:
            self.setObjectName("small")

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for box and text."""
        metrics = self.fontMetrics()
        return QSize(_BOX_PX + _GAP_PX + metrics.horizontalAdvance(self.text()) + 4, max(metrics.height(), _BOX_PX) + 4)

    def hitButton(self, pos: object) -> bool:  # noqa: N802 - Qt's name
        """Take clicks anywhere."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint box and text."""
        colours = self._colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1.5, (self.height() - _BOX_PX) / 2 + 0.5, _BOX_PX - 1, _BOX_PX - 1)
        is_on, can = self.isChecked(), self.isEnabled()
        ground = QColor(colours.accent if is_on else colours.window)
        edge = QColor(colours.text if self.hasFocus() else colours.accent if is_on else colours.muted)
        for colour in (ground, edge):
            colour.setAlphaF(1.0 if can else 0.4)
        painter.setPen(QPen(edge, 1.4))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 4, 4)
        if is_on:
            painter.setPen(QPen(QColor(colours.on_accent), 2.2, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            shape = ((0.25, 0.52), (0.43, 0.70), (0.76, 0.32))
            tick = [QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in shape]
            painter.drawPolyline(QPolygonF(tick))
        painter.setPen(QColor(colours.muted if self._is_small or not can else colours.text))
        room = QRectF(_BOX_PX + _GAP_PX, 0, self.width() - _BOX_PX - _GAP_PX, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
