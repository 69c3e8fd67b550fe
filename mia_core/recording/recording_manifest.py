"""What `session.json` holds: schema version 2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final, Self

from mia_core.muscles import MONTAGE
from mia_core.samples import STEP_S
from mia_core.skeleton import BODY_25

SCHEMA_VERSION: Final = 2
UNKNOWN_SUBJECT: Final = "unknown"
"""The id of whoever was recorded without anybody having said who it is."""
_SUBJECT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Privacy(StrEnum):
    """What of the picture is written."""

    FULL = "full"
    FACE_BLURRED = "face_blurred"
    KEYPOINTS_ONLY = "keypoints_only"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is recorded.

    Attributes:
        id: Letters, digits, `-` and `_`, at most 64: it names a folder, and should name no person.
        notes: Anything else.

    Raises:
        ValueError: The id is none.
    """

    id: str
    notes: str = ""

    def __post_init__(self) -> None:
        if not _SUBJECT_ID.fullmatch(self.id):
            raise ValueError(f"{self.id!r} is no subject id: letters, digits, - and _, at most 64")


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether the subject agreed to be recorded.

    Attributes:
        given: Whether.
        utc: When that was noted, ISO 8601; empty when it was not.
    """

    given: bool = False
    utc: str = ""


@dataclass(frozen=True, slots=True)
class RecordedCounts:
    """How much there is, and how much there should have been.

    Attributes:
        frames: Frames that were captured.
        in_video: Frames of these that are in the video.
        estimated: Frames in which a person was looked for.
        detected: Frames in which one was found.
        skipped: Frames passed over by the estimation on purpose because a newer one was there.
        frames_lost: Frames that never arrived from the camera, by the gaps in its numbering.
        steps: Rows of activation.
        samples: sEMG samples of each muscle with a sensor.
        samples_lost: Samples that never arrived, by the sensor's counter; at least so many where it has none.
        overflows: Rows of each stream that the disk was too slow for: an error.
    """

    frames: int = 0
    in_video: int = 0
    estimated: int = 0
    detected: int = 0
    skipped: int = 0
    frames_lost: int = 0
    steps: int = 0
    samples: Mapping[str, int] = field(default_factory=dict)
    samples_lost: Mapping[str, int] = field(default_factory=dict)
    overflows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordingManifest:
    """The content of `session.json`.

    Attributes:
        software: Name and version of what wrote it.
        created_utc: ISO 8601 time at which the recording began.
        session_id: Name of the session's folder.
        subject: Who is recorded.
        consent: Whether they agreed.
        privacy: What of the picture is written.
        clock_anchor: `utc` and `monotonic_s` of one and the same moment, and `source_zero_monotonic_s`, the monotonic
            time of `timestamp_s` = 0, once a frame has come.
        camera: Name, id, size, nominal rate of the camera or file; None without one.
        model: Name, SHA-256, provenance, licence and unit of the activation model; empty without one.
        lookahead_steps: Steps of 0.1 s by which the read-out lagged.
        sensors: Montage, label, whether measured, serial numbers and profiles; None without sensors.
        calibration: Rest and maximum of each muscle as `EmgCalibration` writes them, None without.
        protocol: Name and planned trials, None without one.
        sync: Offset between video and sEMG, its spread, number of events, method, whether accepted; None before.
        light_sync: The same by a sensor's light: of the camera alone, whatever the samples do; None before.
        required_streams: What it is of no use without: of `video`, `pose`, `activation`, `emg`, and `calibration` (of
            every muscle with a sensor).
        tags: Words to find it by.
        recovered: What was repaired after a crash, None for a session that needed no repair.
        counts: See `RecordedCounts`; final once `complete`.
        notes: Sentences about what went wrong.
        complete: Whether the session was ended in order, or repaired.
    """

    software: str
    created_utc: str
    session_id: str
    subject: Subject
    consent: Consent = field(default_factory=Consent)
    privacy: Privacy = Privacy.FULL
    clock_anchor: dict[str, str | float] = field(default_factory=dict)
    camera: dict[str, Any] | None = None
    model: dict[str, Any] = field(default_factory=dict)
    lookahead_steps: int = 0
    sensors: dict[str, Any] | None = None
    calibration: dict[str, Any] | None = None
    protocol: dict[str, Any] | None = None
    sync: dict[str, Any] | None = None
    light_sync: dict[str, Any] | None = None
    required_streams: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    recovered: dict[str, Any] | None = None
    counts: RecordedCounts = field(default_factory=RecordedCounts)
    notes: tuple[str, ...] = ()
    complete: bool = False
    montage: tuple[str, ...] = MONTAGE.names
    keypoints: tuple[str, ...] = BODY_25
    step_s: float = STEP_S
    schema_version: int = SCHEMA_VERSION

    def noting(self, *sentences: str) -> Self:
        """Return it with further notes."""
        return replace(self, notes=(*self.notes, *sentences))

    def missing_streams(self, counts: RecordedCounts) -> tuple[str, ...]:
        """Return what was required and is not there, by these counts."""
        references = (self.calibration or {}).get("references", {})
        n = {
            "video": counts.in_video,
            "pose": counts.detected,
            "activation": counts.steps,
            "emg": sum(counts.samples.values()),
            "calibration": bool(references) and set(counts.samples) <= set(references),
        }
        return tuple(stream for stream in self.required_streams if not n.get(stream, 0))

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned, out of an untrusted file.

        Raises:
            ValueError: It does not have the form, or is of another montage, skeleton or grid.
            KeyError: Something is missing.
            TypeError: Something is of another type.
        """
        unknown = set(content) - {entry.name for entry in fields(cls)}
        if unknown:
            raise ValueError(f"it says {min(unknown)!r}, which this version does not know")
        for name, expected in (("montage", MONTAGE.names), ("keypoints", BODY_25)):
            if tuple(content[name]) != expected:
                raise ValueError(f"its {name} are others")
        if content["step_s"] != STEP_S:
            raise ValueError("its steps are not 0.1 s")
        subject, consent, counts = content["subject"], content["consent"], content["counts"]
        return cls(
            software=_text(content["software"]),
            created_utc=_text(content["created_utc"]),
            session_id=_text(content["session_id"]),
            subject=Subject(_text(subject["id"]), _text(subject["notes"])),
            consent=Consent(_truth(consent["given"]), _text(consent["utc"])),
            privacy=Privacy(content["privacy"]),
            clock_anchor={_text(key): _anchor(value) for key, value in _table(content["clock_anchor"]).items()},
            camera=_table_or_none(content["camera"]),
            model=_table(content["model"]),
            lookahead_steps=_count(content["lookahead_steps"]),
            sensors=_table_or_none(content["sensors"]),
            calibration=_table_or_none(content["calibration"]),
            protocol=_table_or_none(content["protocol"]),
            sync=_table_or_none(content["sync"]),
            light_sync=_table_or_none(content.get("light_sync")),
            required_streams=tuple(_text(item) for item in content["required_streams"]),
            tags=tuple(_text(item) for item in content["tags"]),
            recovered=_table_or_none(content["recovered"]),
            counts=RecordedCounts(
                frames=_count(counts["frames"]),
                in_video=_count(counts["in_video"]),
                estimated=_count(counts["estimated"]),
                detected=_count(counts["detected"]),
                skipped=_count(counts["skipped"]),
                frames_lost=_count(counts["frames_lost"]),
                steps=_count(counts["steps"]),
                samples=_counts(counts["samples"]),
                samples_lost=_counts(counts["samples_lost"]),
                overflows=_counts(counts["overflows"]),
            ),
            notes=tuple(_text(item) for item in content["notes"]),
            complete=_truth(content["complete"]),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is no number of anything")
    return value


def _anchor(value: object) -> str | float:
    return value if isinstance(value, str) else float(_number(value))


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no number")
    return value


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no table")
    return value


def _table_or_none(value: object) -> dict[str, Any] | None:
    return None if value is None else _table(value)


def _counts(value: object) -> dict[str, int]:
    return {key: _count(count) for key, count in _table(value).items()}
