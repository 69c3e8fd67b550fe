"""A button that shows its key: hands that hold electrodes or push against a table prefer one key to a pointer."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton

from app.theme import Palette

_PADDING_PX: Final = 14
_GAP_PX: Final = 10


class KeyButton(QPushButton):
    """Paints the name of its key at its right. Whoever shows it reacts to the key.

    It is reached by Tab but not focused by a click, so that Space keeps its meaning afterwards.

    Args:
        text: What it does.
        key: Name of its key, such as `Space`.
        colours: The theme's colours.
        primary: Whether it is what one usually wants.
    """

    def __init__(self, text: str, key: str, colours: Palette, *, primary: bool = False) -> None:
        super().__init__(text)
        self._key = key
        self._colours = colours
        self._primary = primary
        if primary:
            self.setObjectName("primary")
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._font = QFont(self.font())
        self._font.setPixelSize(11)
        self._font.setWeight(QFont.Weight.DemiBold)
        self._key_px = QFontMetrics(self._font).horizontalAdvance(key) + 12
        right = _PADDING_PX + _GAP_PX + self._key_px
        self.setStyleSheet(f"text-align: left; padding: 8px {right}px 8px {_PADDING_PX}px;")
        self.setToolTip(f"{text} ({key})")

    def say(self, text: str) -> None:
        """Name what it does now."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(f"{text} ({self._key})")

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the button and its key."""
        super().paintEvent(event)
        colours = self._colours
        ordinary = colours.on_accent if self._primary else colours.muted
        colour = QColor(ordinary if self.isEnabled() else colours.muted)
        colour.setAlphaF(0.9 if self.isEnabled() else 0.5)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1))
        box = QRectF(self.width() - _PADDING_PX - self._key_px + 4.5, self.height() / 2 - 9.5, self._key_px, 19)
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(self._font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._key)
        painter.end()
