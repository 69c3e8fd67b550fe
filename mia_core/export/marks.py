"""What happened in a session, as marks on its time line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mia_core.export.recorded_session import RecordedSession

_LONGEST: Final = 200
_SAID: Final = {
    "marker": "marker",
    "note": "note",
    "ritual_begin": "sync ritual begins",
    "ritual_end": "sync ritual ends",
    "pause": "pause",
    "resume": "goes on",
    "device_lost": "lost",
    "device_back": "back",
    "gap": "gap",
    "overflow": "disk too slow",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark.

    Attributes:
        start_s: When, on the time line of the frames.
        duration_s: How long, 0 for a moment.
        kind: `trial`, or the kind of the event.
        text: What it says, for people; one line.
    """

    start_s: float
    duration_s: float
    kind: str
    text: str


def marks_of(session: RecordedSession) -> tuple[Mark, ...]:
    """Return the takes that were done and what else happened, by time."""
    marks = [
        Mark(trial.start_s, trial.end_s - trial.start_s, "trial", f"{trial.exercise} take {trial.take}")
        for trial in session.trials
    ]
    for event in session.session.events:
        said = _SAID.get(event.kind)
        start_s = session.on_line(event.time_ns / 1e9 - session.zero_s)
        if said is None or not abs(start_s) < 1e6:
            continue
        more = next((event.details[key] for key in ("text", "placement", "stream") if key in event.details), "")
        text = f"{said}: {more}" if isinstance(more, str) and more else said
        mark_s = event.details.get("seconds", 0.0)
        long = isinstance(mark_s, (int, float)) and not isinstance(mark_s, bool) and 0 < mark_s < 1e6
        marks.append(Mark(start_s, float(mark_s) if long else 0.0, event.kind, one_line(text)))
    return tuple(sorted(marks, key=lambda mark: mark.start_s))


def one_line(text: str) -> str:
    """Return a text without what could end a cell, a line or an annotation."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST]
