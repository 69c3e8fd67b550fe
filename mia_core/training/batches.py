"""From labelled motion to what the network sees: a fresh camera, a detector's errors, the normalisation of live use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_sampler import Windows, WindowSampler
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import Normalization
from mia_core.samples import STEP_S, WINDOW_STEPS, Floats
from mia_core.simulation.virtual_camera import KeypointNoise, VirtualCameras
from mia_core.skeleton import INDEX, MIRROR
from mia_core.training.body_shape import reshape_bodies
from mia_core.training.training_config import TrainingConfig

_ACROSS: Final = np.array([-1, 1, 1], np.float32)
"""Turns the axis from the subject's right to the left around."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows as a network sees them, and what it should say.

    Attributes:
        coordinates: (n, 30, 25, 2) float32, normalised.
        activation: (n, 30, 8) float32 in [0, 1].
        valid: (n, 30) bool; the other steps have no truth.
    """

    coordinates: Floats
    activation: Floats
    valid: NDArray[np.bool_]


class BatchMaker:
    """Draws windows and looks at each through its own random camera and detector.

    Args:
        sampler: Where windows come from.
        config: Normalisation, mirroring, padding and batch size.
        noise: Errors of the detector.
    """

    def __init__(self, sampler: WindowSampler, config: TrainingConfig, noise: KeypointNoise | None = None) -> None:
        self._sampler, self._config, self._noise = sampler, config, noise or KeypointNoise()
        self.normalization = Normalization(config.normalization)

    def draw(self, rng: np.random.Generator) -> Batch:
        """Draw one training batch: random windows, some mirrored, some with a padded front, all of other bodies."""
        config = self._config
        windows = self._sampler.draw(config.batch_size, config.padded_fraction, rng)
        windows = mirror_some(windows, config.mirror_fraction, rng)
        return self._seen(replace(windows, joints_m=reshape_bodies(windows.joints_m, config.bone_spread, rng)), rng)

    def fixed(self, at_most: int, seed: int) -> Batch:
        """Cut at most so many windows evenly from all clips, for evaluation; the same ones for the same seed."""
        stride_frames = max(1, -(-len(self._sampler) // at_most))
        return self._seen(self._sampler.every(stride_frames), np.random.default_rng(seed))

    def _seen(self, windows: Windows, rng: np.random.Generator) -> Batch:
        """Look at every window through a random camera."""
        centre_m = windows.joints_m[:, :, INDEX["mid_hip"]].mean(axis=1)  # (n, 3)
        cameras = VirtualCameras.draw(centre_m, rng)
        keypoints_px = cameras.project(windows.joints_m)  # (n, 30, 25, 2)
        keypoints_px = self._noise.apply(keypoints_px, rng, rate_hz=1 / STEP_S)
        # A live window holds the first detected pose with its errors, so errors do not change in held steps either.
        seen = np.maximum(np.arange(WINDOW_STEPS), windows.held[:, np.newaxis])  # (n, 30)
        keypoints_px = np.take_along_axis(keypoints_px, seen[:, :, np.newaxis, np.newaxis], axis=1)
        coordinates = self.normalization.apply(keypoints_px, cameras.size_px)
        return Batch(coordinates, windows.activation, windows.valid)


def mirror_some(windows: Windows, fraction: float, rng: np.random.Generator) -> Windows:
    """See some of the windows in a mirror: the left side becomes the right one, in joints and in muscles."""
    chosen = rng.random(len(windows.valid)) < fraction  # (n,)
    joints_m = np.where(chosen[:, None, None, None], windows.joints_m[:, :, MIRROR] * _ACROSS, windows.joints_m)
    activation = np.where(chosen[:, None, None], windows.activation[..., MONTAGE.mirror], windows.activation)
    return replace(windows, joints_m=joints_m, activation=activation)
