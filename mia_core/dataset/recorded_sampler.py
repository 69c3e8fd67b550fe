"""Windows of three seconds, cut from recorded steps: two-dimensional keypoints and sEMG, both at 10 Hz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.simulated_set import DataSetError
from mia_core.dataset.window_steps import window_steps
from mia_core.muscles import MONTAGE
from mia_core.samples import KNOWN_CONFIDENCE, WINDOW_STEPS, Floats
from mia_core.step_clip import StepClip

SHORTEST_STEPS: Final = WINDOW_STEPS // 3
"""A clip must be longer than this to hold a window."""
_NEEDED = np.array([placement.keypoints for placement in MONTAGE.placements])  # (8, 3)


@dataclass(frozen=True, slots=True)
class RecordedWindows:
    """A batch of windows as they were filmed.

    Attributes:
        keypoints_px: (n, 30, 25, 2) float32.
        confidence: (n, 30, 25) float32.
        image_sizes_px: (n, 2) float32 width and height.
        activation: (n, 30, 8) float32 >= 0, relative to rest and maximum; NaN where it is not known.
        clip: (n,) int, from which clip each window is.
        subject: (n,) int, numbers of `RecordedSampler.subjects`.
    """

    keypoints_px: Floats
    confidence: Floats
    image_sizes_px: Floats
    activation: Floats
    clip: NDArray[np.intp]
    subject: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.clip)


class RecordedSampler:
    """Cuts windows out of recorded clips.

    A window may begin before its clip does: it then holds the clip's first pose, as a live window does until three
    seconds have been seen, and there is nothing to learn from these steps. A muscle is known where its sensor is
    calibrated, no sample is missing or at the end of the range, and the joints of its limb are seen.

    Args:
        clips: The clips.

    Attributes:
        subjects: Names of the subjects, in alphabetical order.

    Raises:
        DataSetError: There is no step at which all muscles are known, or all clips are shorter than a second.
    """

    def __init__(self, clips: Sequence[StepClip]) -> None:
        self.subjects = tuple(sorted({clip.subject for clip in clips}))
        known = [_known(clip) for clip in clips]  # (T, 8) each
        self._require_all_muscles(clips, known)
        self._keypoints_px = np.concatenate([clip.keypoints_px for clip in clips])  # (N, 25, 2)
        self._confidence = np.concatenate([clip.confidence for clip in clips])  # (N, 25)
        self._activation = np.concatenate(
            [np.where(here, clip.activation, np.float32(np.nan)) for clip, here in zip(clips, known, strict=True)]
        )  # (N, 8)
        lengths = np.array([len(clip) for clip in clips])
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self._clip = np.repeat(np.arange(len(clips)), lengths)  # (N,)
        self._clip_first = first[self._clip]  # (N,)
        self._subject = np.array([self.subjects.index(clip.subject) for clip in clips])
        self._image_size_px = np.array([clip.image_size_px for clip in clips], np.float32)
        into_clip = np.arange(len(self._clip)) - self._clip_first
        is_known = np.isfinite(self._activation).any(axis=1)
        self._ends = np.flatnonzero(is_known & (into_clip >= SHORTEST_STEPS))
        if not len(self._ends):
            raise DataSetError("No recorded stretch is longer than a second.", "Record for longer.")

    def __len__(self) -> int:
        """How many windows there are: one for every step that can end one."""
        return len(self._ends)

    def mean_activation(self) -> Floats:
        """Return (8,) the mean of each muscle where it is known."""
        return np.asarray(np.nanmean(self._activation, axis=0, dtype=np.float64), np.float32)

    def activations(self) -> Floats:
        """Return (n, 8) the activations of all steps at which every muscle is known."""
        known: Floats = self._activation[np.isfinite(self._activation).all(axis=1)]
        return known

    def draw(self, n: int, padded_fraction: float, rng: np.random.Generator) -> RecordedWindows:
        """Draw windows at random.

        Args:
            n: How many.
            padded_fraction: In so many of them the first steps hold one pose, as in a live window that is not full.
            rng: Source of randomness.
        """
        ends = rng.choice(self._ends, n)
        held = np.where(rng.random(n) < padded_fraction, rng.integers(1, WINDOW_STEPS, n), 0)
        return self._cut(ends, held)

    def every(self, stride_steps: int) -> RecordedWindows:
        """Cut windows at a fixed stride, for evaluation.

        Args:
            stride_steps: Steps from one window's end to the next one's.
        """
        ends = self._ends[::stride_steps]
        return self._cut(ends, np.zeros(len(ends), np.intp))

    def _cut(self, ends: NDArray[np.intp], held: NDArray[np.intp]) -> RecordedWindows:
        """Cut the windows that end at these steps and hold one pose during at least their first `held` steps."""
        at, is_held = window_steps(ends, self._clip_first[ends], held)
        clip = self._clip[ends]
        return RecordedWindows(
            keypoints_px=self._keypoints_px[at],
            confidence=self._confidence[at],
            image_sizes_px=self._image_size_px[clip],
            activation=np.where(is_held[:, :, np.newaxis], np.float32(np.nan), self._activation[at]),
            clip=clip,
            subject=self._subject[clip],
        )

    @staticmethod
    def _require_all_muscles(clips: Sequence[StepClip], known: Sequence[NDArray[np.bool_]]) -> None:
        """Refuse clips from which the eight muscles can't be learned.

        Raises:
            DataSetError: It is so.
        """
        if any(here.all(axis=1).any() for here in known):
            return
        ever = np.any([here.any(axis=0) for here in known], axis=0) if known else np.zeros(len(MONTAGE), np.bool_)
        if ever.all():
            raise DataSetError(
                "All eight muscles are never known at once.", "Record again with all sensors on and the body in view."
            )
        number = int(np.argmin(ever))
        label = MONTAGE.placements[number].label.lower()
        if any(np.isfinite(clip.emg[:, number]).any() and not np.isfinite(clip.activation).any() for clip in clips):
            raise DataSetError(
                f"The sEMG of {clips[0].session} is in counts; no calibration relates it to rest and maximum.",
                "Calibrate the sensors before recording, and export again.",
            )
        raise DataSetError(
            f"The {label} is never known: no calibrated sensor on it, or its joints were never seen.",
            "A model is fitted to all eight muscles; record again with a calibrated sensor on each.",
        )


def _known(clip: StepClip) -> NDArray[np.bool_]:
    """Return (T, 8) whether there is a truth about each muscle."""
    joints = (clip.confidence[:, _NEEDED] >= KNOWN_CONFIDENCE).all(axis=2)  # (T, 8)
    known: NDArray[np.bool_] = np.isfinite(clip.activation) & clip.emg_whole & joints & clip.seen[:, np.newaxis]
    return known
