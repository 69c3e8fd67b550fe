"""Random cameras that look at simulated joints. Pure numpy: training uses it.

World axes: x to the subject's left at heading 0, y backwards, z up, metres. Image axes: x to the right, y down, pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import Floats

_NEAREST_M: Final = 0.3
"""Points nearer than this to the camera, or behind it, are projected as if at this depth."""
_PERSON_M: Final = 2.0
"""Height that should fit into the picture."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How widely cameras are drawn.

    Attributes:
        frontal_share: Share of cameras within `frontal_yaw_deg` of straight in front of the person; the others are all
            around.
        frontal_yaw_deg: Half-width of the frontal sector.
        elevation_deg: Least and greatest angle by which the camera looks down.
        roll_deg: Greatest tilt of the picture to either side.
        distance_m: Least and greatest distance; moved back where a whole person would not fit.
        landscape_view_deg: Least and greatest vertical angle of view of a landscape picture.
        portrait_view_deg: The same of a portrait picture.
        portrait_share: Share of portrait pictures.
        aim_m: Greatest distance of the picture's centre from the person's, in each direction.
    """

    frontal_share: float = 0.6
    frontal_yaw_deg: float = 60.0
    elevation_deg: tuple[float, float] = (-6.0, 20.0)
    roll_deg: float = 4.0
    distance_m: tuple[float, float] = (2.5, 5.0)
    landscape_view_deg: tuple[float, float] = (38.0, 56.0)
    portrait_view_deg: tuple[float, float] = (52.0, 75.0)
    portrait_share: float = 0.25
    aim_m: float = 0.25


@dataclass(frozen=True, slots=True)
class VirtualCameras:
    """B pinhole cameras without distortion.

    Attributes:
        rotation: (B, 3, 3) float32 rows: the camera's right, down and forward axes in the world.
        position_m: (B, 3) float32.
        focal_px: (B,) float32.
        size_px: (B, 2) float32 width and height; the optical axis meets the middle.
    """

    rotation: Floats
    position_m: Floats
    focal_px: Floats
    size_px: Floats

    @classmethod
    def look_at(
        cls,
        centre_m: NDArray[np.floating],
        *,
        yaw: NDArray[np.floating],
        elevation: NDArray[np.floating],
        roll: NDArray[np.floating],
        distance_m: NDArray[np.floating],
        focal_px: NDArray[np.floating],
        size_px: NDArray[np.floating],
    ) -> VirtualCameras:
        """Place cameras around points that they look at.

        Args:
            centre_m: (B, 3) points in the middle of the pictures.
            yaw: (B,) radians; 0 is in front of a subject at heading 0, positive towards the subject's left.
            elevation: (B,) radians above the horizontal through the point.
            roll: (B,) radians, clockwise turn of the camera.
            distance_m: (B,).
            focal_px: (B,).
            size_px: (B, 2) width and height.
        """
        flat = np.zeros_like(yaw)
        outwards = np.stack([np.sin(yaw) * np.cos(elevation), -np.cos(yaw) * np.cos(elevation), np.sin(elevation)], -1)
        right = np.stack([np.cos(yaw), np.sin(yaw), flat], -1)
        down = np.cross(-outwards, right)
        c, s = np.cos(roll)[:, None], np.sin(roll)[:, None]
        rotation = np.stack([c * right + s * down, c * down - s * right, -outwards], axis=1)
        return cls(
            rotation=rotation.astype(np.float32),
            position_m=(centre_m + distance_m[:, None] * outwards).astype(np.float32),
            focal_px=np.asarray(focal_px, dtype=np.float32),
            size_px=np.asarray(size_px, dtype=np.float32),
        )

    @classmethod
    def draw(
        cls,
        centre_m: NDArray[np.floating],
        rng: np.random.Generator,
        settings: CameraSettings = CameraSettings(),
        heading: NDArray[np.floating] | float = 0.0,
    ) -> VirtualCameras:
        """Draw one random camera for each of B people.

        Args:
            centre_m: (B, 3) the middles of their bodies.
            rng: Source of all randomness.
            settings: How widely to draw.
            heading: (B,) radians that they face, as `body_view.facing` returns: what frontal is relative to.
        """
        n = len(centre_m)
        frontal = rng.random(n) < settings.frontal_share
        half = np.radians(settings.frontal_yaw_deg)
        yaw = np.where(frontal, rng.uniform(-half, half, n), rng.uniform(-np.pi, np.pi, n))
        portrait = rng.random(n) < settings.portrait_share
        view = np.radians(
            np.where(
                portrait, rng.uniform(*settings.portrait_view_deg, n), rng.uniform(*settings.landscape_view_deg, n)
            )
        )
        size = np.where(portrait[:, None], [480.0, 640.0], [640.0, 480.0])
        fits = _PERSON_M / 2 / np.tan(view / 2)
        return cls.look_at(
            centre_m + rng.uniform(-settings.aim_m, settings.aim_m, (n, 3)),
            yaw=yaw + heading,
            elevation=np.radians(rng.uniform(*settings.elevation_deg, n)),
            roll=np.radians(rng.uniform(-settings.roll_deg, settings.roll_deg, n)),
            distance_m=np.maximum(rng.uniform(*settings.distance_m, n), fits),
            focal_px=size[:, 1] / 2 / np.tan(view / 2),
            size_px=size,
        )

    def __len__(self) -> int:
        return len(self.focal_px)

    def project(self, points_m: NDArray[np.floating]) -> Floats:
        """Return the (B, ..., 2) float32 pixels of (B, ..., 3) points, each seen by its own camera."""
        return self.pictured(self.turned(points_m))

    def turned(self, points_m: NDArray[np.floating]) -> Floats:
        """Return (B, ..., 3) points in metres along each camera's right, down and forward axes, from its centre."""
        points = np.asarray(points_m, dtype=np.float32)
        flat = points.reshape(len(self), -1, 3) - self.position_m[:, None]  # (B, N, 3)
        turned = flat @ self.rotation.transpose(0, 2, 1)
        return np.asarray(turned.reshape(points.shape), np.float32)

    def pictured(self, turned_m: Floats) -> Floats:
        """Return the (B, ..., 2) float32 pixels of (B, ..., 3) points that `turned` returned."""
        flat = turned_m.reshape(len(self), -1, 3)
        enlarged = self.focal_px[:, None] / np.maximum(flat[..., 2], _NEAREST_M)
        pixels = np.empty((*flat.shape[:2], 2), np.float32)
        for axis in range(2):
            pixels[..., axis] = flat[..., axis] * enlarged + self.size_px[:, axis, None] / 2
        return pixels.reshape(*turned_m.shape[:-1], 2)
