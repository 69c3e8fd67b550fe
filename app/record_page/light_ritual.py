"""The second way to the camera's lateness: a sensor switches its light, and the picture is searched for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.record_page.ritual import RitualStage
from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.live.light_watch import LENGTH_S, METHOD, LightWatch, light_content, light_placements
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement
from mia_core.processing.light_change import LightChangeError
from mia_core.processing.light_sync import SWITCHES, LightSync
from mia_core.processing.sync_ritual import SyncSettings
from mia_core.samples import Frame, Pose
from mia_core.streams import FanOut


@dataclass(frozen=True, slots=True)
class LightOutcome:
    """What it came to.

    Attributes:
        estimate: The offset, None when none can be told.
        error: Why none can be told.
    """

    estimate: LightSync | None
    error: MiaError | None

    @property
    def is_accepted(self) -> bool:
        """Whether the offset is worth to rely on."""
        return self.estimate is not None and self.estimate.accepted


class LightRitual:
    """One attempt after another; `poll` it some times a second.

    Args:
        placement: The muscle whose sensor shows its light.
        feed: The running sensors.
        frames: Every frame of the camera.
        mark: Writes an event into the session.
        clock: Tells the present.

    Attributes:
        placement: The muscle.
        place_px: Where in the picture somebody has pointed at the light; None to look where the pose says.
        stage: Where it stands.
        outcome: What the last attempt came to.
    """

    def __init__(
        self,
        placement: Placement,
        feed: SensorFeed,
        frames: FanOut[Frame],
        mark: Callable[[str, dict[str, Any]], None],
        clock: Clock,
    ) -> None:
        self._feed = feed
        self._frames = frames
        self._mark = mark
        self._clock = clock
        self._watch: LightWatch | None = None
        self.placement = placement
        self.place_px: tuple[float, float] | None = None
        self.stage = RitualStage.WAITING
        self.outcome: LightOutcome | None = None

    @property
    def choices(self) -> tuple[Placement, ...]:
        """The muscles whose sensors have a light that serves."""
        return light_placements(self._feed.source)

    @property
    def share(self) -> float:
        """How much of the present attempt has passed, from 0 to 1."""
        return 0.0 if self._watch is None else min(self._watch.elapsed_s / LENGTH_S, 1.0)

    @property
    def n_given(self) -> int:
        """How often the light has changed."""
        return 0 if self._watch is None else self._watch.n_switches

    def choose(self, placement: Placement) -> None:
        """Use another sensor; nothing happens while one shows its light."""
        if self.stage is not RitualStage.CUED and placement in self.choices:
            self.placement = placement
            self.stage, self.outcome = RitualStage.WAITING, None

    def point_at(self, x_px: float, y_px: float) -> None:
        """Say where in the picture the light is; nothing happens while it is looked at."""
        if self.stage is not RitualStage.CUED:
            self.place_px = (x_px, y_px)

    def begin(self) -> None:
        """Begin an attempt."""
        if self.stage is RitualStage.CUED:
            return
        self._watch = LightWatch(self.placement, self._feed.source, self._frames, self._clock, self.place_px)
        self._watch.begin()
        self.stage, self.outcome = RitualStage.CUED, None
        self._mark("ritual_begin", {"muscle": self.placement.name, "method": METHOD})

    def cancel(self) -> None:
        """Break an attempt off."""
        if self.stage is RitualStage.CUED and self._watch is not None:
            self._watch.end()
            self._end("broken off")
            self.stage = RitualStage.WAITING

    def poll(self, pose: Pose | None) -> None:
        """Let time pass; the person is where this pose says."""
        watch = self._watch
        if self.stage is not RitualStage.CUED or watch is None:
            return
        watch.see(pose)
        if watch.is_over:
            try:
                self.outcome = LightOutcome(watch.judge(), None)
            except LightChangeError as error:
                self.outcome = LightOutcome(None, error)
            self.stage = RitualStage.JUDGED
            self._end("accepted" if self.outcome.is_accepted else "refused")

    @property
    def content(self) -> dict[str, Any] | None:
        """What a session keeps of the last attempt, None without an offset."""
        estimate = None if self.outcome is None else self.outcome.estimate
        return None if estimate is None else light_content(estimate, self.placement)

    def _end(self, status: str) -> None:
        details = {"muscle": self.placement.name, "method": METHOD, "status": status}
        self._mark("ritual_end", details | (self.content or {}))


def light_reason(outcome: LightOutcome) -> tuple[str, str]:
    """Return a sentence that judges an outcome, and one that says what to do."""
    estimate = outcome.estimate
    if outcome.error is not None:
        return str(outcome.error), outcome.error.advice
    if estimate is None:
        return "", ""
    if estimate.accepted:
        late = "later" if estimate.offset_s >= 0 else "earlier"
        return (
            f"The pictures' times are {abs(1e3 * estimate.offset_s):.0f} ms {late} than the light's.",
            "It is kept with the session. How late the sensors' samples are it does not tell: the contractions do.",
        )
    return (
        f"Refused: {estimate.n_changes} of {SWITCHES} changes were seen, and they disagree by "
        f"{1e3 * estimate.spread_s:.0f} ms, more than {1e3 * SyncSettings().max_spread_s:.0f} ms.",
        "Do it again: the light towards the camera, in a room that is not too bright.",
    )
