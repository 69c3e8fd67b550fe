"""The look of what is not known: diagonal lines instead of a colour, so that it can't be taken for a value."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen

SPACING_PX: Final = 6.0


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
