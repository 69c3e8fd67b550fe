"""The detail of the body map on which a placement is explained: landmarks, bones and the muscle's belly.

Our own drawing, in the units of the figure of the body map and for its left side; the right one is its mirror image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker

from mia_core.muscles import Muscle

MM_PER_UNIT: Final = 3.7
"""The figure is 467 units tall: a person of 1.73 m."""
FINGER: Final = 3.8
"""A finger's width on the back of a round arm, as it is seen."""
MIDLINES: Final = (145.0, 435.0)
"""Of the figure's front and back."""

Stroke = tuple[float, tuple[tuple[float, float], ...]]
"""A width, and the points that it runs through; it is filled when it returns to the first."""


@dataclass(frozen=True, slots=True)
class LimbScene:
    """What is shown for a muscle.

    Attributes:
        top: Upper border of the detail.
        bottom: Lower border of the detail.
        edge: Outer border of the limb; the names go beyond.
        origin: Landmark A of the muscle's site.
        end: Landmark B.
        belly: Both ends of the muscle's belly, and half its width.
        bones: Each as strokes that are merged.
    """

    top: float
    bottom: float
    edge: float
    origin: QPointF
    end: QPointF
    belly: tuple[QPointF, QPointF, float]
    bones: tuple[tuple[Stroke, ...], ...]

    def belly_path(self) -> QPainterPath:
        """Return the belly: thick in the middle, pointed at both ends."""
        start, end, half_width = self.belly
        along = end - start
        across = QPointF(-along.y(), along.x()) * (half_width * 4 / 3 / math.hypot(along.x(), along.y()))
        path = QPainterPath(start)
        path.cubicTo(start + along * 0.2 + across, end - along * 0.2 + across, end)
        path.cubicTo(end - along * 0.2 - across, start + along * 0.2 - across, start)
        return path

    def bone_paths(self) -> tuple[QPainterPath, ...]:
        """Return the outlines of the bones, those behind first."""
        return tuple(_merged(bone) for bone in self.bones)


def _merged(strokes: tuple[Stroke, ...]) -> QPainterPath:
    outline = QPainterPath()
    stroker = QPainterPathStroker()
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for width, points in strokes:
        line = QPainterPath(QPointF(*points[0]))
        for point in points[1:]:
            line.lineTo(*point)
        stroker.setWidth(width)
        outline = outline.united(stroker.createStroke(line))
        if points[-1] == points[0]:
            outline = outline.united(line)
    return outline.simplified()


SCENES: Final = {
    Muscle.BICEPS: LimbScene(
        top=82,
        bottom=192,
        edge=224,
        origin=QPointF(213, 173),
        end=QPointF(190, 93),
        belly=(QPointF(211, 168), QPointF(192, 112), 7.4),
        bones=(
            ((3.6, ((218.5, 174), (226, 200))), (5.0, ((218, 174), (218.5, 175)))),  # radius
            ((3.6, ((211.5, 175), (219, 200))), (5.0, ((211, 174), (211.5, 176)))),  # ulna
            (  # humerus
                (10.0, ((191.5, 104), (192, 104))),
                (5.0, ((194, 106), (202, 134), (212, 166))),
                (5.0, ((207.5, 170.5), (212, 168), (217.5, 167))),
            ),
            ((5.0, ((189.5, 93), (193, 94), (196, 97))),),  # acromion
            ((3.2, ((150, 86), (158, 88), (168, 87), (180, 90), (188, 91.5))),),  # collarbone
        ),
    ),
    Muscle.TRICEPS: LimbScene(
        top=82,
        bottom=192,
        edge=352,
        origin=QPointF(389, 95),
        end=QPointF(367, 174),
        belly=(QPointF(378, 108), QPointF(363, 166), 4.4),
        bones=(
            (  # humerus
                (10.0, ((386, 105), (386.5, 105))),
                (5.0, ((384, 107), (376, 138), (366, 167))),
                (5.0, ((360.5, 167), (366, 168), (370.5, 170.5))),
            ),
            (  # shoulder blade with its spine, which ends as the acromion
                (2.0, ((417, 107), (414, 126), (412, 141), (404, 130), (395, 106), (417, 107))),
                (3.0, ((417, 107), (402, 100), (389, 95))),
                (5.0, ((388, 95), (385, 95), (382, 97))),
            ),
            ((3.6, ((358.5, 174), (351, 200))), (5.0, ((359, 173), (358.5, 175)))),  # radius
            ((6.0, ((367, 173), (367, 174.5))), (3.6, ((367, 175), (360, 200)))),  # ulna, with the olecranon
        ),
    ),
    Muscle.QUADRICEPS: LimbScene(
        top=198,
        bottom=369,
        edge=194,
        origin=QPointF(177, 214),
        end=QPointF(173.5, 349),
        belly=(QPointF(186, 238), QPointF(171.5, 343), 8.0),
        bones=(
            (  # hip bone
                (
                    3.0,
                    (
                        (154, 216), (156, 209), (160, 204), (166, 201.5), (172, 203), (176, 208), (177, 214),
                        (175, 220), (172, 227), (165, 232), (158, 225), (154, 216),
                    ),
                ),
                (5.0, ((167, 232), (156, 238), (147.5, 241), (151, 249), (157, 252), (166, 239))),
            ),
            (  # femur
                (10.0, ((168.5, 236), (169, 236))),
                (6.0, ((170, 237), (181, 242), (181, 246), (176, 285), (169, 336))),
                (10.0, ((163.5, 339), (171.5, 339))),
            ),
            ((2.8, ((175, 361), (175.5, 384))),),  # fibula
            ((9.0, ((163.5, 357), (172, 357))), (6.5, ((167, 358), (168, 384)))),  # tibia
            ((12.0, ((167.5, 346.5), (167.5, 350))),),  # kneecap
        ),
    ),
    Muscle.HAMSTRINGS: LimbScene(
        top=198,
        bottom=369,
        edge=386,
        origin=QPointF(417, 255),
        end=QPointF(403.5, 357),
        belly=(QPointF(417, 258), QPointF(403.5, 355), 7.0),
        bones=(
            ((2.8, ((404.5, 361), (404, 384))), (4.5, ((404.5, 361), (404.5, 362)))),  # fibula
            (  # femur
                (10.0, ((411, 236), (411.5, 236))),
                (6.0, ((410, 237), (399, 242), (399, 246), (404, 285), (411, 336))),
                (10.0, ((408, 340), (416, 340))),
            ),
            (  # hip bone, down to the sitting bone
                (
                    3.0,
                    (
                        (428, 216), (426, 209), (421, 204), (415, 201.5), (408, 203), (404, 208), (403, 214),
                        (405, 220), (408, 227), (415, 232), (422, 226), (428, 216),
                    ),
                ),
                (5.5, ((414, 232), (419, 242), (417, 254))),
                (8.0, ((417, 253), (417, 255))),
            ),
            ((9.0, ((435, 206), (435, 214))), (5.0, ((435, 216), (435, 231)))),  # sacrum
            ((9.0, ((407.5, 356.5), (416, 356.5))), (6.5, ((412, 358), (411, 384)))),  # tibia
        ),
    ),
}  # fmt: skip
