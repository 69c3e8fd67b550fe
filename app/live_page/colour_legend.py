"""The legend under the body map: which colour is which activation, and what hatching means."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPen

from app.live_page.hatching import paint_unknown
from app.theme import Palette
from mia_core.colour_scale import ColourScale

LEGEND_HEIGHT_PX: Final = 46
_BAR_PX: Final = 180
_SWATCH_PX: Final = 22
_THICKNESS_PX: Final = 9


def paint_legend(painter: QPainter, row: QRectF, scale: ColourScale, quantity: str, colours: Palette) -> None:
    """Paint the colour bar with its ticks, the quantity with its unit, and the swatch of the unknown."""
    font = QFont(painter.font())
    font.setPixelSize(11)
    font.setWeight(QFont.Weight.Normal)
    painter.setFont(font)
    caption = f"{quantity}, % of maximum"
    metrics = painter.fontMetrics()
    captions = metrics.horizontalAdvance(caption) + metrics.horizontalAdvance("not seen")
    gap = 10.0
    width = _BAR_PX + captions + _SWATCH_PX + 4 * gap
    left = row.left() + max((row.width() - width) / 2, gap)
    top = row.top() + 12
    bar = QRectF(left, top, _BAR_PX, _THICKNESS_PX)
    _paint_bar(painter, bar, scale, colours)
    painter.setPen(QColor(colours.muted))
    _text(painter, bar.right() + gap, bar, caption)
    swatch = QRectF(bar.right() + 3 * gap + metrics.horizontalAdvance(caption), top, _SWATCH_PX, _THICKNESS_PX)
    path = QPainterPath()
    path.addRoundedRect(swatch, 3, 3)
    paint_unknown(painter, path, QColor(colours.unknown), QColor(colours.unknown_line))
    painter.strokePath(path, QPen(QColor(colours.body_line), 1))
    painter.setPen(QColor(colours.muted))
    _text(painter, swatch.right() + gap, bar, "not seen")


def _text(painter: QPainter, left: float, bar: QRectF, text: str) -> None:
    box = QRectF(left, bar.center().y() - 10, 400, 20)
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _paint_bar(painter: QPainter, bar: QRectF, scale: ColourScale, colours: Palette) -> None:
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    places = np.linspace(0.0, 1.0, 16)
    for place, rgb in zip(places, scale.rgb(places * scale.full_scale), strict=True):
        gradient.setColorAt(float(place), QColor(*(int(channel) for channel in rgb)))
    path = QPainterPath()
    path.addRoundedRect(bar, 3, 3)
    painter.fillPath(path, gradient)
    painter.strokePath(path, QPen(QColor(colours.body_line), 1))
    painter.setPen(QColor(colours.muted))
    for share, prefix, align in (
        (0.0, "", Qt.AlignmentFlag.AlignLeft),
        (0.5, "", Qt.AlignmentFlag.AlignHCenter),
        (1.0, "≥ " if scale.full_scale < 1 else "", Qt.AlignmentFlag.AlignRight),
    ):
        text = f"{prefix}{100 * share * scale.full_scale:g}"
        box = QRectF(bar.left() - 2, bar.bottom() + 3, bar.width() + 4, 15)
        painter.drawText(box, align | Qt.AlignmentFlag.AlignTop, text)
