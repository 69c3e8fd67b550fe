"""The guided check, step by step: rest, one contraction for each sensor, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.live_page.messages import Tone
from app.sensor_page.guided_run import READY_S, REST_SENTENCE, GuidedRun, Note, Stretch
from app.sensor_page.heard_sensors import HeardSensors
from mia_core.clock import Clock
from mia_core.muscles import Placement
from mia_core.sensors.muscle_check import CheckKind, Finding, MuscleCheck
from mia_core.sensors.sensor_montage import SensorId, SensorMontage

TITLES: Final = {
    CheckKind.OK: "Good",
    CheckKind.SWAPPED: "Another sensor heard it",
    CheckKind.DEAD: "No signal",
    CheckKind.SATURATED: "End of range",
    CheckKind.CROSSTALK: "Cross-talk",
    CheckKind.WEAK: "Hardly heard",
}
TONES: Final = {
    CheckKind.OK: Tone.DONE,
    CheckKind.SWAPPED: Tone.WARNING,
    CheckKind.DEAD: Tone.ERROR,
    CheckKind.SATURATED: Tone.ERROR,
    CheckKind.CROSSTALK: Tone.WARNING,
    CheckKind.WEAK: Tone.WARNING,
}


@dataclass(frozen=True, slots=True)
class Move:
    """A sensor that heard another muscle than the montage says.

    Attributes:
        sensor: Which.
        was_at: Where the montage has it.
        to: The muscle it heard.
    """

    sensor: SensorId
    was_at: Placement
    to: Placement


class CheckRun(GuidedRun):
    """Leads through the check of all sensors of a montage; see `MuscleCheck` for what is found."""

    def __init__(self, sensors: HeardSensors, contract: Callable[[Placement | None], None], clock: Clock) -> None:
        super().__init__(sensors, contract, clock)
        self._montage = sensors.montage
        self._check = MuscleCheck(sensors.montage, sensors.profile_of)
        self._sentences = {prompt.placement: prompt.sentence for prompt in self._check.prompts}
        self._at: Placement | None = None
        self._rested = False
        self._contracted: set[Placement] = set()
        self._findings: dict[Placement, Finding] = {}  # a screen asks with every look
        self._skipped: set[Placement] = set()

    @property
    def stretch(self) -> Stretch:
        """What the subject is asked to do."""
        if self._at is None:
            return Stretch(None, REST_SENTENCE, READY_S, self._check.settings.rest_s)
        return Stretch(self._at, self._sentences[self._at], READY_S, self._check.settings.effort_s)

    @property
    def has_findings(self) -> bool:
        """Whether a contraction was judged."""
        return bool(self._contracted)

    @property
    def rested(self) -> bool:
        """Whether the rest was taken."""
        return self._rested

    @property
    def findings(self) -> dict[Placement, Finding]:
        """What is known by now, surer than what was first said of a contraction."""
        return self._findings

    @property
    def skipped(self) -> frozenset[Placement]:
        """The muscles that were left out."""
        return frozenset(self._skipped)

    @property
    def unfit(self) -> frozenset[SensorId]:
        """The sensors that send nothing usable."""
        sensors = dict(self._montage.assignments)
        kinds = (CheckKind.DEAD, CheckKind.SATURATED)
        return frozenset(sensors[at] for at, finding in self.findings.items() if finding.kind in kinds)

    @property
    def suggested(self) -> SensorMontage:
        """The montage with every sensor on the muscle it heard."""
        return self._check.suggested()

    @property
    def moves(self) -> tuple[Move, ...]:
        """What the suggested montage changes, in the order of the muscles."""
        suggested = self.suggested
        pairs = ((sensor, at, suggested.placement_of(sensor)) for at, sensor in self._montage.assignments)
        return tuple(Move(sensor, at, to) for sensor, at, to in pairs if to is not None and to != at)

    @property
    def misheard(self) -> frozenset[Placement]:
        """The muscles that the suggested montage gives the sensor that heard them."""
        swapped = (at for at, finding in self.findings.items() if finding.kind is CheckKind.SWAPPED)
        return frozenset(swapped) & {move.to for move in self.moves}

    def again(self, placement: Placement) -> None:
        """Do the contraction of one muscle again, then come back."""
        self._at = placement
        self._take_back()
        self._announce()

    def _advance(self) -> bool:
        todo = (at for at in self.sensors.placements if at not in self._contracted and at not in self._skipped)
        following = next(todo, None)
        if self._rested and following is not None:
            self._at = following
        return not self._rested or following is not None

    def _judge(self) -> Note:
        if self._at is None:
            self._check.begin_rest()
            self._push()
            self._rested = True
            return Note(Tone.DONE, "Rest taken", "Now one muscle after the other.")
        self._check.begin(self._at)
        self._push()
        finding = self._check.finish()
        self._findings = {finding.placement: finding for finding in self._check.findings()}
        self._contracted.add(self._at)
        return Note(TONES[finding.kind], TITLES[finding.kind], finding.sentence, finding.other)

    def _push(self) -> None:
        for placement in self.sensors.placements:
            held = self.held(placement)
            self._check.push(placement, held.values, held.saturated)

    def _take_back(self) -> None:
        if self._at is None:
            self._rested = False
        else:
            self._contracted.discard(self._at)
            self._skipped.discard(self._at)

    def _leave_out(self) -> None:
        if self._at in self._findings:
            self._contracted.add(self._at)  # what an earlier contraction showed still holds
        elif self._at is not None:
            self._skipped.add(self._at)

    def _do_without(self) -> None:
        if self._at is None:
            self._announce()
        else:
            self._held.clear()
            self._finish()  # there is nothing to hear: the finding says so

    def _needed(self) -> tuple[Placement, ...]:
        return self.sensors.placements if self._at is None else (self._at,)
