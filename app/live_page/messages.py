"""What the user must be told over the picture, decided from the newest snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from app.live_page.live_session import Phase, SessionView
from app.live_page.source_choice import SourceKind
from mia_core.errors import MiaError
from mia_core.live.snapshot import PipelineState, Snapshot, Tracking
from mia_core.muscles import Side
from mia_core.samples import Pose
from mia_core.skeleton import INDEX

HANGING_S: Final = 1.0
"""A live picture older than this is reported."""
SETTLING_S: Final = 0.7
"""A brief message must be wanted for so long before it shows, so that one bad frame does not flash ..."""
LINGERING_S: Final = 1.2
"""... and stays at least so long that it can be read."""


class Tone(StrEnum):
    """How urgent a message is."""

    BUSY = "busy"
    DONE = "done"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell.

    Attributes:
        tone: How urgent it is.
        title: One sentence: what is the case.
        text: One sentence: what to do about it.
        offers_sources: Whether choosing another source is a way out.
        folder: A folder to open, None for none.
        brief: Whether it comes and goes with the picture, so that it must last a moment before it is shown.
    """

    tone: Tone
    title: str
    text: str
    offers_sources: bool = False
    folder: Path | None = None
    brief: bool = False


def message_for(
    session: SessionView, snapshot: Snapshot | None, saved: Path | None = None, problem: MiaError | None = None
) -> Message | None:
    """Return the most important message of a moment, None when all is well.

    Args:
        session: What is watched.
        snapshot: The newest picture of it, None before the first.
        saved: The folder of a recording that has just ended.
        problem: What went wrong with that recording.
    """
    if session.phase is Phase.STARTING or (session.phase is Phase.LIVE and _starts(snapshot)):
        label = session.choice.label if session.choice is not None else "the source"
        return Message(Tone.BUSY, f"Starting {label} …", "Opening the source and loading the models.")
    if session.phase is Phase.FAILED and session.error is not None:
        return Message(Tone.ERROR, str(session.error), session.error.advice, offers_sources=True)
    live = snapshot if session.phase is Phase.LIVE else None
    if live is not None and live.state is PipelineState.FAILED:
        return Message(Tone.ERROR, live.error, live.advice, offers_sources=True)
    if problem is not None:
        return Message(Tone.ERROR, str(problem), problem.advice, folder=saved)
    if saved is not None:
        return Message(Tone.DONE, f"Recorded as {saved.name}", f"Saved in {saved.parent}", folder=saved)
    if live is None:
        return None
    is_live = session.choice is not None and session.choice.kind is SourceKind.CAMERA
    return (
        _message_of_state(live, is_live=is_live)
        or _message_of_sensors(live)
        or _message_of_person(live, is_live=is_live)
    )


def _starts(snapshot: Snapshot | None) -> bool:
    return snapshot is None or snapshot.state is PipelineState.STARTING


def _message_of_state(snapshot: Snapshot, *, is_live: bool) -> Message | None:
    match snapshot.state:
        case PipelineState.FINISHED:
            text = snapshot.error or "Press S to play it again."
            return Message(Tone.INFO, "The video has ended.", text, offers_sources=True)
        case PipelineState.PAUSED:
            return Message(Tone.INFO, "Paused", "Space goes on, the full stop shows the next frame.")
        case _:
            age_s = snapshot.health.frame_age_s
            if age_s > HANGING_S and snapshot.frame is not None:
                title = f"No picture from {snapshot.health.source_name or 'the source'} for {age_s:.0f} s"
                text = "The disk or this machine is busy; it goes on by itself."
                if is_live:
                    text = "Check its cable, and whether another program uses it."
                return Message(Tone.WARNING, title, text, offers_sources=True, brief=True)
            late_s = snapshot.health.estimate_age_s
            if late_s > HANGING_S and snapshot.frame is not None:
                text = "This machine can't keep up: close other programs."
                return Message(Tone.WARNING, f"The picture is {late_s:.0f} s late", text, brief=True)
            return None


def _message_of_sensors(snapshot: Snapshot) -> Message | None:
    """Return why nothing comes from the sensors any more; single sensors show in their lights."""
    sensors = snapshot.sensors
    return Message(Tone.WARNING, sensors.error, sensors.advice) if sensors is not None and sensors.error else None


def _message_of_person(snapshot: Snapshot, *, is_live: bool) -> Message | None:
    """Return what to say about the person; only who stands before a camera can be asked to move."""
    if snapshot.tracking is Tracking.REACQUIRING:
        text = "What was followed did not behave like a person and was let go."
        return Message(Tone.WARNING, "Looking for the person again", text, brief=True)
    if snapshot.tracking is Tracking.SEARCHING:
        text = "Step into the picture so that your whole body shows." if is_live else "All muscles are unknown."
        return Message(Tone.WARNING, "Nobody is seen", text, brief=True)
    if snapshot.warming_up_s > 0:
        title = f"Warming up, {snapshot.warming_up_s:.1f} s left"
        return Message(Tone.BUSY, title, "Values are rough until 3 s of motion have been seen.")
    joints = missing_joints(snapshot.pose) if snapshot.pose is not None else ()
    if joints:
        verb = "is" if len(joints) == 1 and not joints[0].startswith("both") else "are"
        listed = f"{_listed(joints)} {verb} not in view"
        title = f"Step back: {listed}" if is_live else listed.capitalize()
        return Message(Tone.INFO, title, "Muscles whose joints are hidden are hatched.", brief=True)
    return None


def missing_joints(pose: Pose) -> tuple[str, ...]:
    """Return the joints that muscles need and that are not seen, from the shoulders down, both sides named as one."""
    sides = {
        joint: [side for side in Side if not pose.known[INDEX[f"{side}_{joint}"]]]
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    }
    return tuple(
        f"both {joint}s" if len(missing) == 2 else f"{missing[0]} {joint}"
        for joint, missing in sides.items()
        if missing
    )


def _listed(things: tuple[str, ...]) -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    return " and ".join((", ".join(things[:-1]), things[-1])) if len(things) > 1 else things[0]


class MessageFilter:
    """Keeps messages that come and go with single frames from flickering."""

    def __init__(self) -> None:
        self._wanted_since_s: float | None = None
        self._shown: Message | None = None
        self._shown_since_s = 0.0

    def settle(self, message: Message | None, now_s: float) -> Message | None:
        """Return the message to show at a time of the monotonic clock, given the one that is wanted."""
        if message is not None and message.brief:
            if self._wanted_since_s is None:
                self._wanted_since_s = now_s
            shown_already = self._shown is not None and self._shown.brief
            if not shown_already and now_s - self._wanted_since_s < SETTLING_S:
                message = None
        else:
            self._wanted_since_s = None
        lingers = self._shown is not None and self._shown.brief and now_s - self._shown_since_s < LINGERING_S
        if message is None and lingers:
            return self._shown
        if message is not None and self._shown is None:
            self._shown_since_s = now_s
        self._shown = message
        return message
