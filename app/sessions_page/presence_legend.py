"""Parts of a session with their marks and words."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.sessions_page.listed_session import PART_NAMES, PRESENCE_WORDS
from app.sessions_page.session_table import MARK_PX, paint_presence
from app.theme import Palette
from mia_core.recording.found_sessions import Part, Presence

_FONT_PX: Final = 11
_ROW_PX: Final = 22
_GAP_PX: Final = 18


class PresenceLegend(QWidget):
    """One line that says what the marks of the table mean."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room for one line."""
        return QSize(320, _ROW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint marks and words."""
        painter = QPainter(self)
        font = _font(self.font())
        painter.setFont(font)
        x = 12.0
        for presence in Presence:
            text = PRESENCE_WORDS[presence]
            paint_presence(painter, QPointF(x + MARK_PX / 2, self.height() / 2), presence, self._colours)
            painter.setPen(QColor(self._colours.muted))
            width = QFontMetricsF(font).horizontalAdvance(text) + 4
            painter.drawText(QRectF(x + MARK_PX + 6, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            x += MARK_PX + 6 + width + _GAP_PX
        painter.end()


class PartList(QWidget):
    """All parts of one session, each with its mark and its word."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._parts: dict[Part, Presence] = {}
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: dict[Part, Presence]) -> None:
        """Show what there is."""
        self._parts = parts
        words = (f"{PART_NAMES[part]}: {PRESENCE_WORDS[presence]}" for part, presence in parts.items())
        self.setAccessibleName("\n".join(words))
        self.setVisible(bool(parts))
        self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room for a row a part."""
        return QSize(240, _ROW_PX * len(Part))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint a row for each part."""
        painter = QPainter(self)
        painter.setFont(_font(self.font(), 12))
        for row, (part, presence) in enumerate(self._parts.items()):
            box = QRectF(0, row * _ROW_PX, self.width(), _ROW_PX)
            paint_presence(painter, QPointF(MARK_PX / 2 + 1, box.center().y()), presence, self._colours)
            painter.setPen(QColor(self._colours.text))
            painter.drawText(box.adjusted(MARK_PX + 10, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, PART_NAMES[part])
            painter.setPen(QColor(self._colours.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, PRESENCE_WORDS[presence])
        painter.end()


def _font(family: QFont, size_px: int = _FONT_PX) -> QFont:
    font = QFont(family)
    font.setPixelSize(size_px)
    return font
