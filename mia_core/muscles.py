"""Muscles, sides, placements and the montage that fixes the order of channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.skeleton import INDEX


class Side(StrEnum):
    """The subject's side."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Muscle(StrEnum):
    """The four muscle groups of the paper (section 3.1)."""

    BICEPS = "biceps"
    TRICEPS = "triceps"
    QUADRICEPS = "quadriceps"
    HAMSTRINGS = "hamstrings"

    @property
    def is_arm(self) -> bool:
        """Whether the muscle lies on the upper arm (else on the thigh)."""
        return self in (Muscle.BICEPS, Muscle.TRICEPS)

    @property
    def is_front(self) -> bool:
        """Whether the muscle lies on the front of its limb in the anatomical position."""
        return self in (Muscle.BICEPS, Muscle.QUADRICEPS)

    @property
    def antagonist(self) -> Muscle:
        """The muscle on the other side of the limb, which moves its joint the other way."""
        return next(other for other in Muscle if other.is_arm == self.is_arm and other.is_front != self.is_front)


@dataclass(frozen=True, slots=True)
class Placement:
    """One muscle on one side: the place of one channel."""

    side: Side
    muscle: Muscle

    @property
    def name(self) -> str:
        """Column and channel name, such as `left_biceps`."""
        return f"{self.side}_{self.muscle}"

    @property
    def label(self) -> str:
        """Name for people, such as `Left biceps`."""
        return f"{self.side.capitalize()} {self.muscle}"

    @property
    def keypoints(self) -> tuple[int, int, int]:
        """BODY_25 indices of the joints that must be seen for this muscle to be judged, from the trunk outwards.

        Upper arm: shoulder, elbow, wrist. Thigh: hip, knee, ankle. The first two span the segment that carries the
        muscle.
        """
        joints = ("shoulder", "elbow", "wrist") if self.muscle.is_arm else ("hip", "knee", "ankle")
        a, b, c = (INDEX[f"{self.side}_{joint}"] for joint in joints)
        return a, b, c


@dataclass(frozen=True, slots=True)
class Montage:
    """The ordered placements of a session: the order of every channel axis in the program."""

    placements: tuple[Placement, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Channel names in order."""
        return tuple(placement.name for placement in self.placements)

    def placement(self, name: str) -> Placement:
        """Return the placement of a name such as `left_biceps` (ValueError for any other)."""
        if name not in self.names:
            raise ValueError(f"no muscle here is called {name!r}")
        return self.placements[self.names.index(name)]

    @property
    def mirror(self) -> NDArray[np.intp]:
        """Channel order after a left-right mirror: `mirrored = values[..., montage.mirror]`."""
        return np.array([self.placements.index(Placement(p.side.other, p.muscle)) for p in self.placements])

    def __len__(self) -> int:
        return len(self.placements)


MONTAGE: Final = Montage(tuple(Placement(side, muscle) for side in Side for muscle in Muscle))
"""The paper's eight muscles: left biceps, triceps, quadriceps, hamstrings, then the same on the right."""


def in_short(names: Sequence[str]) -> str:
    """Return which of the montage's muscles these are, in two or three words, such as `arms`."""
    if len(names) == len(MONTAGE):
        return "all muscles"
    arms = {placement.name for placement in MONTAGE.placements if placement.muscle.is_arm}
    for limbs, muscles in (("arms", arms), ("legs", set(MONTAGE.names) - arms)):
        if set(names) == muscles:
            return limbs
    return names[0].replace("_", " ") if len(names) == 1 else f"{len(names)} of {len(MONTAGE)} muscles"
