"""The strength of a radio signal as four bars."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import Palette

_STEPS_DBM: Final = (-90, -80, -70, -60)
"""From each on one bar more: near -90 dBm connections fail, from -60 dBm on nothing is lost to distance."""
_WORDS: Final = ("very weak", "weak", "fair", "good", "strong")
_SIZE: Final = QSize(20, 16)


def bars(rssi_dbm: int | None) -> int:
    """Return how many of the four bars are full."""
    return 0 if rssi_dbm is None else sum(rssi_dbm >= step for step in _STEPS_DBM)


def strength_words(rssi_dbm: int | None) -> str:
    """Return the strength for people, such as `signal good (-64 dBm)`."""
    return "signal strength unknown" if rssi_dbm is None else f"signal {_WORDS[bars(rssi_dbm)]} ({rssi_dbm} dBm)"


def paint_bars(painter: QPainter, box: QRectF, rssi_dbm: int | None, colours: Palette) -> None:
    """Paint the bars into a box: full ones, and outlines where the signal does not reach or is unknown."""
    full, n = bars(rssi_dbm), len(_STEPS_DBM)
    pitch = box.width() / n
    for number in range(n):
        height = box.height() * (number + 1.6) / (n + 0.6)
        bar = QRectF(box.left() + number * pitch, box.bottom() - height, pitch - 2.0, height)
        is_full = number < full
        painter.setPen(QPen(QColor(colours.text if is_full else colours.muted), 1.0))
        painter.setBrush(QColor(colours.text) if is_full else QColor(0, 0, 0, 0))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))


class SignalBars(QWidget):
    """The bars as a widget."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._rssi_dbm: int | None = None
        self.setFixedSize(_SIZE)

    def show_strength(self, rssi_dbm: int | None, colours: Palette) -> None:
        """Show a strength in a theme."""
        self._rssi_dbm, self._colours = rssi_dbm, colours
        self.setToolTip(strength_words(rssi_dbm))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_bars(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._rssi_dbm, self._colours)
