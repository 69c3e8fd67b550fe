"""The built-in demo subject: a rendered person whose true joints and simulated muscles are known."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mia_core.bundled import DEMO_TRUTH, DEMO_VIDEO
from mia_core.capture.video_file import VideoFile
from mia_core.clock import Clock
from mia_core.errors import VideoFileError
from mia_core.samples import Floats
from mia_core.streams.source import SourceInfo


@dataclass(frozen=True, slots=True)
class DemoTruth:
    """What is known about the demo subject.

    Attributes:
        timestamps_s: (T,) float64 time of each frame of the video.
        keypoints_px: (T, 25, 2) float32 true BODY_25 positions in the picture.
        activation: (T, 8) float32 simulated activation in [0, 1], channels of `MONTAGE`.
        emg_timestamps_s: (T_10,) float64.
        emg_counts: (T_10, 8) uint16 simulated sEMG at 10 Hz.
        segments: (name of exercise, start_s, end_s) in order.
        valid: (T,) bool; False where the physics did not add up, so that nothing should be judged by it.
        video_sha256: Hash of the video that all this belongs to.
    """

    timestamps_s: NDArray[np.float64]
    keypoints_px: Floats
    activation: Floats
    emg_timestamps_s: NDArray[np.float64]
    emg_counts: NDArray[np.uint16]
    segments: tuple[tuple[str, float, float], ...]
    valid: NDArray[np.bool_]
    video_sha256: str = ""
    label: str = "simulated truth"

    @classmethod
    def load(cls, path: Path = DEMO_TRUTH) -> DemoTruth:
        """Read the truth file.

        Raises:
            VideoFileError: It is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                segments = json.loads(str(data["segments"]))
                return cls(
                    np.asarray(data["timestamps_s"], np.float64),
                    np.asarray(data["keypoints_px"], np.float32),
                    np.asarray(data["activation"], np.float32),
                    np.asarray(data["emg_timestamps_s"], np.float64),
                    np.asarray(data["emg_counts"], np.uint16),
                    tuple((s["exercise"], float(s["start_s"]), float(s["end_s"])) for s in segments),
                    np.asarray(data["valid"], np.bool_),
                    str(json.loads(str(data["meta"]))["video_sha256"]),
                )
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
            raise VideoFileError(
                f"The demo subject's truth file can't be read ({error}).", "Install mia-live again."
            ) from error

    @property
    def duration_s(self) -> float:
        """Length of one round of the medley."""
        step_s = (self.timestamps_s[-1] - self.timestamps_s[0]) / (len(self.timestamps_s) - 1)
        return float(self.timestamps_s[-1] + step_s)

    def is_valid(self, timestamp_s: float) -> bool:
        """Return whether the physics add up at a time of the endless medley."""
        frame = np.searchsorted(self.timestamps_s, timestamp_s % self.duration_s)
        return bool(self.valid[min(int(frame), len(self.valid) - 1)])

    def at(self, timestamp_s: float) -> Floats:
        """Return the (8,) simulated activation at a time of the endless medley."""
        present: Floats = self.over(np.array([timestamp_s]))[0]
        return present

    def over(self, timestamps_s: NDArray[np.float64]) -> Floats:
        """Return the (n, 8) simulated activations at (n,) times of the endless medley."""
        when_s = timestamps_s % self.duration_s
        channels = [np.interp(when_s, self.timestamps_s, channel) for channel in self.activation.T]
        return np.array(channels, np.float32).T


class DemoCamera(VideoFile):
    """The demo subject as a camera.

    Args:
        realtime: At its own pace and without end, like a camera; otherwise once through, as fast as possible.
    """

    def __init__(self, *, realtime: bool = True, clock: Clock | None = None) -> None:
        super().__init__(DEMO_VIDEO, realtime=realtime, loop=realtime, clock=clock)

    def open(self) -> SourceInfo:
        """Open the demo video.

        Raises:
            VideoFileError: The demo files are missing from the installation.
        """
        return replace(super().open(), name="Demo subject (simulated)", stable_id="demo")
