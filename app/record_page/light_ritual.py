"""The sync ritual by light: a sensor switches its light, and the picture is searched for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.record_page.ritual import Ritual, RitualOutcome, RitualStage, lateness
from mia_core.clock import Clock
from mia_core.live.light_watch import LENGTH_S, METHOD, LightWatch, light_content, light_placements
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement
from mia_core.processing.light_change import LightChangeError
from mia_core.processing.light_sync import LightSync
from mia_core.processing.sync_ritual import SyncSettings
from mia_core.samples import Frame, Pose
from mia_core.streams import FanOut


class LightRitual(Ritual):
    """Has a sensor switch its light, and looks for that in the picture.

    Args:
        placement: The muscle whose sensor shows its light.
        feed: The running sensors.
        frames: Every frame of the camera.
        mark: Writes an event into the session.
        clock: Tells the present.

    Attributes:
        place_px: Where in the picture somebody has pointed at the light; None to look where the pose says.
    """

    METHOD = METHOD

    def __init__(
        self,
        placement: Placement,
        feed: SensorFeed,
        frames: FanOut[Frame],
        mark: Callable[[str, dict[str, Any]], None],
        clock: Clock,
    ) -> None:
        super().__init__(placement, feed, mark, clock)
        self._frames = frames
        self._watch = self._new_watch(None)
        self.place_px: tuple[float, float] | None = None

    @property
    def choices(self) -> tuple[Placement, ...]:
        """The muscles whose sensors have a light that serves."""
        return light_placements(self._feed.source)

    @property
    def share(self) -> float:
        """How much of the present attempt has passed, from 0 to 1."""
        return min(self._watch.elapsed_s / LENGTH_S, 1.0)

    @property
    def n_given(self) -> int:
        """How often the light has changed."""
        return self._watch.n_switches

    def point_at(self, x_px: float, y_px: float) -> None:
        """Say where in the picture the light is; nothing happens while it is looked at."""
        if self.stage is not RitualStage.CUED:
            self.place_px = (x_px, y_px)

    def cancel(self) -> None:
        """Break an attempt off, and look no more."""
        if self.stage is RitualStage.CUED:
            self._watch.end()
        super().cancel()

    def _look(self) -> None:
        self._watch = self._new_watch(self.place_px)
        self._watch.begin()

    def _follow(self, pose: Pose | None) -> bool:
        self._watch.see(pose)
        return False

    def _judge(self) -> RitualOutcome:
        try:
            estimate = self._watch.judge()
        except LightChangeError as error:
            return RitualOutcome(None, str(error), error.advice)
        return RitualOutcome(estimate, *_words(estimate), light_content(estimate, self.placement))

    def _new_watch(self, place_px: tuple[float, float] | None) -> LightWatch:
        return LightWatch(self.placement, self._feed.source, self._frames, self._clock, place_px)


def _words(estimate: LightSync) -> tuple[str, str]:
    if estimate.accepted:
        return (
            f"The pictures' times are {lateness(estimate.offset_s)} than the light's.",
            "It is kept with the session. How late the sensors' samples are it does not tell: the contractions do.",
        )
    return (
        f"Refused: {estimate.n_changes} of {estimate.n_switches} changes were seen, and they disagree by "
        f"{1e3 * estimate.spread_s:.0f} ms, more than {1e3 * SyncSettings().max_spread_s:.0f} ms.",
        "Do it again: the light towards the camera, in a room that is not too bright.",
    )
