"""What is handed to the thread that writes: small, frozen, each with its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mia_core.recording.event_log import Event
from mia_core.samples import EmgChunk, MuscleActivation, Pose


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """A frame on its way to disk.

    Attributes:
        index: The camera's number.
        timestamp_s: Time on the source's time line.
        captured_s: Arrival on the monotonic clock; NaN where the source did not play at its own pace.
        jpeg: The picture, None when the video does not get one.
        size_px: Width and height of the picture.
    """

    index: int
    timestamp_s: float
    captured_s: float
    jpeg: bytes | None
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True)
class EstimatedFrame:
    """What the pipeline found in a frame.

    Attributes:
        index: The camera's number; None when only steps came (the source has ended).
        timestamp_s: Time of the frame.
        pose: The person, None when nobody was found.
        steps: Steps of the 10 Hz grid that became official with it.
    """

    index: int | None
    timestamp_s: float
    pose: Pose | None
    steps: tuple[MuscleActivation, ...]


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a way of sync came to, on its way into the manifest.

    Attributes:
        content: Plain data, see `RecordingManifest.sync`.
        is_of_light: Whether it is of a sensor's light, not of contractions.
    """

    content: Mapping[str, Any]
    is_of_light: bool = False


RecordedItem = CapturedFrame | EstimatedFrame | EmgChunk | Event | SyncResult


def stream_of(item: RecordedItem) -> str:
    """Return the name of the stream that an item belongs to: what counts of losses speak of."""
    match item:
        case CapturedFrame():
            return "frames"
        case EstimatedFrame():
            return "estimates"
        case EmgChunk():
            return "emg"
        case Event() | SyncResult():
            return "events"


def n_bytes(item: RecordedItem) -> int:
    """Return about how much memory an item takes."""
    match item:
        case CapturedFrame(jpeg=jpeg):
            return 200 + (len(jpeg) if jpeg else 0)
        case EstimatedFrame(steps=steps):
            return 1000 + 600 * len(steps)
        case EmgChunk():
            return 1000 + 50 * len(item)
        case Event() | SyncResult():
            return 1000
