"""What a simulated data set consists of: its settings, and the list of clips to make.

The plan of a longer data set begins with the plan of a shorter one, and what each clip holds depends only on the seed
and on the clip's own number or name. So a data set can be made in any order, in pieces, and on several machines.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from mia_core.errors import MiaError
from mia_core.exercises import EXERCISE_NAMES, HELD_OUT_EXERCISES
from mia_core.simulation.bvh import list_motions
from mia_core.simulation.exercise_scripts import SCRIPTS
from mia_core.simulation.motions import ARM_BABBLE, BODY_BABBLE, STANDING

EXERCISE: Final = "exercise"
SIMULATED_EXERCISES: Final = tuple(name for name in EXERCISE_NAMES if name in SCRIPTS)
TRAINING_EXERCISES: Final = tuple(name for name in SIMULATED_EXERCISES if name not in HELD_OUT_EXERCISES)
_EXERCISE_SETS: Final = {"training": TRAINING_EXERCISES, "held-out": HELD_OUT_EXERCISES, "all": SIMULATED_EXERCISES}

CLIP_STREAM: Final = 0
"""First numbers of the seeds of clips, subjects and so on, so that no two draw the same."""
SUBJECT_STREAM: Final = 1
DEMO_STREAM: Final = 2
ORDER_STREAM: Final = 3
MOCAP_STREAM: Final = 4
VARIED_STREAM: Final = 5


class SimulationError(MiaError):
    """A data set can't be simulated as asked."""


@dataclass(frozen=True, slots=True)
class MotionMix:
    """Shares of the kinds of generated motion; only their ratios count.

    Random movement gets more than the exercises because it carries over best to motion that was never seen.
    """

    exercise: float = 0.35
    body_babble: float = 0.30
    arm_babble: float = 0.30
    standing: float = 0.05

    def __post_init__(self) -> None:
        shares = tuple(self.shares.values())
        if not all(0 <= share < math.inf for share in shares) or sum(shares) == 0:
            raise SimulationError(f"{self} is no mix of motions.", "Give shares of 0 or more, at least one above 0.")

    @property
    def shares(self) -> dict[str, float]:
        """The share of every kind, as given."""
        return {
            EXERCISE: self.exercise,
            BODY_BABBLE: self.body_babble,
            ARM_BABBLE: self.arm_babble,
            STANDING: self.standing,
        }

    def __str__(self) -> str:
        return ",".join(f"{kind}={share:g}" for kind, share in self.shares.items())

    @classmethod
    def parse(cls, text: str) -> MotionMix:
        """Read a mix such as `exercise=.4,body_babble=.3,arm_babble=.3`; kinds that are not named get nothing.

        Raises:
            SimulationError: The text is something else.
        """
        shares = dict.fromkeys(cls().shares, 0.0)
        advice = f"Write it as {cls()}, with any of these kinds."
        for part in text.split(","):
            kind, _, share = part.partition("=")
            if kind.strip() not in shares:
                raise SimulationError(f"The mix {text!r} names {kind.strip()!r}, which is no kind of motion.", advice)
            try:
                shares[kind.strip()] = float(share)
            except ValueError as error:
                raise SimulationError(f"The mix {text!r} gives {kind.strip()} no number.", advice) from error
        return cls(**shares)


def exercises_named(text: str) -> tuple[str, ...]:
    """Return the exercises of `training`, `held-out`, `all`, or of a list of names with commas between.

    Raises:
        SimulationError: There is no such exercise.
    """
    names = _EXERCISE_SETS.get(text) or tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in SIMULATED_EXERCISES]
    if unknown:
        raise SimulationError(
            f"There is no exercise {unknown[0]!r}.",
            f"Say training, held-out, all, or some of {', '.join(SIMULATED_EXERCISES)}.",
        )
    return tuple(name for name in SIMULATED_EXERCISES if name in names)


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """What to simulate. Equal settings give equal clips.

    Attributes:
        hours: Length of generated motion in all, rounded up to whole clips; 0 for recorded motions alone.
        subjects: Number of virtual subjects, who take turns.
        seed: Seed of everything.
        mix: Shares of exercises, random movement and standing in the generated motion.
        exercises: The exercises that are done, also by the legs under random arm movement.
        motions: A folder of recorded motion (BVH, in any sub-folder) that is made in addition, or None.
        dataset: Where recorded motion comes from; part of its subjects' and files' names.
        bodies: How many bodies of different shape and strength do each recorded motion.
        varied: How many more bodies do it in a tempo of their own, with varied arms.
        clip_s: Length of generated clips and greatest length of recorded ones, seconds.
    """

    hours: float = 1.0
    subjects: int = 20
    seed: int = 0
    mix: MotionMix = MotionMix()
    exercises: tuple[str, ...] = TRAINING_EXERCISES
    motions: Path | None = None
    dataset: str = "cmu"
    bodies: int = 2
    varied: int = 0
    clip_s: float = 20.0

    def __post_init__(self) -> None:
        something = self.hours > 0 or (self.hours == 0 and self.motions is not None)
        counts = self.subjects > 0 and self.seed >= 0 and self.bodies > 0 and self.clip_s > 0 and self.varied >= 0
        if not (something and math.isfinite(self.hours) and counts):
            raise SimulationError(
                f"Can't simulate {self.hours} hours of {self.subjects} subjects with seed {self.seed}.",
                "Ask for more than 0 hours (or a folder of motions), at least 1 subject, and a seed of 0 or more.",
            )
        if not self.dataset.isidentifier():
            raise SimulationError(f"{self.dataset!r} can't name a data set.", "Use letters, digits and underscores.")
        unknown = [name for name in self.exercises if name not in SIMULATED_EXERCISES]
        if unknown or not self.exercises:
            raise SimulationError(
                f"Can't simulate the exercises {self.exercises}.", f"Give some of {', '.join(SIMULATED_EXERCISES)}."
            )


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """One generated clip: its number, what is done in it, and by which subject (a number)."""

    index: int
    kind: str
    subject: int

    @property
    def name(self) -> str:
        """Name of the clip, unique in the data set."""
        return f"clip_{self.index:05d}_{self.kind}"

    @property
    def doing(self) -> str:
        """What is done in it, for people."""
        return self.kind.replace("_", " ")


@dataclass(frozen=True, slots=True)
class MocapPlan:
    """One recorded motion done by one body: several clips when it is long.

    Attributes:
        path: The recording.
        dataset: Where it comes from.
        body: Number of the body, among those that do it as recorded or among the others.
        is_varied: Whether tempo and arms are its own.
    """

    path: Path
    dataset: str
    body: int
    is_varied: bool = False

    @property
    def name(self) -> str:
        """First part of the names of its clips, unique in the data set."""
        return f"{self.dataset}_{self.path.stem}_{'varied' if self.is_varied else 'body'}{self.body}"

    @property
    def subject(self) -> str:
        """Who moved: the data set, and what precedes the first underscore of the file's name."""
        return f"{self.dataset}-{self.path.stem.split('_')[0]}"

    @property
    def doing(self) -> str:
        """Which motion it is, for people."""
        return self.exercise

    @property
    def exercise(self) -> str:
        """The name under which its clips are kept apart from exercises, and varied ones from others."""
        return f"{'mocap_varied' if self.is_varied else 'mocap'}:{self.path.stem}"


Plan = ClipPlan | MocapPlan
_Item = TypeVar("_Item")


def plan(settings: SimulationSettings) -> tuple[Plan, ...]:
    """Return what a data set consists of: generated clips by number, then recorded motions by name.

    Kinds of motion come in the ratio of the mix from the first clip on. Exercises and subjects take turns in shuffled
    rounds, so that short sets of different seeds hold different ones.

    Raises:
        MotionFolderError: There are no recorded motions where some are asked for, or two have the same name.
    """
    plans: list[Plan] = []
    exercises = _in_turns(settings.exercises, (ORDER_STREAM, settings.seed, 0))
    subjects = _in_turns(range(settings.subjects), (ORDER_STREAM, settings.seed, 1))
    made = dict.fromkeys(settings.mix.shares, 0)
    total = sum(settings.mix.shares.values())
    for index in range(math.ceil(settings.hours * 3600.0 / settings.clip_s - 1e-9)):
        missing = {
            kind: share / total * (index + 1) - made[kind] for kind, share in settings.mix.shares.items() if share > 0
        }
        kind = max(missing, key=lambda name: missing[name])
        made[kind] += 1
        plans.append(ClipPlan(index, next(exercises) if kind == EXERCISE else kind, next(subjects)))
    if settings.motions is not None:
        plans.extend(_mocap_plans(settings, settings.motions))
    return tuple(plans)


def _in_turns(items: Sequence[_Item], seed: tuple[int, ...]) -> Iterator[_Item]:
    """Yield the items for ever, all of them in a shuffled order before any comes again."""
    for round_number in itertools.count():
        for chosen in np.random.default_rng([*seed, round_number]).permutation(len(items)):
            yield items[chosen]


def _mocap_plans(settings: SimulationSettings, folder: Path) -> Iterator[MocapPlan]:
    for file in list_motions(folder):
        yield from (MocapPlan(file.path, settings.dataset, body) for body in range(settings.bodies))
        yield from (MocapPlan(file.path, settings.dataset, body, is_varied=True) for body in range(settings.varied))
