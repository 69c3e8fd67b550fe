"""The last poses, each with the time at which its frame arrived: what a sync ritual looks at."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.live.muscle_estimation import Estimate
from mia_core.live.subject_recorder import SubjectRecorder
from mia_core.live.time_line import on_clock
from mia_core.samples import Floats, Frame, Pose
from mia_core.skeleton import N_KEYPOINTS

KEPT: Final = 4000
"""Poses: more than a minute of a fast camera."""


class PoseTape:
    """Keeps poses; any thread may write and read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._poses: deque[tuple[float, float, Pose]] = deque(maxlen=KEPT)

    def add(self, frame: Frame, pose: Pose) -> None:
        """Take the person of a frame."""
        with self._lock:
            self._poses.append((frame.captured_s, frame.timestamp_s, pose))

    def since(self, monotonic_s: float) -> tuple[NDArray[np.float64], Floats, Floats]:
        """Return times (n,), keypoints (n, 25, 2) in pixels and confidence (n, 25) from a time on.

        The times are those of `on_clock`.
        """
        with self._lock:
            poses = [entry for entry in self._poses if entry[0] >= monotonic_s]
        if not poses:
            return np.empty(0), np.empty((0, N_KEYPOINTS, 2), np.float32), np.empty((0, N_KEYPOINTS), np.float32)
        captured_s, timestamps_s = np.array([entry[:2] for entry in poses]).T
        return (
            on_clock(timestamps_s, captured_s),
            np.stack([pose.keypoints_px for _, _, pose in poses]),
            np.stack([pose.confidence for _, _, pose in poses]),
        )


class TapedRecorder(SubjectRecorder):
    """A recorder that leaves the poses on a tape."""

    tape: PoseTape | None = None

    def write(self, estimate: Estimate) -> None:
        """Take what one more frame brought."""
        super().write(estimate)
        if self.tape is not None and estimate.frame is not None and estimate.tracked.pose is not None:
            self.tape.add(estimate.frame, estimate.tracked.pose)
