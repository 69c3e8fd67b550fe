"""The sync ritual while it is done: cues at uneven pauses, then the offset between video and sensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np

from app.record_page.pose_tape import PoseTape
from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Muscle, Placement
from mia_core.processing.sync_ritual import (
    SyncError,
    SyncEstimate,
    SyncSettings,
    estimate_offset,
    joint_speed,
)
from mia_core.samples import Floats, Times

PAUSES_S: Final = (2.5, 1.6, 2.6, 1.3, 2.9, 1.9, 1.4, 2.3)
"""Before each cue; no two alike, since offsets can't be told from regular ones."""
LIT_S: Final = 0.5
"""A cue is shown so long, and the muscle is to be contracted for about as long."""
TAIL_S: Final = 1.5
"""After the last cue, so that the last motion has ended and all samples have come."""
LEAD_S: Final = 1.0
METHOD: Final = "contractions"
MOTIONS: Final = {
    Muscle.BICEPS: "Bend the elbow quickly, as far as it goes, and let it fall back.",
    Muscle.TRICEPS: "From a bent elbow, straighten it quickly, and let it fall back.",
    Muscle.QUADRICEPS: "From a bent knee, straighten it quickly, and let it fall back.",
    Muscle.HAMSTRINGS: "Bend the knee quickly, heel to the buttock, and let it fall back.",
}
"""The motion that shows best when a muscle contracts."""


class RitualStage(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    CUED = "cued"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class RitualOutcome:
    """What it came to.

    Attributes:
        estimate: The offset, None when none can be told.
        error: Why none can be told.
        motion: Times (n,) since the ritual's begin in seconds, and joint speed (n,) in [0, 1].
        envelope: Times (m,) since the ritual's begin in seconds, and envelope (m,) in [0, 1].
    """

    estimate: SyncEstimate | None
    error: MiaError | None
    motion: tuple[Times, Floats]
    envelope: tuple[Times, Floats]

    @property
    def is_accepted(self) -> bool:
        """Whether the offset is worth to rely on."""
        return self.estimate is not None and self.estimate.accepted


class SyncRitual:
    """One attempt after another; `poll` it some times a second.

    Args:
        placement: The muscle to contract; it has a sensor.
        feed: The running sensors.
        tape: The poses.
        mark: Writes an event into the session.
        clock: Tells the present.

    Attributes:
        placement: The muscle.
        stage: Where it stands.
        outcome: What the last attempt came to.
    """

    def __init__(
        self,
        placement: Placement,
        feed: SensorFeed,
        tape: PoseTape,
        mark: Callable[[str, dict[str, Any]], None],
        clock: Clock,
    ) -> None:
        self._feed = feed
        self._tape = tape
        self._mark = mark
        self._clock = clock
        self._began_s = 0.0
        self._cues_s: Times = np.cumsum(PAUSES_S)
        self._n_given = 0
        self.placement = placement
        self.stage = RitualStage.WAITING
        self.outcome: RitualOutcome | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return self._clock.now() - self._began_s

    @property
    def length_s(self) -> float:
        """Seconds from begin to judgement."""
        return float(self._cues_s[-1]) + TAIL_S

    @property
    def n_given(self) -> int:
        """How many cues were given."""
        return self._n_given

    @property
    def is_lit(self) -> bool:
        """Whether the subject is to contract just now."""
        since_s = self.elapsed_s - self._cues_s
        return self.stage is RitualStage.CUED and bool(((since_s >= 0) & (since_s < LIT_S)).any())

    @property
    def choices(self) -> tuple[Placement, ...]:
        """The muscles that can be used: those with a sensor."""
        return tuple(placement for placement, _ in self._feed.source.montage.assignments)

    @property
    def content(self) -> dict[str, Any] | None:
        """What a session keeps of the last attempt, None without an offset."""
        estimate = None if self.outcome is None else self.outcome.estimate
        return None if estimate is None else sync_content(estimate, self.placement)

    def choose(self, placement: Placement) -> None:
        """Use another muscle; nothing happens while cues are given."""
        if self.stage is not RitualStage.CUED and placement in self.choices:
            self.placement = placement
            self.stage, self.outcome = RitualStage.WAITING, None

    def begin(self) -> None:
        """Begin an attempt."""
        if self.stage is RitualStage.CUED:
            return
        self._began_s = self._clock.now()
        self._n_given = 0
        self.stage, self.outcome = RitualStage.CUED, None
        self._mark("ritual_begin", {"muscle": self.placement.name})

    def cancel(self) -> None:
        """Break an attempt off."""
        if self.stage is RitualStage.CUED:
            self._mark("ritual_end", {"muscle": self.placement.name, "status": "broken off"})
            self.stage = RitualStage.WAITING

    def poll(self) -> bool:
        """Let time pass; return whether a cue is given now."""
        if self.stage is not RitualStage.CUED:
            return False
        n_due = int(np.count_nonzero(self._cues_s <= self.elapsed_s))
        is_cue, self._n_given = n_due > self._n_given, n_due
        if self.elapsed_s >= self.length_s:
            self._judge()
        return is_cue

    def _judge(self) -> None:
        begin_s = self._began_s
        motion_s, speed = joint_speed(*self._tape.since(begin_s - LEAD_S), self.placement)
        emg_s, envelope = self._feed.envelopes(self.elapsed_s + LEAD_S)[self.placement][:2]
        estimate, error = None, None
        try:
            estimate = estimate_offset(motion_s, speed, emg_s, envelope)
        except SyncError as problem:
            error = problem
        self.outcome = RitualOutcome(
            estimate, error, (motion_s - begin_s, _scaled(speed)), (emg_s - begin_s, _scaled(envelope))
        )
        self.stage = RitualStage.JUDGED
        details = {"muscle": self.placement.name, "status": "accepted" if self.outcome.is_accepted else "refused"}
        self._mark("ritual_end", details | (self.content or {}))


def sync_content(estimate: SyncEstimate, placement: Placement) -> dict[str, Any]:
    """Return what a session keeps of a ritual."""
    return {
        "method": METHOD,
        "muscle": placement.name,
        "offset_s": round(estimate.offset_s, 6),
        "delay_s": round(estimate.delay_s, 6),
        "spread_s": round(estimate.spread_s, 6),
        "standard_error_s": round(estimate.standard_error_s, 6),
        "n_events": estimate.n_events,
        "r": round(estimate.r, 4),
        "accepted": bool(estimate.accepted),
    }


def ritual_reason(outcome: RitualOutcome) -> tuple[str, str]:
    """Return a sentence that judges an outcome, and one that says what to do."""
    estimate = outcome.estimate
    limit_ms = 1e3 * SyncSettings().max_spread_s
    if outcome.error is not None:
        return str(outcome.error), outcome.error.advice
    if estimate is None:
        return "", ""
    if estimate.accepted:
        late = "later" if estimate.offset_s >= 0 else "earlier"
        return (
            f"The video's times are {abs(1e3 * estimate.offset_s):.0f} ms {late} than the sensors'.",
            "It is kept with the session; the raw times stay as they are.",
        )
    return (
        f"Refused: the contractions disagree by {1e3 * estimate.spread_s:.0f} ms, more than {limit_ms:.0f} ms.",
        "Do it again: harder, shorter, with the whole limb in the picture.",
    )


def _scaled(values: Floats) -> Floats:
    """Return values in [0, 1], NaN where they are."""
    if not np.isfinite(values).any():
        return np.full_like(values, np.nan, dtype=np.float32)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return ((values - low) / max(high - low, 1e-9)).astype(np.float32)
