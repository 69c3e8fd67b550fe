"""Hides a person's face in pictures before anything of them is kept."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.opencv import cv2
from mia_core.samples import Floats, Frame, Image, Pose
from mia_core.skeleton import INDEX

PATIENCE_S: Final = 0.5
"""A frame waits at most so long after its capture for a look at the person in it."""
FRESH_S: Final = 0.25
"""Poses further from a frame than this say nothing about it."""
REMEMBERED: Final = 64
FACE_CELLS: Final = 5
"""What is left of a face: as many grey cells across."""
PICTURE_CELLS: Final = 24
"""What is left of a picture in which nobody knows where the face is: as many cells across."""
_HEAD: Final = [INDEX[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
_NOSE, _NECK, _MID_HIP = INDEX["nose"], INDEX["neck"], INDEX["mid_hip"]
_LEAST_OF_HEIGHT: Final = 0.04


class FaceBlur:
    """Covers the head of the one person who is followed; other people in the picture are not known and not covered.

    A frame waits until the pose estimator has seen it or a later one. Both heads, the one before and the one after,
    are covered with a wide margin. Where the estimator found nobody, is not sure of the head, or does not keep up, the
    whole picture is reduced to a few cells: what is unknown is hidden.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._known = threading.Condition()
        self._poses: deque[tuple[float, Pose | None]] = deque(maxlen=REMEMBERED)

    def note(self, timestamp_s: float, pose: Pose | None) -> None:
        """Take what was found in the frame of a time, None for nobody; from any thread, in order."""
        with self._known:
            self._poses.append((timestamp_s, pose))
            self._known.notify_all()

    def hidden(self, frame: Frame) -> Image:
        """Return the picture of a frame with the face covered; waits until the person in it is known, 0.5 s at most."""
        with self._known:
            self._known.wait_for(
                lambda: self._is_known(frame.timestamp_s),
                max(frame.captured_s + PATIENCE_S - self._clock.now(), 0.0),
            )
            poses = self._around(frame.timestamp_s)
        heads = None if poses is None else [_head(pose, frame.image.shape[0]) for pose in poses]
        if heads is None or None in heads:
            return _cells(frame.image, PICTURE_CELLS)
        return _cover(frame.image, [head for head in heads if head is not None])

    def _is_known(self, timestamp_s: float) -> bool:
        return bool(self._poses) and self._poses[-1][0] >= timestamp_s

    def _around(self, timestamp_s: float) -> list[Pose] | None:
        """Return the poses next to a time, before and after it; None when one is missing, old, or found nobody."""
        before = [entry for entry in self._poses if entry[0] <= timestamp_s][-1:]
        if before and before[0][0] == timestamp_s:
            found = before
        else:
            found = before + [entry for entry in self._poses if entry[0] > timestamp_s][:1]
            if len(found) < 2:
                return None
        poses = [pose for at_s, pose in found if pose is not None and abs(at_s - timestamp_s) <= FRESH_S]
        return poses if len(poses) == len(found) else None


def _head(pose: Pose, height_px: int) -> tuple[float, float, float] | None:
    """Return centre x, y and radius in pixels of a head with a wide margin, None when it is not known."""
    known, points = pose.known, pose.keypoints_px.astype(np.float64)
    places = [place for place in _HEAD if known[place]]
    if not known[_NOSE] or not known[_NECK] or len(places) < 3:
        return None
    centre = points[places].mean(axis=0)
    reaches = [
        2.2 * float(np.linalg.norm(points[places] - centre, axis=1).max()),
        0.9 * float(np.linalg.norm(points[_NOSE] - points[_NECK])),
        _LEAST_OF_HEIGHT * height_px,
    ]
    if known[_MID_HIP]:  # somebody who bends forward hides neck and width of the head, not the trunk
        reaches.append(0.4 * float(np.linalg.norm(points[_MID_HIP] - points[_NECK])))
    return float(centre[0]), float(centre[1]), max(reaches)


def _cover(image: Image, heads: list[tuple[float, float, float]]) -> Image:
    """Return a copy in which what lies in or between the heads is reduced to a few cells."""
    circles = [_circle(*head) for head in heads]
    outline = cv2.convexHull(np.concatenate(circles).astype(np.float32)).reshape(-1, 2)
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(outline.min(axis=0)), 0, (width, height)).astype(int)
    right, bottom = np.clip(np.ceil(outline.max(axis=0)) + 1, 0, (width, height)).astype(int)
    covered = image.copy()
    if right <= left or bottom <= top:
        return covered
    patch = covered[top:bottom, left:right]
    mask = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline - (left, top)).astype(np.int32)], 255)
    cv2.copyTo(_cells(patch, FACE_CELLS), mask, patch)
    return covered


def _circle(x: float, y: float, radius: float) -> Floats:
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle: Floats = np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1).astype(np.float32)
    return circle


def _cells(image: Image, n_across: int) -> Image:
    """Return the picture as so many even cells across its longer side, each the mean of what was there."""
    height, width = image.shape[:2]
    scale = n_across / max(height, width)
    few = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(np.ascontiguousarray(image), few, interpolation=cv2.INTER_AREA)
    cells: Image = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return cells
