"""One side's four traces, as lanes of one plot with one time axis.

One plot a side, not one a muscle: axes and view boxes, not curves, are what a repaint spends its time on.
This module imports pyqtgraph, which takes 0.2 s: import it when the window is on the screen.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from app.live_page.interval_band import band_path
from app.live_page.lane_notes import SEPARATOR
from app.live_page.muscle_marks import LOW_CONFIDENCE_TEXT
from app.live_page.trace_names import TraceNames
from app.theme import Palette
from mia_core.colour_scale import ColourScale
from mia_core.live.snapshot import History
from mia_core.muscles import MONTAGE, Muscle, Side
from mia_core.samples import STEP_S

_LANE: Final = 1.22
"""Distance of two lanes, each of which is 1 high."""
_HEIGHT: Final = _LANE * (len(Muscle) - 1) + 1
_BASES: Final = {muscle: _HEIGHT - 1 - _LANE * lane for lane, muscle in enumerate(Muscle)}
_MARGIN: Final = 0.08
"""Room above the highest and below the lowest lane, for the newest values' marks."""
_AFTER: Final = 0.025
"""The same to the right of now, as a share of the shown seconds."""
_DIMMED: Final = 0.35
_AREA: Final = 0.16
_BAND: Final = 0.34
_DOTS_A_PICTURE: Final = 25
"""The line of a muscle of low confidence is dotted: so many dots over the shown seconds."""
_LINE_PX: Final = 1.7
_NAMES_PX: Final = 82
_TICKS_PX: Final = 26
_FOOT_PX: Final = 16
_HEAD_PX: Final = 5
_RIGHT_PX: Final = 14
_MARK_PX: Final = 8.4
_NOTE_PX: Final = 10
_PLATE_ALPHA: Final = 0.88
"""Of what lies behind a note: lines stay visible under it, and the note can be read."""


class TracePlot(pg.GraphicsLayoutWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Four lanes of one side, from biceps to hamstrings, over one time axis that ends now."""

    def __init__(self, side: Side) -> None:
        super().__init__()
        self._channels = [MONTAGE.names.index(f"{side}_{muscle}") for muscle in Muscle]
        self._length_s = 0.0
        self._top = 1.0
        self._low_confidence: frozenset[Muscle] = frozenset()
        self._notes: tuple[str, ...] = ("",) * len(Muscle)
        self._note_colour, self._plate_colour = QColor(), QColor()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(pg.GraphicsLayoutWidget.Shape.NoFrame)
        self.ci.layout.setContentsMargins(0, _HEAD_PX, _RIGHT_PX, 0)
        self.ci.layout.setSpacing(0)
        self._names = TraceNames()
        self._ticks, self._times = (pg.AxisItem(where) for where in ("left", "bottom"))
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self._box.disableAutoRange()
        for axis, row, column in ((self._names, 0, 0), (self._ticks, 0, 1), (self._times, 1, 2)):
            self.addItem(axis, row, column)
            axis.linkToView(self._box)
        self.addItem(self._box, 0, 2)
        self._names.setWidth(_NAMES_PX)
        self._ticks.setWidth(_TICKS_PX)
        self._times.setHeight(_FOOT_PX)
        self._grid = self._added(pg.PlotCurveItem(connect="pairs"))
        self._bands = [self._added(QGraphicsPathItem()) for _ in _BASES]
        self._warming, self._predicted = ([self._added(_curve(base)) for base in _BASES.values()] for _ in range(2))
        self._reference = [self._added(pg.PlotCurveItem(connect="finite")) for _ in _BASES]
        self._newest = self._added(pg.ScatterPlotItem(size=_MARK_PX, antialias=True))
        self._box.sigResized.connect(self._set_ticks)  # as many as the new height has room for

    def set_look(self, colours: Palette, scale: ColourScale, length_s: float) -> None:
        """Change theme, the marks' outline, and the seconds that are shown."""
        self.setBackground(colours.surface)
        for curves, strength in ((self._predicted, 1.0), (self._warming, _DIMMED)):
            for curve in curves:
                curve.setPen(pg.mkPen(_faded(colours.accent, strength), width=_LINE_PX))
                curve.setBrush(_faded(colours.accent, _AREA * strength))
        for band in self._bands:
            band.setPen(pg.mkPen(None))
            band.setBrush(_faded(colours.accent, _BAND))
        for curve in self._reference:  # wider dashes take twenty times as long
            curve.setPen(pg.mkPen(colours.reference, width=1, style=Qt.PenStyle.DashLine))
        self._grid.setPen(pg.mkPen(colours.line, width=1))
        self._newest.setPen(pg.mkPen(colours.text if scale.starts_dark else colours.surface, width=1.2))
        for axis, colour, size_px in (
            (self._names, colours.text, 12),
            (self._ticks, colours.muted, 9),
            (self._times, colours.muted, 9),
        ):
            _set_axis_look(axis, colour, self._font(size_px))
        self._names.set_note_colour(colours.warning)
        self._note_colour, self._plate_colour = QColor(colours.muted), _faded(colours.surface, _PLATE_ALPHA)
        self._length_s = length_s
        self._box.setRange(xRange=(-length_s, _AFTER * length_s), yRange=(-_MARGIN, _HEIGHT + _MARGIN), padding=0)
        levels = [base + share for base in _BASES.values() for share in (0.0, 0.5, 1.0)]
        self._grid.setData(np.tile([-length_s, 0.0], len(levels)), np.repeat(levels, 2))
        self._set_ticks()

    def set_low_confidence(self, muscles: frozenset[Muscle]) -> None:
        """Say which of the side's muscles the model hardly follows.

        Their names have a note, and their lines are dotted where nothing is dashed.
        """
        if muscles != self._low_confidence:
            self._low_confidence = muscles
            self._set_ticks()

    def set_notes(self, notes: tuple[str, ...]) -> None:
        """Write a text into each lane, from the top down; empty for none."""
        if notes != self._notes:
            self._notes = notes
            self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802 - Qt's name
        """Write the notes over everything: as items of the plot they would be laid out anew with every picture."""
        if not any(self._notes):
            return
        font = self._font(_NOTE_PX)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(self._note_colour)
        for note, base in zip(self._notes, _BASES.values(), strict=True):
            while note and metrics.horizontalAdvance(note) > self._box.width():
                note = note.rpartition(SEPARATOR)[0]
            if note:
                corner = self._box.mapViewToScene(QPointF(-self._length_s, base + 1.0))
                plate = QRectF(corner.x(), corner.y() - 3, metrics.horizontalAdvance(note) + 6, metrics.height())
                painter.fillRect(plate, self._plate_colour)
                painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, note)

    def show_history(self, history: History, shown: NDArray[np.bool_], top: float, scale: ColourScale) -> None:
        """Show the steps of a history that lie within the shown seconds.

        Args:
            history: The last steps.
            shown: (n,) which of them to show.
            top: Activation at the upper edge of the lanes; what is higher stays there.
            scale: Colours of the newest values.
        """
        self._set_top(top)
        warming = history.warming_up[shown]
        x = history.timestamps_s[shown] - history.timestamps_s[-1:]
        marks = []
        for lane, (channel, base) in enumerate(zip(self._channels, _BASES.values(), strict=True)):
            values = history.predicted[shown, channel]
            y = self._height_of(values, base)
            line = np.where(warming, np.nan, y)
            low, high = (self._height_of(end[shown, channel], base) for end in (history.low, history.high))
            self._bands[lane].setPath(band_path(x, low, high))
            is_compared = bool(np.isfinite(history.reference[shown, channel]).any())
            connection = self._connection(history.timestamps_s[shown], line, lane, is_compared=is_compared)
            # An area would look sure of itself, and hide the band.
            bare = not isinstance(connection, str) or bool(np.isfinite(low).any())
            self._predicted[lane].setData(x, line, connect=connection, fillLevel=None if bare else base)
            # The last warming step is joined to the first full one, so that no gap seems to lie between them.
            joined = warming | np.concatenate([[False], warming[:-1]])
            self._warming[lane].setData(x, np.where(joined, y, np.nan))
            # Without calibration it has a scale of its own, whose 1 is the upper edge.
            unit = 1.0 if history.calibrated[channel] else self._top
            self._reference[lane].setData(x, self._height_of(unit * history.reference[shown, channel], base))
            if len(y) and not np.isnan(y[-1]):
                rgb = scale.rgb(values[-1:])[0].tolist()
                marks.append({"pos": (x[-1], y[-1]), "brush": QColor(*rgb)})
        self._newest.setData(marks)

    def clear_history(self, top: float) -> None:
        """Show empty lanes up to an activation."""
        self._set_top(top)
        self.set_notes(("",) * len(Muscle))
        for curve in (*self._predicted, *self._warming, *self._reference):
            curve.clear()
        for band in self._bands:
            band.setPath(QPainterPath())
        self._newest.clear()

    def lane_box(self, muscle: Muscle) -> QRectF:
        """Return where a muscle is plotted, from 0 to the upper edge of its lane, in pixels of this widget."""
        self.ci.layout.activate()
        base = _BASES[muscle]
        corners = (QPointF(-self._length_s, base + 1.0), QPointF(0.0, base))
        top_left, bottom_right = (self.mapFromScene(self._box.mapViewToScene(corner)) for corner in corners)
        return QRectF(top_left, bottom_right)

    def _connection(
        self, times_s: NDArray[np.float64], y: NDArray[np.float64], lane: int, *, is_compared: bool
    ) -> str | NDArray[np.int32]:
        """Return how to join a line's points: all that are known, or every other few when it is to be dotted.

        Beside a dashed reference every line is solid, so that it does not take colours to tell them apart. Dots keep
        their times, so they move with the line. A dotted pen would take twenty times as long.
        """
        if is_compared or list(_BASES)[lane] not in self._low_confidence:
            return "finite"
        dot_steps = max(1, round(self._length_s / STEP_S / (2 * _DOTS_A_PICTURE)))
        inked = np.round(times_s / STEP_S).astype(np.int64) // dot_steps % 2 == 0
        known = np.isfinite(y)
        return np.asarray(inked & known & np.append(known[1:], False), np.int32)

    def _added(self, item: Any) -> Any:
        self._box.addItem(item)
        return item

    def _height_of(self, values: NDArray[np.float32], base: float) -> NDArray[np.float64]:
        return base + np.clip(values.astype(np.float64) / self._top, 0.0, 1.0)

    def _set_top(self, top: float) -> None:
        if top != self._top:
            self._top = top
            self._set_ticks()

    def _set_ticks(self) -> None:
        """Write names, activations in % and seconds; in lanes too low for all, the top alone has its number."""
        lane_px = self._box.height() / (_HEIGHT + 2 * _MARGIN)
        shares = [share for share, room_px in ((1.0, 0), (0.0, 32), (0.5, 56)) if lane_px > room_px]
        self._names.set_names(
            {
                base + 0.5: (muscle.capitalize(), LOW_CONFIDENCE_TEXT if muscle in self._low_confidence else "")
                for muscle, base in _BASES.items()
            }
        )
        self._ticks.setTicks(
            [[(base + share, f"{100 * share * self._top:g}") for base in _BASES.values() for share in shares]]
        )
        past = [(-self._length_s * part, f"\N{MINUS SIGN}{self._length_s * part:g} s") for part in (1.0, 0.5)]
        self._times.setTicks([[*past, (0.0, "now")]])

    def _font(self, size_px: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(size_px)
        return font


def _curve(base: float) -> pg.PlotCurveItem:
    return pg.PlotCurveItem(connect="finite", antialias=True, fillLevel=base)


def _set_axis_look(axis: pg.AxisItem, colour: str, font: QFont) -> None:
    """Show the texts of an axis and nothing else of it."""
    axis.setPen(pg.mkPen(None))
    axis.setTextPen(pg.mkPen(colour))
    axis.setStyle(
        tickFont=font,
        tickLength=0,
        tickAlpha=0,
        tickTextOffset=4,
        autoExpandTextSpace=False,
        hideOverlappingLabels=False,
        textFillLimits=[(0, 10.0)],
    )


def _faded(colour: str, alpha: float) -> QColor:
    faded = QColor(colour)
    faded.setAlphaF(alpha)
    return faded
