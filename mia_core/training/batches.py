"""From labelled motion to what the network sees: a fresh camera, a detector's errors, the preprocessing of live use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_sampler import Windows, WindowSampler
from mia_core.joints import JOINT_MIRROR, JOINT_MIRROR_SIGN, JOINTS
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import Normalization
from mia_core.processing.side_guard import SideGuard, may_exchange
from mia_core.processing.step_mean import step_means
from mia_core.samples import WINDOW_STEPS, Floats
from mia_core.simulation.body_view import facing
from mia_core.simulation.detector_noise import DetectorNoise
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import INDEX, MIRROR, N_KEYPOINTS
from mia_core.training.body_shape import reshape_bodies
from mia_core.training.training_config import TrainingConfig

PIECE: Final = 16
"""Windows that are drawn with one stream of random numbers: batches are the same however they are shared out."""
_ACROSS: Final = np.array([-1, 1, 1], np.float32)
"""Turns the axis from the subject's right to the left around."""
_STATE_MIRROR: Final = np.concatenate([JOINT_MIRROR + part * len(JOINTS) for part in range(3)])
_STATE_SIGN: Final = np.tile(JOINT_MIRROR_SIGN, 3)


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows as a network sees them, and what it should say.

    Attributes:
        inputs: (n, 30, ...) float32, normalised.
        activation: (n, 30, 8) float32 >= 0; NaN where the truth is not known, which only recorded muscles are.
        joint_states: (n, 30, 75) float32, as in `Windows`; zero where they are not known.
        valid: (n, 30) bool; the other steps have no truth.
        subject: (n,) int, numbers of the sampler's subjects.
    """

    inputs: Floats
    activation: Floats
    joint_states: Floats
    valid: NDArray[np.bool_]
    subject: NDArray[np.intp]

    @classmethod
    def of(cls, pieces: list[Batch]) -> Batch:
        """Join batches."""
        return cls(*(np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(cls)))


class Batches(Protocol):
    """Where batches come from."""

    def draw(self, seed: tuple[int, ...], rank: int = 0, world: int = 1) -> Batch:
        """Draw one training batch.

        Args:
            seed: Of the whole batch.
            rank: Which of the processes that share the batch this is.
            world: How many processes there are; each makes every so many-th piece.
        """

    def fixed(self, at_most: int, seed: int) -> Batch:
        """Cut at most so many windows evenly from all clips, for evaluation; the same ones for the same seed."""


def in_pieces(
    batch_size: int, piece: Callable[[int, np.random.Generator], Batch], seed: tuple[int, ...], rank: int, world: int
) -> Batch:
    """Draw a batch as `Batches.draw` does, from `piece(n windows, source of randomness)`."""
    sizes = [min(PIECE, batch_size - first) for first in range(0, batch_size, PIECE)]
    return Batch.of(
        [
            piece(size, np.random.default_rng((*seed, number)))
            for number, size in enumerate(sizes)
            if number % world == rank
        ]
    )


class BatchMaker:
    """Draws windows and looks at each through its own random camera and detector.

    Args:
        sampler: Where windows come from.
        config: Normalisation, mirroring, padding and batch size.
        noise: Errors of the detector; None for those fitted on the real one.
    """

    def __init__(self, sampler: WindowSampler, config: TrainingConfig, noise: DetectorNoise | None = None) -> None:
        self._sampler, self._config, self._noise = sampler, config, noise or DetectorNoise.load()
        self.normalization = Normalization(config.normalization)

    def draw(self, seed: tuple[int, ...], rank: int = 0, world: int = 1) -> Batch:
        """Draw random windows, some mirrored, some with a padded front, all of other bodies: see `Batches`."""
        return in_pieces(self._config.batch_size, self._piece, seed, rank, world)

    def fixed(self, at_most: int, seed: int) -> Batch:
        """Cut windows evenly: see `Batches`."""
        stride_frames = max(1, -(-len(self._sampler) // at_most))
        rng = np.random.default_rng(seed)
        windows = self._sampler.every(stride_frames)
        return Batch.of([self._seen(part, rng) for part in _parts(windows, 64)])

    def _piece(self, n: int, rng: np.random.Generator) -> Batch:
        config = self._config
        windows = self._sampler.draw(n, config.padded_fraction, config.captured_fraction, rng)
        windows = mirror_some(windows, config.mirror_fraction, rng)
        return self._seen(replace(windows, joints_m=reshape_bodies(windows.joints_m, config.bone_spread, rng)), rng)

    def _seen(self, windows: Windows, rng: np.random.Generator) -> Batch:
        """Look at every window through a random camera."""
        centre_m = windows.joints_m[:, :, INDEX["mid_hip"]].mean(axis=1)  # (n, 3)
        cameras = VirtualCameras.draw(centre_m, rng, heading=facing(windows.joints_m))
        seen = self._noise.see(cameras, windows.joints_m, rng, MOTION_HZ)
        keypoints_px, confidence = guard_sides(seen.keypoints_px, seen.confidence)
        n, n_frames = confidence.shape[:2]
        steps_px = step_means(keypoints_px.reshape(n, n_frames, -1)).reshape(n, -1, N_KEYPOINTS, 2)  # (n, 30, 25, 2)
        sure = step_means(confidence)  # (n, 30, 25)
        # A live window holds the first detected pose with its errors, so errors do not change in held steps either.
        first = np.maximum(np.arange(WINDOW_STEPS), windows.held[:, np.newaxis])  # (n, 30)
        steps_px = np.take_along_axis(steps_px, first[:, :, np.newaxis, np.newaxis], axis=1)
        sure = np.take_along_axis(sure, first[:, :, np.newaxis], axis=1)
        inputs = self.normalization.apply(steps_px, cameras.size_px, sure)
        return Batch(inputs, windows.activation, windows.joint_states, windows.valid, windows.subject)


def guard_sides(keypoints_px: Floats, confidence: Floats) -> tuple[Floats, Floats]:
    """Put right exchanged sides in (n, T, 25, 2) keypoints and (n, T, 25) confidences at 30 Hz, as live use does."""
    suspects = np.flatnonzero(may_exchange(keypoints_px, MOTION_HZ))
    if not len(suspects):
        return keypoints_px, confidence
    guard, points, sure = SideGuard(len(suspects)), keypoints_px[suspects], confidence[suspects]
    frames = [
        guard.push(points[:, i], sure[:, i], np.full(len(suspects), i / MOTION_HZ)) for i in range(points.shape[1])
    ]
    keypoints_px, confidence = keypoints_px.copy(), confidence.copy()
    keypoints_px[suspects] = np.stack([guarded for guarded, _ in frames], axis=1)
    confidence[suspects] = np.stack([guarded for _, guarded in frames], axis=1)
    return keypoints_px, confidence


def mirror_some(windows: Windows, fraction: float, rng: np.random.Generator) -> Windows:
    """See some of the windows in a mirror: the left side becomes the right one, in joints and in muscles."""
    chosen = rng.random(len(windows)) < fraction  # (n,)
    wide = chosen[:, np.newaxis, np.newaxis]
    states = windows.joint_states[..., _STATE_MIRROR] * _STATE_SIGN
    return replace(
        windows,
        joints_m=np.where(wide[..., np.newaxis], windows.joints_m[:, :, MIRROR] * _ACROSS, windows.joints_m),
        activation=np.where(wide, windows.activation[..., MONTAGE.mirror], windows.activation),
        joint_states=np.where(wide, states, windows.joint_states),
    )


def _parts(windows: Windows, size: int) -> list[Windows]:
    """Cut a batch of windows into smaller ones."""
    return [
        Windows(*(getattr(windows, field.name)[first : first + size] for field in fields(Windows)))
        for first in range(0, len(windows), size)
    ]
