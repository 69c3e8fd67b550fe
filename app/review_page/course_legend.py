"""Which line of the traces is which."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.review_page.lane_painter import Course
from app.theme import Palette

_LINE_PX: Final = 22
_GAP_PX: Final = 7
_FONT_PX: Final = 11


class CourseLegend(QWidget):
    """One line with a sample of each course and its name."""

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._courses: tuple[Course, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_courses(self, courses: tuple[Course, ...]) -> None:
        """Explain these lines."""
        self._courses = courses
        self.updateGeometry()
        self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room for one line."""
        metrics = QFontMetricsF(_font(self.font()))
        names = sum(metrics.horizontalAdvance(course.name) + 2 for course in self._courses)
        return QSize(round(names + len(self._courses) * (_LINE_PX + 3 * _GAP_PX)), 18)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint samples and names, one after the other."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_samples(painter, QRectF(self.rect()), self._courses, self._colours, self.font())
        painter.end()


def paint_samples(painter: QPainter, box: QRectF, courses: tuple[Course, ...], colours: Palette, family: QFont) -> None:
    """Paint a sample of each course and its name, from the left."""
    font = _font(family)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    x, middle = box.left(), box.center().y()
    for course in courses:
        pen = QPen(QColor(getattr(colours, course.colour)), 1.3 if course.is_dashed else 2.0)
        if course.is_dashed:
            pen.setDashPattern([3.5, 2.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, middle), QPointF(x + _LINE_PX, middle))
        x += _LINE_PX + _GAP_PX
        painter.setPen(QColor(colours.muted))
        width = metrics.horizontalAdvance(course.name) + 2
        painter.drawText(QRectF(x, box.top(), width, box.height()), Qt.AlignmentFlag.AlignVCenter, course.name)
        x += width + 2 * _GAP_PX


def _font(family: QFont) -> QFont:
    font = QFont(family)
    font.setPixelSize(_FONT_PX)
    return font
