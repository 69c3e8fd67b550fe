"""The body map: a person from the front and from behind whose eight muscles are coloured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.live_page.body_figure import BodyFigure
from app.live_page.body_layout import BodyLayout
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

_WIDE_PX: Final = 520
"""From this width on labels have room for long words."""
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
            quantity: What is shown and in which unit, such as `Simulated activation, % of maximum`.
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
            height = legend_height_px(self.width())
            layout = BodyLayout(self._figure, self.size(), height)
            self._muscles = layout.muscles
            self._dots = [
                dots_within(path, _inner_point(path)) if name in self._marks.low_confidence else QPolygonF()
                for name, path in zip(MONTAGE.names, self._muscles, strict=True)
            ]
            self._outlines = self._paint_outlines(ratio)
            self._labels = MuscleLabels(
                layout.leaders,
                self.font(),
                layout.letters,
                self._marks,
                with_intervals=has_intervals(self._activation),
                with_lights=bool(self._lights),
                narrow=self.width() < _WIDE_PX,
            )
            painter = QPainter(self._ground)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            layout.paint(painter, self._colours)
            painter.setPen(QPen(QColor(self._colours.muted), 1.0))
            painter.drawLines(layout.leaders)
            self._labels.paint_names(painter, self._colours)
            layout.paint_views(painter, self.font(), self._colours)
            row = QRectF(0, self.height() - height, self.width(), height)
            quantity = self._quantity
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


def _inner_point(path: QPainterPath) -> QPointF:
    """Return a point inside a shape, away from its outline."""
    box = path.boundingRect()
    row = [QPointF(x, box.center().y()) for x in np.arange(box.left(), box.right(), 0.5).tolist()]
    inside = np.flatnonzero([path.contains(point) for point in row])
    runs = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
    widest = max(runs, key=len)
    return row[int(widest[len(widest) // 2])]
