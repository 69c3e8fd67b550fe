"""What flows through the program: frames, poses, activations. Frozen; units and shapes in the names and here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(height, width, 3) uint8, blue-green-red, C-contiguous, read-only."""
Floats = NDArray[np.float32]

STEP_S: Final = 0.1
"""Seconds between two steps of the muscle grid: the M40 reports about 10 values a second (paper, section 4.5)."""
WINDOW_STEPS: Final = 30
"""Steps in one window: 3.0 s (paper, section 3.2)."""
KNOWN_CONFIDENCE: Final = 0.5
"""Keypoints below this confidence are unknown: drawn faint, and muscles that need them are hatched."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One image.

    Attributes:
        image: (height, width, 3) uint8 BGR, read-only.
        timestamp_s: When it was taken, on its source's time line: seconds of video for a file, seconds since opening
            for a camera.
        captured_s: When it arrived, on the monotonic clock; the age of everything made from it is counted from here.
        index: Running number given by the source, from 0; a gap means lost frames.
    """

    image: Image
    timestamp_s: float
    captured_s: float
    index: int


@dataclass(frozen=True, slots=True)
class Pose:
    """The BODY_25 keypoints of one person in one frame.

    Attributes:
        keypoints_px: (25, 2) float32, x to the right and y down, in pixels of the frame.
        confidence: (25,) float32 in [0, 1]; below `KNOWN_CONFIDENCE` a keypoint is unknown.
        timestamp_s: The frame's time.
        frame_index: The frame's index.
    """

    keypoints_px: Floats
    confidence: Floats
    timestamp_s: float
    frame_index: int

    @property
    def known(self) -> NDArray[np.bool_]:
        """(25,) whether each keypoint is known."""
        return self.confidence >= KNOWN_CONFIDENCE


@dataclass(frozen=True, slots=True)
class MuscleActivation:
    """Activation of every muscle of the montage at one step; the same type whether predicted, simulated or measured.

    Attributes:
        values: (n_channels,) float32 >= 0 without unit, 1 = maximal; NaN where unknown.
        timestamp_s: The step's time on the source's time line.
        warming_up: Whether the window behind a prediction was padded because less than 3 s had been seen.
        low: (n_channels,) lower end of the interval that should hold 80 % of the truths, NaN where a value or its
            spread is unknown; None for what is not predicted.
        high: (n_channels,) its upper end.
    """

    values: Floats
    timestamp_s: float
    warming_up: bool = False
    low: Floats | None = None
    high: Floats | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n_channels,) whether each muscle has a value."""
        return ~np.isnan(self.values)
