"""Who leads the subject through a take: the protocol, and in between the sync ritual. Without widgets."""

from __future__ import annotations

from app.live_page.pipeline_protocol import Pipeline
from app.record_page.contraction_ritual import ContractionRitual
from app.record_page.cues import Cues
from app.record_page.light_ritual import LightRitual
from app.record_page.ritual import Ritual, RitualStage
from app.record_page.take import Take, TakeState
from mia_core.clock import Clock
from mia_core.live.light_watch import light_placements
from mia_core.muscles import Placement
from mia_core.recording.protocol_runner import ProtocolRunner
from mia_core.samples import Pose


class TakeLeader:
    """Lets protocol and ritual go on; while there is a ritual, the protocol stands still.

    Args:
        take: What is led through.
        cues: Makes the subject hear.
        clock: Tells the present.

    Attributes:
        ritual: The sync ritual, None while there is none.
    """

    def __init__(self, take: Take, cues: Cues, clock: Clock) -> None:
        self._take = take
        self._cues = cues
        self._clock = clock
        self.ritual: Ritual | None = None

    @property
    def runner(self) -> ProtocolRunner | None:
        """The protocol, None without one and during a ritual."""
        return self._take.runner if self.ritual is None else None

    def go_on(self) -> None:
        """Do what waits: give the cues of a ritual, begin or go on with the exercise."""
        if self.ritual is not None:
            self.ritual.begin()
        elif self._take.runner is not None:
            self._take.runner.go_on()

    def open_or_close_ritual(self, pipeline: Pipeline | None) -> None:
        """Begin to set up the ritual, or leave it."""
        if self.ritual is not None:
            self.close_ritual()
        elif self._take.state is TakeState.RECORDING:
            if self._take.runner is not None:
                self._take.runner.pause()
            self.choose_way(pipeline, by_light=False)

    def choose_way(self, pipeline: Pipeline | None, *, by_light: bool) -> None:
        """Find the offset by contractions, or by a sensor's light."""
        take, feed = self._take, self._take.feed
        if feed is None or pipeline is None or not feed.source.montage.assignments:
            return
        lit = light_placements(feed.source)
        if by_light and lit:
            self.ritual = LightRitual(lit[0], feed, pipeline.captured, take.mark, self._clock)
        else:
            first = feed.source.montage.assignments[0][0]
            self.ritual = ContractionRitual(first, feed, take.tape, take.mark, self._clock)

    def choose_muscle(self, placement: Placement) -> None:
        """Take another muscle for the ritual."""
        if self.ritual is not None:
            self.ritual.choose(placement)

    def point_at(self, x_px: float, y_px: float) -> None:
        """Say where in the picture the sensor's light is."""
        if isinstance(self.ritual, LightRitual):
            self.ritual.point_at(x_px, y_px)

    def close_ritual(self) -> None:
        """Leave the ritual, whatever it has come to."""
        if self.ritual is not None:
            self.ritual.cancel()
            self.ritual = None

    def tick(self, pose: Pose | None) -> None:
        """Let time pass.

        Args:
            pose: Where the subject is now, None where that is not known.
        """
        runner = self.runner
        if runner is not None and self._take.state is TakeState.RECORDING:
            before = runner.view.trial
            cues = runner.tick(self._clock.now())
            self._cues.play(cues, runner.view.trial or before)
        ritual = self.ritual
        if ritual is None:
            return
        if self._take.state is not TakeState.RECORDING:
            self.close_ritual()
            return
        was_judged = ritual.stage is RitualStage.JUDGED
        if ritual.poll(pose):
            self._cues.beep()
        outcome = ritual.outcome
        if outcome is not None and outcome.content is not None and not was_judged:
            self._take.note_sync(outcome.content, is_of_light=isinstance(ritual, LightRitual))
