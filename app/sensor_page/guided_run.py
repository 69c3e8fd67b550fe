"""What the guided check and the calibration have in common: one stretch after the other, announced, held and judged.

No Qt: a screen polls it, passes keys on, and shows stage, stretch and note.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from app.live_page.messages import Tone
from app.sensor_page.heard_sensors import HeardSensors, Samples
from mia_core.clock import Clock
from mia_core.live.sensor_track import Trace
from mia_core.muscles import Placement

READY_S: Final = 3.0
"""Time to read a sentence and take the posture."""
GOES_ON_S: Final = 2.0
"""So long a good result is shown before the next stretch is announced."""
REST_SENTENCE: Final = "Sit back and relax: let arms and legs lie heavy and do nothing."


class Stage(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    """Not begun."""
    READY = "ready"
    """The stretch is announced, or the muscle has its pause."""
    HOLD = "hold"
    """What comes now is judged."""
    NOTED = "noted"
    """The stretch was judged."""
    LOST = "lost"
    """A sensor that is needed is not connected; the stretch begins again when it is."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the subject is asked to do once.

    Attributes:
        placement: The muscle that contracts, None to rest.
        sentence: What to do, for people.
        ready_s: Time before it.
        hold_s: Its length.
    """

    placement: Placement | None
    sentence: str
    ready_s: float
    hold_s: float


@dataclass(frozen=True, slots=True)
class Note:
    """What a stretch came to.

    Attributes:
        tone: How serious it is; the run goes on by itself after a good one (`DONE`) only.
        title: In two or three words.
        text: In a sentence, and what to do.
        other: Another muscle whose sensor it is about, None for none.
    """

    tone: Tone
    title: str
    text: str
    other: Placement | None = None


class GuidedRun(ABC):
    """Leads through stretches of rest and of contraction.

    Args:
        sensors: The running sensors.
        contract: Tells simulated subjects what is asked for: to contract a muscle, or to rest (None).
        clock: Times the stretches.

    Attributes:
        sensors: The running sensors.
        stage: Where the run stands.
        stretch: The present one, in stage DONE the last.
        note: What it came to, in stages NOTED and LOST.
    """

    def __init__(self, sensors: HeardSensors, contract: Callable[[Placement | None], None], clock: Clock) -> None:
        self.sensors = sensors
        self.stage = Stage.WAITING
        self.note: Note | None = None
        self._contract = contract
        self._clock = clock
        self._since_s = clock.now()
        self._held: dict[Placement, list[Trace]] = {}
        self._done_without: set[Placement] = set()

    @property
    @abstractmethod
    def stretch(self) -> Stretch:
        """What the subject is asked to do."""

    @property
    @abstractmethod
    def has_findings(self) -> bool:
        """Whether something would be lost if the run ended now."""

    @property
    def may_repeat(self) -> bool:
        """Whether the present stretch can be done again."""
        return self.stage in (Stage.READY, Stage.HOLD, Stage.NOTED)

    @property
    def may_skip(self) -> bool:
        """Whether the present stretch can be left out."""
        return self.stretch.placement is not None and self.stage in (Stage.READY, Stage.HOLD)

    @property
    def length_s(self) -> float:
        """Length of the present stage, 0 when it lasts until somebody does something."""
        if self.stage is Stage.READY:
            return self.stretch.ready_s
        if self.stage is Stage.HOLD:
            return self.stretch.hold_s
        goes_on = self.stage is Stage.NOTED and self.note is not None and self.note.tone is Tone.DONE
        return GOES_ON_S if goes_on else 0.0

    @property
    def remaining_s(self) -> float:
        """Seconds until the present stage ends by itself, 0 when it does not."""
        return max(self.length_s - (self._clock.now() - self._since_s), 0.0)

    def poll(self) -> None:
        """Take what the sensors have sent, and go on when it is time."""
        fresh = self.sensors.take_new()
        if self.stage is Stage.HOLD:
            self._keep(fresh)
        if self.stage in (Stage.READY, Stage.HOLD) and self._missing():
            self._wait_for_sensors()
        elif self.stage is Stage.LOST and not self._missing():
            self._announce()
        elif self.stage is Stage.LOST:
            self.note = self._loss()
        elif self.length_s and not self.remaining_s:
            self._go_on()

    def go_on(self) -> None:
        """Begin; don't wait for the end of an announcement or of a note; do without a sensor that is lost."""
        if self.stage is Stage.WAITING:
            self._announce()
        elif self.stage is Stage.LOST:
            self._done_without.update(self._missing())
            self._do_without()
        elif self.stage in (Stage.READY, Stage.NOTED):
            self._go_on()

    def repeat(self) -> None:
        """Do the present stretch again."""
        if self.may_repeat:
            self._take_back()
            self._announce()

    def skip(self) -> None:
        """Leave the present stretch out."""
        if self.may_skip:
            self._leave_out()
            self._next()

    def held(self, placement: Placement) -> Trace:
        """Return what a muscle has done during the present stretch."""
        nothing = Trace(np.empty(0), np.empty(0, np.float32), np.empty(0, np.bool_))
        parts = [nothing, *self._held.get(placement, ())]
        return Trace(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    @abstractmethod
    def _advance(self) -> bool:
        """Choose the next stretch; False when there is none."""

    @abstractmethod
    def _judge(self) -> Note:
        """Judge what was held."""

    @abstractmethod
    def _take_back(self) -> None:
        """Forget what the present stretch came to."""

    @abstractmethod
    def _leave_out(self) -> None:
        """Remember that the present stretch is not to be done."""

    @abstractmethod
    def _do_without(self) -> None:
        """Go on although the sensors of the present stretch are not there."""

    @abstractmethod
    def _needed(self) -> tuple[Placement, ...]:
        """Return the muscles whose sensors the present stretch can't do without."""

    def _go_on(self) -> None:
        if self.stage is Stage.READY:
            self._hold()
        elif self.stage is Stage.HOLD:
            self._finish()
        else:
            self._next()

    def _next(self) -> None:
        if self._advance():
            self._announce()
        else:
            self._enter(Stage.DONE)

    def _announce(self) -> None:
        self._enter(Stage.READY)
        self._contract(None)

    def _hold(self) -> None:
        self._held.clear()
        self._enter(Stage.HOLD)
        self._contract(self.stretch.placement)

    def _finish(self) -> None:
        note = self._judge()
        self._enter(Stage.NOTED, note)
        self._contract(None)

    def _wait_for_sensors(self) -> None:
        self._enter(Stage.LOST, self._loss())
        self._contract(None)

    def _enter(self, stage: Stage, note: Note | None = None) -> None:
        self.stage, self.note, self._since_s = stage, note, self._clock.now()

    def _keep(self, fresh: Samples) -> None:
        for placement, trace in fresh.items():
            within = trace.times_s > self._since_s
            self._held.setdefault(placement, []).append(trace.of(within))

    def _missing(self) -> tuple[Placement, ...]:
        needed = self._needed()
        missing = self.sensors.missing()
        return tuple(at for at in missing if at in needed and at not in self._done_without)

    def _loss(self) -> Note:
        error = self.sensors.error
        if error is not None:
            return Note(Tone.ERROR, "The sensors have stopped", f"{error} {error.advice}")
        missing = self._missing()
        title = "Sensor lost" if len(missing) == 1 else f"{len(missing)} sensors lost"
        return Note(
            Tone.WARNING,
            title,
            f"There is no connection to the {in_words(missing)}. It is looked for, and this step begins again as soon "
            "as it is back.",
        )


def in_words(placements: tuple[Placement, ...]) -> str:
    """Return some muscles as part of a sentence, such as `left biceps and right triceps`."""
    names = [placement.label.lower() for placement in placements]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
