"""What a take came to: what is there and what is missing, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.sync_words import sync_words
from mia_core.recording.recording_health import RecordingHealth
from mia_core.recording.recording_manifest import Privacy, RecordingManifest


class Presence(StrEnum):
    """How a part of a session stands."""

    THERE = "there"
    MISSING = "missing"
    """It was required."""
    LACKING = "not there"
    """It was not required, but would be of use."""
    UNWANTED = "not wanted"


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One part of a session.

    Attributes:
        label: Its name.
        presence: How it stands.
        words: How much of it.
    """

    label: str
    presence: Presence
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
        return TakeSummary("The session could not be completed", False, (), notes, health.folder)
    lines = (
        _video(manifest),
        _pose(manifest),
        _sensors(manifest),
        _calibration(manifest),
        _sync(manifest),
        *_light(manifest),
        _protocol(manifest, trials),
        _consent(manifest),
    )
    notes = tuple(dict.fromkeys((*manifest.notes, *((health.error,) if health.error else ()))))
    presences = {line.presence for line in lines}
    is_good = manifest.complete and not notes and not manifest.counts.overflows and Presence.MISSING not in presences
    title = "Recorded, and whole"
    if not is_good:
        title = "Recorded, with something to look at"
    elif Presence.LACKING in presences:
        title = "Recorded, but not everything"
    return TakeSummary(title, is_good and Presence.LACKING not in presences, lines, notes, health.folder)


def _video(manifest: RecordingManifest) -> SummaryLine:
    counts = manifest.counts
    lost = f"{counts.frames_lost} lost" if counts.frames_lost else "none lost"
    if manifest.privacy is Privacy.KEYPOINTS_ONLY:
        words = f"left out on purpose; {counts.frames} frames seen, {lost}"
        return SummaryLine("Video", Presence.UNWANTED, words)
    blurred = ", face blurred" if manifest.privacy is Privacy.FACE_BLURRED else ""
    is_there = counts.in_video > 0 and counts.in_video == counts.frames
    words = f"{counts.in_video} of {counts.frames} frames, {lost}{blurred}"
    return SummaryLine("Video", _required(is_there, "video", manifest), words)


def _pose(manifest: RecordingManifest) -> SummaryLine:
    counts = manifest.counts
    share = counts.detected / counts.estimated if counts.estimated else 0.0
    words = f"a person in {100 * share:.0f} % of {counts.estimated} frames looked at"
    return SummaryLine("Pose", _required(counts.detected > 0, "pose", manifest), words)


def _sensors(manifest: RecordingManifest) -> SummaryLine:
    counts = manifest.counts
    if manifest.sensors is None:
        return SummaryLine("Sensors", _required(False, "emg", manifest), "none were connected")
    n, n_lost = sum(counts.samples.values()), sum(counts.samples_lost.values())
    words = f"{n} samples of {manifest.sensors.get('label', 'sEMG')}, {n_lost or 'none'} lost"
    return SummaryLine("Sensors", _required(n > 0, "emg", manifest), words)


def _calibration(manifest: RecordingManifest) -> SummaryLine:
    if manifest.sensors is None:
        return SummaryLine("Calibration", Presence.UNWANTED, "no sensors")
    if manifest.calibration is None:
        words = "none: 100 % of a muscle is not known"
        return SummaryLine("Calibration", _required(False, "calibration", manifest), words)
    if "calibration" in manifest.missing_streams(manifest.counts):
        return SummaryLine("Calibration", Presence.MISSING, "not of every muscle with a sensor")
    return SummaryLine("Calibration", Presence.THERE, "kept with the session")


def _sync(manifest: RecordingManifest) -> SummaryLine:
    sync = manifest.sync
    if manifest.sensors is None:
        return SummaryLine("Sync", Presence.UNWANTED, "nothing to compare")
    if sync is None:
        return SummaryLine("Sync", Presence.LACKING, "no ritual: the offset to the video is not known")
    return SummaryLine("Sync", _accepted(sync), sync_words("offset", sync))


def _light(manifest: RecordingManifest) -> tuple[SummaryLine, ...]:
    light = manifest.light_sync
    if light is None:
        return ()
    return (SummaryLine("Light", _accepted(light), sync_words("camera", light)),)


def _accepted(content: Mapping[str, Any]) -> Presence:
    return Presence.THERE if content.get("accepted") is True else Presence.LACKING


def _protocol(manifest: RecordingManifest, trials: TrialCounts | None) -> SummaryLine:
    if manifest.protocol is None or trials is None:
        return SummaryLine("Protocol", Presence.UNWANTED, "none")
    presence = Presence.THERE if trials.done == trials.planned else Presence.LACKING
    return SummaryLine("Protocol", presence, f"{trials.done} of {trials.planned} trials done")


def _consent(manifest: RecordingManifest) -> SummaryLine:
    given = manifest.consent.given
    return SummaryLine("Consent", Presence.THERE if given else Presence.MISSING, "noted" if given else "not noted")


def _required(is_there: bool, stream: str, manifest: RecordingManifest) -> Presence:
    if is_there:
        return Presence.THERE
    return Presence.MISSING if stream in manifest.required_streams else Presence.LACKING
