"""The body map: a person from the front and from behind whose eight muscles are coloured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.live_page.body_figure import BodyFigure
from app.live_page.colour_legend import legend_height_px, paint_legend
from app.live_page.hatching import dots_within, paint_dots, paint_unknown
from app.live_page.muscle_labels import MuscleLabels, has_intervals
from app.live_page.muscle_marks import MuscleMarks
from app.live_page.sensor_lights import sensor_words
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation
from mia_core.sensors.sensor_state import Light, SensorState

_WIDEST_SPREAD_PX: Final = 60.0
_WIDE_PX: Final = 520
"""From this width on labels have room for long words."""
_MARGIN_PX: Final = 12.0
_UNMARKED: Final = MuscleMarks()


class BodyMap(QWidget):
    """Paints activations on the drawing.

    The figure, the names, the legend and the outlines are painted once for each size, theme, colour scale and model; a
    new picture paints eight shapes and their numbers.

    Args:
        figure: The drawing.
        colours: The theme's colours.
        scale: The colour scale.
        on_painted: Called at the end of the first painting of each new picture.
    """

    def __init__(
        self, figure: BodyFigure, colours: Palette, scale: ColourScale, on_painted: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self._figure = figure
        self._colours = colours
        self._scale = scale
        self._on_painted = on_painted
        self._activation: MuscleActivation | None = None
        self._quantity = "activation"
        self._marks = MuscleMarks()
        self._lights: dict[int, Light] = {}
        self._words: dict[int, str] = {}
        self._fresh = False
        self._ground: QPixmap | None = None
        self._muscles: list[QPainterPath] = []
        self._dots: list[QPolygonF] = []
        self._labels: MuscleLabels | None = None
        self._outlines = QPixmap()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(300, 250)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Body map")

    def show_activation(self, activation: MuscleActivation | None) -> None:
        """Show activations at the next painting; None when nothing is known."""
        if has_intervals(activation) != has_intervals(self._activation):
            self._ground = None
        self._activation = activation
        self._fresh = True
        self.update()

    def show_sensors(self, states: tuple[SensorState, ...]) -> None:
        """Show how the sensors are doing beside the muscles' names; nothing without sensors."""
        by_channel = {MONTAGE.placements.index(state.placement): state for state in states}
        lights = {channel: state.quality.light for channel, state in by_channel.items()}
        words = {channel: sensor_words(state) for channel, state in by_channel.items()}
        if words != self._words:
            self._words = words
            self.setAccessibleDescription("\n".join(words.values()))
        if lights != self._lights:
            if bool(lights) != bool(self._lights):
                self._ground = None
            self._lights = lights
            self.update()

    def set_look(self, colours: Palette, scale: ColourScale, quantity: str, marks: MuscleMarks = _UNMARKED) -> None:
        """Change how values are shown.

        Args:
            colours: The theme.
            scale: The colour scale.
            quantity: What is shown, such as `simulated activation`.
            marks: What is to be known of some values.
        """
        look = (colours, scale, quantity, marks)
        if look != (self._colours, self._scale, self._quantity, self._marks):
            self._colours, self._scale, self._quantity, self._marks = look
            self._ground = None
            self.update()

    def muscle_centre(self, channel: int) -> QPointF:
        """Return a point of the widget inside a muscle, away from its outline."""
        self._prepare()
        return _inner_point(self._muscles[channel])

    def light_box(self, channel: int) -> QRectF:
        """Return the place of a sensor's light."""
        self._prepare()
        return self._labels.light_box(channel) if self._labels is not None else QRectF()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows the figure well."""
        return QSize(500, 440)

    def event(self, event: QEvent) -> bool:
        """Tell how a sensor is doing when the pointer rests on its muscle's label."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self._labels is not None:
            at = QPointF(event.pos())
            QToolTip.showText(
                event.globalPos(),
                next((words for channel, words in self._words.items() if self._labels.box(channel).contains(at)), ""),
                self,
            )
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the ground anew in the next size."""
        self._ground = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the ground, the muscles and their values."""
        ground = self._prepare()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_muscles(painter)
        if self._labels is not None:
            self._labels.paint_values(painter, self._activation, self._colours)
            self._labels.paint_lights(painter, self._lights, self._colours)
        painter.end()
        if self._fresh and self._on_painted is not None:
            self._on_painted()
        self._fresh = False

    def _paint_muscles(self, painter: QPainter) -> None:
        colours, scale = self._colours, self._scale
        values = np.full(len(MONTAGE), np.nan) if self._activation is None else self._activation.values
        for path, dots, value, rgb in zip(self._muscles, self._dots, values, scale.rgb(values), strict=True):
            if np.isnan(value):
                paint_unknown(painter, path, QColor(colours.unknown), QColor(colours.unknown_line))
            else:
                painter.fillPath(path, QColor(*(int(channel) for channel in rgb)))
                paint_dots(painter, dots, on_any_colour=scale.starts_dark)
        painter.drawPixmap(0, 0, self._outlines)

    def _prepare(self) -> QPixmap:
        """Return the ground, painted anew when size, theme, scale or screen have changed."""
        ratio = self.devicePixelRatioF()
        if self._ground is None or self._ground.devicePixelRatio() != ratio:
            self._ground = QPixmap(self.size() * ratio)
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(QColor(self._colours.surface))
            self._muscles = [self._transform(path.boundingRect().center()).map(path) for path in self._figure.muscles]
            self._dots = [
                dots_within(path, _inner_point(path)) if name in self._marks.low_confidence else QPolygonF()
                for name, path in zip(MONTAGE.names, self._muscles, strict=True)
            ]
            self._outlines = self._paint_outlines(ratio)
            self._labels = MuscleLabels(
                [self._transform(leader.p1()).map(leader) for leader in self._figure.leaders],
                self.font(),
                min(max(self._zoom, 0.8), 1.3),
                self._marks,
                with_intervals=has_intervals(self._activation),
                with_lights=bool(self._lights),
                narrow=self.width() < _WIDE_PX,
            )
            painter = QPainter(self._ground)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_figure(painter)
            self._paint_names(painter, self._labels)
            height = legend_height_px(self.width())
            row = QRectF(0, self.height() - height, self.width(), height)
            quantity = f"{self._quantity}, % of maximum"
            if has_intervals(self._activation) and self.width() >= _WIDE_PX:
                quantity += " (80 % interval)"
            paint_legend(painter, row, self._scale, quantity, self._colours, dots=bool(self._marks.low_confidence))
            painter.end()
        return self._ground

    def _paint_outlines(self, ratio: float) -> QPixmap:
        """Return the muscles' outlines on nothing: laid over each picture, they cost less than stroking them again."""
        outlines = QPixmap(self.size() * ratio)
        outlines.setDevicePixelRatio(ratio)
        outlines.fill(Qt.GlobalColor.transparent)
        painter = QPainter(outlines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._colours.text if self._scale.starts_dark else self._colours.muscle_line
        for path in self._muscles:
            painter.strokePath(path, QPen(QColor(line), 1.4))
        painter.end()
        return outlines

    @property
    def _zoom(self) -> float:
        bounds = self._figure.bounds
        return min(
            (self.width() - 2 * _MARGIN_PX) / bounds.width(),
            (self.height() - legend_height_px(self.width())) / bounds.height(),
        )

    def _view_transform(self, right: bool) -> QTransform:
        """Return the map from the drawing to the widget for its left half (front) or its right half (back).

        The two are moved apart when there is width to spare, so that names never meet.
        """
        bounds, zoom = self._figure.bounds, self._zoom
        spare = self.width() - zoom * bounds.width()
        left = spare / 2 + min(spare / 4, _WIDEST_SPREAD_PX) * (1 if right else -1)
        top = (self.height() - legend_height_px(self.width()) - zoom * bounds.height()) / 2
        return QTransform().translate(left, top).scale(zoom, zoom)

    def _transform(self, place: QPointF) -> QTransform:
        """Return the map for a place of the drawing."""
        return self._view_transform(place.x() > self._figure.bounds.center().x())

    def _paint_figure(self, painter: QPainter) -> None:
        for body, plates in zip(self._figure.bodies, self._figure.plates, strict=True):
            transform = self._transform(body.boundingRect().center())
            outline = transform.map(body)
            painter.fillPath(outline, QColor(self._colours.body))
            painter.save()
            painter.setClipPath(outline)
            painter.fillPath(transform.map(plates), QColor(self._colours.plate))
            painter.restore()
            painter.strokePath(outline, QPen(QColor(self._colours.body_line), 1.4))

    def _paint_names(self, painter: QPainter, labels: MuscleLabels) -> None:
        painter.setPen(QPen(QColor(self._colours.muted), 1.0))
        for leader in self._figure.leaders:
            painter.drawLine(self._transform(leader.p1()).map(leader))
        labels.paint_names(painter, self._colours)
        painter.setPen(QColor(self._colours.muted))
        font = QFont(self.font())
        font.setPixelSize(round(11 * min(max(self._zoom, 0.8), 1.3)))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        for body, view in zip(self._figure.bodies, ("Front", "Back"), strict=True):
            box = self._transform(body.boundingRect().center()).mapRect(body.boundingRect())
            painter.drawText(QRectF(box.left(), box.bottom() + 3, box.width(), 18), Qt.AlignmentFlag.AlignHCenter, view)


def _inner_point(path: QPainterPath) -> QPointF:
    """Return a point inside a shape, away from its outline."""
    box = path.boundingRect()
    row = [QPointF(x, box.center().y()) for x in np.arange(box.left(), box.right(), 0.5).tolist()]
    inside = np.flatnonzero([path.contains(point) for point in row])
    runs = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
    widest = max(runs, key=len)
    return row[int(widest[len(widest) // 2])]
