"""Run the pipeline without a window, with a progress bar."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import typer

from app.interruption import EXIT_STOPPED, stopped_by_ctrl_c
from app.live_page.source_choice import SourceChoice, SourceKind
from app.pipelines import Models, make_pipeline
from app.terminal import plain_console
from app.work_bar import work_bar
from mia_core.errors import MiaError
from mia_core.live.overlay_recorder import OverlayRecorder
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.recording_slot import Recorder
from mia_core.live.snapshot import PipelineState, Snapshot
from mia_core.live.subject_recorder import SessionPlan, SubjectRecorder
from mia_core.recording.overlay_video import check_new_video
from mia_core.recording.recording_health import RecordingState
from mia_core.recording.recording_manifest import UNKNOWN_SUBJECT, Privacy, RecordingManifest, Subject
from mia_core.recording.session_folder import make_empty_folder
from mia_core.recording.session_recording import SessionRecording

POLL_S = 0.1
FINISH_TIMEOUT_S = 120.0
"""After Ctrl-C the overlay video of a large picture still needs a while to be finished."""


class RunFailedError(MiaError):
    """The pipeline ended with an error; what it had found until then is in the session folder."""


def run_headless(
    choice: SourceChoice,
    models: Models,
    out: Path,
    overlay: Path | None = None,
    lookahead: int = 2,
    seconds: float | None = None,
    *,
    quiet: bool = False,
) -> RecordingManifest:
    """Run a source to its end (or for some seconds, or until Ctrl-C) and write a session folder without pictures.

    What Ctrl-C cuts short is kept. The program then ends with 130, but for a camera, which has no other end.

    Args:
        choice: The source.
        models: Which models to use.
        out: The session folder, empty or not there yet.
        overlay: Where to write the overlay video, None for none.
        lookahead: Steps of 0.1 s by which the read-out lags.
        seconds: Seconds of the source after which to stop, None for its end.
        quiet: Do not print the outcome.

    Returns:
        The final manifest.

    Raises:
        MiaError: The source can't be opened, the folder can't be written, or something broke on the way.
    """
    if overlay is not None:
        check_new_video(overlay)
    is_new = not out.exists()
    make_empty_folder(out)  # now, before minutes are spent
    lossless = choice.kind is not SourceKind.CAMERA
    pipeline = make_pipeline(choice, models, PipelineSettings(lookahead, lossless=lossless, stop_at_s=seconds))
    recording = SessionRecording(Privacy.KEYPOINTS_ONLY)
    plan = SessionPlan(out.parent, Subject(UNKNOWN_SUBJECT), lookahead_steps=lookahead, folder=out)
    recorder: Recorder = SubjectRecorder(recording, None if lossless else pipeline.captured, plan=plan)
    pipeline.record(recorder if overlay is None else OverlayRecorder(recorder, overlay))
    with stopped_by_ctrl_c() as stop:  # an exception would end the waiting for the thread, and so lose what it found
        try:
            pipeline.start()
            _show_progress(pipeline, recording, choice.label, seconds, stop)
        finally:
            pipeline.stop()
            has_ended = pipeline.wait(FINISH_TIMEOUT_S)
    if not has_ended:
        raise RunFailedError(*never_ended(out))
    snapshot = pipeline.snapshot()
    manifest, health = recording.manifest, recording.health()
    if is_new and not any(out.iterdir()):
        out.rmdir()
    if snapshot.state is PipelineState.FAILED:
        raise RunFailedError(snapshot.error, snapshot.advice)
    if manifest is None and health.error:
        raise RunFailedError(health.error, health.advice)
    if manifest is None:
        raise RunFailedError("Nothing was recorded.", "Try again, and let it run a little longer.")
    if not quiet:
        _say_outcome(manifest, out, overlay)
    if stop.is_set() and lossless:
        plain_console().print("Stopped before its end; what was found until then is kept.")
        raise typer.Exit(EXIT_STOPPED)
    return manifest


def never_ended(folder: Path) -> tuple[str, str]:
    """Return message and advice for a run whose threads do not come to an end."""
    return (
        f"The run did not end within {FINISH_TIMEOUT_S / 60:.0f} minutes of being told to.",
        f"What was written until now is kept: `mia sessions recover {folder}` makes a session of it.",
    )


def _show_progress(
    pipeline: LivePipeline, recording: SessionRecording, label: str, seconds: float | None, stop: Event
) -> None:
    """Show how far it is, until the source, the disk or somebody ends it."""
    with work_bar() as bar:

        def show(snapshot: Snapshot, *, is_over: bool) -> None:
            busy_ms = snapshot.health.pose_ms
            speed = f"{1000 / busy_ms:.0f} frames/s" if busy_ms else "starting"
            total_s = min(filter(None, (snapshot.duration_s, seconds)), default=None)
            bar.show(total_s if is_over and total_s else snapshot.position_s, f"{speed}  {label}", total=total_s)

        while not (pipeline.wait(POLL_S) or stop.is_set() or recording.health().state is RecordingState.FAILED):
            show(pipeline.snapshot(), is_over=False)
        show(pipeline.snapshot(), is_over=not stop.is_set())
        if pipeline.snapshot().state is PipelineState.FAILED:
            bar.hide()


def _say_outcome(manifest: RecordingManifest, out: Path, overlay: Path | None) -> None:
    counts = manifest.counts
    console = plain_console()
    share = 100 * counts.detected / counts.estimated if counts.estimated else 0.0
    console.print(
        f"{counts.frames} frames, a person in {share:.0f} % of them, {counts.steps} rows of muscle activation "
        f"({manifest.model['provenance']}), {counts.skipped} skipped, {counts.frames_lost} lost."
    )
    for note in manifest.notes:
        console.print(f"Note: {note}", style="yellow")
    if counts.estimated and not counts.detected:
        console.print("Nobody was seen: is the whole person in the picture?", style="yellow")
    console.print(f"Session: {out}")
    if overlay is not None:
        console.print(f"Overlay: {overlay}")
