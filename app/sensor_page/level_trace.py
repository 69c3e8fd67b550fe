"""The last seconds of a sensor as a small line."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.theme import Palette
from mia_core.samples import Floats, Times

TRACE_S: Final = 10.0
_MAX_POINTS: Final = 200
_GAP_S: Final = 0.5
"""A longer silence is shown as one."""


def paint_trace(
    painter: QPainter, box: QRectF, times_s: Times, values: Floats, now_s: float, top: float, colours: Palette
) -> None:
    """Paint an envelope over the last seconds, the present at the right.

    Args:
        painter: Where to paint.
        box: The place.
        times_s: (n,) monotonic times, ascending.
        values: (n,) values, the lowest possible one 0.
        now_s: The present.
        top: The value at the upper edge, above 0.
        colours: The theme's colours.
    """
    painter.setPen(QPen(QColor(colours.line), 1.0))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    step = max(len(times_s) // _MAX_POINTS, 1)
    x = box.right() - (now_s - times_s[::step]) / TRACE_S * box.width()
    y = box.bottom() - np.clip(values[::step] / top, 0.0, 1.0) * box.height()
    kept = (x >= box.left()) & (x <= box.right()) & np.isfinite(y)
    cuts = np.flatnonzero(np.diff(times_s[::step][kept]) > max(_GAP_S, 3 * step * _interval_s(times_s))) + 1
    painter.setPen(QPen(QColor(colours.accent), 1.4))
    for part_x, part_y in zip(np.split(x[kept], cuts), np.split(y[kept], cuts), strict=True):
        painter.drawPolyline(QPolygonF([QPointF(*at) for at in zip(part_x.tolist(), part_y.tolist(), strict=True)]))


def _interval_s(times_s: Times) -> float:
    return float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0
