"""A ring as large as its room, with a number, a word or a sign in its middle: it is read from across a room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.icons import icon_pixmap
from app.theme import Palette

_LARGEST_PX: Final = 320.0


@dataclass(frozen=True, slots=True)
class DialFace:
    """What a dial shows.

    Attributes:
        text: Number or word in the middle, empty for none.
        word: Smaller, below it.
        icon: A sign instead of the text, empty for none.
        share: How much of the ring is left, 0 to 1.
        colour: Of ring and sign.
        is_filled: Whether the whole disc is coloured: now!
    """

    text: str = ""
    word: str = ""
    icon: str = ""
    share: float = 0.0
    colour: str = ""
    is_filled: bool = False


class Dial(QWidget):
    """Paints a face.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._face = DialFace()
        self.setMinimumSize(120, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def face(self) -> DialFace:
        """What is shown."""
        return self._face

    def show_face(self, face: DialFace) -> None:
        """Show another face."""
        if face != self._face:
            self._face = face
            self.setAccessibleName(f"{face.text} {face.word}".strip())
            self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that can be read from afar."""
        return QSize(260, 260)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint ring and middle."""
        face, colours = self._face, self._colours
        side = min(self.width(), self.height(), _LARGEST_PX)
        width = side / 17
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        ring = box.adjusted(width, width, -width, -width)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(face.colour or colours.accent)
        if face.is_filled:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(ring.adjusted(1.1 * width, 1.1 * width, -1.1 * width, -1.1 * width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.line), width))
        painter.drawEllipse(ring)
        if face.share > 0:
            painter.setPen(QPen(colour, width, c=Qt.PenCapStyle.RoundCap))
            painter.drawArc(ring, 90 * 16, round(360 * 16 * min(face.share, 1.0)))
        self._paint_middle(painter, ring.adjusted(width, width, -width, -width), side)
        painter.end()

    def _paint_middle(self, painter: QPainter, room: QRectF, side: float) -> None:
        face, colours = self._face, self._colours
        ink = QColor(colours.on_accent if face.is_filled else colours.text)
        lift = side * 0.06 if face.word else 0.0
        if face.icon:
            icon_px = round(side * 0.3)
            colour = ink.name() if face.is_filled else face.colour or colours.accent
            pixmap = icon_pixmap(face.icon, colour, icon_px, self.devicePixelRatioF())
            painter.drawPixmap(room.center() - QPointF(icon_px / 2, icon_px / 2 + lift), pixmap)
        elif face.text:
            painter.setPen(ink)
            painter.setFont(self._fitting(face.text, side * 0.36, room.width() * 0.86))
            painter.drawText(room.translated(0, -lift), Qt.AlignmentFlag.AlignCenter, face.text)
        if face.word:
            painter.setPen(ink if face.is_filled else QColor(colours.muted))
            painter.setFont(self._fitting(face.word, max(side * 0.075, 12), room.width() * 0.8))
            row = QRectF(room.left(), room.center().y() + side * 0.15, room.width(), side * 0.12)
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, face.word)

    def _fitting(self, text: str, size_px: float, width_px: float) -> QFont:
        """Return a bold font in which a text is at most so wide."""
        font = QFont(self.font())
        font.setWeight(QFont.Weight.Bold)
        font.setPixelSize(max(round(size_px), 1))
        wide_px = QFontMetricsF(font).horizontalAdvance(text)
        if wide_px > width_px:
            font.setPixelSize(max(round(size_px * width_px / wide_px), 8))
        return font
