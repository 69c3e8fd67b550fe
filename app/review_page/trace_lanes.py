"""Courses of the eight muscles over a span of time, with a cursor."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.review_page.lane_painter import LanePainter, Plotted
from app.theme import Palette
from mia_core.muscles import Muscle, Side


class TraceLanes(QWidget):
    """Four lanes a side. Lines are painted once for each size; the cursor alone moves.

    Signals:
        sought: One wants to be at a time.
    """

    sought = Signal(float)

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._plotted = Plotted()
        self._ground: QPixmap | None = None
        self._cursor_s: float | None = None
        self.setMinimumSize(360, 150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Traces of the eight muscles")

    def show_courses(self, plotted: Plotted) -> None:
        """Show other lines, or another span of them."""
        self._plotted = plotted
        self._ground = None
        self.setAccessibleDescription(", ".join(course.name for course in plotted.courses))
        self.update()

    def show_cursor(self, time_s: float | None) -> None:
        """Show where one is, None for nowhere."""
        if time_s != self._cursor_s:
            self._cursor_s = time_s
            self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self._ground = None
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows the lines well."""
        return QSize(680, 220)

    def lane_box(self, side: Side, muscle: Muscle) -> QRectF:
        """Return where a muscle is plotted, from 0 to the upper edge."""
        return self._lanes().lane_box(side, muscle)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go to the time under the pointer."""
        self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go on to the time under the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Paint anew."""
        super().resizeEvent(event)
        self._ground = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the lines, and the cursor over them."""
        lanes, ratio = self._lanes(), self.devicePixelRatioF()
        if self._ground is None:
            self._ground = QPixmap(self.size() * ratio)
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._ground)
            lanes.paint(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        if self._cursor_s is not None:
            lanes.paint_cursor(painter, self._cursor_s)
        painter.end()

    def _lanes(self) -> LanePainter:
        return LanePainter(QSizeF(self.size()), self._plotted, self._colours, self.font())

    def _seek(self, event: QMouseEvent) -> None:
        time_s = self._lanes().time_at(event.position().x())
        if time_s is not None:
            self.sought.emit(time_s)
