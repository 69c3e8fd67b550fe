"""A picture of where a sensor goes, painted from the recommendation's own numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.body_figure import BodyFigure
from app.sensor_page.limb_scenes import FINGER, MIDLINES, MM_PER_UNIT, SCENES, LimbScene
from app.theme import Palette
from mia_core.muscles import Placement, Side
from mia_core.seniam import ELECTRODE_DISTANCE_MM, ELECTRODE_SIZE_MM, SITES

_LEAST_ELECTRODE_PX: Final = 9.0
"""Electrodes are painted to scale, but never smaller than can be seen."""
_HEADER_PX: Final = 26.0
_MARGIN_PX: Final = 10.0
_GAP_PX: Final = 12.0
_BADGE_PX: Final = 24.0
"""Width of a landmark's letter in its circle, and the space after it."""


@dataclass(frozen=True, slots=True)
class Label:
    """Text beside the limb, and the point it speaks of.

    Attributes:
        letter: The landmark's letter, empty for the electrodes.
        text: The words.
        box: Where they are, the letter left out.
        point: What they name.
    """

    letter: str
    text: str
    box: QRectF
    point: QPointF


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where everything is painted, in pixels of the picture.

    Attributes:
        to_pixels: From the figure's units.
        outwards: 1 when the outside of the limb is on the right of the picture, -1 when on its left.
        origin: Landmark A.
        end: Landmark B.
        mark: The site's share of the line.
        centre: Middle of the electrode pair.
        electrodes: Centres of both electrodes, the upper one first.
        electrode_px: Diameter of an electrode.
        labels: Names of A, B and the electrodes.
    """

    to_pixels: QTransform
    outwards: int
    origin: QPointF
    end: QPointF
    mark: QPointF
    centre: QPointF
    electrodes: tuple[QPointF, QPointF]
    electrode_px: float
    labels: tuple[Label, ...]


def arrange(placement: Placement, size: QSizeF, font: QFont) -> Arrangement:
    """Return where everything of a placement's picture goes.

    Args:
        placement: Which muscle.
        size: Of the picture in pixels.
        font: Of the labels.
    """
    site, scene = SITES[placement.muscle], SCENES[placement.muscle]
    outwards = 1 if (placement.side is Side.LEFT) is placement.muscle.is_front else -1
    column = min(max(0.36 * size.width(), 100.0), 150.0)
    to_pixels = _detail(placement, scene, outwards, size, column)
    scale = to_pixels.m22()

    origin, end = to_pixels.map(scene.origin), to_pixels.map(scene.end)
    mark = origin + (end - origin) * (site.percent / 100)
    down = _unit(end - origin if end.y() > origin.y() else origin - end)
    across = QPointF(-down.y(), down.x())  # at right angles to the line ...
    if across.x() * outwards < 0:
        across = -across  # ... and away from the midline
    centre = mark + across * (site.fingers_outwards * FINGER * scale)
    turn = math.radians(site.turned_deg)
    along = down * math.cos(turn) - across * math.sin(turn)
    electrode_px = max(ELECTRODE_SIZE_MM / MM_PER_UNIT * scale, _LEAST_ELECTRODE_PX)
    half = along * (electrode_px * ELECTRODE_DISTANCE_MM / ELECTRODE_SIZE_MM / 2)

    aside = f", {site.fingers_outwards}\u00a0fingers outwards" if site.fingers_outwards else ""
    texts = (
        ("A", site.origin.name, origin),
        ("B", site.end.name, end),
        ("", f"sensor at {site.percent:.0f}\u00a0%\u00a0from\u00a0A{aside}", centre),
    )
    labels = _labels(texts, size, column, outwards, font)
    return Arrangement(
        to_pixels, outwards, origin, end, mark, centre, (centre - half, centre + half), electrode_px, labels
    )


def _detail(placement: Placement, scene: LimbScene, outwards: int, size: QSizeF, column: float) -> QTransform:
    """Return the way from the figure to the picture: the limb beside the column of names."""
    scale = (size.height() - _HEADER_PX - _MARGIN_PX) / (scene.bottom - scene.top)
    midline = MIDLINES[0 if placement.muscle.is_front else 1]
    edge = scene.edge if placement.side is Side.LEFT else 2 * midline - scene.edge
    edge_px = size.width() - column - _MARGIN_PX - _GAP_PX if outwards > 0 else column + _MARGIN_PX + _GAP_PX
    to_pixels = QTransform(scale, 0, 0, scale, edge_px - scale * edge, _HEADER_PX - scale * scene.top)
    if placement.side is Side.RIGHT:
        to_pixels = QTransform(-1, 0, 0, 1, 2 * midline, 0) * to_pixels
    return to_pixels


def _labels(
    texts: tuple[tuple[str, str, QPointF], ...], size: QSizeF, column: float, outwards: int, font: QFont
) -> tuple[Label, ...]:
    """Return texts in the column, each as near as possible to the height of its point, none over another."""
    metrics = QFontMetricsF(font)
    labels = []
    lowest = _HEADER_PX
    for letter, text, point in sorted(texts, key=lambda item: item[2].y()):
        width = column - _BADGE_PX if letter else column
        left = size.width() - _MARGIN_PX - width if outwards > 0 else _MARGIN_PX
        height = metrics.boundingRect(QRectF(0, 0, width, 1000), Qt.TextFlag.TextWordWrap, text).height()
        top = min(max(point.y() - height / 2, lowest), size.height() - _MARGIN_PX - height)
        labels.append(Label(letter, text, QRectF(left, top, width, height), point))
        lowest = top + height + 6
    return tuple(labels)


def _unit(vector: QPointF) -> QPointF:
    return vector / math.hypot(vector.x(), vector.y())


class PlacementPicture(QWidget):
    """The limb with both landmarks, the line between them, and the electrode pair on it.

    Args:
        figure: The drawing of the body map.
        colours: The theme's colours.
    """

    def __init__(self, figure: BodyFigure, colours: Palette) -> None:
        super().__init__()
        self._figure = figure
        self._colours = colours
        self._placement: Placement | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_placement(self, placement: Placement | None) -> None:
        """Paint another placement."""
        self._placement = placement
        if placement is not None:
            self.setAccessibleName(f"Where the sensor goes on the {placement.label.lower()}")
            self.setAccessibleDescription(SITES[placement.muscle].location)
        self.update()

    def set_look(self, colours: Palette) -> None:
        """Paint in another theme."""
        self._colours = colours
        self.update()

    @property
    def arrangement(self) -> Arrangement | None:
        """Where everything is painted now, None without a placement."""
        if self._placement is None:
            return None
        return arrange(self._placement, QSizeF(self.size()), self._font(12, QFont.Weight.DemiBold))

    def hasHeightForWidth(self) -> bool:  # noqa: N802 (Qt's name)
        """Tell the layout that the height follows the width."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt's name)
        """Return the height that shows a limb well."""
        return round(min(max(1.25 * width, 340.0), 430.0))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return a comfortable size."""
        return QSize(300, self.heightForWidth(300))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the limb, the muscle, line and landmarks, the electrodes, and the names."""
        placement, places = self._placement, self.arrangement
        if placement is None or places is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_limb(painter, placement, places)
        self._paint_line(painter, placement, places)
        self._paint_electrodes(painter, places)
        self._paint_labels(painter, placement, places)

    def _paint_limb(self, painter: QPainter, placement: Placement, places: Arrangement) -> None:
        scene = SCENES[placement.muscle]
        view = 0 if placement.muscle.is_front else 1
        painter.save()
        names = max(label.box.width() for label in places.labels) + _MARGIN_PX
        limb = QRectF(self.rect()).adjusted(0, _HEADER_PX, 0, 0)
        painter.setClipRect(limb.adjusted(0, 0, -names, 0) if places.outwards > 0 else limb.adjusted(names, 0, 0, 0))
        body = places.to_pixels.map(self._figure.bodies[view])
        painter.fillPath(body, QColor(self._colours.body))
        painter.fillPath(places.to_pixels.map(self._figure.plates[view]), QColor(self._colours.plate))
        painter.strokePath(body, QPen(QColor(self._colours.body_line), 1.2))
        painter.setClipPath(body, Qt.ClipOperation.IntersectClip)
        for bone in scene.bone_paths():
            outline = places.to_pixels.map(bone)
            painter.fillPath(outline, _mixed(self._colours.body, self._colours.reference, 0.3))
            painter.strokePath(outline, QPen(_mixed(self._colours.body, self._colours.reference, 0.55), 1))
        painter.fillPath(places.to_pixels.map(scene.belly_path()), _sheer(self._colours.error, 0.36))
        painter.restore()

    def _paint_line(self, painter: QPainter, placement: Placement, places: Arrangement) -> None:
        pen = QPen(QColor(self._colours.text), 1.6, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(places.origin, places.end)
        if SITES[placement.muscle].fingers_outwards:
            painter.setPen(QPen(QColor(self._colours.text), 1.6))
            painter.drawLine(places.mark, places.centre)
        painter.setPen(QPen(QColor(self._colours.surface), 1.5))
        painter.setBrush(QColor(self._colours.text))
        for point in (places.origin, places.end):
            painter.drawEllipse(point, 5.5, 5.5)

    def _paint_electrodes(self, painter: QPainter, places: Arrangement) -> None:
        painter.setPen(QPen(QColor(self._colours.surface), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(*places.electrodes)
        painter.setPen(QPen(QColor(self._colours.accent), 2.5))
        painter.drawLine(*places.electrodes)
        painter.setPen(QPen(QColor(self._colours.surface), 1.5))
        painter.setBrush(QColor(self._colours.accent))
        for electrode in places.electrodes:
            painter.drawEllipse(electrode, places.electrode_px / 2 + 0.75, places.electrode_px / 2 + 0.75)

    def _paint_labels(self, painter: QPainter, placement: Placement, places: Arrangement) -> None:
        align = Qt.AlignmentFlag.AlignLeft if places.outwards > 0 else Qt.AlignmentFlag.AlignRight
        for label in places.labels:
            inner = label.box.left() if places.outwards > 0 else label.box.right()
            badge = QPointF(inner - 14 * places.outwards, label.box.center().y())
            start = badge if label.letter else badge + QPointF(10 * places.outwards, 0)
            painter.setPen(QPen(QColor(self._colours.muted), 1))
            painter.drawLine(start, label.point + _unit(start - label.point) * 8)
            if label.letter:
                self._paint_letter(painter, label.letter, badge)
            painter.setFont(self._font(12, QFont.Weight.Normal if label.letter else QFont.Weight.DemiBold))
            painter.setPen(QColor(self._colours.text if label.letter else self._colours.accent))
            painter.drawText(label.box, Qt.TextFlag.TextWordWrap | align, label.text)
        limb = "arm" if placement.muscle.is_arm else "leg"
        view = "the front" if placement.muscle.is_front else "behind"
        painter.setFont(self._font(12))
        painter.setPen(QColor(self._colours.muted))
        row = QRectF(0, 0, self.width(), _HEADER_PX)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, f"{placement.side.capitalize()} {limb} from {view}")

    def _paint_letter(self, painter: QPainter, letter: str, middle: QPointF) -> None:
        painter.setFont(self._font(11, QFont.Weight.Bold))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.text))
        painter.drawEllipse(middle, 9, 9)
        painter.setPen(QColor(self._colours.surface))
        painter.drawText(QRectF(middle.x() - 10, middle.y() - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, letter)

    def _font(self, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixels)
        font.setWeight(weight)
        return font


def _sheer(colour: str, alpha: float) -> QColor:
    """Return a colour that lets what is below shine through."""
    sheer = QColor(colour)
    sheer.setAlphaF(alpha)
    return sheer


def _mixed(first: str, second: str, share: float) -> QColor:
    """Return the colour at a share of the way from the first to the second."""
    a, b = QColor(first), QColor(second)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(start + (end - start) * share) for start, end in pairs))
