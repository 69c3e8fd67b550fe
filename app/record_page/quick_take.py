"""The record key of the Live page: a take of somebody unknown, begun and ended without a question."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.live_page.pipeline_protocol import Pipeline
from app.record_page.session_choices import STREAMS, SessionChoices
from app.record_page.take import Take, TakeState
from mia_core.clock import Clock
from mia_core.errors import MiaError, RecordingError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.recording.recording_manifest import UNKNOWN_SUBJECT, Privacy

TOLD_S: Final = 15.0
"""How long it is told what became of a recording."""


class QuickTake:
    """Begins and ends takes that need no decision: nobody is named, nothing is required, no exercise is asked for.

    Args:
        take: What is recorded in this window.
        clock: Tells the present.
    """

    def __init__(self, take: Take, clock: Clock) -> None:
        self._take = take
        self._clock = clock
        self._is_ours = False
        self._saved: Path | None = None
        self._problem: MiaError | None = None
        self._told_s = 0.0

    @property
    def is_under_way(self) -> bool:
        """Whether such a take is being recorded."""
        return self._is_ours and self._take.is_under_way

    @property
    def elapsed_s(self) -> float | None:
        """Seconds since it began, None while there is none."""
        return self._take.health.elapsed_s if self.is_under_way else None

    @property
    def saved(self) -> Path | None:
        """The folder of the last one for a while after its end, else None."""
        return self._saved if self._is_told else None

    @property
    def problem(self) -> MiaError | None:
        """What went wrong with the last one, for a while after its end, else None."""
        return self._problem if self._is_told else None

    def toggle(self, pipeline: Pipeline, feed: SensorFeed | None, privacy: Privacy, lookahead_steps: int) -> None:
        """Begin, or end what was begun; nothing happens during a take of the Record page.

        Args:
            pipeline: What is watched.
            feed: The running sensors, None without.
            privacy: What of the picture is written.
            lookahead_steps: Steps of 0.1 s by which the read-out lags.
        """
        if self.is_under_way:
            self._take.end()
        elif not self._take.is_under_way:
            self._is_ours, self._saved, self._problem = True, None, None
            choices = SessionChoices(UNKNOWN_SUBJECT, "Quick recording.", privacy=privacy, optional=frozenset(STREAMS))
            self._take.begin(pipeline, feed, choices, None, lookahead_steps)

    def follow(self) -> None:
        """Notice that it has ended, whoever ended it; what went wrong is also left for the Record page to show."""
        take = self._take
        if not self._is_ours or take.is_under_way:
            return
        self._is_ours, self._told_s = False, self._clock.now()
        self._saved, self._problem = take.folder, take.error
        if take.state is TakeState.OVER and take.health.error:
            self._problem = RecordingError(take.health.error, take.health.advice)
        if self._problem is None:
            take.put_away()

    @property
    def _is_told(self) -> bool:
        return self._clock.now() - self._told_s < TOLD_S
