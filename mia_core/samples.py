"""What flows through the program: frames, poses, sEMG, activations. Frozen; units and shapes in the names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(height, width, 3) uint8, blue-green-red, C-contiguous, read-only."""
Floats = NDArray[np.float32]
Times = NDArray[np.float64]
"""Seconds: whole nanoseconds of days fit into no less."""

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


class SampleFlag(IntFlag):
    """What is to be known of one sEMG sample."""

    SATURATED = 1
    """At an end of the sensor's range: an upside-down or loose electrode, or a cut-off peak."""
    OUT_OF_RANGE = 2
    """Beyond what the sensor's profile says it can send; kept as it came."""
    AFTER_LOSS = 4
    """At least one sample before it, in the same segment, never arrived."""
    INDEX_INFERRED = 8
    """The sensor sends no counter: that nothing is missing before it is inferred from arrival times."""


@dataclass(frozen=True, slots=True)
class EmgChunk:
    """sEMG samples of any channels of a montage, in the order in which they arrived: one row each, nothing resampled.

    Sensors have clocks and rates of their own, so their samples do not share one time axis; `processing.emg_grid`
    makes one of them.

    Attributes:
        channels: (n,) intp places in `MONTAGE`.
        values: (n,) float32 in the unit of the sensor's profile (M40: counts from 0 to 1023).
        arrivals_s: (n,) float64 monotonic time at which the sample's packet arrived; never edited.
        timestamps_s: (n,) float64 best live estimate of the monotonic time at which it was sampled.
        counters: (n,) int64 the sensor's own counter without its wrap-arounds, -1 where the sensor has none.
        segments: (n,) int32 number of the connection that brought it, from 0 for each sensor; clocks, counters and
            losses are judged within a segment only.
        flags: (n,) uint8 of `SampleFlag`.
    """

    channels: NDArray[np.intp]
    values: Floats
    arrivals_s: NDArray[np.float64]
    timestamps_s: NDArray[np.float64]
    counters: NDArray[np.int64]
    segments: NDArray[np.int32]
    flags: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.values)


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
