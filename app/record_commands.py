"""`mia record` and `mia sessions`: record a subject without a window; find and repair sessions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Column, Table

from app.sync_words import sync_lines
from app.terminal import plain_console
from mia_core.errors import MiaError, RecordingError

if TYPE_CHECKING:
    from mia_core.muscles import Placement
    from mia_core.recording.found_sessions import FoundSession
    from mia_core.recording.protocol import Protocol
    from mia_core.recording.recording_health import RecordingHealth
    from mia_core.recording.recording_manifest import RecordingManifest
    from mia_core.recording.session_drift import StreamDrift

EXIT_LOST = 1

sessions = typer.Typer(help="Recorded sessions on disk.", no_args_is_help=True)

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of recordings, or of one session.")]


def record_command(
    out: Annotated[Path, typer.Option("--out", help="Folder of all recordings; the session gets its own in it.")],
    subject: Annotated[str, typer.Option("--subject", help="Short id, no name: letters, digits, - and _.")],
    source: Annotated[str, typer.Option("--source", help="camera:ID, a video file, or demo.")] = "demo",
    sensors: Annotated[
        str, typer.Option("--sensors", help="simulated, bluetooth[:NAME of a montage], or replay:FILE or SESSION.")
    ] = "",
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.01, help="How long; without it until Ctrl-C or the file's end.")
    ] = None,
    protocol: Annotated[
        str, typer.Option("--protocol", help="File that lists exercises, or paper for the paper's twenty.")
    ] = "",
    privacy: Annotated[
        Literal["full", "face_blurred", "keypoints_only"],
        typer.Option("--privacy", help="What of the picture is written."),
    ] = "full",
    consent: Annotated[bool, typer.Option("--consent", help="Note that the subject agreed to be recorded.")] = False,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Word to find it by; may be repeated.")] = None,
    model: Annotated[str, typer.Option("--model", help="Name of a shipped model, or path of a checkpoint.")] = "",
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        typer.Option("--device", help="Where the activation model runs; the CPU where that is not there."),
    ] = "auto",
    light_sync: Annotated[
        str,
        typer.Option("--light-sync", help="Muscle whose sensor shows its light first: how late the camera is."),
    ] = "",
    lsl: Annotated[
        bool,
        typer.Option("--lsl", help="Also publish poses, muscles and sEMG on the local network (Lab Streaming Layer)."),
    ] = False,
) -> None:
    """Record a subject: video, poses, predicted muscles and sEMG on one clock, safe from the first second on."""
    from app.live_page.source_choice import SourceChoice
    from app.pipelines import Models
    from app.recording_runs import SubjectRun, record_subject
    from app.sensor_choice import SensorChoice
    from mia_core.clock import SystemClock
    from mia_core.live.subject_recorder import SessionPlan
    from mia_core.recording.recording_manifest import Consent, Privacy, Subject

    try:
        who = Subject(subject)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--subject") from error
    agreed = Consent(True, SystemClock().utc().isoformat(timespec="seconds")) if consent else Consent()
    run = SubjectRun(
        SourceChoice.parse(source),
        SensorChoice.parse(sensors) if sensors else None,
        SessionPlan(out, who, agreed, tags=tuple(tag or ())),
        Models(model, device=device),
        Privacy(privacy),
        None if minutes is None else 60 * minutes,
        _protocol(protocol),
        light=_muscle(light_sync),
        is_published=lsl,
    )
    manifest, health = record_subject(run)
    _say_outcome(manifest, health)
    if health.overflows:
        raise typer.Exit(EXIT_LOST)


@sessions.command("list")
def list_command(
    folder: FolderArgument, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the sessions in a folder, and how each stands."""
    from mia_core.recording.found_sessions import find_sessions

    found = find_sessions(_existing(folder))
    if as_json:
        typer.echo(json.dumps([_session_json(session) for session in found], indent=2))
    elif found:
        plain_console().print(_sessions_table(found, folder))
    else:
        typer.echo("There are no sessions.")


@sessions.command("show")
def show_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of one session.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a session holds, and how the clocks of camera and sensors ran in it."""
    from mia_core.recording.session_drift import session_drifts
    from mia_core.recording.session_reader import read_session

    session = read_session(folder)
    drifts = session_drifts(session)
    if as_json:
        typer.echo(
            json.dumps({"manifest": session.manifest, "drifts": [_drift_json(drift) for drift in drifts]}, indent=2)
        )
        return
    console = plain_console()
    console.print(f"{session.recording.subject.id}, {session.recording.created_utc}: {_contents(session.recording)}.")
    for line in sync_lines(session.recording) or ("No sync ritual.",):
        console.print(line)
    if drifts:
        console.print(_drift_table(drifts))
    else:
        console.print("The recording is too short to tell how the clocks ran.")


@sessions.command("recover")
def recover_command(folder: FolderArgument) -> None:
    """Repair the sessions in a folder whose recording was cut short; those being recorded are left alone."""
    from mia_core.recording.found_sessions import SessionState, find_sessions
    from mia_core.recording.recovery import recover_unfinished

    console = plain_console()
    all_found = find_sessions(_existing(folder))
    problems = [found.problem for found in all_found if found.state is SessionState.UNREADABLE]
    for path, outcome in recover_unfinished(folder).items():
        if isinstance(outcome, MiaError):
            problems.append(f"{outcome} {outcome.advice}")
        else:
            torn = sum((outcome.recovered or {}).get("torn_bytes", {}).values())
            console.print(f"{path}: {_contents(outcome)}; {torn} torn bytes were cut off.")
    for problem in problems:
        console.print(problem)
    if problems:
        raise typer.Exit(EXIT_LOST)
    console.print("Everything is whole." if all_found else "There are no sessions.")


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise RecordingError(f"There is no folder {folder}.", "Give the folder of the recordings, or of one session.")
    return folder


def benchmark_recording(*, as_json: bool) -> None:
    """Measure recording in a temporary folder and print the outcome."""
    from mia_core.recording.recording_benchmark import measure_recording

    with TemporaryDirectory() as folder:
        costs = measure_recording(Path(folder))
    if as_json:
        typer.echo(json.dumps(asdict(costs), indent=2))
        return
    table = Table("1280 x 720, 30 frames a second", "JPEG, used", "MPEG-4, not used")
    table.add_row("processor, share of a core", f"{costs.picture_share:.3f}", f"{costs.mpeg4_share:.3f}")
    table.add_row("  with the face hidden", f"{costs.blurred_share:.3f}", "")
    table.add_row("writing, share of the time", f"{costs.write_share:.4f}", "")
    table.add_row("onto the disk, 99th percentile, share", f"{costs.sync_p99_share:.4f}", "")
    table.add_row("megabytes a second", f"{costs.mb_per_s:.2f}", f"{costs.mpeg4_mb_per_s:.2f}")
    table.add_row("gigabytes an hour", f"{3.6 * costs.mb_per_s:.1f}", f"{3.6 * costs.mpeg4_mb_per_s:.1f}")
    table.add_row("likeness to the original, dB", f"{costs.psnr_db:.1f}", f"{costs.mpeg4_psnr_db:.1f}")
    plain_console().print(table)


def _muscle(name: str) -> Placement | None:
    from mia_core.muscles import MONTAGE

    if not name:
        return None
    if name not in MONTAGE.names:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(MONTAGE.names)}", param_hint="--light-sync")
    return MONTAGE.placements[MONTAGE.names.index(name)]


def _protocol(text: str) -> Protocol | None:
    from mia_core.recording.protocol import PAPER_PROTOCOL, Protocol

    if text == "paper":
        return PAPER_PROTOCOL
    return Protocol.load(Path(text)) if text else None


def _say_outcome(manifest: RecordingManifest, health: RecordingHealth) -> None:
    console = plain_console()
    console.print(f"{_contents(manifest)}.")
    if manifest.sensors is not None and manifest.calibration is None:
        console.print("No calibration is kept with this montage: exported muscles stay in counts.", style="yellow")
    for note in manifest.notes:
        console.print(f"Note: {note}", style="yellow")
    if health.error:
        console.print(health.error, style="red")
        console.print(health.advice)
    console.print(f"Session: {health.folder}")


def _contents(manifest: RecordingManifest) -> str:
    counts = manifest.counts
    n_samples, n_missing = sum(counts.samples.values()), sum(counts.samples_lost.values())
    label = "" if manifest.sensors is None else f" of {manifest.sensors['label']}"
    return (
        f"{counts.frames} frames ({counts.in_video} in the video, {counts.frames_lost} lost, {counts.skipped} not "
        f"looked at), {counts.steps} rows of muscle activation, {n_samples} samples{label} ({n_missing} lost)"
    )


def _session_json(session: FoundSession) -> dict[str, Any]:
    manifest = session.manifest
    return {
        "folder": str(session.folder),
        "state": session.state.value,
        "subject": None if manifest is None else manifest.subject.id,
        "created_utc": None if manifest is None else manifest.created_utc,
        "counts": None if manifest is None else asdict(manifest.counts),
        "problem": session.problem,
    }


def _drift_json(stream: StreamDrift) -> dict[str, Any]:
    drift = stream.drift
    return {
        "device": stream.device,
        "nominal_hz": drift.nominal_hz,
        "rate_hz": drift.rate_hz,
        "ppm": drift.ppm,
        "standard_error_ppm": drift.standard_error_ppm,
        "jitter_s": drift.jitter_s,
        "n": drift.n,
        "times_s": drift.times_s.tolist(),
        "lags_s": drift.lags_s.tolist(),
    }


def _drift_table(drifts: tuple[StreamDrift, ...]) -> Table:
    columns = ("nominal Hz", "true Hz", "faster by, ppm", "behind at the end, ms", "jitter, ms")
    table = Table("clock of", *columns, title="Rates by this computer's clock")
    for stream in drifts:
        drift = stream.drift
        table.add_row(
            stream.device.replace("_", " "),
            f"{drift.nominal_hz:g}",
            f"{drift.rate_hz:.4f}",
            f"{drift.ppm:+.1f} ± {drift.standard_error_ppm:.1f}",
            f"{1e3 * float(drift.lags_s[-1]):+.1f}",
            f"{1e3 * drift.jitter_s:.1f}",
        )
    return table


def _sessions_table(found: list[FoundSession], folder: Path) -> Table:
    names = Column("session", no_wrap=True)  # other commands need them whole
    columns = (names, "subject", "began (UTC)", "state", "frames", "samples")
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for session in found:
        name = str(session.folder.relative_to(folder) if session.folder != folder else session.folder)
        manifest = session.manifest
        if manifest is None:
            table.add_row(name, "", "", session.state.value, "", "")
        else:
            counts, began = manifest.counts, manifest.created_utc[:19].replace("T", " ")
            n_samples = sum(counts.samples.values())
            table.add_row(name, session.subject, began, session.state.value, str(counts.frames), str(n_samples))
    return table
