"""Where the drawing of the body lies in a widget, and how its ground is painted."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QTransform

from app.live_page.body_figure import BodyFigure
from app.theme import Palette

_SPREAD_PX: Final = 60.0
_MARGIN_PX: Final = 12.0


class BodyLayout:
    """The drawing in a widget of some size, as large as fits.

    Its two views are moved apart when there is width to spare, so that names never meet.

    Args:
        figure: The drawing.
        size: The widget's size.
        reserved_px: Height at the lower edge that is needed for other things.
        spare_px: Width that is to be spared beside the figure, for names that need more room.

    Attributes:
        zoom: Pixels per unit of the drawing.
        letters: Factor on the sizes of letters.
        muscles: One outline for each channel of `MONTAGE`, in pixels.
        leaders: One line for each channel, from the muscle to its name, in pixels.
    """

    def __init__(self, figure: BodyFigure, size: QSize, reserved_px: float = 0.0, spare_px: float = 0.0) -> None:
        self._figure = figure
        self._size = size
        self._reserved_px = reserved_px
        self._widest_spread_px = max(_SPREAD_PX, spare_px)
        bounds = figure.bounds
        self.zoom = min(
            (size.width() - 2 * _MARGIN_PX - spare_px) / bounds.width(), (size.height() - reserved_px) / bounds.height()
        )
        self.letters = min(max(self.zoom, 0.8), 1.3)
        self.muscles = [self._transform(path.boundingRect().center()).map(path) for path in figure.muscles]
        self.leaders: list[QLineF] = [self._transform(leader.p1()).map(leader) for leader in figure.leaders]

    def paint(self, painter: QPainter, colours: Palette) -> None:
        """Paint the figure from the front and from behind, without its eight muscles."""
        for body, plates in zip(self._figure.bodies, self._figure.plates, strict=True):
            transform = self._transform(body.boundingRect().center())
            outline: QPainterPath = transform.map(body)
            painter.fillPath(outline, QColor(colours.body))
            painter.save()
            painter.setClipPath(outline)
            painter.fillPath(transform.map(plates), QColor(colours.plate))
            painter.restore()
            painter.strokePath(outline, QPen(QColor(colours.body_line), 1.4))

    def paint_views(self, painter: QPainter, family: QFont, colours: Palette) -> None:
        """Write below each view what it is."""
        painter.setPen(QColor(colours.muted))
        font = QFont(family)
        font.setPixelSize(round(11 * self.letters))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        for body, view in zip(self._figure.bodies, ("Front", "Back"), strict=True):
            box = self._transform(body.boundingRect().center()).mapRect(body.boundingRect())
            painter.drawText(QRectF(box.left(), box.bottom() + 3, box.width(), 18), Qt.AlignmentFlag.AlignHCenter, view)

    def _transform(self, place: QPointF) -> QTransform:
        """Return the map from the drawing to the widget for a place in its left half (front) or right half (back)."""
        bounds = self._figure.bounds
        spare = self._size.width() - self.zoom * bounds.width()
        is_right = place.x() > bounds.center().x()
        left = spare / 2 + min(spare / 4, self._widest_spread_px) * (1 if is_right else -1)
        top = (self._size.height() - self._reserved_px - self.zoom * bounds.height()) / 2
        return QTransform().translate(left, top).scale(self.zoom, self.zoom)
