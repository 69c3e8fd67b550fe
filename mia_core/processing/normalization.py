"""From pixels to the coordinates that a network sees: the one way, for live use and for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.processing.body_features import body_features
from mia_core.samples import Floats
from mia_core.skeleton import INDEX

MIN_TORSO_FRACTION: Final = 0.1
"""The torso never counts as shorter than this fraction of the person's extent in the window (upright, it is about 0.3).

It keeps coordinates bounded when the trunk points at the camera, or when a detector collapses it to a point.
"""
_NECK: Final = INDEX["neck"]
_MID_HIP: Final = INDEX["mid_hip"]


class NormalizationKind(StrEnum):
    """The known ways to normalise."""

    ROOT_TORSO = "root_torso"
    """Origin in the window's mean mid-hip, unit = the window's median torso length: any camera and resolution fit, and
    how the person moves through the image within the window is kept."""
    IMAGE = "image"
    """The paper's: pixels divided by the image's width and height; ties a network to one camera position."""
    BODY = "body"
    """`body_features`: places, bones, joints and their derivatives as the body itself sees them, and confidences."""


@dataclass(frozen=True, slots=True)
class Normalization:
    """A way to normalise and its parameters, stored in the card of every model.

    Attributes:
        kind: Which way.
        min_torso_fraction: Lower bound of the torso length as a fraction of the person's extent; `ROOT_TORSO` only.
    """

    kind: NormalizationKind = NormalizationKind.ROOT_TORSO
    min_torso_fraction: float = MIN_TORSO_FRACTION

    def apply(
        self, keypoints_px: Floats, image_size_px: Sequence[float] | NDArray[np.floating], confidence: Floats
    ) -> Floats:
        """Normalise windows of keypoints.

        Args:
            keypoints_px: (..., 30, 25, 2) pixels, x to the right, y down; any number of steps in place of 30.
            image_size_px: (width, height) of the image, or (..., 2) one for each window; `IMAGE` only.
            confidence: (..., 30, 25) of the keypoints, in [0, 1]; `BODY` only.

        Returns:
            `ROOT_TORSO`: (..., 30, 25, 2) float32 in torso lengths; `IMAGE`: the same in fractions of the image, x to
            the right and y down in both; `BODY`: (..., 30, `N_FEATURES`) float32.
        """
        points = np.asarray(keypoints_px, np.float32)
        if self.kind is NormalizationKind.IMAGE:
            size = np.asarray(image_size_px, np.float32)[..., np.newaxis, np.newaxis, :]
            return np.asarray(points / size, np.float32)
        if self.kind is NormalizationKind.BODY:
            return body_features(points, confidence, self._torso(points))
        root = points[..., _MID_HIP, :].mean(axis=-2)  # (..., 2)
        centred = points - root[..., np.newaxis, np.newaxis, :]
        return np.asarray(centred / self._torso(points)[..., np.newaxis, np.newaxis, np.newaxis], np.float32)

    def _torso(self, points: Floats) -> Floats:
        """Return (...) the length in pixels that becomes 1, always positive."""
        torso = np.linalg.norm(points[..., _NECK, :] - points[..., _MID_HIP, :], axis=-1)  # (..., 30)
        length = np.median(torso, axis=-1)
        highest, lowest = (
            points.max(axis=-3).max(axis=-2),
            points.min(axis=-3).min(axis=-2),
        )  # (..., 2), time first: fast
        extent = (highest - lowest).max(axis=-1)  # (...) the larger side of the box around all keypoints
        floored = np.maximum(length, self.min_torso_fraction * extent)
        return np.where(floored > 0, floored, 1).astype(np.float32)
