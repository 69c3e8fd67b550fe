"""What happens in a session, one JSON object per line, each written as it happens.

    {"time_ns": 812345678901234, "kind": "marker", "text": "slipped"}

`time_ns` is on the monotonic clock of the recording computer. Kinds and what they say: marker (text), note (text),
trial_begin, trial_end and trial_redo (exercise, take, attempt, status), gap and overflow (stream, n or why),
device_lost and device_back (stream), ritual_begin, ritual_end, pause, resume, disk (free_gb).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mia_core.recording.append_file import AppendFile

EVENT_KINDS: Final = (
    "marker",
    "note",
    "trial_begin",
    "trial_end",
    "trial_redo",
    "gap",
    "overflow",
    "device_lost",
    "device_back",
    "ritual_begin",
    "ritual_end",
    "pause",
    "resume",
    "disk",
)
_MAX_NS: Final = 2**62


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        time_ns: When, on the monotonic clock.
        kind: One of `EVENT_KINDS`; a reader may meet kinds of a later version.
        details: What else is to be said: plain data.
    """

    time_ns: int
    kind: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return its line, without the end of line.

        Raises:
            ValueError: A detail is NaN or infinite, or has the name of one of the two others.
            TypeError: A detail is no plain data.
        """
        if not self.details.keys().isdisjoint(("time_ns", "kind")):
            raise ValueError("time_ns and kind are no details of an event")
        content = {"time_ns": self.time_ns, "kind": self.kind, **self.details}
        return json.dumps(content, allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> Event:
        """Read a line.

        Raises:
            ValueError: It is no event.
        """
        try:
            content = json.loads(line, parse_constant=_refuse)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(content, dict):
            raise ValueError("no object")
        time_ns, kind = content.pop("time_ns", None), content.pop("kind", None)
        if not isinstance(time_ns, int) or isinstance(time_ns, bool) or abs(time_ns) > _MAX_NS:
            raise ValueError("no time")
        if not isinstance(kind, str):
            raise ValueError("no kind")
        return cls(time_ns, kind, content)


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a log.

    Attributes:
        events: In the order in which they were written.
        is_torn: Whether the last line was not whole and was left out.
        n_bad_lines: Other lines that are no events and were left out.
    """

    events: tuple[Event, ...]
    is_torn: bool
    n_bad_lines: int


class EventLog:
    """Appends events to a new file; used from one thread.

    Raises:
        RecordingError: The file exists or can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.file = AppendFile(path)

    def write(self, event: Event) -> None:
        """Append an event.

        Raises:
            RecordingError: The disk is full or gone.
        """
        self.file.append(f"{event.to_json()}\n".encode())


def read_events(path: Path) -> Events:
    """Return the events of a log; lines that are none are left out and counted.

    Raises:
        OSError: It can't be read.
    """
    lines = path.read_bytes().split(b"\n")
    is_torn = bool(lines.pop())
    events: list[Event] = []
    n_bad = 0
    for line in lines:
        try:
            events.append(Event.from_json(line.decode("utf-8")))
        except ValueError:
            n_bad += 1
    return Events(tuple(events), is_torn, n_bad)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")
