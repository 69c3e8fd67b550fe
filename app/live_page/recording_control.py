"""Begins and ends recordings of the running pipeline, and knows how they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.live_page.pipeline_protocol import Pipeline
from mia_core.clock import Clock
from mia_core.live.recording_slot import Recorder
from mia_core.live.snapshot import PipelineState

TOLD_S: Final = 15.0
"""How long the place of a recording is told when it has ended."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording.

    Attributes:
        folder: The session folder that it writes; made when it begins.
        recorder: What the pipeline hands its results to.
    """

    folder: Path
    recorder: Recorder


RecordingFactory = Callable[[int], Recording]
"""Makes a recording, not yet begun, from the look-ahead in steps."""


class RecordingControl:
    """At most one recording. It also ends when its pipeline does, and is then reported like any other."""

    def __init__(self, create_recording: RecordingFactory, clock: Clock) -> None:
        self._create_recording = create_recording
        self._clock = clock
        self._recording: Recording | None = None
        self._pipeline: Pipeline | None = None
        self._began_s = 0.0
        self._stopping = False
        self._saved: Path | None = None
        self._saved_s = 0.0

    @property
    def elapsed_s(self) -> float | None:
        """Seconds since the recording began, None while there is none."""
        return None if self._recording is None else self._clock.now() - self._began_s

    @property
    def saved(self) -> Path | None:
        """The folder of the last recording for a while after its end, else None."""
        return self._saved if self._clock.now() - self._saved_s < TOLD_S else None

    def toggle(self, pipeline: Pipeline, lookahead_steps: int) -> None:
        """Begin to record a pipeline, or end the recording."""
        if self._recording is None:
            self._recording = self._create_recording(lookahead_steps)
            self._pipeline, self._began_s = pipeline, self._clock.now()
            self._stopping, self._saved = False, None
            pipeline.record(self._recording.recorder)
        elif self._pipeline is not None:
            self._stopping = True
            self._pipeline.record(None)

    def follow(self) -> None:
        """Notice when the recording has ended, whoever ended it."""
        if self._recording is None or self._pipeline is None:
            return
        snapshot = self._pipeline.snapshot()
        over = snapshot.state in (PipelineState.FINISHED, PipelineState.FAILED)
        if over or (self._stopping and not snapshot.recording):
            if self._recording.folder.is_dir():  # else it had no time to begin
                self._saved, self._saved_s = self._recording.folder, self._clock.now()
            self._recording = self._pipeline = None
