"""A sync ritual, whichever way it goes: attempts at the offset between camera and sensors, each of them judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import Placement
from mia_core.processing.light_sync import LightSync
from mia_core.processing.sync_ritual import SyncEstimate
from mia_core.samples import Floats, Pose, Times


class RitualStage(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    CUED = "cued"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class RitualCourses:
    """What was compared.

    Attributes:
        motion: Times (n,) since the attempt's begin in seconds, and joint speed (n,) in [0, 1].
        envelope: Times (m,) since the attempt's begin in seconds, and envelope (m,) in [0, 1].
    """

    motion: tuple[Times, Floats]
    envelope: tuple[Times, Floats]


@dataclass(frozen=True, slots=True)
class RitualOutcome:
    """What an attempt came to.

    Attributes:
        estimate: The offset, None when none can be told.
        verdict: A sentence that judges it, or says why there is none.
        advice: What to do.
        content: What a session keeps of it, None without an offset.
        courses: What was compared, None where there is nothing to draw.
    """

    estimate: SyncEstimate | LightSync | None
    verdict: str
    advice: str
    content: dict[str, Any] | None = None
    courses: RitualCourses | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the offset is worth to rely on."""
        return self.estimate is not None and self.estimate.accepted


class Ritual(ABC):
    """One attempt after another; `poll` it some times a second.

    Args:
        placement: The muscle; it has a sensor.
        feed: The running sensors.
        mark: Writes an event into the session.
        clock: Tells the present.

    Attributes:
        METHOD: What a session calls this way.
        placement: The muscle.
        stage: Where it stands.
        outcome: What the last attempt came to.
    """

    METHOD: ClassVar[str]

    def __init__(
        self, placement: Placement, feed: SensorFeed, mark: Callable[[str, dict[str, Any]], None], clock: Clock
    ) -> None:
        self._feed = feed
        self._mark = mark
        self._clock = clock
        self.placement = placement
        self.stage = RitualStage.WAITING
        self.outcome: RitualOutcome | None = None

    @property
    @abstractmethod
    def choices(self) -> tuple[Placement, ...]:
        """The muscles that can be used."""

    @property
    @abstractmethod
    def share(self) -> float:
        """How much of the present attempt has passed, from 0 to 1."""

    @property
    @abstractmethod
    def n_given(self) -> int:
        """How many cues were given, to the subject or to the light."""

    def choose(self, placement: Placement) -> None:
        """Use another muscle; nothing happens during an attempt."""
        if self.stage is not RitualStage.CUED and placement in self.choices:
            self.placement = placement
            self.stage, self.outcome = RitualStage.WAITING, None

    def begin(self) -> None:
        """Begin an attempt."""
        if self.stage is RitualStage.CUED:
            return
        self._look()
        self.stage, self.outcome = RitualStage.CUED, None
        self._mark("ritual_begin", {"muscle": self.placement.name, "method": self.METHOD})

    def cancel(self) -> None:
        """Break an attempt off."""
        if self.stage is RitualStage.CUED:
            self.stage = RitualStage.WAITING
            self._mark_end("broken off", {})

    def poll(self, pose: Pose | None) -> bool:
        """Let time pass; return whether the subject is to be given a cue now.

        Args:
            pose: Where the subject is, None where that is not known.
        """
        if self.stage is not RitualStage.CUED:
            return False
        is_cue = self._follow(pose)
        if self.share >= 1:
            self.outcome = outcome = self._judge()
            self.stage = RitualStage.JUDGED
            self._mark_end("accepted" if outcome.is_accepted else "refused", outcome.content or {})
        return is_cue

    @abstractmethod
    def _look(self) -> None:
        """Begin to give cues and to look at what follows."""

    @abstractmethod
    def _follow(self, pose: Pose | None) -> bool:
        """Go on; return whether the subject is to be given a cue now."""

    @abstractmethod
    def _judge(self) -> RitualOutcome:
        """Look no more, and return what came of it."""

    def _mark_end(self, status: str, content: dict[str, Any]) -> None:
        self._mark("ritual_end", {"muscle": self.placement.name, "method": self.METHOD, "status": status} | content)


def lateness(offset_s: float) -> str:
    """Return an offset in words, such as `120 ms later`."""
    return f"{abs(1e3 * offset_s):.0f} ms {'later' if offset_s >= 0 else 'earlier'}"
