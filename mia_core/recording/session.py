"""The form of a session folder.

session.json     what this is: sources, clock anchor, model, counts; `complete` becomes true last
frames.csv       one row per frame that was captured: frame_index, timestamp_s, captured_ns, in_video
                 (version 1: one row per frame that was estimated: frame_index, timestamp_s, detected)
pose.csv         one row per frame that was estimated: frame_index, timestamp_s, then x_px, y_px, confidence of each
                 BODY_25 keypoint, empty where nobody was found
activation.csv   one row per step of the 10 Hz grid: timestamp_s, the muscles of the montage, warming_up, then the lower
                 ends of the muscles' 80 % intervals, then the upper ends; predicted, never measured
emg.csv          sEMG as `emg_csv` writes it, or emg.bin as `emg_binary` does when a sensor is faster than 200 Hz
events.jsonl     what happened, one JSON object per line: see `event_log`
video.mkv        the pictures, each with its own time; absent when only keypoints are kept

Version 1 is what a pipeline alone finds out (`mia run`); version 2, `recording_manifest`, is a recorded subject.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from mia_core.muscles import MONTAGE
from mia_core.samples import STEP_S
from mia_core.skeleton import BODY_25

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "session.json"
FRAMES: Final = "frames.csv"
POSE: Final = "pose.csv"
ACTIVATION: Final = "activation.csv"
EMG_CSV: Final = "emg.csv"
EMG_BINARY: Final = "emg.bin"
EVENTS: Final = "events.jsonl"
VIDEO: Final = "video.mkv"

CAPTURED_COLUMNS: Final = ("frame_index", "timestamp_s", "captured_ns", "in_video")
"""Of version 2; captured_ns is the raw arrival on the recording computer's monotonic clock."""
FRAME_COLUMNS: Final = ("frame_index", "timestamp_s", "detected")
POSE_COLUMNS: Final = (
    "frame_index",
    "timestamp_s",
    *(f"{keypoint}_{value}" for keypoint in BODY_25 for value in ("x_px", "y_px", "confidence")),
)
PLAIN_ACTIVATION_COLUMNS: Final = ("timestamp_s", *MONTAGE.names, "warming_up")
"""What sessions held before models knew their spread; still read."""
ACTIVATION_COLUMNS: Final = (
    *PLAIN_ACTIVATION_COLUMNS,
    *(f"{name}_{end}" for end in ("low", "high") for name in MONTAGE.names),
)


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """How much there is, and how much there should have been.

    Attributes:
        frames: Frames that were estimated.
        detected: Frames in which a person was found.
        steps: Rows of activation.
        skipped: Frames passed over on purpose because a newer one was there.
        lost: Frames that never arrived.
        reacquired: Times that an implausible lock on something was let go.
    """

    frames: int = 0
    detected: int = 0
    steps: int = 0
    skipped: int = 0
    lost: int = 0
    reacquired: int = 0


@dataclass(frozen=True, slots=True)
class SessionManifest:
    """The content of `session.json`, version 1.

    Attributes:
        software: Name and version of what wrote it.
        created_utc: ISO 8601 time at which the session began.
        clock_anchor: `utc` and `monotonic_s` of one and the same moment; for live sources also
            `source_zero_monotonic_s`, the monotonic time of `timestamp_s` = 0: together they place every row in
            the day.
        source: Name, id, size, nominal rate and length of the camera or file.
        model: Name, SHA-256, provenance, licence and unit of the activation model, the muscles that it hardly follows,
            and the device it ran on.
        lookahead_steps: Steps of 0.1 s by which the read-out lagged.
        counts: See `SessionCounts`; final once `complete`.
        notes: Sentences about what went wrong, such as a damaged file.
        complete: Whether the session was ended in order.
    """

    software: str
    created_utc: str
    clock_anchor: dict[str, str | float]
    source: dict[str, Any]
    model: dict[str, Any]
    lookahead_steps: int
    counts: SessionCounts = field(default_factory=SessionCounts)
    notes: tuple[str, ...] = ()
    complete: bool = False
    montage: tuple[str, ...] = MONTAGE.names
    keypoints: tuple[str, ...] = BODY_25
    step_s: float = STEP_S
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as plain data."""
        return asdict(self)
