"""Paints a person's skeleton and muscles over the image."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.live_page.hatching import dots_within, paint_dots, paint_unknown
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
    painter: QPainter,
    pose: Pose,
    activation: MuscleActivation | None,
    scale: ColourScale,
    to_view: Points,
    low_confidence: Collection[str] = (),
) -> None:
    """Paint the eight muscles on the limbs, hatched where there is no value, dotted where the model is hardly right.

    Args:
        painter: On the view.
        pose: The person, in pixels of the image.
        activation: The values; None when there are none yet.
        scale: The colour scale.
        to_view: (2, 3) affine map from image pixels to the view, the mirror included.
        low_confidence: Names of the muscles that get dots.
    """
    values = activation.values if activation is not None else np.full(len(MONTAGE), np.nan, np.float32)
    outline = QPen(QColor(OVER_IMAGE_LINE if scale.starts_dark else OVER_IMAGE_HALO), 1.2)
    unknown, line = QColor(OVER_IMAGE_HALO), QColor(OVER_IMAGE_UNKNOWN)
    unknown.setAlpha(70)
    for placement, value, rgb in zip(MONTAGE.placements, values, scale.rgb(values), strict=True):
        points = muscle_polygon(placement, pose.keypoints_px)
        if not len(points):
            continue
        polygon = QPolygonF([QPointF(x, y) for x, y in _map(points, to_view).tolist()])
        path = QPainterPath()
        path.addPolygon(polygon)
        if np.isnan(value):
            paint_unknown(painter, path, unknown, line)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            red, green, blue = rgb.tolist()
            painter.setBrush(QColor(red, green, blue, MUSCLE_ALPHA))
        painter.setPen(outline)
        painter.drawPolygon(polygon)
        if placement.name in low_confidence and not np.isnan(value):
            dots = dots_within(path, path.boundingRect().center())
            paint_dots(painter, dots, on_any_colour=scale.starts_dark)


def paint_skeleton(painter: QPainter, pose: Pose, to_view: Points) -> None:
    """Paint bones and joints; known ones solid with a halo, unknown ones faint and small."""
    points = [QPointF(x, y) for x, y in _map(pose.keypoints_px, to_view).tolist()]
    known = pose.known.tolist()
    solid = [QLineF(points[a], points[b]) for a, b in BONES if known[a] and known[b]]
    faint = [QLineF(points[a], points[b]) for a, b in BONES if not (known[a] and known[b])]
    halo, white, pale = QColor(OVER_IMAGE_HALO), QColor(OVER_IMAGE_LINE), QColor(OVER_IMAGE_UNKNOWN)
    halo.setAlpha(130)
    pale.setAlpha(120)
    for pen, lines in (  # flat caps: round ones are four times as slow, and the joints cover the ends
        (QPen(pale, 1.0, Qt.PenStyle.DotLine), faint),
        (QPen(halo, 4.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap), solid),
        (QPen(white, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap), solid),
    ):
        if lines:
            painter.setPen(pen)
            painter.drawLines(lines)
    large = [points[i] for i in range(len(points)) if known[i] and i in _LARGE_JOINTS]
    small = [points[i] for i in range(len(points)) if known[i] and i not in _LARGE_JOINTS]  # a face has five
    unknown = [point for point, is_known in zip(points, known, strict=True) if not is_known]
    # Points with a round pen are discs, all of one kind in one call: a third of the time of single ellipses.
    for colour, diameter, discs in (
        (halo, 2 * _JOINT_PX + 1.2, large),
        (white, 2 * _JOINT_PX - 1.2, large),
        (halo, 2 * _SMALL_JOINT_PX + 1.2, small),
        (white, 2 * _SMALL_JOINT_PX - 0.6, small),
        (pale, 2 * _SMALL_JOINT_PX, unknown),
    ):
        if discs:
            painter.setPen(QPen(colour, diameter, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(discs)


def _map(points: Points | Floats, to_view: Points) -> Points:
    return np.asarray(points, np.float64) @ to_view[:, :2].T + to_view[:, 2]
