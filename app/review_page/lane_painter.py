"""How courses of the eight muscles are painted: solid what a model says, dashed what sensors say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from app.theme import Palette
from mia_core.muscles import MONTAGE, Muscle, Side
from mia_core.samples import STEP_S, Floats

_NAMES_PX: Final = 84
_SIDE_PX: Final = 10
_HEAD_PX: Final = 20
_FOOT_PX: Final = 16
_LANE_GAP_PX: Final = 5
_COLUMN_GAP_PX: Final = 14
_LINE_PX: Final = 1.7
_DASHED_PX: Final = 1.2
_WIDE_PX: Final = 3.0
_BAND_ALPHA: Final = 0.2
_TALL_PX: Final = 28
"""In lower lanes the upper edge alone has its number."""
_TOPS: Final = (0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Course:
    """One line a muscle.

    Attributes:
        name: What it is, for the legend.
        times_s: (n,) float64, ascending.
        values: (n, 8) activation, NaN where unknown.
        colour: Name of a colour of the theme.
        is_dashed: Whether it is measured, and not predicted.
        band: (n, 8) lower and upper ends of the 80 % intervals, NaN where unknown; None for none.
        is_wide: Whether it is to be seen below another line on it.
        own_scale: (n, 8) what has no calibration, from rest to its strongest, the upper edge. NaN elsewhere.
    """

    name: str
    times_s: NDArray[np.float64]
    values: Floats
    colour: str = "accent"
    is_dashed: bool = False
    own_scale: Floats | None = None
    band: tuple[Floats, Floats] | None = None
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Plotted:
    """What is shown.

    Attributes:
        courses: The lines.
        begin_s: Time at the left edge.
        end_s: Time at the right edge.
        shaded: Spans that stand out, such as trials.
        zero_s: What is called 0 on the axis.
    """

    courses: tuple[Course, ...] = ()
    begin_s: float = 0.0
    end_s: float = 1.0
    shaded: tuple[tuple[float, float], ...] = field(default=())
    zero_s: float = 0.0


class LanePainter:
    """Four lanes a side, in a box of some size.

    Args:
        size: Of the box.
        plotted: What is shown.
        colours: The theme.
        family: The font, of any size.
    """

    def __init__(self, size: QSizeF, plotted: Plotted, colours: Palette, family: QFont) -> None:
        self._size = size
        self._plotted = plotted
        self._colours = colours
        self._family = family

    def lane_box(self, side: Side, muscle: Muscle) -> QRectF:
        """Return where a muscle is plotted, from 0 to the upper edge."""
        width = (self._size.width() - 2 * _SIDE_PX - _COLUMN_GAP_PX) / 2
        left = _SIDE_PX + list(Side).index(side) * (width + _COLUMN_GAP_PX) + _NAMES_PX
        height = (self._size.height() - _HEAD_PX - _FOOT_PX) / len(Muscle)
        top = _HEAD_PX + list(Muscle).index(muscle) * height
        return QRectF(left, top, width - _NAMES_PX, height - _LANE_GAP_PX)

    def time_at(self, x: float) -> float | None:
        """Return the time at a place, None between the sides."""
        for side in Side:
            box = self.lane_box(side, Muscle.BICEPS)
            if box.left() - 8 <= x <= box.right() + 8:
                share = min(max((x - box.left()) / box.width(), 0.0), 1.0)
                return self._plotted.begin_s + share * (self._plotted.end_s - self._plotted.begin_s)
        return None

    def paint(self, painter: QPainter) -> None:
        """Paint everything but the cursor."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self._top()
        for channel, placement in enumerate(MONTAGE.placements):
            box = self.lane_box(placement.side, placement.muscle)
            self._paint_lane(painter, box, placement.muscle.capitalize(), top)
            painter.save()
            painter.setClipRect(box.adjusted(0, -1, 0, 1))
            for course in self._plotted.courses:
                self._paint_course(painter, box, course, channel, top)
            painter.restore()
        for side in Side:
            box = self.lane_box(side, Muscle.BICEPS)
            painter.setFont(self._font(11))
            painter.setPen(QColor(self._colours.muted))
            head = QRectF(box.left() - _NAMES_PX + 2, 0, box.width() + _NAMES_PX, _HEAD_PX - 3)
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, f"{side.capitalize()}, % of maximum")
            self._paint_times(painter, self.lane_box(side, Muscle.HAMSTRINGS))

    def paint_cursor(self, painter: QPainter, time_s: float) -> None:
        """Paint where one is."""
        if self._plotted.begin_s <= time_s <= self._plotted.end_s:
            painter.setPen(QPen(QColor(self._colours.text), 1.2))
            for side in Side:
                first, last = self.lane_box(side, Muscle.BICEPS), self.lane_box(side, Muscle.HAMSTRINGS)
                x = self._x(first, time_s)
                painter.drawLine(QPointF(x, first.top() - 2), QPointF(x, last.bottom() + 2))

    def _paint_lane(self, painter: QPainter, box: QRectF, name: str, top: float) -> None:
        shade = QColor(self._colours.accent)
        shade.setAlphaF(0.09)
        for begin_s, end_s in self._plotted.shaded:
            left, right = self._x(box, begin_s), self._x(box, end_s)
            painter.fillRect(QRectF(QPointF(left, box.top()), QPointF(right, box.bottom())).intersected(box), shade)
        painter.setPen(QPen(QColor(self._colours.line), 1))
        for y in (box.top(), box.bottom()):
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setPen(QColor(self._colours.text))
        painter.setFont(self._font(12))
        names = QRectF(box.left() - _NAMES_PX, box.top(), _NAMES_PX - 26, box.height())
        painter.drawText(names.adjusted(2, 0, 22, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(QColor(self._colours.muted))
        painter.setFont(self._font(9))
        ticks = QRectF(box.left() - 26, box.top() - 1, 22, box.height() + 2)
        painter.drawText(ticks, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, f"{100 * top:.0f}")
        if box.height() > _TALL_PX:
            painter.drawText(ticks, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, "0")

    def _paint_course(self, painter: QPainter, box: QRectF, course: Course, channel: int, top: float) -> None:
        plotted = self._plotted
        margin_s = 2 * STEP_S
        inside = (course.times_s >= plotted.begin_s - margin_s) & (course.times_s <= plotted.end_s + margin_s)
        times_s, values = course.times_s[inside], course.values[inside, channel].astype(np.float64)
        if course.own_scale is not None:
            own = course.own_scale[inside, channel].astype(np.float64)
            values = np.where(np.isfinite(own), own * top, values)
        if course.band is not None:
            self._paint_band(painter, box, course, (times_s, *(end[inside, channel] for end in course.band)), top)
        width_px = _DASHED_PX if course.is_dashed else _WIDE_PX if course.is_wide else _LINE_PX
        pen = QPen(QColor(getattr(self._colours, course.colour)), width_px)
        if course.is_dashed:
            pen.setDashPattern([3.5, 2.5])
        painter.setPen(pen)
        for part in _runs(times_s, values):
            xs, ys = _thinned(self._xs(box, times_s[part]), _ys(box, values[part], top), box.width())
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]))

    def _paint_band(
        self,
        painter: QPainter,
        box: QRectF,
        course: Course,
        ends: tuple[NDArray[np.float64], Floats, Floats],
        top: float,
    ) -> None:
        """Paint where 80 % of the truths should lie."""
        times_s, low, high = (np.asarray(part, np.float64) for part in ends)
        fill = QColor(getattr(self._colours, course.colour))
        fill.setAlphaF(_BAND_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        for part in _runs(times_s, low + high):
            xs = self._xs(box, times_s[part])
            outline = np.concatenate([_ys(box, high[part], top), _ys(box, low[part], top)[::-1]])
            around = np.concatenate([xs, xs[::-1]])
            corners = zip(around.tolist(), outline.tolist(), strict=True)
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_times(self, painter: QPainter, lowest: QRectF) -> None:
        plotted = self._plotted
        painter.setFont(self._font(9))
        painter.setPen(QColor(self._colours.muted))
        for share in (0.0, 0.5, 1.0):
            time_s = plotted.begin_s + share * (plotted.end_s - plotted.begin_s) - plotted.zero_s
            box = QRectF(lowest.left() + share * lowest.width() - 60 * share, lowest.bottom() + 3, 60, 12)
            aligned = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)[
                round(2 * share)
            ]
            painter.drawText(
                box, aligned | Qt.AlignmentFlag.AlignVCenter, f"{time_s:.1f} s".replace("-", "\N{MINUS SIGN}")
            )

    def _xs(self, box: QRectF, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        plotted = self._plotted
        return box.left() + (times_s - plotted.begin_s) / (plotted.end_s - plotted.begin_s) * box.width()

    def _x(self, box: QRectF, time_s: float) -> float:
        plotted = self._plotted
        return box.left() + (time_s - plotted.begin_s) / (plotted.end_s - plotted.begin_s) * box.width()

    def _top(self) -> float:
        """Return the activation at the upper edge of all lanes."""
        plotted, highest = self._plotted, 0.0
        for course in plotted.courses:
            shown = course.values[(course.times_s >= plotted.begin_s) & (course.times_s <= plotted.end_s)]
            highest = max(highest, float(np.nanmax(shown, initial=0.0)))
        return next((top for top in _TOPS if top >= highest), _TOPS[-1])

    def _font(self, size_px: int) -> QFont:
        font = QFont(self._family)
        font.setPixelSize(size_px)
        return font


def _ys(box: QRectF, values: NDArray[np.float64], top: float) -> NDArray[np.float64]:
    return box.bottom() - np.clip(values / top, 0.0, 1.0) * box.height()


def _runs(times_s: NDArray[np.float64], values: NDArray[np.float64]) -> list[slice]:
    """Return the stretches of known values that follow one another."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return []
    breaks = np.flatnonzero((np.diff(known) > 1) | (np.diff(times_s[known]) > 3 * STEP_S)) + 1
    return [slice(int(part[0]), int(part[-1]) + 1) for part in np.split(known, breaks)]


def _thinned(
    xs: NDArray[np.float64], ys: NDArray[np.float64], width_px: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lowest and highest of what falls on one pixel, when much does: a peak is never thinned away."""
    if len(xs) < 3 * width_px:
        return xs, ys
    columns = np.floor(xs).astype(np.int64)
    starts = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    low, high = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    return np.repeat(xs[starts], 2), np.stack([low, high], axis=1).ravel()
