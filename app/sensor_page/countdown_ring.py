"""A ring that empties while a stage lasts, with the seconds that are left, or a sign, in its middle."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.icons import icon_pixmap
from app.theme import Palette

_SIZE_PX: Final = 148
_ICON_PX: Final = 60


class CountdownRing(QWidget):
    """Paints the ring.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._share = 0.0
        self._text = ""
        self._icon = ""
        self._colour = colours.accent
        self._thick = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """What is written in the middle."""
        return self._text

    @property
    def icon(self) -> str:
        """The sign in the middle, empty for none."""
        return self._icon

    def count(self, remaining_s: float, length_s: float, colour: str, *, thick: bool) -> None:
        """Show how much is left of a stage.

        Args:
            remaining_s: Seconds.
            length_s: Length of the stage in seconds, 0 for no end.
            colour: Of the ring.
            thick: Whether it is about now.
        """
        share = remaining_s / length_s if length_s else 0.0
        self._show(share, f"{math.ceil(remaining_s - 1e-6):d}" if length_s else "", "", colour, thick=thick)

    def sign(self, icon: str, colour: str, share: float = 0.0) -> None:
        """Show a sign, and how long it will stay as a share in [0, 1]."""
        self._show(share, "", icon, colour, thick=False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the ring's size."""
        return QSize(_SIZE_PX, _SIZE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint ring and middle."""
        colours = self._colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 12.0 if self._thick else 6.0
        box = QRectF(8, 8, _SIZE_PX - 16, _SIZE_PX - 16)
        painter.setPen(QPen(QColor(colours.line), width))
        painter.drawEllipse(box)
        if self._share > 0:
            painter.setPen(QPen(QColor(self._colour), width, c=Qt.PenCapStyle.RoundCap))
            painter.drawArc(box, 90 * 16, round(360 * 16 * min(self._share, 1.0)))
        if self._icon:
            pixmap = icon_pixmap(self._icon, self._colour, _ICON_PX, self.devicePixelRatioF())
            corner = box.center() - QPointF(_ICON_PX / 2, _ICON_PX / 2)
            painter.drawPixmap(corner, pixmap)
        font = QFont(self.font())
        font.setPixelSize(54)
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if self._thick else colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()

    def _show(self, share: float, text: str, icon: str, colour: str, *, thick: bool) -> None:
        look = (round(share, 3), text, icon, colour, thick)
        if look != (self._share, self._text, self._icon, self._colour, self._thick):
            self._share, self._text, self._icon, self._colour, self._thick = look
            self.update()
