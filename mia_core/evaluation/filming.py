"""Film simulated motion: virtual cameras that keep the whole person in the picture, and the errors of the detector."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.filmed_set import FilmedClip
from mia_core.motion_clip import MOTION_HZ
from mia_core.samples import Floats
from mia_core.simulation.body_view import facing
from mia_core.simulation.detector_noise import DetectorNoise
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import INDEX

BACK_STEP_M: Final = 0.25
FARTHEST_STEPS: Final = 40
"""A camera is moved back at most so often by `BACK_STEP_M`; what then is outside the picture stays outside."""


class Filmable(Protocol):
    """A labelled motion of T frames at 30 Hz, such as a `MotionClip`, whose attributes these are."""

    @property
    def joints_m(self) -> Floats:
        """(T, 25, 3) metres."""

    @property
    def activation(self) -> Floats:
        """(T, 8)."""

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(T,)."""

    @property
    def subject(self) -> str:
        """Who moves."""


def film(clip: Filmable, name: str, n_cameras: int, noise: DetectorNoise, rng: np.random.Generator) -> list[FilmedClip]:
    """Film a motion with cameras drawn at random, as the ones in training are: from all sides, mostly from in front.

    Args:
        clip: The motion.
        name: What to call it.
        n_cameras: How many cameras; each becomes a clip.
        noise: Errors of the detector.
        rng: Source of all randomness.
    """
    centre_m = clip.joints_m[:, INDEX["mid_hip"]].mean(axis=0)
    cameras = VirtualCameras.draw(
        np.repeat(centre_m[np.newaxis], n_cameras, axis=0), rng, heading=facing(clip.joints_m[np.newaxis])
    )
    names = [f"{name}@{number}" for number in range(n_cameras)]
    return film_with(clip, cameras, names, noise, rng)


def film_with(
    clip: Filmable, cameras: VirtualCameras, names: list[str], noise: DetectorNoise, rng: np.random.Generator
) -> list[FilmedClip]:
    """Film a motion with given cameras, moved back until the person never leaves the picture.

    Args:
        clip: The motion.
        cameras: The cameras.
        names: What to call the film of each camera.
        noise: Errors of the detector.
        rng: Source of the detector's randomness.
    """
    joints_m = np.repeat(clip.joints_m[np.newaxis], len(cameras), axis=0)  # (B, T, 25, 3)
    cameras = moved_back(cameras, joints_m)
    seen = noise.see(cameras, joints_m, rng, rate_hz=MOTION_HZ)
    return [
        FilmedClip(
            name=name,
            subject=clip.subject,
            image_size_px=(float(cameras.size_px[number, 0]), float(cameras.size_px[number, 1])),
            keypoints_px=seen.keypoints_px[number],
            confidence=seen.confidence[number],
            activation=clip.activation,
            valid=clip.valid,
        )
        for number, name in enumerate(names)
    ]


def moved_back(cameras: VirtualCameras, joints_m: Floats) -> VirtualCameras:
    """Return the cameras, each as far back as it takes to have all joints in the picture all the time.

    Args:
        cameras: B cameras.
        joints_m: (B, T, 25, 3) metres.
    """
    for _ in range(FARTHEST_STEPS):
        keypoints_px = cameras.project(joints_m)  # (B, T, 25, 2)
        inside = (keypoints_px >= 0) & (keypoints_px <= cameras.size_px[:, np.newaxis, np.newaxis])
        too_near = np.invert(inside.reshape(len(cameras), -1).all(axis=1))  # (B,)
        if not too_near.any():
            break
        back = -BACK_STEP_M * cameras.rotation[:, 2] * too_near[:, np.newaxis]
        cameras = replace(cameras, position_m=cameras.position_m + back)
    return cameras
