"""What must be told while a take goes on, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.live_page.messages import Tone
from app.record_page.loss_watch import LossWatch
from mia_core.recording.recording_health import RecordingHealth

NEARLY_FULL: Final = 0.8
"""A queue that is so full will soon lose something."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong.

    Attributes:
        tone: How bad.
        title: What is the case.
        text: What it means and what to do.
    """

    tone: Tone
    title: str
    text: str


def alarms(health: RecordingHealth, losses: LossWatch, now_s: float) -> tuple[Alarm, ...]:
    """Return what is wrong with a take at a time of the monotonic clock."""
    found = []
    if health.error:
        found.append(Alarm(Tone.ERROR, health.error, health.advice))
    if losses.camera_since_s is not None:
        title = f"No picture for {now_s - losses.camera_since_s:.0f} s"
        found.append(Alarm(Tone.ERROR, title, "The take goes on. Check the camera's cable; it is picked up again."))
    if losses.sensors_since_s is not None:
        text = "The take goes on without them; end it before you connect sensors again."
        found.append(Alarm(Tone.ERROR, "The sensors have ended", text))
    elif losses.sensors:
        names = " and ".join(place.label.lower() for place in losses.sensors)
        many = len(losses.sensors) > 2
        title = f"{len(losses.sensors)} sensors send nothing" if many else f"Nothing comes from {names}"
        text = "The take goes on and the gap is marked. Switch it on or come nearer; it is picked up again."
        found.append(Alarm(Tone.ERROR, title, text))
    if health.warning:
        found.append(Alarm(Tone.WARNING, health.warning, "Free some space, or end the take soon."))
    fullest = max(health.queue_fill, health.frame_queue_fill)
    if fullest > NEARLY_FULL and not health.overflows:
        title = f"The disk hardly keeps up: queue {100 * fullest:.0f} % full"
        found.append(Alarm(Tone.WARNING, title, "Close other programs. Nothing has been lost yet."))
    return tuple(found)
