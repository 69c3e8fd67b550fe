"""Live streams for other programs of a laboratory, through the Lab Streaming Layer (labstreaminglayer.org).

    mia predicted activation  10 Hz, a channel for each muscle of the montage: the values that a session holds
    mia estimated pose        a row for each frame that was looked at: x, y, confidence of 25 keypoints; NaN for nobody
    mia measured sEMG         a row for each sample, in its sensor's channel, NaN in the others; `simulated` if it is

Anybody on the local network can find and read such streams, so there are none unless somebody asked for them.
"""

from __future__ import annotations

from importlib.metadata import version
from platform import node
from typing import Any, Final

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError, MissingExtraError
from mia_core.live.model_reference import model_reference
from mia_core.live.muscle_estimation import Estimate
from mia_core.live.recording_slot import Recorder
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import StreamHealth
from mia_core.live.time_line import TimeLine
from mia_core.models.activation_model import ActivationModel
from mia_core.muscles import MONTAGE
from mia_core.samples import STEP_S, EmgChunk, Floats, Frame, Pose
from mia_core.sensors.sensor_source import SensorSource
from mia_core.skeleton import BODY_25, N_KEYPOINTS
from mia_core.streams import SourceInfo

_READINGS: Final = 32
"""The two clocks are compared so many times, and the fastest comparison counts."""
_IRREGULAR: Final = 0.0
"""The rate of a stream whose rows come when they come: readers then believe the time stamps."""
_Channels = list[tuple[str, str, str]]
"""Label, type and unit of each channel."""


class LslError(MiaError):
    """The Lab Streaming Layer can't be used."""


class LslRecorder:
    """Hands everything on to another recorder, and publishes it.

    Time stamps are those of the recording, on the clock of LSL: of a prediction the step's, though it is sent later by
    the look-ahead; of a pose the arrival of its frame; of a sample the arrival of its packet.

    Args:
        recorder: Who records.
        time_line: Where the moments of the source lie on the monotonic clock: `LivePipeline.time_line`.
        sensors: The sensors, None without.
        clock: The clock of frames and samples.

    Raises:
        MissingExtraError: pylsl is not installed.
        LslError: Its library can't be loaded.
    """

    def __init__(
        self, recorder: Recorder, time_line: TimeLine, sensors: SensorFeed | None = None, clock: Clock | None = None
    ) -> None:
        self._lsl = _library()
        self._recorder = recorder
        self._time_line = time_line
        self._sensors = sensors
        self._ahead_s = _offset_s(self._lsl.local_clock, clock or SystemClock())
        """What LSL's clock says when ours says 0."""
        self._activation: Any = None
        self._pose: Any = None
        self._emg: Any = None
        self._columns = np.full(len(MONTAGE), -1, np.intp)
        """Column of each muscle in the stream of samples."""

    @property
    def has_ended(self) -> bool:
        """Whether the recorder takes no frame any more."""
        return self._recorder.has_ended

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        """Open the streams.

        Raises:
            LslError: They can't be opened.
            MiaError: The recorder can't begin.
        """
        self._recorder.begin(info, model, health)
        reference = model_reference(model)
        muscles: _Channels = [(name, "activation", str(reference["activation_unit"])) for name in MONTAGE.names]
        self._activation = self._outlet("predicted activation", "MuscleActivation", 1 / STEP_S, muscles, reference)
        points: _Channels = [
            (f"{joint}_{value}", value, unit)
            for joint in BODY_25
            for value, unit in (("x", "pixels"), ("y", "pixels"), ("confidence", "1"))
        ]
        picture = {"camera": info.name, "width_px": info.width_px, "height_px": info.height_px}
        self._pose = self._outlet("estimated pose", "MoCap", _IRREGULAR, points, picture)
        if self._sensors is not None:
            self._emg = self._emg_outlet(self._sensors.source)
            self._sensors.arrived.tap(self._publish_emg)

    def write(self, estimate: Estimate) -> None:
        """Record and publish what one more frame brought."""
        self._recorder.write(estimate)
        for step in estimate.steps:
            stamp_s = self._time_line.monotonic_s(step.timestamp_s)
            self._activation.push_sample(step.values.tolist(), stamp_s + self._ahead_s)
        if estimate.frame is not None:
            row = pose_channels(estimate.tracked.pose)
            self._pose.push_sample(row.tolist(), estimate.frame.captured_s + self._ahead_s)

    def end(self) -> Frame | None:
        """Let the recorder take no frame more; what is still estimated is published."""
        return self._recorder.end()

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        """Close the streams and end the recording."""
        if self._sensors is not None:
            self._sensors.arrived.untap(self._publish_emg)
        self._activation = self._pose = self._emg = None
        self._recorder.finish(health, notes, complete)

    def _publish_emg(self, chunk: EmgChunk) -> None:
        outlet = self._emg
        columns = self._columns[chunk.channels]
        if outlet is None or not len(chunk):
            return
        rows = np.full((len(chunk), int(self._columns.max()) + 1), np.nan, np.float32)
        rows[np.arange(len(chunk)), columns] = chunk.values
        outlet.push_chunk(rows, (chunk.arrivals_s + self._ahead_s).tolist())

    def _emg_outlet(self, source: SensorSource) -> Any:
        channels: _Channels = []
        for column, (placement, _) in enumerate(source.montage.assignments):
            profile = source.profile_of(placement)
            self._columns[MONTAGE.placements.index(placement)] = column
            channels.append((placement.name, f"EMG {profile.kind}", profile.unit))
        about = {"montage": source.montage.name, "is_measured": source.is_measured}
        return self._outlet(source.label, "EMG", _IRREGULAR, channels, about)

    def _outlet(self, name: str, kind: str, rate_hz: float, channels: _Channels, about: dict[str, Any]) -> Any:
        """Open a stream; it can be found from now on."""
        label = f"mia {name}"
        info = self._lsl.StreamInfo(label, kind, len(channels), rate_hz, self._lsl.cf_float32, f"{label} on {node()}")
        description = info.desc()
        description.append_child_value("manufacturer", "mia-live")
        description.append_child_value("software", f"mia-live {version('mia-live')}")
        for key, value in about.items():
            words = ", ".join(value) if isinstance(value, list) else str(value)
            description.append_child_value(key, words)
        listed = description.append_child("channels")
        for channel in channels:
            entry = listed.append_child("channel")
            for key, value in zip(("label", "type", "unit"), channel, strict=True):
                entry.append_child_value(key, value)
        try:
            return self._lsl.StreamOutlet(info)
        except RuntimeError as error:
            raise LslError(
                f"The stream {label} can't be opened ({error}).", "Check the configuration of LSL, or leave --lsl out."
            ) from error


def pose_channels(pose: Pose | None) -> Floats:
    """Return (75,) float32: x, y in pixels and confidence of each keypoint in turn; NaN without a person."""
    if pose is None:
        return np.full(3 * N_KEYPOINTS, np.nan, np.float32)
    return np.column_stack([pose.keypoints_px, pose.confidence]).astype(np.float32).ravel()


def _offset_s(local_clock: Any, clock: Clock) -> float:
    """Return by how much LSL's clock is ahead of ours: the reading that took the least time is the most exact."""
    readings = []
    for _ in range(_READINGS):
        before_s = clock.now()
        theirs_s = local_clock()
        after_s = clock.now()
        readings.append((after_s - before_s, theirs_s - (before_s + after_s) / 2))
    return float(min(readings)[1])


def _library() -> Any:
    try:
        import pylsl
    except ImportError as error:
        raise MissingExtraError("Publishing live streams", "lsl") from error
    except RuntimeError as error:  # its library is missing, or made for another system
        raise LslError(
            "The library of the Lab Streaming Layer can't be loaded.",
            "On Linux it needs glibc 2.35 (Ubuntu 22.04) or newer; PYLSL_LIB may name another liblsl.",
        ) from error
    return pylsl
