"""What a subject hears: beeps, and a voice where the system has one."""

from __future__ import annotations

from collections.abc import Iterable

from app.record_page.record_access import RecordAccess
from mia_core.recording.protocol import Trial
from mia_core.recording.protocol_runner import Cue


class Cues:
    """Plays cues; all of them show on the screen too.

    Args:
        access: The doors to the ear.
    """

    def __init__(self, access: RecordAccess) -> None:
        self._access = access

    @property
    def words(self) -> str:
        """What is to be known of the sound here."""
        return "Beeps and voice" if self._access.say is not None else "Beeps, no voice"

    def play(self, cues: Iterable[Cue], trial: Trial | None) -> None:
        """Let cues be heard, with the trial that comes or is done."""
        for cue in cues:
            match cue:
                case Cue.ANNOUNCE if trial is not None:
                    self._say(f"{trial.exercise.label}. {trial.exercise.prompt}")
                case Cue.DONE:
                    self._say("That was the last one. Thank you.")
                case Cue.TICK | Cue.BEGIN | Cue.END:
                    self._access.beep()
                case _:
                    pass

    def beep(self) -> None:
        """Make a short sound."""
        self._access.beep()

    def _say(self, text: str) -> None:
        if self._access.say is not None:
            self._access.say(text)
