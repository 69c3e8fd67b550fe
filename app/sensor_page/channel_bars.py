"""What all sensors send at this moment, as bars: the one that rises is the one that hears the muscle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.hatching import paint_unknown
from app.theme import Palette
from mia_core.muscles import Placement

_NAME_PX: Final = 136.0
_VALUE_PX: Final = 84.0
_ROW_PX: Final = 54.0
_BAR_PX: Final = 14.0
_EASE: Final = 0.4
"""Share of the way to a new level that a bar goes with each look."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One sensor.

    Attributes:
        level: Newest value, NaN for none.
        full: Value at the right end, above 0.
        is_saturated: Whether the level is the highest that the sensor can send.
        peak: How high it rose during the present step, NaN when unknown.
        rest: Level at rest, NaN when unknown.
        best: Best effort so far, NaN for none.
    """

    level: float
    full: float
    is_saturated: bool = False
    peak: float = math.nan
    rest: float = math.nan
    best: float = math.nan


class ChannelBars(QWidget):
    """Paints one row for each muscle with a sensor.

    Args:
        colours: The theme's colours.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        self._bars: dict[Placement, Bar] = {}
        self._shown: dict[Placement, float] = {}
        self._asked: Placement | None = None
        self._other: Placement | None = None
        self.setMinimumSize(260, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Live signals of all sensors")

    @property
    def bars(self) -> Mapping[Placement, Bar]:
        """What is shown."""
        return self._bars

    def show_bars(self, bars: Mapping[Placement, Bar], asked: Placement | None, other: Placement | None = None) -> None:
        """Show bars; the muscle that is asked for stands out, and another one that should not have risen."""
        self._bars, self._asked, self._other = dict(bars), asked, other
        for placement, bar in bars.items():
            before = self._shown.get(placement, bar.level)
            is_known = not (math.isnan(before) or math.isnan(bar.level))
            self._shown[placement] = before + _EASE * (bar.level - before) if is_known else bar.level
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for eight rows."""
        return QSize(420, 340)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = min(self.height() / max(len(self._bars), 1), _ROW_PX)
        for number, (placement, bar) in enumerate(self._bars.items()):
            self._paint_row(painter, QRectF(8, number * height, self.width() - 16, height), placement, bar)
        painter.end()

    def _paint_row(self, painter: QPainter, row: QRectF, placement: Placement, bar: Bar) -> None:
        colours = self._colours
        is_asked = placement in (self._asked, self._other)
        if is_asked:
            painter.fillPath(_rounded(row.adjusted(0, 2, 0, -2), 6), QColor(colours.raised))
        font = QFont(self.font())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold if is_asked else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if is_asked else colours.muted))
        painter.drawText(row.adjusted(10, 0, 0, 0), _LEFT, placement.label)
        value, warning = self._words(bar)
        painter.setPen(QColor(warning if warning else (colours.text if is_asked else colours.muted)))
        painter.drawText(row.adjusted(0, 0, -10, 0), _RIGHT, value)
        top = row.center().y() - _BAR_PX / 2
        track = QRectF(row.left() + _NAME_PX, top, row.width() - _NAME_PX - _VALUE_PX, _BAR_PX)
        stands_out = {self._other: colours.warning, self._asked: colours.accent}
        colour = stands_out.get(placement, colours.unknown_line)
        self._paint_bar(painter, track, bar, self._shown[placement], colour, is_asked=is_asked)

    def _words(self, bar: Bar) -> tuple[str, str]:
        """Return what is written behind a bar, and its colour where that is not the usual one."""
        if math.isnan(bar.level):
            return "no signal", self._colours.warning
        if bar.is_saturated:
            return "maximum", self._colours.error
        return f"{bar.level:.0f}", ""

    def _paint_bar(
        self, painter: QPainter, track: QRectF, bar: Bar, level: float, colour: str, *, is_asked: bool
    ) -> None:
        colours = self._colours
        path = _rounded(track, _BAR_PX / 2)
        if math.isnan(bar.level):
            paint_unknown(painter, path, QColor(colours.unknown), QColor(colours.unknown_line))
            return
        painter.fillPath(path, QColor(colours.line if is_asked else colours.raised))
        painter.save()
        painter.setClipPath(path)
        colour = colours.error if bar.is_saturated else colour
        if not math.isnan(bar.peak):
            ghost = QColor(colour)
            ghost.setAlphaF(0.35)
            painter.fillRect(_filled(track, bar.peak / bar.full), ghost)
        painter.fillRect(_filled(track, level / bar.full), QColor(colour))
        painter.restore()
        if not math.isnan(bar.rest):
            x = track.left() + track.width() * min(bar.rest / bar.full, 1.0)
            painter.setPen(QPen(QColor(colours.text), 1.6))
            painter.drawLine(QPointF(x, track.top() - 2), QPointF(x, track.bottom() + 2))
        if not math.isnan(bar.best):
            x = track.left() + track.width() * min(bar.best / bar.full, 1.0)
            painter.setPen(QPen(QColor(colours.good), 2))
            painter.drawLine(QPointF(x, track.top() - 3), QPointF(x, track.bottom() + 3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.good))
            y = track.top() - 3
            painter.drawPolygon(QPolygonF([QPointF(x - 4.5, y - 5), QPointF(x + 4.5, y - 5), QPointF(x, y + 1)]))


_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _filled(track: QRectF, share: float) -> QRectF:
    return QRectF(track.left(), track.top(), track.width() * min(max(share, 0.0), 1.0), track.height())


def _rounded(box: QRectF, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(box, radius, radius)
    return path
