"""The body with some of its eight muscles lit: where to contract, where a sensor belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.body_figure import BodyFigure
from app.live_page.body_layout import BodyLayout
from app.theme import Palette
from mia_core.bundled import BODY_MAP
from mia_core.muscles import MONTAGE, Placement, Side

_FOOT_PX: Final = 40.0
"""Room for what is written below the figure."""


class MuscleFigure(QWidget):
    """Paints the figure, with names of sides and without those of muscles.

    Args:
        colours: The theme's colours.

    Raises:
        BodyFigureError: The drawing is damaged.
    """

    def __init__(self, colours: Palette) -> None:
        super().__init__()
        self._colours = colours
        figure = BodyFigure.load(BODY_MAP)
        bodies = figure.bodies[0].boundingRect().united(figure.bodies[1].boundingRect())
        self._figure = replace(figure, bounds=bodies.adjusted(-6, -6, 6, 6))
        self._lit: dict[Placement, str] = {}
        self._strong = True
        self.setMinimumSize(200, 140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def lit(self) -> Mapping[Placement, str]:
        """The muscles that are lit, with their colours."""
        return self._lit

    def light(self, placements: Mapping[Placement, str], *, strong: bool = True) -> None:
        """Light muscles in some colours, strongly where something is to be done with them, else softly."""
        if (placements, strong) != (self._lit, self._strong):
            self._lit, self._strong = dict(placements), strong
            names = ", ".join(placement.label for placement in MONTAGE.placements if placement in self._lit)
            self.setAccessibleName(f"Body: {names}")
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size that shows the figure well."""
        return QSize(380, 380)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the figure and its lit muscles."""
        colours = self._colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        layout = BodyLayout(self._figure, self.size(), _FOOT_PX)
        painter.translate(self._figure.bounds.topLeft() * -layout.zoom)  # the layout takes drawings to begin at 0
        layout.paint(painter, colours)
        layout.paint_views(painter, self.font(), colours)
        for placement, path in zip(MONTAGE.placements, layout.muscles, strict=True):
            if placement not in self._lit:
                painter.fillPath(path, QColor(colours.unknown))
                painter.strokePath(path, QPen(QColor(colours.body_line), 1.2))
        for placement, path in zip(MONTAGE.placements, layout.muscles, strict=True):
            if placement in self._lit:
                self._paint_lit(painter, path, placement)
        painter.restore()
        painter.setFont(_small(self.font()))
        painter.setPen(QColor(colours.muted))
        row = QRectF(0, self.height() - 18, self.width(), 18)
        painter.drawText(row, Qt.AlignmentFlag.AlignHCenter, "L, R: the subject's own")
        painter.end()

    def _paint_lit(self, painter: QPainter, path: QPainterPath, placement: Placement) -> None:
        colour = QColor(self._lit[placement])
        if not self._strong:
            soft = QColor(colour)
            soft.setAlphaF(0.35)
            painter.fillPath(path, soft)
            painter.strokePath(path, QPen(colour, 1.4))
            return
        halo = QColor(colour)
        halo.setAlphaF(0.25)
        painter.strokePath(path, QPen(halo, 12, j=Qt.PenJoinStyle.RoundJoin))
        painter.fillPath(path, colour)
        painter.setFont(_small(self.font(), bold=True))
        painter.setPen(QColor(self._colours.on_accent))
        middle: QPointF = path.boundingRect().center()
        letter = "L" if placement.side is Side.LEFT else "R"
        painter.drawText(QRectF(middle.x() - 10, middle.y() - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, letter)


def _small(family: QFont, *, bold: bool = False) -> QFont:
    font = QFont(family)
    font.setPixelSize(11)
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    return font
