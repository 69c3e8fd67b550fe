"""Draw skeleton and muscles onto a frame, without a window system."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mia_core.colour_scale import PAPER, ColourScale
from mia_core.muscle_shapes import muscle_polygon
from mia_core.muscles import MONTAGE
from mia_core.opencv import cv2
from mia_core.samples import Image, MuscleActivation, Pose
from mia_core.skeleton import BONES

OPACITY = 0.8
UNKNOWN_BGR = (150, 150, 150)
BONE_BGR = (235, 235, 235)
OUTLINE_BGR = (40, 40, 40)
TEXT_BGR = (255, 255, 255)
STRIP = 0.05
"""Height of the caption over that of the picture; less where the picture is narrow."""
_SUBPIXEL_BITS = 3


class OverlayPainter:
    """Paints onto copies of frames.

    Args:
        scale: The colours of activation.
        caption: A line at the bottom that says what the colours are.
    """

    def __init__(self, scale: ColourScale = PAPER, caption: str = "") -> None:
        self._scale = scale
        self._caption = caption

    def paint(self, image: Image, pose: Pose | None, activation: MuscleActivation | None) -> Image:
        """Return a copy of the image with the person's bones and muscles; unknown muscles are hatched."""
        canvas = image.copy()
        thickness = max(1, round(min(canvas.shape[:2]) / 240))
        if pose is not None:
            self._bones(canvas, pose, thickness)
            if activation is not None:
                self._muscles(canvas, pose, activation, thickness)
        if self._caption:
            self._write_caption(canvas)
        return canvas

    def _bones(self, canvas: Image, pose: Pose, thickness: int) -> None:
        """Draw what is known; a bone with an unknown end is left out."""
        known = pose.known
        points = _fixed_point(pose.keypoints_px)
        for a, b in BONES:
            if known[a] and known[b]:
                cv2.line(canvas, points[a], points[b], OUTLINE_BGR, thickness + 2, cv2.LINE_AA, _SUBPIXEL_BITS)
                cv2.line(canvas, points[a], points[b], BONE_BGR, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)

    def _muscles(self, canvas: Image, pose: Pose, activation: MuscleActivation, thickness: int) -> None:
        colours = self._scale.rgb(activation.values)
        for placement, value, rgb in zip(MONTAGE.placements, activation.values, colours, strict=True):
            outline = muscle_polygon(placement, pose.keypoints_px)
            if len(outline) == 0:
                continue
            left, top = np.floor(outline.min(axis=0)).astype(int) - thickness
            right, bottom = np.ceil(outline.max(axis=0)).astype(int) + thickness + 1
            left, top = max(left, 0), max(top, 0)
            patch = canvas[top:bottom, left:right]
            if right <= left or bottom <= top or patch.size == 0:
                continue
            polygon = np.array(_fixed_point(outline - [left, top]), np.int32)
            if np.isnan(value):
                _hatch(patch, polygon, thickness)
            else:
                _fill(patch, polygon, tuple(int(channel) for channel in rgb[::-1]))
            cv2.polylines(patch, [polygon], True, OUTLINE_BGR, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)

    def _write_caption(self, canvas: Image) -> None:
        """Write the caption and the colours' meaning on a dark strip at the bottom."""
        height, width = canvas.shape[:2]
        strip = canvas[height - max(12, round(min(STRIP * height, width / 27))) :]
        strip[:] = strip // 4
        tall = strip.shape[0]
        size, line = tall / 40, round(0.68 * tall)
        legend = f"0-{100 * self._scale.full_scale:.0f} % of max"
        left, right = tall // 3, width - round(8.5 * tall)
        (long, _), _ = cv2.getTextSize(self._caption, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
        fitting = size * min(1.0, (right - 2 * left) / max(long, 1))
        for text, x, scale in ((self._caption, left, fitting), (legend, right, size)):
            cv2.putText(strip, text, (x, line), cv2.FONT_HERSHEY_SIMPLEX, scale, TEXT_BGR, 1, cv2.LINE_AA)
        bar = strip[tall // 4 : -tall // 4, width - round(3.2 * tall) : width - tall // 3]
        bar[:] = self._scale.rgb(np.linspace(0, self._scale.full_scale, bar.shape[1]))[None, :, ::-1]


def _fixed_point(points: NDArray[np.floating]) -> list[tuple[int, int]]:
    """Return points in OpenCV's fixed-point form, clipped so that a wild one can't overflow."""
    fixed = np.rint(np.clip(np.nan_to_num(points), -1e5, 1e5) * (1 << _SUBPIXEL_BITS)).astype(int)
    return [(int(x), int(y)) for x, y in fixed]


def _fill(patch: Image, polygon: NDArray[np.int32], bgr: tuple[int, ...]) -> None:
    filled = patch.copy()
    cv2.fillPoly(filled, [polygon], bgr, cv2.LINE_AA, _SUBPIXEL_BITS)
    patch[:] = cv2.addWeighted(filled, OPACITY, patch, 1 - OPACITY, 0)


def _hatch(patch: Image, polygon: NDArray[np.int32], thickness: int) -> None:
    height, width = patch.shape[0], patch.shape[1]
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [polygon], 255, shift=_SUBPIXEL_BITS)
    lines = patch.copy()
    for x in range(-height, width, 4 * thickness + 3):
        cv2.line(lines, (x, height), (x + height, 0), UNKNOWN_BGR, thickness, cv2.LINE_AA)
    cv2.copyTo(lines, mask, patch)
