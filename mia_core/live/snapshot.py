"""What a display pulls from the pipeline: one consistent picture of the newest state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mia_core.pose.person_tracker import Tracking
from mia_core.processing.agreement import Agreement
from mia_core.samples import Floats, Frame, MuscleActivation, Pose
from mia_core.sensors.sensor_state import SensorState

__all__ = ["History", "PipelineState", "SensorReadings", "Snapshot", "StreamHealth", "Tracking"]


class PipelineState(StrEnum):
    """What the pipeline is doing."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """How the stream is doing: the numbers of the status bar.

    Attributes:
        source_name: The camera or file in use.
        source_fps: Rate at which the source numbers its frames, taken or not, over the last 60 that were taken.
        pose_ms: Median time of the pose estimator over the last 60 frames.
        model_ms: Median time of the activation model over the last 30 steps.
        skipped: Frames passed over on purpose because a newer one was there.
        lost: Frames that never arrived, by the gaps in the source's numbering.
        no_person: Frames in which nobody was found.
        device: The device that the activation model really runs on, such as `CPU` or `CUDA: NVIDIA RTX 4070`.
        model_name: Name of the model.
        model_provenance: What it was trained on, in a few words, such as `simulated, not measured`.
        low_confidence: Names of the muscles that the model is not known to follow on real motion.
        frame_age_s: Seconds since the newest frame arrived when the snapshot was taken; grows when a camera hangs.
        estimate_age_s: Seconds since the newest one of those arrived that are estimated; more than that when the
            estimation is slow.
    """

    source_name: str = ""
    source_fps: float = 0.0
    pose_ms: float = 0.0
    model_ms: float = 0.0
    skipped: int = 0
    lost: int = 0
    no_person: int = 0
    device: str = ""
    model_name: str = ""
    model_provenance: str = ""
    low_confidence: tuple[str, ...] = ()
    frame_age_s: float = 0.0
    estimate_age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SensorReadings:
    """How the sensors beside the prediction are doing.

    Attributes:
        label: What they give, such as `measured sEMG` or `simulated sEMG`.
        is_measured: Whether the values come, or once came, from real sensors on a person.
        states: Each sensor of the montage.
        calibrated: (n_channels,) bool whether 100 % is a maximal effort of that muscle, else the strongest so far.
        error: One sentence of what ended the reading, empty while it goes on.
        advice: One sentence of what to do about it.
    """

    label: str
    is_measured: bool
    states: tuple[SensorState, ...]
    calibrated: NDArray[np.bool_]
    error: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest consistent picture: image, pose and muscles of one and the same moment.

    The picture is `lookahead_steps` x 100 ms older than the newest frame, because the model needs that much of the
    future to judge a moment (and the image is held back by the same time, so that they agree).

    Attributes:
        sequence: Grows by one with every estimated frame; equal numbers mean nothing new.
        state: What the pipeline is doing.
        frame: The image to show, None before the first.
        pose: The person in that image, None when nobody was found.
        tracking: How well the person is followed.
        activation: The predicted muscles at the image's time, None before the first step.
        reference: Measured or simulated muscles at the same time, None when there are none.
        reference_label: What the reference is, such as `measured sEMG` or `simulated truth`; empty without one.
        sensors: How the sensors behind the reference are doing, None when there are none.
        warming_up_s: Seconds until the window is full, 0 when it is.
        newest_captured_s: Monotonic time at which the newest frame that this snapshot draws on arrived.
        health: The numbers of the status bar.
        position_s: Time of the shown image on the source's time line.
        duration_s: Length of the source when it is a file.
        recording: Whether what is found out is written to disk.
        error: One sentence of what went wrong, empty when nothing did.
        advice: One sentence of what to do about it.
    """

    sequence: int = 0
    state: PipelineState = PipelineState.STARTING
    frame: Frame | None = None
    pose: Pose | None = None
    tracking: Tracking = Tracking.SEARCHING
    activation: MuscleActivation | None = None
    reference: MuscleActivation | None = None
    reference_label: str = ""
    sensors: SensorReadings | None = None
    warming_up_s: float = 0.0
    newest_captured_s: float = 0.0
    health: StreamHealth = StreamHealth()
    position_s: float = 0.0
    duration_s: float | None = None
    recording: bool = False
    error: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The last steps of the 10 Hz grid, oldest first, for scrolling traces.

    Attributes:
        timestamps_s: (n,) float64 on the source's time line.
        predicted: (n, n_channels) float32, NaN where unknown.
        reference: (n, n_channels) float32, NaN where there is none.
        warming_up: (n,) bool.
        low: (n, n_channels) float32 lower ends of the 80 % intervals, NaN where unknown.
        high: (n, n_channels) float32, the upper ends.
        calibrated: (n_channels,) bool whether the reference has the prediction's unit; else 1 is its strongest so far.
        agreement: Of prediction and reference over the last 30 s, warming up left out; None without a reference. Its
            root mean square error is NaN where a measured muscle is not calibrated.
    """

    timestamps_s: NDArray[np.float64]
    predicted: Floats
    reference: Floats
    warming_up: NDArray[np.bool_]
    low: Floats
    high: Floats
    calibrated: NDArray[np.bool_]
    agreement: Agreement | None = None
