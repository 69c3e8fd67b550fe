"""Paints a person's skeleton and muscles over the image."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.live_page.hatching import paint_unknown
from app.theme import OVER_IMAGE_HALO, OVER_IMAGE_LINE, OVER_IMAGE_UNKNOWN
from mia_core.colour_scale import ColourScale
from mia_core.muscle_shapes import Points, muscle_polygon
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, MuscleActivation, Pose
from mia_core.skeleton import BONES, INDEX, LIMB_JOINTS

MUSCLE_ALPHA: Final = 205
_JOINT_PX: Final = 3.2
_SMALL_JOINT_PX: Final = 1.8
_LARGE_JOINTS: Final = frozenset((*LIMB_JOINTS, INDEX["neck"], INDEX["mid_hip"]))


def paint_muscles(
    painter: QPainter, pose: Pose, activation: MuscleActivation | None, scale: ColourScale, to_view: Points
) -> None:
    """Paint the eight muscles on the limbs, hatched where there is no value.

    Args:
        painter: On the view.
        pose: The person, in pixels of the image.
        activation: The values; None when there are none yet.
        scale: The colour scale.
        to_view: (2, 3) affine map from image pixels to the view, the mirror included.
    """
    values = activation.values if activation is not None else np.full(len(MONTAGE), np.nan, np.float32)
    outline = QPen(QColor(OVER_IMAGE_LINE if scale.starts_dark else OVER_IMAGE_HALO), 1.6)
    unknown, line = QColor(OVER_IMAGE_HALO), QColor(OVER_IMAGE_UNKNOWN)
    unknown.setAlpha(70)
    for placement, value, rgb in zip(MONTAGE.placements, values, scale.rgb(values), strict=True):
        points = muscle_polygon(placement, pose.keypoints_px)
        if not len(points):
            continue
        polygon = QPolygonF([QPointF(x, y) for x, y in _map(points, to_view).tolist()])
        if np.isnan(value):
            path = QPainterPath()
            path.addPolygon(polygon)
            paint_unknown(painter, path, unknown, line)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            red, green, blue = rgb.tolist()
            painter.setBrush(QColor(red, green, blue, MUSCLE_ALPHA))
        painter.setPen(outline)
        painter.drawPolygon(polygon)


def paint_skeleton(painter: QPainter, pose: Pose, to_view: Points) -> None:
    """Paint bones and joints; known ones solid with a halo, unknown ones faint and hollow."""
    points = _map(pose.keypoints_px, to_view)
    known = pose.known
    solid: list[QLineF] = []
    faint: list[QLineF] = []
    for a, b in BONES:
        line = QLineF(*points[a], *points[b])
        (solid if known[a] and known[b] else faint).append(line)
    halo, white, pale = QColor(OVER_IMAGE_HALO), QColor(OVER_IMAGE_LINE), QColor(OVER_IMAGE_UNKNOWN)
    halo.setAlpha(130)
    pale.setAlpha(120)
    for pen, lines in (  # flat caps: round ones are four times as slow, and the joints cover the ends
        (QPen(pale, 1.0, Qt.PenStyle.DotLine), faint),
        (QPen(halo, 4.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap), solid),
        (QPen(white, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap), solid),
    ):
        painter.setPen(pen)
        painter.drawLines(lines)
    for index, (is_known, point) in enumerate(zip(known, points, strict=True)):
        radius = _JOINT_PX if index in _LARGE_JOINTS else _SMALL_JOINT_PX  # a face has five in little room
        painter.setPen(QPen(halo if is_known else pale, 1.2))
        painter.setBrush(white if is_known else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(*point), radius, radius)


def _map(points: Points | Floats, to_view: Points) -> Points:
    return np.asarray(points, np.float64) @ to_view[:, :2].T + to_view[:, 2]
