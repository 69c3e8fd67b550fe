"""Joint speed and envelope of a sync ritual, one above the other, so that the eye can check the offset."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.record_page.ritual import RitualCourses
from app.theme import Palette

_LEFT_PX: Final = 92
_FOOT_PX: Final = 18
_GAP_PX: Final = 10


class RitualPlot(QWidget):
    """Paints what a ritual has compared.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._courses: RitualCourses | None = None
        self.setMinimumSize(260, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Joint speed above the muscle's envelope")

    def show_courses(self, courses: RitualCourses) -> None:
        """Show what was compared."""
        self._courses = courses
        self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size in which contractions can be told apart."""
        return QSize(460, 150)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint both courses over one time axis."""
        courses, colours = self._courses, self._colours
        if courses is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        end_s = max(
            (float(times_s[-1]) for times_s, _ in (courses.motion, courses.envelope) if len(times_s)), default=1
        )
        height = (self.height() - _FOOT_PX - _GAP_PX) / 2
        rows = (("Joint speed", courses.motion, colours.accent), ("sEMG envelope", courses.envelope, colours.good))
        for number, (label, (times_s, values), colour) in enumerate(rows):
            box = QRectF(_LEFT_PX, number * (height + _GAP_PX), self.width() - _LEFT_PX - 4, height)
            painter.setPen(QColor(colours.text))
            painter.drawText(QRectF(0, box.top(), _LEFT_PX - 8, height), Qt.AlignmentFlag.AlignVCenter, label)
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(box.bottomLeft(), box.bottomRight())
            painter.setPen(QPen(QColor(colour), 1.6))
            for piece in _pieces(times_s, values):
                painter.drawPolyline(_line(piece, box, end_s))
        painter.setPen(QColor(colours.muted))
        row = QRectF(_LEFT_PX, self.height() - _FOOT_PX, self.width() - _LEFT_PX - 4, _FOOT_PX)
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, "0 s")
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, f"{end_s:.0f} s")
        painter.end()


def _pieces(times_s: NDArray[np.float64], values: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Return the stretches that are known, as (n, 2) times and values."""
    known = np.isfinite(values) & (times_s >= 0)
    points = np.column_stack([times_s, values.astype(np.float64)])[known]
    if len(points) < 2:
        return []
    breaks = 1 + np.flatnonzero(np.diff(points[:, 0]) > 0.5)
    return [piece for piece in np.split(points, breaks) if len(piece) > 1]


def _line(points: NDArray[np.float64], box: QRectF, end_s: float) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(box.left() + x / end_s * box.width(), box.bottom() - y * (box.height() - 2))
            for x, y in points.tolist()
        ]
    )
