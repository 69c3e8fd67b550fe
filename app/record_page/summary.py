"""What a take came to: what is there and what is missing, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mia_core.recording.recording_health import RecordingHealth
from mia_core.recording.recording_manifest import Privacy, RecordingManifest


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One part of a session.

    Attributes:
        label: Its name.
        is_there: Whether it is there as it should be; None for what was not wanted.
        words: How much of it.
    """

    label: str
    is_there: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class TakeSummary:
    """A take after its end.

    Attributes:
        title: Whether all went well, in a sentence.
        is_good: Whether it did.
        lines: Its parts.
        notes: What went wrong, in sentences.
        folder: Where it is, None when it has none.
    """

    title: str
    is_good: bool
    lines: tuple[SummaryLine, ...]
    notes: tuple[str, ...]
    folder: Path | None


@dataclass(frozen=True, slots=True)
class TrialCounts:
    """How a protocol went.

    Attributes:
        done: Trials that were done.
        planned: Trials that were planned.
    """

    done: int
    planned: int


def summarise(manifest: RecordingManifest | None, health: RecordingHealth, trials: TrialCounts | None) -> TakeSummary:
    """Return the summary of a take.

    Args:
        manifest: The final one; None when the disk refused it.
        health: How it did at its end.
        trials: How the protocol went, None without one.
    """
    if manifest is None:
        notes = tuple(filter(None, (health.error, health.advice)))
        return TakeSummary("The session could not be completed.", False, (), notes, health.folder)
    lines = (
        _video(manifest),
        _pose(manifest),
        _sensors(manifest),
        SummaryLine(
            "Calibration",
            manifest.calibration is not None if manifest.sensors is not None else None,
            "kept with the session" if manifest.calibration is not None else "none",
        ),
        _sync(manifest),
        _protocol(manifest, trials),
        SummaryLine("Consent", manifest.consent.given, "noted" if manifest.consent.given else "not noted"),
    )
    notes = (*manifest.notes, *((health.error,) if health.error else ()))
    required = {"Video": "video", "Pose": "pose", "Sensors": "emg", "Calibration": "calibration"}
    lacks = any(line.is_there is False and required.get(line.label) in manifest.required_streams for line in lines)
    is_good = manifest.complete and not notes and not lacks and not manifest.counts.overflows
    title = "Recorded, and whole" if is_good else "Recorded, with something to look at"
    return TakeSummary(title, is_good, lines, tuple(dict.fromkeys(notes)), health.folder)


def _video(manifest: RecordingManifest) -> SummaryLine:
    counts = manifest.counts
    lost = f", {counts.frames_lost} lost" if counts.frames_lost else ", none lost"
    if manifest.privacy is Privacy.KEYPOINTS_ONLY:
        return SummaryLine("Video", None, f"left out on purpose; {counts.frames} frames{lost}")
    blurred = ", face blurred" if manifest.privacy is Privacy.FACE_BLURRED else ""
    is_there = counts.in_video > 0 and counts.in_video == counts.frames
    return SummaryLine("Video", is_there, f"{counts.in_video} of {counts.frames} frames{lost}{blurred}")


def _pose(manifest: RecordingManifest) -> SummaryLine:
    counts = manifest.counts
    share = counts.detected / counts.estimated if counts.estimated else 0.0
    return SummaryLine("Pose", counts.detected > 0, f"person in {100 * share:.0f} % of {counts.estimated} frames")


def _sensors(manifest: RecordingManifest) -> SummaryLine:
    counts = manifest.counts
    if manifest.sensors is None:
        return SummaryLine("Sensors", False, "none were connected")
    n, n_lost = sum(counts.samples.values()), sum(counts.samples_lost.values())
    label = manifest.sensors.get("label", "sEMG")
    return SummaryLine("Sensors", n > 0, f"{n} samples of {label}, " + (f"{n_lost} lost" if n_lost else "none lost"))


def _sync(manifest: RecordingManifest) -> SummaryLine:
    sync = manifest.sync
    if manifest.sensors is None:
        return SummaryLine("Sync", None, "nothing to compare")
    if sync is None:
        return SummaryLine("Sync", False, "no sync ritual: the offset is unknown")
    offset_ms, spread_ms = 1e3 * sync["offset_s"], 1e3 * sync["spread_s"]
    verdict = "" if sync["accepted"] else ", refused"
    return SummaryLine(
        "Sync", bool(sync["accepted"]), f"offset {offset_ms:+.0f} ms, spread {spread_ms:.0f} ms{verdict}"
    )


def _protocol(manifest: RecordingManifest, trials: TrialCounts | None) -> SummaryLine:
    if manifest.protocol is None or trials is None:
        return SummaryLine("Protocol", None, "none")
    return SummaryLine("Protocol", trials.done == trials.planned, f"{trials.done} of {trials.planned} trials done")
