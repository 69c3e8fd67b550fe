"""What the record page asks of the world outside, so that it can be tried without a disk, a voice or a loudspeaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mia_core.recording.session_recording import RecordingSettings


@dataclass(frozen=True, slots=True)
class RecordAccess:
    """The doors to the disk and to the ear.

    Attributes:
        folder: Where all recordings are.
        settings: How recordings work.
        beep: Makes a short sound.
        say: Speaks a sentence, and returns at once; None when this machine has no voice.
    """

    folder: Path
    settings: RecordingSettings = field(default_factory=RecordingSettings)
    beep: Callable[[], None] = lambda: None
    say: Callable[[str], None] | None = None
