"""The whole session as a bar: trials and events on it, where one is, and the ends of the chosen trial to be dragged."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.review_page.reviewed_session import Mark
from app.review_page.trial_numbers import clock_text, trial_label
from app.theme import Palette
from mia_core.export.trials import TrialSpan

_HEIGHT_PX: Final = 52
_SIDE_PX: Final = 12
_BAR_TOP: Final = 17
_BAR_PX: Final = 22
_GRIP_PX: Final = 5.0
_TICK_PX: Final = 90
_TICKS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_TROUBLES: Final = ("device_lost", "gap", "overflow")


class Timeline(QWidget):
    """Shows the session from its first frame to its last.

    Signals:
        sought: One wants to be at a time.
        trimmed: The chosen trial is to begin and end at other times.
        picked: A trial is chosen, by its place.
    """

    sought = Signal(float)
    trimmed = Signal(float, float)
    picked = Signal(int)

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._begin_s, self._end_s = 0.0, 1.0
        self._trials: tuple[TrialSpan, ...] = ()
        self._chosen = -1
        self._marks: tuple[Mark, ...] = ()
        self._position_s = 0.0
        self._dragged: str = ""
        self._span: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Time line of the session")

    def show_session(self, begin_s: float, end_s: float, marks: tuple[Mark, ...]) -> None:
        """Show another session."""
        self._begin_s, self._end_s, self._marks = begin_s, max(end_s, begin_s + 1e-3), marks
        self.update()

    def show_trials(self, trials: tuple[TrialSpan, ...], chosen: int) -> None:
        """Show the trials; `chosen` is the place of one, -1 for none."""
        self._trials, self._chosen = trials, chosen
        self.update()

    def show_position(self, time_s: float) -> None:
        """Show where one is."""
        self._position_s = time_s
        self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room for one bar with its times."""
        return QSize(600, _HEIGHT_PX)

    def x_of(self, time_s: float) -> float:
        """Return where a time is, in pixels of this widget."""
        share = (time_s - self._begin_s) / (self._end_s - self._begin_s)
        return _SIDE_PX + share * (self.width() - 2 * _SIDE_PX)

    def time_at(self, x: float) -> float:
        """Return the time at a place."""
        share = (x - _SIDE_PX) / max(self.width() - 2 * _SIDE_PX, 1)
        return self._begin_s + min(max(share, 0.0), 1.0) * (self._end_s - self._begin_s)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to drag an end of the chosen trial, or go to a time."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._dragged = self._grip_at(x) or "position"
        if self._dragged == "position":
            place = self._trial_at(x)
            if place >= 0 and place != self._chosen:
                self.picked.emit(place)
            self.sought.emit(self.time_at(x))
        else:
            trial = self._trials[self._chosen]
            self._span = trial.start_s, trial.end_s

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go on dragging; show where something can be dragged."""
        x = event.position().x()
        if self._dragged == "position":
            self.sought.emit(self.time_at(x))
        elif self._dragged and self._span is not None:
            begin_s, end_s = self._span
            time_s = self.time_at(x)
            self._span = (
                (min(time_s, end_s - 0.1), end_s) if self._dragged == "begin" else (begin_s, max(time_s, begin_s + 0.1))
            )
            self.sought.emit(self._span[0] if self._dragged == "begin" else self._span[1])
            self.update()
        else:
            self.setCursor(Qt.CursorShape.SizeHorCursor if self._grip_at(x) else Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Hand in the other begin or end."""
        span, self._span, self._dragged = self._span, None, ""
        if span is not None:
            self.trimmed.emit(*span)

    def event(self, event: QEvent) -> bool:
        """Tell what lies under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            x = event.pos().x()
            near = [mark for mark in self._marks if abs(self.x_of(mark.time_s) - x) < 6]
            place = self._trial_at(x)
            texts = [f"{clock_text(mark.time_s - self._begin_s)}  {mark.text}" for mark in near]
            if place >= 0:
                texts.append(trial_label(self._trials[place]))
            QToolTip.showText(event.globalPos(), "\n".join(texts), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint bar, trials, marks, times and position."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = QRectF(_SIDE_PX, _BAR_TOP, self.width() - 2 * _SIDE_PX, _BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.raised))
        painter.drawRoundedRect(bar, 4, 4)
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        for place, trial in enumerate(self._trials):
            if place != self._chosen:
                self._paint_trial(painter, trial, (trial.start_s, trial.end_s), chosen=False)
        if 0 <= self._chosen < len(self._trials):
            trial = self._trials[self._chosen]
            self._paint_trial(painter, trial, self._span or (trial.start_s, trial.end_s), chosen=True)
        for mark in self._marks:
            self._paint_mark(painter, mark)
        self._paint_times(painter)
        x = self.x_of(self._position_s)
        painter.setPen(QPen(QColor(self._colours.text), 2))
        painter.drawLine(QPointF(x, _BAR_TOP - 4), QPointF(x, _BAR_TOP + _BAR_PX + 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.text))
        painter.drawEllipse(QPointF(x, _BAR_TOP + _BAR_PX + 5), 4, 4)
        painter.end()

    def _paint_trial(self, painter: QPainter, trial: TrialSpan, span: tuple[float, float], *, chosen: bool) -> None:
        left, right = (self.x_of(time_s) for time_s in span)
        box = QRectF(left, _BAR_TOP, max(right - left, 2), _BAR_PX)
        fill = QColor(self._colours.accent)
        fill.setAlphaF(0.9 if chosen else 0.3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QColor(self._colours.on_accent if chosen else self._colours.text))
        text = trial_label(trial)
        room = box.width() - 8
        metrics = QFontMetricsF(painter.font())
        if room > 18:
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(box.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignCenter, shown)
        if chosen:
            painter.setPen(QPen(QColor(self._colours.text), 2))
            for x in (box.left(), box.right()):
                painter.drawLine(QPointF(x, box.top() - 2), QPointF(x, box.bottom() + 2))

    def _paint_mark(self, painter: QPainter, mark: Mark) -> None:
        """Paint a flag for what people noted, a triangle for what went wrong."""
        x = self.x_of(mark.time_s)
        is_trouble = mark.kind in _TROUBLES
        colour = QColor(self._colours.warning if is_trouble else self._colours.text)
        painter.setPen(QPen(colour, 1.2))
        painter.drawLine(QPointF(x, 4), QPointF(x, _BAR_TOP + _BAR_PX))
        painter.setBrush(colour)
        shape = ((-4.5, 12), (4.5, 12), (0, 4)) if is_trouble else ((0, 3), (8, 6.5), (0, 10))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y) for dx, y in shape]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_times(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._colours.muted))
        length_s = self._end_s - self._begin_s
        n = max(self.width() / _TICK_PX, 1)
        step_s = next((step_s for step_s in _TICKS_S if length_s / step_s <= n), _TICKS_S[-1])
        for number in range(int(length_s / step_s) + 1):
            x = self.x_of(self._begin_s + number * step_s)
            minutes, rest = divmod(number * step_s, 60)
            box = QRectF(x - 30, _BAR_TOP + _BAR_PX + 1, 60, 12)
            if x > self.width() - 24:
                break
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{minutes}:{rest:02}")

    def _trial_at(self, x: float) -> int:
        time_s = self.time_at(x)
        inside = (place for place, trial in enumerate(self._trials) if trial.start_s <= time_s <= trial.end_s)
        return next(inside, -1)

    def _grip_at(self, x: float) -> str:
        """Return which end of the chosen trial is there: `begin`, `end`, or nothing."""
        if not 0 <= self._chosen < len(self._trials):
            return ""
        trial = self._trials[self._chosen]
        ends = (("begin", trial.start_s), ("end", trial.end_s))
        return next((name for name, time_s in ends if abs(self.x_of(time_s) - x) <= _GRIP_PX), "")
