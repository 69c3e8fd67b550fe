"""A picture of where a sensor goes, painted from the recommendation's own numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPaintEvent,
    QPen,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.live_page.body_figure import BodyFigure
from app.theme import Palette
from mia_core.muscles import Muscle, Placement, Side
from mia_core.seniam import ELECTRODE_DISTANCE_MM, ELECTRODE_SIZE_MM, SITES

_MM_PER_UNIT: Final = 3.7
"""The figure is 467 units tall: a person of 1.73 m."""
_FINGER: Final = 3.8
"""A finger's width on the back of a round arm, as it is seen, in units of the figure."""
_MIDLINES: Final = (145.0, 435.0)
"""Of the figure's front and back."""
_LEAST_ELECTRODE_PX: Final = 9.0
"""Electrodes are painted to scale, but never smaller than can be seen."""
_HEADER_PX: Final = 26.0
_MARGIN_PX: Final = 10.0
_GAP_PX: Final = 12.0
_BADGE_PX: Final = 24.0
"""Width of a landmark's letter in its circle, and the space after it."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is shown for a muscle of the figure's left side, in the figure's units.

    Attributes:
        top: Upper border of the detail.
        bottom: Lower border of the detail.
        edge: Outer border of the limb; the names go beyond.
        origin: The site's landmark A.
        end: The site's landmark B.
        belly: Both ends of the muscle's belly, and half its width.
        bones: Each as a width and the points that it runs through; a flat bone returns to its first point.
    """

    top: float
    bottom: float
    edge: float
    origin: QPointF
    end: QPointF
    belly: tuple[QPointF, QPointF, float]
    bones: tuple[tuple[float, tuple[tuple[float, float], ...]], ...]


_SCENES: Final = {
    Muscle.BICEPS: _Scene(
        top=82,
        bottom=192,
        edge=224,
        origin=QPointF(213, 173),
        end=QPointF(190, 93),
        belly=(QPointF(211, 168), QPointF(192, 112), 7.4),
        bones=(
            (3.5, ((150, 86), (166, 88), (180, 90), (192, 91))),  # collarbone
            (5.0, ((190, 93), (196, 97))),  # acromion
            (10.0, ((191.5, 104), (192, 104))),  # head of the humerus
            (5.0, ((194, 106), (202, 134), (212, 166))),
            (5.5, ((208.5, 170), (217.5, 167))),
            (3.6, ((219, 174), (226, 196))),  # radius
            (3.6, ((211, 175), (218, 196))),  # ulna
        ),
    ),
    Muscle.TRICEPS: _Scene(
        top=82,
        bottom=192,
        edge=352,
        origin=QPointF(389, 95),
        end=QPointF(367, 174),
        belly=(QPointF(378, 108), QPointF(363, 166), 4.4),
        bones=(
            (3.5, ((417, 107), (402, 100), (389, 95))),  # spine of the shoulder blade
            (2.0, ((417, 107), (414, 126), (412, 141), (404, 130), (395, 106), (417, 107))),  # its blade
            (5.0, ((388, 95), (382, 97))),  # acromion
            (10.0, ((386, 105), (386.5, 105))),  # head of the humerus
            (5.0, ((384, 107), (376, 138), (366, 167))),
            (5.5, ((361, 167), (370, 171))),
            (6.0, ((367, 173), (367, 174.5))),  # olecranon
            (3.6, ((367, 175), (360, 198))),  # ulna
            (3.6, ((358.5, 174), (351, 198))),  # radius
        ),
    ),
    Muscle.QUADRICEPS: _Scene(
        top=198,
        bottom=369,
        edge=194,
        origin=QPointF(177, 214),
        end=QPointF(174, 349),
        belly=(QPointF(186, 238), QPointF(171.5, 345), 8.0),
        bones=(
            (3.0, ((154, 214), (160, 205), (169, 202), (176, 206), (177, 214), (173, 226), (164, 232), (154, 214))),
            (5.0, ((166, 233), (156, 238), (147, 241), (151, 249), (157, 253), (166, 241))),  # hip bone
            (10.0, ((168.5, 236), (169, 236))),  # head of the femur
            (6.0, ((170, 237), (181, 242))),
            (6.0, ((181, 242), (176, 280), (169, 332))),
            (9.0, ((163.5, 340), (172.5, 340))),
            (9.0, ((164, 358), (172, 358))),  # tibia
            (6.0, ((167, 358), (168, 380))),
            (2.6, ((174.5, 360), (175, 380))),  # fibula
        ),
    ),
    Muscle.HAMSTRINGS: _Scene(
        top=198,
        bottom=369,
        edge=386,
        origin=QPointF(417, 255),
        end=QPointF(403.5, 357),
        belly=(QPointF(417, 258), QPointF(403.5, 355), 7.0),
        bones=(
            (9.0, ((435, 206), (435, 216))),  # sacrum
            (5.0, ((435, 218), (435, 230))),
            (3.0, ((429, 214), (420, 205), (411, 202), (404, 206), (403, 214), (408, 227), (418, 232), (429, 214))),
            (6.0, ((415, 233), (420, 242), (417, 254))),  # hip bone, down to the sitting bone
            (8.0, ((417, 253), (417, 255))),
            (10.0, ((411, 236), (411.5, 236))),  # head of the femur
            (6.0, ((410, 237), (399, 242))),
            (6.0, ((399, 242), (404, 280), (411, 332))),
            (9.0, ((407, 341), (416, 341))),
            (9.0, ((407, 357), (416, 357))),  # tibia
            (6.0, ((412, 358), (411, 380))),
            (2.6, ((404.5, 362), (404, 380))),  # fibula
        ),
    ),
}


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
    site, scene = SITES[placement.muscle], _SCENES[placement.muscle]
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
    centre = mark + across * (site.fingers_outwards * _FINGER * scale)
    turn = math.radians(site.turned_deg)
    along = down * math.cos(turn) - across * math.sin(turn)
    electrode_px = max(ELECTRODE_SIZE_MM / _MM_PER_UNIT * scale, _LEAST_ELECTRODE_PX)
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


def _detail(placement: Placement, scene: _Scene, outwards: int, size: QSizeF, column: float) -> QTransform:
    """Return the way from the figure to the picture: the limb beside the column of names."""
    scale = (size.height() - _HEADER_PX - _MARGIN_PX) / (scene.bottom - scene.top)
    midline = _MIDLINES[0 if placement.muscle.is_front else 1]
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
        self.update()

    def set_look(self, colours: Palette) -> None:
        """Paint in another theme."""
        self._colours = colours
        self.update()

    @property
    def arrangement(self) -> Arrangement | None:
        """Where everything is painted now, None without a placement."""
        return (
            arrange(self._placement, QSizeF(self.size()), self._font(12, QFont.Weight.DemiBold))
            if self._placement is not None
            else None
        )

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
        scene = _SCENES[placement.muscle]
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
        painter.fillPath(places.to_pixels.map(_bones(scene)), _sheer(self._colours.text, 0.17))
        painter.fillPath(places.to_pixels.map(_spindle(*scene.belly)), _sheer(self._colours.error, 0.36))
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


def _spindle(start: QPointF, end: QPointF, half_width: float) -> QPainterPath:
    """Return a muscle's belly: thick in the middle, pointed at both ends."""
    along = end - start
    across = _unit(QPointF(-along.y(), along.x())) * (half_width * 4 / 3)
    path = QPainterPath(start)
    path.cubicTo(start + along * 0.2 + across, end - along * 0.2 + across, end)
    path.cubicTo(end - along * 0.2 - across, start + along * 0.2 - across, start)
    return path


def _bones(scene: _Scene) -> QPainterPath:
    """Return the outlines of the bones."""
    outlines = QPainterPath()
    stroker = QPainterPathStroker()
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for width, points in scene.bones:
        line = QPainterPath(QPointF(*points[0]))
        for point in points[1:]:
            line.lineTo(*point)
        if points[-1] == points[0]:
            outlines = outlines.united(line)
        stroker.setWidth(width)
        outlines = outlines.united(stroker.createStroke(line))
    return outlines


def _sheer(colour: str, alpha: float) -> QColor:
    """Return a colour that lets what is below shine through."""
    sheer = QColor(colour)
    sheer.setAlphaF(alpha)
    return sheer
