"""The sync ritual by contractions: cues at uneven pauses, then the offset between video and sensors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import numpy as np

from app.record_page.pose_tape import PoseTape
from app.record_page.ritual import Ritual, RitualCourses, RitualOutcome, RitualStage, lateness
from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Muscle, Placement
from mia_core.processing.joint_speed import joint_speed
from mia_core.processing.sync_ritual import DELAYS_KNOWN_S, SyncError, SyncEstimate, SyncSettings, estimate_offset
from mia_core.samples import Floats, Pose, Times

PAUSES_S: Final = (2.5, 1.6, 2.6, 1.3, 2.9, 1.9, 2.4, 1.7, 2.8, 2.1)
"""Before each cue; no two alike, since offsets can't be told from regular ones. From the fifth cue on there is time to
judge what came so far, and it ends when that is exact enough."""
LIT_S: Final = 0.5
"""A cue is shown so long, and the muscle is to be contracted for about as long."""
TAIL_S: Final = 1.5
"""So long after a cue its motion has ended, and all samples have come."""
LENGTH_S: Final = sum(PAUSES_S) + TAIL_S
"""An attempt takes at most so long."""
LEAD_S: Final = 1.0
MOTIONS: Final = {
    Muscle.BICEPS: "Bend the elbow quickly, as far as it goes, and let it fall back.",
    Muscle.TRICEPS: "From a bent elbow, straighten it quickly, and let it fall back.",
    Muscle.QUADRICEPS: "From a bent knee, straighten it quickly, and let it fall back.",
    Muscle.HAMSTRINGS: "Bend the knee quickly, heel to the buttock, and let it fall back.",
}
"""The motion that shows best when a muscle contracts."""


class ContractionRitual(Ritual):
    """Gives cues to contract a muscle, and compares its envelope with the joint's motion, until the offset is exact.

    Args:
        placement: The muscle to contract; it has a sensor.
        feed: The running sensors.
        tape: The poses.
        mark: Writes an event into the session.
        clock: Tells the present.

    Attributes:
        so_far: What the present attempt came to so far, None before there are enough contractions.
    """

    METHOD = "contractions"

    def __init__(
        self,
        placement: Placement,
        feed: SensorFeed,
        tape: PoseTape,
        mark: Callable[[str, dict[str, Any]], None],
        clock: Clock,
    ) -> None:
        super().__init__(placement, feed, mark, clock)
        self._tape = tape
        self._began_s = 0.0
        self._cues_s: Times = np.cumsum(PAUSES_S)
        self._n_given = 0
        self._n_judged = 0
        self.so_far: SyncEstimate | None = None

    @property
    def choices(self) -> tuple[Placement, ...]:
        """The muscles that can be used: those with a sensor."""
        return tuple(placement for placement, _ in self._feed.source.montage.assignments)

    @property
    def share(self) -> float:
        """How much of the present attempt has passed, from 0 to 1."""
        is_enough = self.so_far is not None and self.so_far.is_exact
        return 1.0 if is_enough else min(self._elapsed_s / LENGTH_S, 1.0)

    @property
    def n_given(self) -> int:
        """How many cues were given."""
        return self._n_given

    @property
    def is_lit(self) -> bool:
        """Whether the subject is to contract just now."""
        since_s = self._elapsed_s - self._cues_s
        return self.stage is RitualStage.CUED and bool(((since_s >= 0) & (since_s < LIT_S)).any())

    @property
    def _elapsed_s(self) -> float:
        return self._clock.now() - self._began_s

    def _look(self) -> None:
        self._began_s = self._clock.now()
        self._n_given = self._n_judged = 0
        self.so_far = None

    def _follow(self, pose: Pose | None) -> bool:
        n_due = int(np.count_nonzero(self._cues_s <= self._elapsed_s))
        is_cue, self._n_given = n_due > self._n_given, n_due
        n_done = int(np.count_nonzero(self._cues_s + TAIL_S <= self._elapsed_s))
        if n_done == n_due > self._n_judged and n_done >= SyncSettings().min_events:
            self._n_judged = n_done
            with suppress(SyncError):  # one that was not seen; the next ones may be
                self.so_far = estimate_offset(*self._motion(), *self._envelope())
        return is_cue

    def _motion(self) -> tuple[Times, Floats]:
        return joint_speed(*self._tape.since(self._began_s - LEAD_S), self.placement)

    def _envelope(self) -> tuple[Times, Floats]:
        return self._feed.envelopes(self._elapsed_s + LEAD_S)[self.placement][:2]

    def _judge(self) -> RitualOutcome:
        begin_s, (motion_s, speed), (emg_s, envelope) = self._began_s, self._motion(), self._envelope()
        courses = RitualCourses((motion_s - begin_s, _scaled(speed)), (emg_s - begin_s, _scaled(envelope)))
        try:
            estimate = estimate_offset(motion_s, speed, emg_s, envelope)
        except SyncError as error:
            return RitualOutcome(None, str(error), error.advice, courses=courses)
        return RitualOutcome(estimate, *_words(estimate), sync_content(estimate, self.placement), courses)


def sync_content(estimate: SyncEstimate, placement: Placement) -> dict[str, Any]:
    """Return what a session keeps of a ritual."""
    return {
        "method": ContractionRitual.METHOD,
        "muscle": placement.name,
        "offset_s": round(estimate.offset_s, 6),
        "delay_s": round(estimate.delay_s, 6),
        "spread_s": round(estimate.spread_s, 6),
        "standard_error_s": round(estimate.standard_error_s, 6),
        "margin_s": round(estimate.margin_s, 6),
        "electromechanical_delay_s": round(estimate.delay_s - estimate.offset_s, 6),
        "n_events": estimate.n_events,
        "r": round(estimate.r, 4),
        "accepted": bool(estimate.accepted),
    }


def _words(estimate: SyncEstimate) -> tuple[str, str]:
    if estimate.accepted:
        return (
            f"The video's times are {lateness(estimate.offset_s)} than the sensors', "
            f"give or take {1e3 * estimate.margin_s:.0f} ms.",
            f"{_body_words(estimate)} It is kept with the session; the raw times stay as they are."
            if estimate.is_exact
            else f"{_body_words(estimate)} Do it again for a better one: harder, shorter, each like the others.",
        )
    return (
        f"Refused: the contractions disagree by {1e3 * estimate.spread_s:.0f} ms, "
        f"more than {1e3 * SyncSettings().max_spread_s:.0f} ms.",
        "Do it again: harder, shorter, with the whole limb in the picture.",
    )


def _body_words(estimate: SyncEstimate) -> str:
    """Say what no repetition shows."""
    low_s, high_s = DELAYS_KNOWN_S
    return (
        f"That a muscle moves the limb after {1e3 * (estimate.delay_s - estimate.offset_s):.0f} ms is assumed: "
        f"{1e3 * low_s:.0f} to {1e3 * high_s:.0f} ms are known."
    )


def _scaled(values: Floats) -> Floats:
    """Return values in [0, 1], NaN where they are."""
    if not np.isfinite(values).any():
        return np.full_like(values, np.nan, dtype=np.float32)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return ((values - low) / max(high - low, 1e-9)).astype(np.float32)
