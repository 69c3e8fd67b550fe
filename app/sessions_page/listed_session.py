"""What the list says about one session, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mia_core.recording import session as form
from mia_core.recording.found_sessions import FoundSession, Part, Presence, SessionState
from mia_core.samples import STEP_S

UNKNOWN: Final = "\N{EN DASH}"
PART_NAMES: Final = {
    Part.VIDEO: "Video",
    Part.POSE: "Pose",
    Part.SENSORS: "Sensors",
    Part.CALIBRATION: "Calibration",
    Part.SYNC: "Sync",
    Part.PROTOCOL: "Protocol",
}
PRESENCE_WORDS: Final = {
    Presence.THERE: "there",
    Presence.MISSING: "missing",
    Presence.UNWANTED: "left out on purpose",
}
_TAIL_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One row of the list.

    Attributes:
        entry: The session.
        duration_s: From its first frame to its last, None when that is not known.
    """

    entry: FoundSession
    duration_s: float | None

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.entry.folder

    @property
    def state(self) -> SessionState:
        """How it stands."""
        return self.entry.state

    @property
    def subject(self) -> str:
        """Whose it is."""
        return self.entry.subject

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by."""
        return () if self.entry.manifest is None else self.entry.manifest.tags

    @property
    def begun(self) -> datetime | None:
        """When it began, in the time of this place; None when that is not known."""
        if self.entry.manifest is None:
            return None
        try:
            begun = datetime.fromisoformat(self.entry.manifest.created_utc)
        except ValueError:
            return None
        return (begun if begun.tzinfo else begun.replace(tzinfo=UTC)).astimezone()

    @property
    def day_and_time(self) -> str:
        """When it began, for people; the name of its folder when that is not known."""
        begun = self.begun
        return self.folder.name if begun is None else f"{begun.day} {begun:%b %Y}  {begun:%H:%M}"

    @property
    def problem(self) -> str:
        """What is to be known about its state, in one sentence; empty when all is well."""
        match self.state:
            case SessionState.UNREADABLE:
                return self.entry.problem[:1].upper() + self.entry.problem[1:]
            case SessionState.UNFINISHED:
                return "The recording was cut short; it can be repaired."
            case SessionState.RECORDING:
                return "It is being recorded now."
            case SessionState.RECOVERED:
                return "The recording was cut short and has been repaired."
            case _:
                return ""

    def matches(self, text: str, subject: str = "") -> bool:
        """Return whether every word is somewhere in it, and it is of that subject, empty for any."""
        return (not subject or self.subject == subject) and self.entry.matches(text)


def listed(entry: FoundSession) -> ListedSession:
    """Look at a session; reads its files, so call it off the GUI thread."""
    return ListedSession(entry, _duration_s(entry))


def duration_text(seconds: float | None) -> str:
    """Return a duration such as `0:42`, `12:05` or `1:02:03`, a dash for an unknown one."""
    if seconds is None:
        return UNKNOWN
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def parts_text(entry: FoundSession) -> str:
    """Return all parts with what there is of them, one a line."""
    return "\n".join(f"{PART_NAMES[part]}: {PRESENCE_WORDS[presence]}" for part, presence in entry.parts.items())


def _duration_s(entry: FoundSession) -> float | None:
    """Return the length by the table of frames, by the number of steps where that can't be read."""
    if entry.manifest is None:
        return None
    try:
        if not (entry.folder / form.FRAMES).is_file():  # a pipe would be waited for without end
            raise FileNotFoundError
        with (entry.folder / form.FRAMES).open("rb") as file:
            head = file.read(_TAIL_BYTES).split(b"\n")
            file.seek(max(file.seek(0, 2) - _TAIL_BYTES, 0))
            tail = file.read().split(b"\n")
        first_s, last_s = float(head[1].split(b",")[1]), float(tail[-2].split(b",")[1])
    except (OSError, ValueError, IndexError):
        n_steps = entry.manifest.counts.steps
        return n_steps * STEP_S if n_steps else None
    return max(last_s - first_s, 0.0)
