"""How a recording is doing: what a screen shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from mia_core.recording.recording_manifest import RecordedCounts


class RecordingState(StrEnum):
    """What a recording is doing."""

    STANDBY = "standby"
    """Nothing is written; the last seconds are kept in memory when that was asked for."""
    RECORDING = "recording"
    ENDED = "ended"
    FAILED = "failed"
    """The disk refused; what was written until then is there, and can be repaired."""


@dataclass(frozen=True, slots=True)
class RecordingHealth:
    """One consistent look.

    Attributes:
        state: What it is doing.
        folder: Where it is written, None before.
        elapsed_s: Seconds since it began, 0 before.
        counts: What was written so far.
        n_samples: sEMG samples written so far.
        overflows: Items of each stream that were lost because the disk or the processor was too slow: an error.
        queue_fill: How full the queue to the disk is, 0 to 1.
        frame_queue_fill: How full the queue to the encoder is, 0 to 1.
        past_s: Seconds that are kept in memory.
        past_bytes: About how much memory they take.
        written_bytes: Size of the session on disk.
        free_bytes: Room on the disk, None before it was asked.
        warning: One sentence of what may go wrong soon, empty when nothing.
        error: One sentence of what went wrong, empty when nothing did.
        advice: One sentence of what to do about it.
    """

    state: RecordingState
    folder: Path | None = None
    elapsed_s: float = 0.0
    counts: RecordedCounts = field(default_factory=RecordedCounts)
    n_samples: int = 0
    overflows: Mapping[str, int] = field(default_factory=dict)
    queue_fill: float = 0.0
    frame_queue_fill: float = 0.0
    past_s: float = 0.0
    past_bytes: int = 0
    written_bytes: int = 0
    free_bytes: int | None = None
    warning: str = ""
    error: str = ""
    advice: str = ""
