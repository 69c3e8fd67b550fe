"""The calibration, step by step: rest, then rounds of maximal efforts.

The muscles take turns, so that each rests while the others work, and nobody has to wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from app.live_page.messages import Tone
from app.sensor_page.guided_run import READY_S, REST_SENTENCE, GuidedRun, Note, Stage, Stretch, in_words
from app.sensor_page.heard_sensors import HeardSensors
from mia_core.clock import Clock
from mia_core.muscles import Placement
from mia_core.processing.emg_grid import span_means
from mia_core.sensors.emg_calibration import CalibrationError, CalibrationRun, EmgCalibration, MuscleReference
from mia_core.sensors.muscle_check import MuscleCheck

PAUSE_S: Final = 30.0
"""Between two efforts of the same muscle at least; tired muscles give less. Our choice, and the user may shorten it."""


class EffortRun(GuidedRun):
    """Leads through the calibration of some muscles; see `CalibrationRun` for what is refused.

    Args:
        sensors: The running sensors.
        chosen: The muscles to calibrate.
        contract: Tells simulated subjects what is asked for.
        clock: Times the stretches.
    """

    def __init__(
        self,
        sensors: HeardSensors,
        chosen: Sequence[Placement],
        contract: Callable[[Placement | None], None],
        clock: Clock,
    ) -> None:
        super().__init__(sensors, contract, clock)
        self._run = CalibrationRun(sensors.montage, sensors.profile_of)
        prompts = MuscleCheck(sensors.montage, sensors.profile_of).prompts
        self._sentences = {prompt.placement: prompt.sentence for prompt in prompts}
        self._chosen = list(chosen)
        self._rests: dict[Placement, float] = {}
        self._bests: dict[Placement, list[float]] = {at: [] for at in chosen}
        self._ended_s: dict[Placement, float] = {}
        self._rested = False
        self._refused: tuple[Placement, ...] = ()
        self._stretch = Stretch(None, REST_SENTENCE, READY_S, self._run.settings.rest_s)

    @property
    def stretch(self) -> Stretch:
        """What the subject is asked to do."""
        return self._stretch

    @property
    def has_findings(self) -> bool:
        """Whether an effort was taken."""
        return any(self._bests.values())

    @property
    def may_repeat(self) -> bool:
        """Whether the present stretch can be done again; of efforts that were taken the best counts anyway."""
        is_taken = self.stage is Stage.NOTED and self.note is not None and self.note.tone is Tone.DONE
        return super().may_repeat and not (is_taken and self._stretch.placement is not None)

    @property
    def may_skip(self) -> bool:
        """Whether the present stretch can be left out, and with it its muscle."""
        is_refused = self.stage is Stage.NOTED and self.note is not None and self.note.tone is not Tone.DONE
        return super().may_skip or is_refused

    @property
    def rested(self) -> bool:
        """Whether the rest was taken."""
        return self._rested

    @property
    def chosen(self) -> tuple[Placement, ...]:
        """The muscles that are to be calibrated and were not left out."""
        return tuple(self._chosen)

    @property
    def efforts_wanted(self) -> int:
        """Efforts of each muscle."""
        return self._run.settings.efforts

    def efforts(self, placement: Placement) -> tuple[float, ...]:
        """Return the best short means of a muscle's efforts so far, in the unit of its sensor's profile."""
        return tuple(self._bests.get(placement, ()))

    def rest(self, placement: Placement) -> float:
        """Return a muscle's rest, NaN before it was taken."""
        return self._rests.get(placement, float("nan"))

    def best(self, placement: Placement) -> float:
        """Return the best short mean so far, the present effort included; NaN before the first."""
        best = max(self.efforts(placement), default=float("nan"))
        if self.stage is Stage.HOLD and self._stretch.placement == placement:
            times_s, values, _ = self.held(placement)
            length_s = self._run.settings.best_s
            ends_s = times_s[times_s - self._since_s >= length_s]
            means = span_means(times_s, values, ends_s - length_s, ends_s)
            best = float(np.fmax(best, np.fmax.reduce(means, initial=-np.inf))) if len(means) else best
        return best

    def references(self) -> dict[Placement, MuscleReference]:
        """Return the references of all muscles that have their efforts."""
        utc = self._clock.utc()
        return {at: self._run.reference(at, utc) for at in self._chosen if self._run.is_complete(at)}

    def calibration(self) -> EmgCalibration:
        """Return the session's calibration with these references; those of other muscles stay."""
        before = self.sensors.feed.calibration or EmgCalibration({})
        return EmgCalibration({**before.references, **self.references()})

    def _advance(self) -> bool:
        if not self._rested:
            return bool(self._chosen)
        for n_taken in range(self.efforts_wanted):
            for placement in self._chosen:
                if self._run.efforts(placement) <= n_taken:
                    self._stretch = self._effort(placement)
                    return True
        return False

    def _effort(self, placement: Placement) -> Stretch:
        rested_s = self._clock.now() - self._ended_s.get(placement, -np.inf)
        ready_s = max(READY_S, PAUSE_S - rested_s)
        return Stretch(placement, self._sentences[placement], ready_s, self._run.settings.effort_s)

    def _judge(self) -> Note:
        placement = self._stretch.placement
        if placement is None:
            return self._judge_rest()
        try:
            best = self._run.take_effort(placement, *self.held(placement))
        except CalibrationError as error:
            self._stretch = self._effort(placement)  # the pause is over
            return Note(Tone.WARNING, "Not taken", f"{error} {error.advice}")
        self._ended_s[placement] = self._clock.now()
        self._bests[placement].append(best)
        unit = self.sensors.profile_of(placement).unit
        number, of = self._run.efforts(placement), self.efforts_wanted
        return Note(
            Tone.DONE,
            f"Effort {number} of {of}: {best:.0f} {unit}",
            f"The best of the {placement.label.lower()} so far is {self.best(placement):.0f} {unit}.",
        )

    def _judge_rest(self) -> Note:
        refusals: dict[Placement, CalibrationError] = {}
        for placement in self._chosen:
            held = self.held(placement)
            try:
                self._rests[placement] = self._run.take_rest(placement, held.values, held.saturated)
            except CalibrationError as error:
                refusals[placement] = error
        self._refused = tuple(refusals)
        self._rested = not refusals
        if not refusals:
            return Note(Tone.DONE, "Rest taken", "Now one maximal effort after the other, in three rounds.")
        first = refusals[self._refused[0]]
        others = f" The same holds for the {in_words(self._refused[1:])}." if len(refusals) > 1 else ""
        return Note(Tone.WARNING, "Not taken", f"{first}{others} {first.advice}")

    def _take_back(self) -> None:
        if self._stretch.placement is None:
            self._rested = False

    def _leave_out(self) -> None:
        placement = self._stretch.placement
        if placement is not None:
            self._drop((placement,))
        elif self.stage is Stage.NOTED and self._refused:
            self._drop(self._refused)
            self._rested = True

    def _do_without(self) -> None:
        self._drop(tuple(self._done_without))
        if self._stretch.placement is not None or not self._chosen:
            self._next()
        else:
            self._announce()

    def _drop(self, placements: Sequence[Placement]) -> None:
        self._chosen = [at for at in self._chosen if at not in placements]

    def _needed(self) -> tuple[Placement, ...]:
        placement = self._stretch.placement
        return self.chosen if placement is None else (placement,)
