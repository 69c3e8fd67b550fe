"""Hands what a pipeline and its sensors bring to a recording of a subject."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from math import nan
from pathlib import Path
from typing import Any

from mia_core.clock import Clock, SystemClock
from mia_core.errors import RecordingError
from mia_core.live.model_reference import model_reference
from mia_core.live.muscle_estimation import Estimate
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import StreamHealth
from mia_core.models.activation_model import ActivationModel
from mia_core.recording.recording_manifest import Consent, RecordingManifest, Subject
from mia_core.recording.session_folder import new_session_folder, session_id_of
from mia_core.recording.session_recording import SessionRecording
from mia_core.samples import Frame
from mia_core.streams import FanOut, SourceInfo


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What people decide before a recording.

    Attributes:
        recordings: The folder of all recordings.
        subject: Who is recorded.
        consent: Whether they agreed.
        protocol: Name and planned trials, None without a protocol.
        calibration: Rest and maximum of each muscle as plain data, None without.
        required_streams: What it is of no use without: `video`, `pose`, `activation`, `emg`, `calibration`.
        tags: Words to find it by.
        lookahead_steps: Steps of 0.1 s by which the read-out lags.
        folder: The session folder; None for a new one below `recordings`, named by subject and time.
    """

    recordings: Path
    subject: Subject
    consent: Consent = field(default_factory=Consent)
    protocol: dict[str, Any] | None = None
    calibration: dict[str, Any] | None = None
    required_streams: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lookahead_steps: int = 2
    folder: Path | None = None


class SubjectRecorder:
    """The pipeline's recorder for subjects; stands by from the pipeline's beginning, or records at once.

    Args:
        recording: Where everything goes, not started.
        frames: Every frame of the camera: `LivePipeline.captured`. None where none is passed over, since the source
            waits, and does not play at its own pace: then they come with what was found in them.
        sensors: The sensors, None without.
        plan: What to record at once; None to stand by until `begin_session`.
        clock: Names the session.
        on_begun: Called on the estimation thread when the pipeline has begun.
    """

    def __init__(
        self,
        recording: SessionRecording,
        frames: FanOut[Frame] | None,
        sensors: SensorFeed | None = None,
        plan: SessionPlan | None = None,
        clock: Clock | None = None,
        on_begun: Callable[[], None] = lambda: None,
    ) -> None:
        self.recording = recording
        self._frames = frames
        self._sensors = sensors
        self._plan = plan
        self._clock = clock or SystemClock()
        self._on_begun = on_begun
        self._camera: SourceInfo | None = None
        self._model: dict[str, Any] = {}
        self._taking = threading.Lock()  # over the two below
        self._last: Frame | None = None
        self._takes = True

    @property
    def has_ended(self) -> bool:
        """Whether it takes no frame any more: somebody ended it, or there is no room on the disk."""
        return not self._takes

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        """Take in what comes, and record it if that was asked for.

        Raises:
            RecordingError: The folder can't be written, or there is too little room on its disk.
        """
        self._model = model_reference(model)
        self.recording.start(on_no_room=self.end)
        self._camera = info  # from now on another thread may begin a session
        if self._frames is not None:
            self._frames.tap(self._take)
        if self._sensors is not None:
            self._sensors.arrived.tap(self.recording.put_emg)
        if self._plan is not None:
            self.begin_session(self._plan)
        self._on_begun()

    def begin_session(self, plan: SessionPlan) -> Path:
        """Write from now on, with the seconds before that were kept; returns the folder. From any thread.

        Raises:
            RecordingError: The folder can't be written, there is too little room on its disk, or the pipeline has not
                begun yet.
        """
        if self._camera is None:
            raise RecordingError("The camera has not begun yet.", "Wait for the picture, then record.")
        now = self._clock.utc()
        folder = plan.folder or new_session_folder(plan.recordings, plan.subject, now)
        manifest = RecordingManifest(
            software=f"mia-live {version('mia-live')}",
            created_utc=now.isoformat(timespec="milliseconds"),
            session_id=session_id_of(folder),
            subject=plan.subject,
            consent=plan.consent,
            camera=asdict(self._camera),
            model=self._model,
            lookahead_steps=plan.lookahead_steps,
            calibration=plan.calibration,
            protocol=plan.protocol,
            required_streams=plan.required_streams,
            tags=plan.tags,
        )
        if self._sensors is None:
            self.recording.begin(folder, manifest)
            return folder
        self._sensors.set_recording(True)  # from now on no search disturbs them; first, since the end may come any time
        try:
            self.recording.begin(folder, manifest, self._sensors.source)
        except RecordingError:
            self._sensors.set_recording(False)
            raise
        return folder

    def write(self, estimate: Estimate) -> None:
        """Take what one more frame brought; a disk that refuses ends the recording, not the pipeline."""
        if self._frames is None and estimate.frame is not None:
            self.recording.put_frame(replace(estimate.frame, captured_s=nan))
        self.recording.put_estimate(estimate.frame, estimate.tracked.pose, estimate.steps)

    def end(self) -> Frame | None:
        """Take no frame more, and return the last one; samples come until `finish`, those of the last frames too."""
        if self._frames is not None:
            self._frames.untap(self._take)
        with self._taking:
            self._takes = False
            return self._last

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        """Take nothing more, and end the session."""
        self.end()
        if self._sensors is not None:
            self._sensors.arrived.untap(self.recording.put_emg)
            self._sensors.set_recording(False)
        self.recording.finish(notes, complete=complete)

    def _take(self, frame: Frame) -> None:
        with self._taking:
            if self._takes:
                self._last = frame
                self.recording.put_frame(frame)
