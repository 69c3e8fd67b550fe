"""Eight scrolling traces: the left side's muscles in one column, the right side's in the other.

Painted directly: eight plots of a plotting library take 20 ms a repaint, most of a frame's time, for axes that never
change; these take less than 2 ms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.live.snapshot import History
from mia_core.muscles import MONTAGE, Muscle, Side
from mia_core.samples import STEP_S

_ROWS: Final = len(Muscle)
_COLUMNS: Final = len(Side)
_MARGIN_PX: Final = 12.0
_COLUMN_GAP_PX: Final = 26.0
_NAME_PX: Final = 82.0
_TICKS_PX: Final = 26.0
_HEADER_PX: Final = 24.0
_FOOTER_PX: Final = 17.0
_ROW_GAP_PX: Final = 7.0
_DIMMED: Final = 0.35


class Traces(QWidget):
    """Paints the last seconds of a history.

    All plots share one scale: from 0 to where the colours are full, or to 100 % while something is above that.
    """

    def __init__(self, colours: Palette, scale: ColourScale, length_s: float) -> None:
        super().__init__()
        self._colours = colours
        self._scale = scale
        self._length_s = length_s
        self._history: History | None = None
        self._ground: QPixmap | None = None
        self._top = scale.full_scale
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(420, 130)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Traces of the eight muscles")

    def show_history(self, history: History | None) -> None:
        """Show a history at the next painting; None clears."""
        self._history = history
        top = self._fitting_top()
        if top != self._top:
            self._top = top
            self._ground = None
        self.update()

    def _fitting_top(self) -> float:
        """Return the activation at the upper edge of all plots: full scale, or 100 % while something exceeds that."""
        shown = np.empty(0) if self._history is None else self._history.predicted[self._shown(self._history)]
        exceeds = bool(np.any(shown > self._scale.full_scale))
        return 1.0 if exceeds else self._scale.full_scale

    def _shown(self, history: History) -> NDArray[np.bool_]:
        """Return (n,) whether each step lies within the shown seconds."""
        return history.timestamps_s >= history.timestamps_s[-1:] - self._length_s - STEP_S / 2

    def set_look(self, colours: Palette, scale: ColourScale, length_s: float) -> None:
        """Change theme, colour scale and the seconds that are shown."""
        self._colours, self._scale, self._length_s = colours, scale, length_s
        self._top = self._fitting_top()
        self._ground = None
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows the traces well."""
        return QSize(1200, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the ground anew in the next size."""
        self._ground = None
        super().resizeEvent(event)

    def plot_box(self, channel: int) -> QRectF:
        """Return the plotting area of a channel."""
        placement = MONTAGE.placements[channel]
        row, column = list(Muscle).index(placement.muscle), list(Side).index(placement.side)
        column_width = (self.width() - 2 * _MARGIN_PX - _COLUMN_GAP_PX) / _COLUMNS
        height = (self.height() - _HEADER_PX - _FOOTER_PX) / _ROWS
        left = _MARGIN_PX + column * (column_width + _COLUMN_GAP_PX) + _NAME_PX + _TICKS_PX
        width = column_width - _NAME_PX - _TICKS_PX
        return QRectF(left, _HEADER_PX + row * height, width, height - _ROW_GAP_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the ground and the traces."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._prepare())
        if self._history is not None and len(self._history.timestamps_s):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_history(painter, self._history)
        painter.end()

    def _paint_history(self, painter: QPainter, history: History) -> None:
        newest_s = history.timestamps_s[-1]
        shown = self._shown(history)
        share = (history.timestamps_s[shown] - newest_s) / self._length_s + 1.0
        warming = history.warming_up[shown]
        accent, reference = QColor(self._colours.accent), QColor(self._colours.reference)
        dashed = QPen(reference, 1, Qt.PenStyle.DashLine)  # wider dashes take twenty times as long
        for channel in range(len(MONTAGE)):
            box = self.plot_box(channel)
            x = box.left() + np.maximum(share, 0.0) * box.width()
            predicted = history.predicted[shown, channel]
            y = self._height_in(box, predicted)
            for run in _runs(predicted, warming):
                strength = _DIMMED if warming[run.start] else 1.0
                self._paint_run(painter, box, x[run], y[run], _faded(accent, strength))
            known = history.reference[shown, channel]
            painter.setPen(dashed)
            for run in _runs(known, np.zeros_like(warming)):
                painter.drawPolyline(_points(x[run], self._height_in(box, known[run])))
            if not np.isnan(predicted[-1]):
                self._paint_newest(painter, QPointF(x[-1], y[-1]), float(predicted[-1]))

    def _height_in(self, box: QRectF, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the y of activations in a plotting area; what is too high stays at its upper edge."""
        return box.bottom() - np.clip(values.astype(np.float64) / self._top, 0.0, 1.0) * box.height()

    def _paint_run(
        self, painter: QPainter, box: QRectF, x: NDArray[np.float64], y: NDArray[np.float64], colour: QColor
    ) -> None:
        points = _points(x, y)
        area = QPolygonF([QPointF(x[0], box.bottom()), *points, QPointF(x[-1], box.bottom())])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_faded(colour, 0.16 * colour.alphaF()))
        painter.drawPolygon(area)
        painter.setPen(QPen(colour, 1.7))
        painter.drawPolyline(points)

    def _paint_newest(self, painter: QPainter, point: QPointF, value: float) -> None:
        """Mark the newest value in its colour on the body map."""
        line = self._colours.text if self._scale.starts_dark else self._colours.surface
        painter.setPen(QPen(QColor(line), 1.2))
        painter.setBrush(QColor(*(int(channel) for channel in self._scale.rgb([value])[0])))
        painter.drawEllipse(point, 4.2, 4.2)

    def _prepare(self) -> QPixmap:
        """Return names, grid and ticks, painted anew when size, theme or screen have changed."""
        ratio = self.devicePixelRatioF()
        if self._ground is None or self._ground.devicePixelRatio() != ratio:
            self._ground = QPixmap(self.size() * ratio)
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(QColor(self._colours.surface))
            painter = QPainter(self._ground)
            for channel in range(len(MONTAGE)):
                self._paint_axes(painter, channel)
            self._paint_headers(painter)
            painter.end()
        return self._ground

    def _paint_axes(self, painter: QPainter, channel: int) -> None:
        box = self.plot_box(channel)
        colours = self._colours
        for share in (0.0, 0.5, 1.0):
            y = round(box.bottom() - share * box.height())
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            if _has_tick(share, box.height()):
                painter.setPen(QColor(colours.muted))
                painter.setFont(_font(self, 9))
                tick = QRectF(box.left() - _TICKS_PX - 5, y - 7, _TICKS_PX, 14)
                painter.drawText(
                    tick, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{100 * share * self._top:g}"
                )
        painter.setPen(QColor(colours.text))
        painter.setFont(_font(self, 12))
        name = QRectF(box.left() - _TICKS_PX - _NAME_PX, box.top(), _NAME_PX, box.height())
        muscle = MONTAGE.placements[channel].muscle.capitalize()
        painter.drawText(name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, muscle)

    def _paint_headers(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._colours.muted))
        for column, side in enumerate(Side):
            box = self.plot_box(column * _ROWS)
            painter.setFont(_font(self, 11, QFont.Weight.DemiBold))
            left = box.left() - _TICKS_PX - _NAME_PX
            painter.drawText(QRectF(left, 0, 200, 16), Qt.AlignmentFlag.AlignLeft, side.capitalize())
            painter.setFont(_font(self, 9))
            foot = QRectF(box.left(), self.height() - _FOOTER_PX - 3, box.width(), 14)
            painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, f"\N{MINUS SIGN}{self._length_s:g} s")
            painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, f"\N{MINUS SIGN}{self._length_s / 2:g} s")
            painter.drawText(foot, Qt.AlignmentFlag.AlignRight, "now")


def _has_tick(share: float, height_px: float) -> bool:
    """Return whether there is room for a tick: the top always, the bottom and the middle in taller plots."""
    return share == 1.0 or height_px > (32 if share == 0.0 else 56)


def _font(widget: QWidget, size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(widget.font())
    font.setPixelSize(size_px)
    font.setWeight(weight)
    return font


def _faded(colour: QColor, alpha: float) -> QColor:
    faded = QColor(colour)
    faded.setAlphaF(alpha)
    return faded


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[QPointF]:
    return [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def _runs(values: NDArray[np.float32], kind: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches without a gap in which `kind` stays the same; they share a point where only it changes."""
    known = ~np.isnan(values)
    ends = np.flatnonzero(np.diff(known) | np.diff(kind)) + 1
    starts = np.concatenate([[0], ends]).astype(int).tolist()
    stops = [*starts[1:], len(values)]
    return [
        slice(start, stop + (stop < len(values) and bool(known[stop])))
        for start, stop in zip(starts, stops, strict=True)
        if known[start]
    ]
