"""What people decide before a recording, and what of it can't be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mia_core.recording.protocol import PAPER_PROTOCOL, Protocol
from mia_core.recording.recording_manifest import Privacy, Subject

PAPER: Final = "paper"
"""Names the paper's protocol among the choices; empty is none, anything else the path of a file."""
PAST_S: Final = 30.0
"""Seconds that are kept in memory when that was asked for."""
STREAMS: Final = ("video", "pose", "sensors", "calibration")
"""What a recording can be required to have."""
_PREFIX: Final = "sub-"


@dataclass(frozen=True, slots=True)
class SessionChoices:
    """The decisions.

    Attributes:
        subject: The subject's id.
        notes: Anything about the subject and this session.
        has_consent: Whether the subject agreed.
        privacy: What of the picture is written.
        protocol: `PAPER`, the path of a file, or empty for none.
        keeps_past: Whether the last 30 s are kept in memory, to begin a recording with.
        moves_pictures: Whether the pictures of exercises move.
        optional: Which of `STREAMS` may be missing.
    """

    subject: str = ""
    notes: str = ""
    has_consent: bool = False
    privacy: Privacy = Privacy.FULL
    protocol: str = ""
    keeps_past: bool = False
    moves_pictures: bool = True
    optional: frozenset[str] = frozenset()


def subject_problem(subject: str) -> str:
    """Return why a text can't be a subject's id, in a sentence; empty when it can."""
    if not subject:
        return "Give the subject a short id, such as P07; not a name."
    try:
        Subject(subject)
    except ValueError:
        return "Only letters, digits, - and _, at most 64, and no - or _ at the beginning."
    return ""


def known_subjects(recordings: Path) -> list[str]:
    """Return the ids of those who were recorded before, in order; none when the folder can't be read."""
    try:
        names = [path.name.removeprefix(_PREFIX) for path in recordings.glob(f"{_PREFIX}*") if path.is_dir()]
    except OSError:
        return []
    return sorted(name for name in names if not subject_problem(name))


def chosen_protocol(choice: str) -> Protocol | None:
    """Return the protocol of a choice, None for none.

    Raises:
        ProtocolError: The file can't be read or used.
    """
    if not choice:
        return None
    return PAPER_PROTOCOL if choice == PAPER else Protocol.load(Path(choice))
