"""The body map of the montage: which sensor sits on which muscle, to be dragged, chosen and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from app.live_page.body_figure import BodyFigure
from app.live_page.body_layout import BodyLayout
from app.sensor_page.listed_sensor import from_mime, short_name, to_mime
from app.sensor_page.state_marks import paint_state, state_word
from app.theme import Palette
from mia_core.muscles import MONTAGE, Placement
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState

_CAPTION_PX: Final = 20.0
"""Below the figure, for the names of its views."""
_LABEL: Final = QSize(106, 42)
_SPARE_PX: Final = 100.0
"""Width that labels need beside the figure's own."""
_INSET_PX: Final = 16.0
"""From a label's edge to its leader, at full size."""
_MARK_PX: Final = 10.0
_NEAR_PX: Final = 12.0
"""A drop or click so close to a muscle counts."""


class MontageMap(QWidget):
    """Shows the sensors on their muscles. Muscles are chosen by click or arrow keys and take sensors that are dropped.

    Args:
        figure: The drawing.
        colours: The theme's colours.

    Signals:
        selected: Another muscle was chosen by the user: its `Placement`, or None for none.
        dropped: A sensor was dropped on a muscle: the `SensorId` and the `Placement`.
        menu_wanted: What can be done with a muscle is to be offered: its `Placement` and the place on the screen.
    """

    selected = Signal(object)
    dropped = Signal(object, object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, figure: BodyFigure, colours: Palette) -> None:
        super().__init__()
        self._figure = figure
        self._colours = colours
        self._montage = SensorMontage("")
        self._states: dict[Placement, SensorState] = {}
        self._looks: dict[Placement, tuple[SensorPhase, Light]] = {}  # the part of the states that is seen
        self._selected: int | None = None
        self._hovered: int | None = None
        self._pressed_at: QPoint | None = None
        self._is_editable = True
        self._has_keys = False
        self._layout: BodyLayout | None = None
        self.setMinimumSize(4 * _LABEL.width() + 16, 203)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setAccessibleName("Sensors on the body")

    def show_montage(self, montage: SensorMontage, states: Sequence[SensorState], *, editable: bool) -> None:
        """Show which sensor sits where, how it is doing, and whether that can be changed."""
        looks = {state.placement: (state.phase, state.quality.light) for state in states}
        if (montage, looks, editable) != (self._montage, self._looks, self._is_editable):
            self._montage, self._looks, self._is_editable = montage, looks, editable
            self._states = {state.placement: state for state in states}
            self.setAccessibleDescription("\n".join(self.words(placement) for placement in MONTAGE.placements))
            self.update()

    def set_look(self, colours: Palette) -> None:
        """Change the theme."""
        self._colours = colours
        self.update()

    @property
    def selection(self) -> Placement | None:
        """The chosen muscle."""
        return None if self._selected is None else MONTAGE.placements[self._selected]

    def select(self, placement: Placement | None) -> None:
        """Choose a muscle without a signal."""
        chosen = None if placement is None else MONTAGE.placements.index(placement)
        if chosen != self._selected:
            self._selected = chosen
            self.update()

    def words(self, placement: Placement) -> str:
        """Return what is to be known of a muscle in one line."""
        sensor = self._montage.sensor_at(placement)
        if sensor is None:
            return f"{placement.label}: no sensor"
        return f"{placement.label}: {short_name(sensor)}, {state_word(self._states.get(placement))}"

    def muscle_centre(self, placement: Placement) -> QPoint:
        """Return a point of the widget on a muscle."""
        return self._laid_out().muscles[MONTAGE.placements.index(placement)].boundingRect().center().toPoint()

    def label_box(self, placement: Placement) -> QRectF:
        """Return the place of a muscle's label."""
        return self._label_box(MONTAGE.placements.index(placement))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the smallest size: the table's eight rows come first, and the figure takes what is left."""
        return self.minimumSize()

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Lay the figure out anew."""
        self._layout = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the figure, the muscles and the labels."""
        layout, colours = self._laid_out(), self._colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout.paint(painter, colours)
        layout.paint_views(painter, self.font(), colours)
        for channel, placement in enumerate(MONTAGE.placements):
            self._paint_muscle(painter, channel, has_sensor=self._montage.sensor_at(placement) is not None)
        for channel in range(len(MONTAGE)):
            self._paint_label(painter, channel)
        if self._has_keys:
            painter.setPen(QPen(QColor(colours.accent), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show that the keys are here, for those who use them."""
        self._has_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """They are elsewhere."""
        self._has_keys = False
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the muscle under the pointer, or none."""
        self._pressed_at = event.position().toPoint() if event.button() is Qt.MouseButton.LeftButton else None
        self._choose(self._at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Offer what can be done with a muscle."""
        if self._at(event.position()) is not None:
            self._offer(event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show what the pointer is over; begin to drag a sensor to another muscle."""
        if event.buttons() is Qt.MouseButton.NoButton:
            self._hover(self._at(event.position()))
            self.setToolTip("" if self._hovered is None else self.words(MONTAGE.placements[self._hovered]))
            return
        far = QApplication.startDragDistance()
        if self._pressed_at is not None and (event.position().toPoint() - self._pressed_at).manhattanLength() >= far:
            self._pressed_at = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End what a press began."""
        self._pressed_at = None

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """The pointer is over nothing."""
        self._hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer what can be done with the muscle under the pointer, or with the chosen one."""
        at = self._at(QPointF(event.pos())) if event.reason() is QContextMenuEvent.Reason.Mouse else self._selected
        if at is not None:
            self._choose(at)
            self._offer(event.globalPos() if event.reason() is QContextMenuEvent.Reason.Mouse else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk over the muscles with the arrow keys; Enter offers what can be done with the chosen one."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        if event.key() in steps:
            step = steps[Qt.Key(event.key())]
            first = 0 if step > 0 else len(MONTAGE) - 1
            self._choose(first if self._selected is None else (self._selected + step) % len(MONTAGE))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected is not None:
            self._offer(None)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take sensors only."""
        if self._is_editable and from_mime(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Show where a sensor would land."""
        self._hover(self._at(event.position()))
        if self._hovered is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """It would land nowhere."""
        self._hover(None)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Say which sensor landed on which muscle."""
        at, sensor = self._at(event.position()), from_mime(event.mimeData())
        self._hover(None)
        if at is not None and sensor is not None:
            event.acceptProposedAction()
            self.dropped.emit(sensor, MONTAGE.placements[at])

    def _drag(self) -> None:
        sensor = None if self._selected is None else self._sensor_at(self._selected)
        if sensor is not None and self._is_editable:
            drag = QDrag(self)
            drag.setMimeData(to_mime(sensor))
            drag.exec(Qt.DropAction.MoveAction)

    def _offer(self, where: QPoint | None) -> None:
        if self._selected is not None:
            below = self.mapToGlobal(self._label_box(self._selected).bottomLeft().toPoint())
            self.menu_wanted.emit(MONTAGE.placements[self._selected], where or below)

    def _choose(self, channel: int | None) -> None:
        if channel != self._selected:
            self._selected = channel
            self.update()
            self.selected.emit(self.selection)

    def _hover(self, channel: int | None) -> None:
        if channel != self._hovered:
            self._hovered = channel
            self.update()

    def _sensor_at(self, channel: int) -> SensorId | None:
        return self._montage.sensor_at(MONTAGE.placements[channel])

    def _at(self, place: QPointF) -> int | None:
        """Return the muscle whose label or shape is at a place, or near it."""
        channels = range(len(MONTAGE))
        for channel in channels:
            if self._label_box(channel).contains(place):
                return channel
        near = QRectF(place.x() - _NEAR_PX, place.y() - _NEAR_PX, 2 * _NEAR_PX, 2 * _NEAR_PX)
        muscles = self._laid_out().muscles
        touched = [channel for channel in channels if muscles[channel].intersects(near)]
        hit = [channel for channel in touched if muscles[channel].contains(place)] or touched
        return min(
            hit, key=lambda channel: (muscles[channel].boundingRect().center() - place).manhattanLength(), default=None
        )

    def _laid_out(self) -> BodyLayout:
        if self._layout is None:
            self._layout = BodyLayout(self._figure, self.size(), _CAPTION_PX, _SPARE_PX)
        return self._layout

    def _label_box(self, channel: int) -> QRectF:
        """Return the box at the outer end of a muscle's leader, moved into its half of the widget where need be."""
        leader = self._laid_out().leaders[channel]
        width, height = _LABEL.width(), _LABEL.height()
        inset = _INSET_PX * self._laid_out().zoom
        left = leader.x2() - inset if leader.dx() > 0 else leader.x2() - width + inset
        top = leader.y2() - height if leader.dy() < 0 else leader.y2()
        middle = self.width() / 2
        lowest, highest = (2.0, middle - 3.0) if leader.x1() < middle else (middle + 3.0, self.width() - 2.0)
        left = min(max(left, lowest), highest - width)
        return QRectF(left, min(max(top, 2.0), self.height() - height - 2.0), width, height)

    def _paint_muscle(self, painter: QPainter, channel: int, *, has_sensor: bool) -> None:
        colours, path = self._colours, self._laid_out().muscles[channel]
        painter.fillPath(path, QColor(colours.accent if has_sensor else colours.unknown))
        is_marked = channel in (self._selected, self._hovered)
        line = QColor(colours.text if is_marked else colours.muscle_line)
        painter.strokePath(path, QPen(line, 2.4 if channel == self._selected else 1.4))
        painter.setPen(QPen(QColor(colours.muted), 1.0))
        painter.drawLine(self._laid_out().leaders[channel])

    def _paint_label(self, painter: QPainter, channel: int) -> None:
        colours, placement = self._colours, MONTAGE.placements[channel]
        sensor = self._sensor_at(channel)
        box = self._label_box(channel).adjusted(0.5, 0.5, -0.5, -0.5)
        edge = QColor(colours.accent if channel in (self._selected, self._hovered) else colours.line)
        dashed = Qt.PenStyle.SolidLine if sensor is not None else Qt.PenStyle.DashLine
        painter.setPen(QPen(edge, 2.0 if channel == self._selected else 1.0, dashed))
        painter.setBrush(QColor(colours.hover if channel == self._hovered else colours.raised))
        painter.drawRoundedRect(box, 6, 6)
        upper = QRectF(box.left() + 8, box.top() + 3, box.width() - 14, 17)
        lower = QRectF(upper.left(), upper.bottom(), upper.width(), 17)
        self._write(painter, upper, f"{placement.side[0].upper()} {placement.muscle}", colours.muted, 11)
        if sensor is None:
            self._write(painter, lower, "no sensor", colours.muted, 12)
            return
        state = self._states.get(placement)
        mark = QRectF(lower.left(), lower.center().y() - _MARK_PX / 2, _MARK_PX, _MARK_PX)
        paint_state(painter, mark, state, colours)
        self._write(
            painter, lower.adjusted(_MARK_PX + 5, 0, 0, 0), short_name(sensor), colours.text, 13, QFont.Weight.DemiBold
        )

    def _write(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        colour: str,
        size_px: int,
        weight: QFont.Weight = QFont.Weight.Normal,
    ) -> None:
        font = QFont(self.font())
        font.setPixelSize(size_px)
        font.setWeight(weight)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
