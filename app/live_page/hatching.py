"""Looks beside colour: diagonal lines where nothing is known, dots on the colour of a muscle of low confidence."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

SPACING_PX: Final = 6.0
DOTS_PX: Final = 5.0
"""Distance of the dots of low confidence."""
_DOT_PX: Final = 1.7
_HALO_PX: Final = 3.0
_DARK: Final = QColor(0, 0, 0, 170)
_LIGHT: Final = QColor(255, 255, 255, 230)


def paint_unknown(painter: QPainter, path: QPainterPath, fill: QColor, line: QColor) -> None:
    """Paint the inside of a path as unknown.

    Lines are drawn one by one and not with a pattern brush, whose pixels show on scaled screens.
    """
    painter.save()
    painter.fillPath(path, QBrush(fill))
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(line, 1.4))
    box = path.boundingRect()
    start = box.left() - box.height()
    n = int((box.width() + box.height()) / SPACING_PX) + 1
    for index in range(n):
        x = start + index * SPACING_PX
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()))
    painter.restore()


def dots_within(path: QPainterPath, free: QPointF) -> QPolygonF:
    """Return the places of the dots that mark a shape as of low confidence; none comes near a point."""
    box = path.boundingRect()
    first_x = free.x() + DOTS_PX / 2 - DOTS_PX * int((free.x() + DOTS_PX / 2 - box.left()) / DOTS_PX)
    first_y = free.y() + DOTS_PX / 2 - DOTS_PX * int((free.y() + DOTS_PX / 2 - box.top()) / DOTS_PX)
    columns, rows = int(box.width() / DOTS_PX) + 1, int(box.height() / DOTS_PX) + 1
    places = (
        QPointF(first_x + DOTS_PX * column, first_y + DOTS_PX * row) for row in range(rows) for column in range(columns)
    )
    return QPolygonF([place for place in places if path.contains(place)])


def paint_dots(painter: QPainter, dots: QPolygonF, *, on_any_colour: bool) -> None:
    """Paint dots over a colour.

    Args:
        painter: Where to paint.
        dots: Their places.
        on_any_colour: Whether the colour below may be dark or light; else it is light, and dark dots are enough.
    """
    for colour, diameter in ((_DARK, _HALO_PX), (_LIGHT, _DOT_PX)) if on_any_colour else ((_DARK, _DOT_PX),):
        painter.setPen(QPen(colour, diameter, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(dots)
