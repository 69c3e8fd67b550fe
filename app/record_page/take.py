"""One take after the other: stand by, begin, watch, end. Without widgets; everything from one thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.live_page.pipeline_protocol import Pipeline
from app.record_page.loss_watch import LossWatch
from app.record_page.pose_tape import PoseTape, TapedRecorder
from app.record_page.record_access import RecordAccess
from app.record_page.session_choices import PAST_S, SessionChoices
from app.record_page.stream_checks import required_in_session
from app.record_page.summary import TrialCounts
from mia_core.clock import Clock
from mia_core.errors import MiaError, RecordingError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import PipelineState, Snapshot
from mia_core.live.subject_recorder import SessionPlan
from mia_core.recording.protocol import Protocol
from mia_core.recording.protocol_runner import ProtocolRunner
from mia_core.recording.recording_health import RecordingHealth, RecordingState
from mia_core.recording.recording_manifest import Consent, Privacy, RecordingManifest, Subject
from mia_core.recording.session_recording import SessionRecording


class TakeState(StrEnum):
    """What is being done."""

    IDLE = "idle"
    STARTING = "starting"
    RECORDING = "recording"
    ENDING = "ending"
    OVER = "over"
    """The last take has ended, and what became of it is not yet put away."""


@dataclass(frozen=True, slots=True)
class _Attached:
    """A recording in its place in a pipeline."""

    pipeline: Pipeline
    feed: SensorFeed | None
    privacy: Privacy
    keeps_past: bool
    recording: SessionRecording
    recorder: TapedRecorder
    has_begun: threading.Event

    def fits(self, pipeline: Pipeline | None, feed: SensorFeed | None, choices: SessionChoices) -> bool:
        """Return whether it would record what is wanted now."""
        wanted = (choices.privacy, choices.keeps_past)
        return self.pipeline is pipeline and self.feed is feed and (self.privacy, self.keeps_past) == wanted

    @property
    def is_over(self) -> bool:
        """Whether it can't record any more."""
        ended = self.recording.health().state in (RecordingState.ENDED, RecordingState.FAILED)
        return ended or self.pipeline.snapshot().state in (PipelineState.FINISHED, PipelineState.FAILED)


class Take:
    """At most one take at a time.

    Args:
        access: The doors to the disk.
        clock: Tells the present.

    Attributes:
        state: What is being done.
        runner: Leads the subject through the protocol; None without one and while nothing is recorded.
        tape: The last poses.
        error: Why the last take did not begin.
        manifest: What the last take came to, None before.
        health: How the last take did.
        losses: What is lost at the moment.
    """

    def __init__(self, access: RecordAccess, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._attached: _Attached | None = None
        self._plan: SessionPlan | None = None
        self._protocol: Protocol | None = None
        self.state = TakeState.IDLE
        self.runner: ProtocolRunner | None = None
        self.tape = PoseTape()
        self.error: MiaError | None = None
        self.manifest: RecordingManifest | None = None
        self.health = RecordingHealth(RecordingState.STANDBY)
        self.losses = LossWatch(self.mark, clock)
        self._done: set[tuple[object, object]] = set()
        self._accepted_ways: set[bool] = set()

    @property
    def is_under_way(self) -> bool:
        """Whether something would be cut short by closing the window now."""
        return self.state in (TakeState.STARTING, TakeState.RECORDING, TakeState.ENDING)

    @property
    def subject(self) -> str:
        """Whom the present or last take is of; empty before the first."""
        return "" if self._plan is None else self._plan.subject.id

    @property
    def trials(self) -> TrialCounts | None:
        """How the protocol of the present or last take goes, None without one."""
        return None if self._protocol is None else TrialCounts(len(self._done), len(self._protocol.trials))

    @property
    def feed(self) -> SensorFeed | None:
        """The sensors that are recorded, None without."""
        return None if self._attached is None else self._attached.feed

    @property
    def is_standing_by(self) -> bool:
        """Whether the last seconds are being kept."""
        attached = self._attached
        return attached is not None and attached.keeps_past and self.state in (TakeState.IDLE, TakeState.OVER)

    @property
    def folder(self) -> Path | None:
        """Where the present or last take is."""
        return self.health.folder

    def begin(
        self,
        pipeline: Pipeline,
        feed: SensorFeed | None,
        choices: SessionChoices,
        protocol: Protocol | None,
        lookahead_steps: int,
    ) -> None:
        """Begin a take; nothing happens while one is under way."""
        if self.is_under_way:
            return
        self.error = self.manifest = None
        self.health = RecordingHealth(RecordingState.STANDBY)
        calibration = None if feed is None else feed.calibration
        consent = Consent(True, self._clock.utc().isoformat(timespec="seconds")) if choices.has_consent else Consent()
        self._plan = SessionPlan(
            self._access.folder,
            Subject(choices.subject, choices.notes),
            consent,
            None if protocol is None else protocol.to_json(),
            None if calibration is None else calibration.to_json(),
            required_in_session(choices),
            lookahead_steps=lookahead_steps,
        )
        self._protocol = protocol
        self.state = TakeState.STARTING
        if self._attached is None or not self._attached.fits(pipeline, feed, choices):
            self._attach(pipeline, feed, choices)
        self._begin_when_ready()

    def end(self) -> None:
        """End the take in order; `follow` notices when it has ended."""
        if self.state is TakeState.STARTING:
            self._detach()
            self.state = TakeState.IDLE
        elif self.state is TakeState.RECORDING and self._attached is not None:
            if self.runner is not None:
                self.runner.stop()
            self.state = TakeState.ENDING
            self._attached.pipeline.record(None)

    def put_away(self) -> None:
        """Be done with the last take and its errors."""
        self.error = None
        if self.state is TakeState.OVER:
            self.state = TakeState.IDLE

    def follow(
        self,
        pipeline: Pipeline | None,
        snapshot: Snapshot | None,
        feed: SensorFeed | None,
        choices: SessionChoices,
    ) -> None:
        """Notice what has happened; call it some times a second.

        Args:
            pipeline: What is watched, None for nothing.
            snapshot: Its newest picture.
            feed: The running sensors, None without.
            choices: What would be recorded.
        """
        if self._attached is not None and self.is_under_way:
            self.health = self._attached.recording.health()
        if self.state is TakeState.STARTING:
            self._begin_when_ready()
        elif self.state is TakeState.RECORDING:
            self.losses.look(snapshot, feed, self.feed)
        if self._attached is not None and self.is_under_way:
            self._notice_end(self._attached)
        elif not self.is_under_way:
            self._stand_by(pipeline, feed, choices)

    def mark(self, kind: str, details: Mapping[str, Any] | None = None, at_s: float | None = None) -> None:
        """Write down that something happens; nothing happens while nothing is recorded."""
        if self.state is TakeState.RECORDING and self._attached is not None:
            self._attached.recording.mark(kind, details, at_s)

    def note_sync(self, content: Mapping[str, Any], *, is_of_light: bool = False) -> None:
        """Put what a way of sync came to into the session; what is refused does not replace what was accepted."""
        if content["accepted"]:
            self._accepted_ways.add(is_of_light)
        elif is_of_light in self._accepted_ways:
            return
        if self.state is TakeState.RECORDING and self._attached is not None:
            self._attached.recording.note_sync(content, is_of_light=is_of_light)

    def past_s(self) -> float:
        """Return how many seconds are kept in memory."""
        return self._attached.recording.health().past_s if self._attached is not None else 0.0

    def _attach(self, pipeline: Pipeline, feed: SensorFeed | None, choices: SessionChoices) -> None:
        """Put a recording in its place, where it stands by."""
        settings = replace(self._access.settings, past_s=PAST_S if choices.keeps_past else 0.0)
        recording = SessionRecording(choices.privacy, settings, self._clock)
        has_begun = threading.Event()
        recorder = TapedRecorder(recording, pipeline.captured, feed, clock=self._clock, on_begun=has_begun.set)
        recorder.tape = self.tape
        self._attached = _Attached(pipeline, feed, choices.privacy, choices.keeps_past, recording, recorder, has_begun)
        pipeline.record(recorder)

    def _detach(self) -> None:
        if self._attached is not None:
            self._attached.pipeline.record(None)
        self._attached = None

    def _stand_by(self, pipeline: Pipeline | None, feed: SensorFeed | None, choices: SessionChoices) -> None:
        """Keep the last seconds if that is wanted, and else nothing."""
        attached = self._attached
        if attached is not None and attached.is_over:
            self._attached = attached = None  # its pipeline has ended, or another recording took its place
        wanted = pipeline if choices.keeps_past else None
        if attached is not None and not attached.fits(wanted, feed, choices):
            self._detach()
            attached = None
        if wanted is None or attached is not None:
            return
        snapshot = wanted.snapshot()
        if snapshot.state in (PipelineState.RUNNING, PipelineState.PAUSED) and not snapshot.recording:
            self._attach(wanted, feed, choices)

    def _begin_when_ready(self) -> None:
        attached, plan = self._attached, self._plan
        if attached is None or plan is None or not attached.has_begun.is_set():
            return
        try:
            attached.recorder.begin_session(plan)
        except RecordingError as error:
            self.error = error
            self._detach()
            self.state = TakeState.IDLE
            return
        self.state = TakeState.RECORDING
        self.health = attached.recording.health()
        self.losses.begin()
        self._done.clear()
        self._accepted_ways.clear()
        self.runner = None if self._protocol is None else ProtocolRunner(self._protocol, self._log_trial)

    def _log_trial(self, kind: str, details: dict[str, Any], at_s: float | None) -> None:
        """Write an event of the protocol, and count the trials that are done."""
        self.mark(kind, details, at_s)
        which = details.get("exercise"), details.get("take")
        if kind == "trial_end" and details.get("status") == "done":
            self._done.add(which)
        elif kind in ("trial_redo", "trial_begin"):
            self._done.discard(which)

    def _notice_end(self, attached: _Attached) -> None:
        if self.health.state in (RecordingState.ENDED, RecordingState.FAILED):
            if self.state is TakeState.RECORDING:  # it ended by itself: the disk, or the source
                attached.pipeline.record(None)
                self.state = TakeState.ENDING
            if attached.pipeline.snapshot().recording:
                return  # its place is not free yet
            self.manifest = attached.recording.manifest
            self._attached = self.runner = None
            self.state = TakeState.OVER
        elif self.state is TakeState.STARTING and attached.is_over:
            snapshot = attached.pipeline.snapshot()
            self.error = RecordingError(
                snapshot.error or "The source has ended before the recording began.",
                snapshot.advice or "Start the source again, then record.",
            )
            self._detach()
            self.state = TakeState.IDLE
