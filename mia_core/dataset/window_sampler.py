"""Windows of three seconds, cut from clips at 30 Hz: motion at 30 Hz, labels at 10 Hz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.simulated_set import DataSetError
from mia_core.dataset.window_steps import window_steps
from mia_core.joints import JOINTS
from mia_core.motion_clip import MOTION_HZ, MotionClip
from mia_core.processing.step_mean import FRAMES_PER_STEP
from mia_core.samples import WINDOW_STEPS, Floats

SPAN_FRAMES: Final = WINDOW_STEPS * FRAMES_PER_STEP + 1
"""Frames from the beginning of a window's first step to its last frame."""
MOCAP: Final = "mocap"
"""What the names of clips of captured, real motion begin with."""
MOCAP_VARIED: Final = "mocap_varied"
"""What it is where the arms have been varied."""
_ANGLE_SCALE_RAD, _SPEED_SCALE_RAD_S, _TORQUE_SCALE_NM = 1.0, 4.0, 40.0


@dataclass(frozen=True, slots=True)
class Windows:
    """A batch of labelled windows without a camera.

    Attributes:
        joints_m: (n, 91, 25, 3) float32 metres at 30 Hz, axes of `MotionClip`.
        activation: (n, 30, 8) float32 in [0, 1] at the ends of the steps.
        joint_states: (n, 30, 75) float32 angle, velocity and torque of every joint, each divided by a typical one.
        valid: (n, 30) bool; False where there is nothing to learn.
        held: (n,) int; in so many first steps the pose of the next one is held, because nothing was seen before it.
        subject: (n,) int, numbers of `WindowSampler.subjects`.
    """

    joints_m: Floats
    activation: Floats
    joint_states: Floats
    valid: NDArray[np.bool_]
    held: NDArray[np.intp]
    subject: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.held)


class WindowSampler:
    """Cuts windows out of clips.

    A window may begin before its clip does: it then holds the clip's first pose, as a live window does until three
    seconds have been seen. Such steps are not valid.

    Args:
        clips: The clips; all frames are kept in memory, one after the other.

    Attributes:
        subjects: Names of the subjects, in alphabetical order.

    Raises:
        DataSetError: There is no valid frame.
    """

    def __init__(self, clips: Sequence[MotionClip]) -> None:
        if not any(clip.valid.any() for clip in clips):
            raise DataSetError("No clip has a single valid frame.", "Make the data set again with `mia simulate`.")
        self._joints_m = np.concatenate([clip.joints_m for clip in clips])  # (N, 25, 3)
        self._activation = np.concatenate([clip.activation for clip in clips])  # (N, 8)
        self._joint_states = np.concatenate([_joint_states(clip) for clip in clips])  # (N, 75)
        self._valid = np.concatenate([clip.valid for clip in clips])  # (N,)
        self.subjects = tuple(sorted({clip.subject for clip in clips}))
        lengths = np.array([len(clip.valid) for clip in clips])
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._clip_first = np.repeat(first, lengths)  # (N,) first frame of the clip that each frame is in
        self._subject = np.repeat([self.subjects.index(clip.subject) for clip in clips], lengths)  # (N,)
        # A window is known by its last frame; one that sees less than a second of motion teaches nothing.
        into_clip = np.arange(len(self._valid)) - self._clip_first
        self._ends = np.flatnonzero(self._valid & (into_clip >= SPAN_FRAMES // 3))
        if not len(self._ends):
            raise DataSetError("No clip is longer than a second.", "Make longer clips with `mia simulate`.")
        captured = np.repeat([clip.exercise.startswith(MOCAP) for clip in clips], lengths)[self._ends]
        self._captured, self._generated = self._ends[captured], self._ends[~captured]

    def __len__(self) -> int:
        """How many windows there are: one for every valid frame that can end one."""
        return len(self._ends)

    def mean_activation(self) -> Floats:
        """Return (8,) the mean over all valid frames."""
        return np.asarray(self.activations().mean(axis=0, dtype=np.float64), np.float32)

    def activations(self) -> Floats:
        """Return (n, 8) the activations of all valid frames."""
        return np.asarray(self._activation[self._valid], np.float32)

    def draw(self, n: int, padded_fraction: float, captured_fraction: float, rng: np.random.Generator) -> Windows:
        """Draw windows at random, at any of the three phases of the 10 Hz grid against the 30 Hz clips.

        Args:
            n: How many.
            padded_fraction: In so many of them the first steps hold one pose, as in a live window that is not full.
            captured_fraction: So many are of captured motion, where there is any.
            rng: Source of randomness.
        """
        n_captured = int(rng.binomial(n, captured_fraction)) if len(self._captured) else 0
        n_captured = n_captured if len(self._generated) else n
        ends = np.concatenate(
            [
                rng.choice(of, count)
                for of, count in ((self._captured, n_captured), (self._generated, n - n_captured))
                if count
            ]
        )
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
        clip_first = self._clip_first[ends]
        at, is_held = window_steps(ends, clip_first, held, FRAMES_PER_STEP)
        frames = ends[:, np.newaxis] - (SPAN_FRAMES - 1 - np.arange(SPAN_FRAMES))  # (n, 91)
        frames = np.maximum(frames, clip_first[:, np.newaxis])
        return Windows(
            joints_m=self._joints_m[frames],
            activation=self._activation[at],
            joint_states=self._joint_states[at],
            valid=self._valid[at] & ~is_held,
            held=is_held.sum(axis=1),
            subject=self._subject[ends],
        )


def _joint_states(clip: MotionClip) -> Floats:
    """Return (T, 75) angles, velocities and torques in typical units, cut off where they are absurd."""
    speed = np.gradient(clip.joint_angles_rad, 1 / MOTION_HZ, axis=0)
    states = (
        clip.joint_angles_rad / _ANGLE_SCALE_RAD,
        speed / _SPEED_SCALE_RAD_S,
        clip.joint_torques_nm / _TORQUE_SCALE_NM,
    )
    joined = np.clip(np.concatenate(states, axis=1, dtype=np.float32), -4, 4)
    return np.asarray(joined.reshape(len(clip.valid), 3 * len(JOINTS)), np.float32)
