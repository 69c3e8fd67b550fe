"""Cut filmed clips into the windows that a model sees, the way live use does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.filmed_set import FilmedClip
from mia_core.motion_clip import MOTION_HZ
from mia_core.processing.side_guard import SideGuard
from mia_core.processing.step_mean import FRAMES_PER_STEP, step_means
from mia_core.samples import WINDOW_STEPS, Floats

STRIDE_STEPS: Final = 5
"""Half a second from one window to the next."""


@dataclass(frozen=True, slots=True)
class FilmedSteps:
    """One clip on the 10 Hz grid.

    Attributes:
        keypoints_px: (n, 25, 2) float32.
        confidence: (n, 25) float32.
        activation: (n, 8) float32, the truth at the steps' times.
        valid: (n,) bool; whether there is one.
    """

    keypoints_px: Floats
    confidence: Floats
    activation: Floats
    valid: NDArray[np.bool_]

    @classmethod
    def of(cls, clip: FilmedClip) -> FilmedSteps:
        """Put a clip on the grid as live use does: sides put right frame by frame, then averaged to steps."""
        n = max((len(clip.valid) - 1) // FRAMES_PER_STEP, 0)
        ends = slice(FRAMES_PER_STEP, n * FRAMES_PER_STEP + 1, FRAMES_PER_STEP)
        keypoints_px, confidence = _with_sides_right(clip)
        frames = slice(0, n * FRAMES_PER_STEP + 1)
        flat = keypoints_px[frames].reshape(len(keypoints_px[frames]), -1)
        return cls(
            keypoints_px=step_means(flat).reshape(n, *keypoints_px.shape[1:]) if n else keypoints_px[:0],
            confidence=step_means(confidence[frames]) if n else confidence[:0],
            activation=clip.activation[ends],
            valid=clip.valid[ends],
        )

    def __len__(self) -> int:
        return len(self.valid)


@dataclass(frozen=True, slots=True)
class FilmedWindows:
    """Windows of 30 steps.

    Attributes:
        keypoints_px: (n, 30, 25, 2) float32.
        confidence: (n, 30, 25) float32.
        image_sizes_px: (n, 2) float32 width and height.
        activation: (n, 30, 8) float32, the truth.
        valid: (n, 30) bool; the other steps are not judged.
        motion: (n,) int number of the motion that each window is from; cameras on the same motion share it.
    """

    keypoints_px: Floats
    confidence: Floats
    image_sizes_px: Floats
    activation: Floats
    valid: NDArray[np.bool_]
    motion: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.motion)


def windows_of(clips: Sequence[FilmedClip]) -> FilmedWindows:
    """Cut every clip into windows half a second apart.

    A clip shorter than a window gives one, whose front holds the first pose, as in live use; so does no other.
    """
    motions = {motion: number for number, motion in enumerate(dict.fromkeys(clip.motion for clip in clips))}
    parts = []
    for clip in clips:
        steps = FilmedSteps.of(clip)
        if len(steps):
            ends = np.arange(min(WINDOW_STEPS, len(steps)) - 1, len(steps), STRIDE_STEPS)
            parts.append(cut(steps, clip.image_size_px, ends, motions[clip.motion]))
    if not parts:
        parts = [_no_windows()]
    return FilmedWindows(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("keypoints_px", "confidence", "image_sizes_px", "activation", "valid", "motion")
        )
    )


def cut(
    steps: FilmedSteps, image_size_px: tuple[float, float], ends: NDArray[np.intp], motion: int = 0
) -> FilmedWindows:
    """Cut the windows that end at these steps; before the first step its pose is held, and nothing is judged."""
    wanted = ends[:, np.newaxis] + np.arange(1 - WINDOW_STEPS, 1)  # (n, 30)
    at = np.maximum(wanted, 0)
    return FilmedWindows(
        keypoints_px=steps.keypoints_px[at],
        confidence=steps.confidence[at],
        image_sizes_px=np.broadcast_to(np.array(image_size_px, np.float32), (len(ends), 2)),
        activation=steps.activation[at],
        valid=steps.valid[at] & (wanted >= 0),
        motion=np.full(len(ends), motion, np.intp),
    )


def _with_sides_right(clip: FilmedClip) -> tuple[Floats, Floats]:
    """Return keypoints and confidences after the guard that live frames pass."""
    guard = SideGuard()
    keypoints_px, confidence = clip.keypoints_px.copy(), clip.confidence.copy()
    for frame in range(len(clip.valid)):
        one = slice(frame, frame + 1)
        keypoints_px[one], confidence[one] = guard.push(
            keypoints_px[one], confidence[one], np.array([frame / MOTION_HZ])
        )
    return keypoints_px, confidence


def _no_windows() -> FilmedWindows:
    return FilmedWindows(
        np.zeros((0, WINDOW_STEPS, 25, 2), np.float32),
        np.zeros((0, WINDOW_STEPS, 25), np.float32),
        np.zeros((0, 2), np.float32),
        np.zeros((0, WINDOW_STEPS, 8), np.float32),
        np.zeros((0, WINDOW_STEPS), np.bool_),
        np.zeros(0, np.intp),
    )
