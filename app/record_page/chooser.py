"""A box to choose from that shows that there is something to choose."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from app.theme import Palette

_BESIDE_PX: Final = 34
"""Room of the arrow and of the box's edges."""


class Chooser(QComboBox):
    """A combo box with an arrow in the theme's colours.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the box and its arrow."""
        painter = QStylePainter(self)
        look = QStyleOptionComboBox()
        self.initStyleOption(look)
        if not self.isEditable():
            look.currentText = self._fitting(look.currentText)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, look)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, look)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._colours.muted), 1.8, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        x, y = self.width() - 14.0, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2)]))
        painter.end()

    def _fitting(self, text: str) -> str:
        """Return a text that does not run into the arrow."""
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width() - _BESIDE_PX)
