"""Undo what a detector does when it takes the left side for the right one.

For a moment, mostly when a person turns or a leg passes before the other, detectors exchange the sides of legs or arms.
A network that is told so says that the other leg works. No body turns as fast as the line between the hips does then.

In the picture the line of somebody who turns comes to point the other way, too. But it is short then, the shorter the
less time there is for the turn. How long a line is, compared with how wide a body is, tells how far it is turned, and
so the least turn in space that explains both frames, whatever the rate at which they come.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats
from mia_core.skeleton import INDEX, MIRROR, N_KEYPOINTS

MAX_TURN_DEG_S: Final = 600.0
"""Between two frames hips (or shoulders) turn faster than this only when sides were exchanged."""
MAX_HELD_S: Final = 1.0
"""After so long in exchanged sides the detector is believed: it may have been wrong before."""
_LEAST_LENGTH: Final = 0.12
"""Shorter lines, in torso lengths, have no direction that could be trusted: the person is seen from the side."""
_PARTS: Final = (("hip", "knee", "ankle", "heel", "big_toe", "small_toe"), ("shoulder", "elbow", "wrist"))
"""What is exchanged together: legs, arms. The first of each spans the line."""
_WIDTHS: Final = np.array([0.45, 0.8])
"""How long each line is, in torso lengths, when a broad person is seen from the front. Too wide is the safe side."""


def _exchange(names: tuple[str, ...]) -> NDArray[np.intp]:
    order = np.arange(N_KEYPOINTS)
    moved = [INDEX[f"{side}_{name}"] for side in ("left", "right") for name in names]
    order[moved] = np.asarray(MIRROR)[moved]
    return order


_ORDERS: Final = np.stack([_exchange(names) for names in _PARTS])  # (part, 25)
_ENDS: Final = np.array([[INDEX[f"right_{names[0]}"], INDEX[f"left_{names[0]}"]] for names in _PARTS])  # (part, 2)


class SideGuard:
    """Watches people frame by frame and puts exchanged sides right.

    Args:
        n: How many people, each on its own.
    """

    def __init__(self, n: int = 1) -> None:
        self._lines: Floats | None = None  # (part, n, 2) of the frame before, as given out
        self._last_s = np.zeros(n)
        self._since_s = np.full((len(_PARTS), n), np.inf)
        """When each part began to be exchanged; infinite while it is not."""

    def push(
        self, keypoints_px: Floats, confidence: Floats, timestamps_s: NDArray[np.floating]
    ) -> tuple[Floats, Floats]:
        """Add everybody's next frame.

        Args:
            keypoints_px: (n, 25, 2) pixels.
            confidence: (n, 25).
            timestamps_s: (n,) of the frames.

        Returns:
            Both, with sides put right.
        """
        lines = _lines(keypoints_px)  # (part, n, 2)
        exchanged = np.isfinite(self._since_s)
        self._since_s[exchanged & (timestamps_s - self._since_s > MAX_HELD_S)] = np.inf
        lines = np.where(np.isfinite(self._since_s)[..., np.newaxis], -lines, lines)
        if self._lines is not None:
            expired = exchanged & ~np.isfinite(self._since_s)
            flipped = _turned(self._lines, lines, _torso_px(keypoints_px), timestamps_s - self._last_s) & ~expired
            self._since_s = np.where(flipped, np.where(np.isfinite(self._since_s), np.inf, timestamps_s), self._since_s)
            lines = np.where(flipped[..., np.newaxis], -lines, lines)
        self._lines, self._last_s = lines, np.asarray(timestamps_s, np.float64)
        for part, order in enumerate(_ORDERS):
            now = np.isfinite(self._since_s[part])
            if now.any():
                keypoints_px = np.where(now[:, np.newaxis, np.newaxis], keypoints_px[:, order], keypoints_px)
                confidence = np.where(now[:, np.newaxis], confidence[:, order], confidence)
        return keypoints_px, confidence


def may_exchange(keypoints_px: Floats, rate_hz: float) -> NDArray[np.bool_]:
    """Return (n,) whether a `SideGuard` could change anything in (n, T, 25, 2) keypoints at a fixed rate."""
    moving = np.moveaxis(keypoints_px, 1, 0)  # (T, n, 25, 2)
    lines, torso_px = _lines(moving), _torso_px(moving)  # (part, T, n, 2), (T, n)
    return np.asarray(_turned(lines[:, :-1], lines[:, 1:], torso_px[1:], 1 / rate_hz).any(axis=(0, 1)))


def _torso_px(keypoints_px: Floats) -> Floats:
    """Return (...) torso lengths of (..., 25, 2) keypoints."""
    return np.asarray(
        np.linalg.norm(keypoints_px[..., INDEX["neck"], :] - keypoints_px[..., INDEX["mid_hip"], :], axis=-1)
    )


def _lines(keypoints_px: Floats) -> Floats:
    """Return (part, ..., 2) the lines from right to left of (..., 25, 2) keypoints."""
    return np.stack([keypoints_px[..., left, :] - keypoints_px[..., right, :] for right, left in _ENDS])


def _turned(
    before: Floats, now: Floats, torso_px: Floats, elapsed_s: float | NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Return (part, ...) whether lines (part, ..., 2) have turned faster than a body can, and point the other way."""
    lengths = np.linalg.norm(before, axis=-1), np.linalg.norm(now, axis=-1)
    sure = np.minimum(*lengths) > _LEAST_LENGTH * torso_px
    along = (before * now).sum(axis=-1)
    widths = np.maximum(np.multiply.outer(_WIDTHS, np.maximum(torso_px, 1e-6)), np.maximum(*lengths))
    # The turn is the least when both lines lean to the same side, away from the camera or towards it.
    depths = (np.sqrt(1 - (length / widths) ** 2) for length in lengths)
    degrees = np.degrees(np.arccos(np.clip(along / widths**2 + math.prod(depths), -1, 1)))
    # A line that still points the same way is no exchange, however fast.
    return np.asarray(sure & (along < 0) & (degrees > MAX_TURN_DEG_S * np.maximum(elapsed_s, 1e-3)))
