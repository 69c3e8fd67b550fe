"""Record a subject without a window, with a line that says how it goes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from app.headless import FINISH_TIMEOUT_S, never_ended
from app.interruption import stopped_by_ctrl_c
from app.live_page.source_choice import SourceChoice, SourceKind
from app.pipelines import Models, make_reference, make_source
from app.played_film import PlayedFilm
from app.played_muscles import PlayedMuscles
from app.record_page.light_ritual import LightRitual
from app.record_page.ritual import RitualStage
from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_sources import calibration_of, make_sensors
from app.terminal import plain_console
from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError, RecordingError
from mia_core.live.light_watch import light_placements
from mia_core.live.lsl_recorder import LslRecorder
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.recording_slot import Recorder
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import PipelineState
from mia_core.live.subject_recorder import SessionPlan, SubjectRecorder
from mia_core.muscles import Placement, in_short
from mia_core.recording.disk_guard import DiskGuard
from mia_core.recording.protocol import Protocol
from mia_core.recording.protocol_runner import Cue, ProtocolRunner, RunPhase
from mia_core.recording.recording_health import RecordingHealth, RecordingState
from mia_core.recording.recording_manifest import Privacy, RecordingManifest
from mia_core.recording.session_recording import RecordingSettings, SessionRecording
from mia_core.samples import Frame
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.streams import Source

POLL_S: Final = 0.05
SENSORS_PATIENCE_S: Final = 30.0
"""A recording begins when all sensors send, or so long after they were first looked for: then without the others."""
_MB: Final = 1e6


class NoLightError(MiaError):
    """A sensor is to show its light, and has none."""


class SubjectRunError(MiaError):
    """The recording was cut short by an error; what was written until then is in the session folder."""


@dataclass(frozen=True, slots=True)
class SubjectRun:
    """What is to be recorded, and how.

    Attributes:
        source: The camera, file or demo; files play at their own pace.
        sensors: The sensors, None without.
        plan: Whose session it becomes, and where.
        models: Which models look on.
        privacy: What of the picture is written.
        seconds: How long, None until Ctrl-C or the end of the file.
        protocol: What the subject is led through, None for nothing; the recording ends with it.
        disk: When there is too little room.
        light: The muscle whose sensor shows its light to the camera first, which tells how late that is; None for none.
        is_published: Whether other programs on the local network may follow, through the Lab Streaming Layer.
    """

    source: SourceChoice
    sensors: SensorChoice | None
    plan: SessionPlan
    models: Models
    privacy: Privacy = Privacy.FULL
    seconds: float | None = None
    protocol: Protocol | None = None
    disk: DiskGuard = field(default_factory=DiskGuard)
    light: Placement | None = None
    is_published: bool = False


def record_subject(run: SubjectRun) -> tuple[RecordingManifest, RecordingHealth]:
    """Record until the time or the protocol is over, the file ends, the disk is nearly full, or Ctrl-C.

    It begins when the sensors send, since nothing is searched for while it lasts. The session ends in order each time.

    Returns:
        The final manifest, and how the recording was doing at its end.

    Raises:
        MiaError: The source or the sensors can't be used, or the disk refuses; what was written stays.
    """
    muscles, film = PlayedMuscles(), PlayedFilm()
    feed = None if run.sensors is None else SensorFeed(make_sensors(run.sensors, muscles, film=film))
    if run.light is not None and (feed is None or run.light not in light_placements(feed.source)):
        raise NoLightError(
            f"No sensor on the {run.light.label.lower()} has a light of two known colours.",
            "Leave --light-sync out, or choose a muscle with an M40 on it.",
        )
    recording = SessionRecording(run.privacy, RecordingSettings(disk=run.disk))
    settings = PipelineSettings(run.plan.lookahead_steps)
    pipeline = LivePipeline(
        _source(run.source, recording),
        run.models.make_estimator,
        run.models.make_model,
        settings,
        reference=make_reference(run.source),
    )
    if run.source.kind is SourceKind.DEMO:
        muscles.follow(pipeline.time_line)
    film.follow(run.source, pipeline.time_line)
    planned = None if run.protocol is None else run.protocol.to_json()
    calibration = None if run.sensors is None else calibration_of(run.sensors)
    plan = replace(run.plan, protocol=planned, calibration=None if calibration is None else calibration.to_json())
    recorder: Recorder = SubjectRecorder(recording, pipeline.captured, feed, plan)
    if run.is_published:
        recorder = LslRecorder(recorder, pipeline.time_line, feed)
    pipeline.record(recorder)
    console = plain_console(stderr=True)
    try:
        with stopped_by_ctrl_c() as stop:
            if feed is not None:
                feed.start()
                if run.sensors is not None and run.sensors.kind is not SensorKind.REPLAY:
                    await_sensors(feed, stop, console)
            if not stop.is_set():
                pipeline.start()
                _watch(run, pipeline, recording, feed, stop, console)
    finally:
        pipeline.stop()
        has_ended = pipeline.wait(FINISH_TIMEOUT_S)
        if feed is not None:
            feed.stop()
    if not has_ended:
        raise SubjectRunError(*never_ended(plan.recordings))
    return _outcome(pipeline, recording)


def _source(choice: SourceChoice, recording: SessionRecording) -> Source[Frame]:
    """Return the source; a camera that is lost is marked and picked up again."""
    if choice.kind is not SourceKind.CAMERA:
        return make_source(choice, realtime=True)
    from mia_core.capture.persistent_camera import PersistentCamera

    return PersistentCamera(
        lambda: make_source(choice, realtime=True),
        lambda why: recording.mark("device_lost", {"stream": "frames", "why": why}),
        lambda: recording.mark("device_back", {"stream": "frames"}),
    )


def await_sensors(
    feed: SensorFeed,
    stop: threading.Event,
    console: Console,
    clock: Clock | None = None,
    patience_s: float = SENSORS_PATIENCE_S,
) -> None:
    """Wait until every sensor sends; after some time go on, and say which do not."""
    clock = clock or SystemClock()
    give_up_s = clock.now() + patience_s
    while silent := [state for state in feed.states() if state.phase is not SensorPhase.STREAMING]:
        if feed.error is not None or clock.now() > give_up_s or stop.is_set():
            names = in_short(tuple(state.placement.name for state in silent))
            console.print(f"Nothing comes from {names}.", style="yellow")
            return
        clock.wait(POLL_S)  # not `stop.wait`: Ctrl-C sets the event, and could come where that holds its lock


def _watch(
    run: SubjectRun,
    pipeline: LivePipeline,
    recording: SessionRecording,
    feed: SensorFeed | None,
    stop: threading.Event,
    console: Console,
) -> None:
    """Show how it goes, and lead through the protocol, until something ends it."""
    clock, are_sensors_gone = SystemClock(), False
    light = None
    if feed is not None and run.light is not None:
        light = LightRitual(run.light, feed, pipeline.captured, recording.mark, clock)
    runner = None if run.protocol is None else ProtocolRunner(run.protocol, recording.mark)
    with Live(console=console, auto_refresh=False, transient=True) as screen:
        while not pipeline.wait(POLL_S) and not stop.is_set():
            health = recording.health()
            is_over = health.state in (RecordingState.ENDED, RecordingState.FAILED)
            if is_over or (run.seconds is not None and health.elapsed_s >= run.seconds):
                break
            if feed is not None and feed.error is not None and not are_sensors_gone:
                are_sensors_gone = True  # the take goes on without them
                recording.mark("device_lost", {"stream": "emg", "why": str(feed.error)})
            if light is not None and health.state is RecordingState.RECORDING:
                show_light(light, pipeline, recording, console)
            if runner is not None and health.state is RecordingState.RECORDING:
                _lead(runner, clock.now(), console)
                if runner.view.phase is RunPhase.DONE:
                    break
            if console.is_terminal:
                screen.update(_line(health, run.seconds), refresh=True)
    if light is not None:
        light.cancel()
    if runner is not None:
        runner.stop()


def show_light(light: LightRitual, pipeline: LivePipeline, recording: SessionRecording, console: Console) -> None:
    """Have a sensor show its light once, and keep what that tells."""
    if light.stage is RitualStage.WAITING:
        light.begin()
    elif light.stage is RitualStage.CUED:
        light.poll(pipeline.snapshot().pose)
        outcome = light.outcome
        if outcome is not None:
            console.print(f"{outcome.verdict} {outcome.advice}")
            if outcome.content is not None:
                recording.note_sync(outcome.content, is_of_light=True)


def _lead(runner: ProtocolRunner, now_s: float, console: Console) -> None:
    """Let a protocol go on by itself, and say what is to be done."""
    for cue in runner.tick(now_s):
        trial = runner.view.trial
        if cue is Cue.ANNOUNCE and trial is not None:
            console.print(f"{trial.exercise.label}, {trial.take} of {trial.takes}: {trial.exercise.prompt}")
        elif cue in (Cue.BEGIN, Cue.END):
            console.print("Begin!" if cue is Cue.BEGIN else "Rest.")
    if runner.view.phase is RunPhase.READY:
        runner.go_on()


def _line(health: RecordingHealth, seconds: float | None) -> Text:
    """Return the line that says how it goes."""
    if health.state is RecordingState.STANDBY:
        return Text("Loading the models ...")
    counts = health.counts
    of = "" if seconds is None else f" of {seconds:.0f}"
    free = "" if health.free_bytes is None else f", {health.free_bytes / 1e9:.0f} GB free"
    queues = max(health.queue_fill, health.frame_queue_fill)
    line = Text(
        f"{health.elapsed_s:.0f}{of} s: {counts.frames} frames, {counts.frames_lost} lost; {health.n_samples} samples; "
        f"queues {100 * queues:.0f} % full; {health.written_bytes / _MB:.0f} MB written{free}"
    )
    if health.warning:
        line.append(f"\n{health.warning}", style="yellow")
    if health.error:
        line.append(f"\n{health.error}", style="red")
    return line


def _outcome(pipeline: LivePipeline, recording: SessionRecording) -> tuple[RecordingManifest, RecordingHealth]:
    snapshot, health, manifest = pipeline.snapshot(), recording.health(), recording.manifest
    if snapshot.state is PipelineState.FAILED:
        raise SubjectRunError(snapshot.error, snapshot.advice)
    if manifest is None and health.error:
        raise SubjectRunError(health.error, health.advice)
    if manifest is None:
        raise RecordingError("Nothing was recorded.", "Try again, and let it run a little longer.")
    return manifest, health
