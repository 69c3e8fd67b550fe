"""Windows of three seconds at 10 Hz, cut from clips at 30 Hz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.simulated_set import DataSetError
from mia_core.motion_clip import MOTION_HZ, MotionClip
from mia_core.samples import STEP_S, WINDOW_STEPS, Floats

FRAMES_PER_STEP: Final = round(MOTION_HZ * STEP_S)
"""Clips are at 30 Hz, windows at 10 Hz."""
SPAN_FRAMES: Final = (WINDOW_STEPS - 1) * FRAMES_PER_STEP + 1
"""Frames from a window's first step to its last."""


@dataclass(frozen=True, slots=True)
class Windows:
    """A batch of labelled windows without a camera.

    Attributes:
        joints_m: (n, 30, 25, 3) float32 metres, axes of `MotionClip`.
        activation: (n, 30, 8) float32 in [0, 1].
        valid: (n, 30) bool; False where there is nothing to learn.
        held: (n,) int; in so many first steps the pose of the next one is held, because nothing was seen before it.
    """

    joints_m: Floats
    activation: Floats
    valid: NDArray[np.bool_]
    held: NDArray[np.intp]


class WindowSampler:
    """Cuts windows out of clips.

    A window may begin before its clip does: it then holds the clip's first pose, as a live window does until three
    seconds have been seen. Such steps are not valid.

    Args:
        clips: The clips; all frames are kept in memory, one after the other.

    Raises:
        DataSetError: There is no valid frame.
    """

    def __init__(self, clips: Sequence[MotionClip]) -> None:
        if not any(clip.valid.any() for clip in clips):
            raise DataSetError("No clip has a single valid frame.", "Make the data set again with `mia simulate`.")
        self._joints_m = np.concatenate([clip.joints_m for clip in clips])  # (N, 25, 3)
        self._activation = np.concatenate([clip.activation for clip in clips])  # (N, 8)
        self._valid = np.concatenate([clip.valid for clip in clips])  # (N,)
        lengths = np.array([len(clip.valid) for clip in clips])
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._clip_first = np.repeat(first, lengths)  # (N,) first frame of the clip that each frame is in
        # A window is known by its last frame; one that sees less than a second of motion teaches nothing.
        into_clip = np.arange(len(self._valid)) - self._clip_first
        self._ends = np.flatnonzero(self._valid & (into_clip >= SPAN_FRAMES // 3))
        if not len(self._ends):
            raise DataSetError("No clip is longer than a second.", "Make longer clips with `mia simulate`.")

    def __len__(self) -> int:
        """How many windows there are: one for every valid frame that can end one."""
        return len(self._ends)

    def mean_activation(self) -> Floats:
        """Return (8,) the mean over all valid frames."""
        return np.asarray(self.activations().mean(axis=0, dtype=np.float64), np.float32)

    def activations(self) -> Floats:
        """Return (n, 8) the activations of all valid frames."""
        return np.asarray(self._activation[self._valid], np.float32)

    def draw(self, n: int, padded_fraction: float, rng: np.random.Generator) -> Windows:
        """Draw windows at random, at any of the three phases of the 10 Hz grid against the 30 Hz clips.

        Args:
            n: How many.
            padded_fraction: In so many of them the first steps hold one pose, as in a live window that is not full.
            rng: Source of randomness.
        """
        ends = rng.choice(self._ends, n)
        held = np.where(rng.random(n) < padded_fraction, rng.integers(1, WINDOW_STEPS, n), 0)
        return self._cut(ends, held)

    def every(self, stride_frames: int) -> Windows:
        """Cut windows at a fixed stride, for evaluation.

        Args:
            stride_frames: Frames from one window's end to the next one's.
        """
        ends = self._ends[::stride_frames]
        return self._cut(ends, np.zeros(len(ends), np.intp))

    def _cut(self, ends: NDArray[np.intp], held: NDArray[np.intp]) -> Windows:
        """Cut the windows that end in these frames and hold one pose during at least their first `held` steps."""
        steps = np.arange(WINDOW_STEPS)
        wanted = ends[:, np.newaxis] - (WINDOW_STEPS - 1 - steps) * FRAMES_PER_STEP  # (n, 30)
        before_clip = (wanted < self._clip_first[ends, np.newaxis]).sum(axis=1)
        held = np.maximum(held, before_clip)  # (n,)
        padding = steps < held[:, np.newaxis]  # (n, 30)
        frames = np.where(padding, np.take_along_axis(wanted, held[:, np.newaxis], axis=1), wanted)  # (n, 30)
        return Windows(self._joints_m[frames], self._activation[frames], self._valid[frames] & ~padding, held)
