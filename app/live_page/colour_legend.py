"""The legend under the body map: which colour is which activation, and what hatching means."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPen

from app.live_page.hatching import dots_within, paint_dots, paint_unknown
from app.live_page.muscle_marks import LOW_CONFIDENCE_TEXT
from app.theme import Palette
from mia_core.colour_scale import ColourScale

_WIDE_PX: Final = 640.0
"""From this width on the legend is a quarter larger."""


def legend_height_px(width_px: float) -> float:
    """Return the height of the legend on a body map of that width."""
    return 62 * _zoom(width_px)


def paint_legend(
    painter: QPainter, row: QRectF, scale: ColourScale, quantity: str, colours: Palette, *, dots: bool
) -> None:
    """Paint the colour bar with quantity and ticks, and beside it what L, R and the patterns mean.

    Args:
        painter: Where to paint.
        row: The legend's place.
        scale: The colours.
        quantity: What they stand for, with its unit.
        colours: The theme.
        dots: Whether to explain the dots of low confidence.
    """
    zoom = _zoom(row.width())
    font = QFont(painter.font())
    font.setPixelSize(round(11 * zoom))
    font.setWeight(QFont.Weight.Normal)
    painter.setFont(font)
    sides = "L, R: the subject's own"
    length, gap = 190 * zoom, 26 * zoom
    width = max(length, painter.fontMetrics().horizontalAdvance(quantity))
    left = row.left() + (row.width() - width - gap - painter.fontMetrics().horizontalAdvance(sides)) / 2
    bar = QRectF(left, row.top() + 24 * zoom, length, 9 * zoom)
    _paint_bar(painter, bar, scale, colours)
    swatch = QRectF(left + width + gap, bar.top(), 22 * zoom, bar.height())
    path = _rounded(swatch)
    paint_unknown(painter, path, QColor(colours.unknown), QColor(colours.unknown_line))
    painter.strokePath(path, QPen(QColor(colours.body_line), 1))
    painter.setPen(QColor(colours.muted))
    _text(painter, bar.left(), bar.top() - 11 * zoom, quantity)
    _text(painter, swatch.left(), bar.top() - 11 * zoom, sides)
    _text(painter, swatch.right() + 7, bar.center().y(), "not seen")
    if dots:
        _paint_dotted(painter, swatch.translated(0, 16 * zoom), scale, colours)


def _paint_dotted(painter: QPainter, swatch: QRectF, scale: ColourScale, colours: Palette) -> None:
    """Paint a swatch of low confidence and what it means."""
    path = _rounded(swatch)
    painter.fillPath(path, QColor(*(int(channel) for channel in scale.rgb([scale.full_scale / 2])[0])))
    paint_dots(painter, dots_within(path, swatch.center()), on_any_colour=scale.starts_dark)
    painter.strokePath(path, QPen(QColor(colours.body_line), 1))
    painter.setPen(QColor(colours.muted))
    _text(painter, swatch.right() + 7, swatch.center().y(), LOW_CONFIDENCE_TEXT)


def _rounded(box: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(box, 3, 3)
    return path


def _zoom(width_px: float) -> float:
    return 1.25 if width_px >= _WIDE_PX else 1.0


def _text(painter: QPainter, left: float, middle: float, text: str) -> None:
    box = QRectF(left, middle - 10, 400, 20)
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _paint_bar(painter: QPainter, bar: QRectF, scale: ColourScale, colours: Palette) -> None:
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    places = np.linspace(0.0, 1.0, 16)
    for place, rgb in zip(places, scale.rgb(places * scale.full_scale), strict=True):
        gradient.setColorAt(float(place), QColor(*(int(channel) for channel in rgb)))
    path = _rounded(bar)
    painter.fillPath(path, gradient)
    painter.strokePath(path, QPen(QColor(colours.body_line), 1))
    painter.setPen(QColor(colours.muted))
    for share, prefix, align in (
        (0.0, "", Qt.AlignmentFlag.AlignLeft),
        (0.5, "", Qt.AlignmentFlag.AlignHCenter),
        (1.0, "≥ " if scale.full_scale < 1 else "", Qt.AlignmentFlag.AlignRight),
    ):
        text = f"{prefix}{100 * share * scale.full_scale:g}"
        box = QRectF(bar.left() - 2, bar.bottom() + 3, bar.width() + 4, 1.6 * painter.font().pixelSize())
        painter.drawText(box, align | Qt.AlignmentFlag.AlignTop, text)
