"""One key posture of a movement, written for a leading side, and a script of postures in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Point = tuple[float, float, float]
Arm = tuple[float, float, float, float, float]
Leg = tuple[float, float, float, float, float, float]

HANGING: Final[Arm] = (0.6, 0.32, 0.2, 0.4, 0.0)
"""A relaxed arm: plane of elevation, elevation, axial turn, elbow flexion, pronation, radians."""
GUARD: Final[Arm] = (1.1, 0.7, 0.5, 2.0, 0.0)
"""A boxer's guard: fists in front of the chin."""
STRAIGHT_LEG: Final[Leg] = (0.12, 0.0, 0.0, 0.2, 0.08, 0.0)
"""Hip flexion, adduction, rotation, knee flexion, ankle dorsiflexion, inversion, radians."""


@dataclass(frozen=True, slots=True)
class Posture:
    """What the body strives for at one moment, in terms of a leading and a trailing side.

    Lengths in metres, angles in radians. Feet are given by the point under the ankle's front, relative to the
    middle of the stance in the direction that the person faces.

    Attributes:
        weight: Share of the body weight on the leading foot.
        drop: How far the hips are below standing height; negative on tiptoe.
        pelvis: Turn towards the leading side, forward tilt, lean towards the leading side.
        trunk: Flexion forwards, lean towards the leading side, twist towards the leading side; against the pelvis.
        shift: Displacement of the centre of pressure towards the leading side and forwards.
        lead_foot: (outwards, forwards, up).
        trail_foot: (outwards, forwards, up).
        toe_out: Outward turn of the leading and the trailing foot.
        planted: How much each foot follows its foot target (1) or its leg's joint angles (0), leading then trailing.
        lead_leg: Joint angles of the leg, which count when it is not planted.
        trail_leg: The same of the other leg.
        lead_arm: Joint angles of the arm.
        trail_arm: The same of the other arm.
        heading: Where body, leading and trailing foot face, counterclockwise from above.
    """

    weight: float = 0.5
    drop: float = 0.0
    pelvis: Point = (0.0, 0.0, 0.0)
    trunk: Point = (0.0, 0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)
    lead_foot: Point = (0.12, 0.0, 0.0)
    trail_foot: Point = (0.12, 0.0, 0.0)
    toe_out: tuple[float, float] = (0.1, 0.1)
    planted: tuple[float, float] = (1.0, 1.0)
    lead_leg: Leg = STRAIGHT_LEG
    trail_leg: Leg = STRAIGHT_LEG
    lead_arm: Arm = HANGING
    trail_arm: Arm = HANGING
    heading: Point = (0.0, 0.0, 0.0)

    def swapped(self) -> Posture:
        """Return the same posture of the body, written with the other side as the leading one."""
        return replace(
            self,
            weight=1.0 - self.weight,
            pelvis=(-self.pelvis[0], self.pelvis[1], -self.pelvis[2]),
            trunk=(self.trunk[0], -self.trunk[1], -self.trunk[2]),
            shift=(-self.shift[0], self.shift[1]),
            lead_foot=self.trail_foot,
            trail_foot=self.lead_foot,
            toe_out=self.toe_out[::-1],
            planted=self.planted[::-1],
            lead_leg=self.trail_leg,
            trail_leg=self.lead_leg,
            lead_arm=self.trail_arm,
            trail_arm=self.lead_arm,
            heading=(self.heading[0], self.heading[2], self.heading[1]),
        )

    def vector(self) -> Array:
        """Return all values in the order of the attributes."""
        return np.concatenate([np.atleast_1d(getattr(self, field.name)) for field in fields(self)])


def _layout() -> dict[str, slice]:
    start, layout = 0, {}
    for field in fields(Posture):
        size = np.size(getattr(Posture(), field.name))
        layout[field.name] = slice(start, start + size)
        start += size
    return layout


LAYOUT: Final = _layout()
"""Where each attribute lies in `Posture.vector`."""


class MotionScript:
    """Key postures in time, built step by step.

    Args:
        start: Posture at time 0.
        tempo: Factor on all durations; 2 is half as fast.

    Attributes:
        times_s: Time of each posture, increasing.
        postures: The postures.
    """

    def __init__(self, start: Posture, tempo: float = 1.0) -> None:
        self.times_s: list[float] = [0.0]
        self.postures: list[Posture] = [start]
        self._tempo = tempo

    @property
    def last(self) -> Posture:
        """The final posture so far."""
        return self.postures[-1]

    @property
    def duration_s(self) -> float:
        """Time of the final posture."""
        return self.times_s[-1]

    def to(self, duration: float, **changes: Any) -> Self:
        """Add a posture `duration` (times the tempo) seconds later: the last one with some attributes changed."""
        return self.append(duration * self._tempo, replace(self.last, **changes))

    def hold(self, duration: float) -> Self:
        """Stay in the last posture."""
        return self.append(duration * self._tempo, self.last)

    def append(self, duration_s: float, posture: Posture) -> Self:
        """Add a posture a number of seconds later, whatever the tempo."""
        self.times_s.append(self.duration_s + max(duration_s, 0.04))
        self.postures.append(posture)
        return self

    def extend(self, other: MotionScript) -> Self:
        """Add another script, whose first posture must be this one's last."""
        offset = self.duration_s
        self.times_s += [offset + time for time in other.times_s[1:]]
        self.postures += other.postures[1:]
        return self

    def mapped(self, change: Callable[[Posture], Posture]) -> MotionScript:
        """Return a script with a function applied to every posture."""
        script = MotionScript(change(self.postures[0]))
        script.times_s = list(self.times_s)
        script.postures = [change(posture) for posture in self.postures]
        return script


def step_between(start: Posture, end: Posture, pace_s: float) -> MotionScript:
    """Return a script that leads from one posture to another, lifting each foot that has to move.

    Args:
        start: Where to begin, both written for the same leading side.
        end: Where to end.
        pace_s: Seconds for each shift of weight or half step.
    """
    script = MotionScript(start)
    halfway = (start.heading[0] + end.heading[0]) / 2
    for index, foot, loaded in ((0, "lead_foot", 0.03), (1, "trail_foot", 0.97)):
        now, goal = getattr(script.last, foot), getattr(end, foot)
        turn = end.heading[1 + index] - script.last.heading[1 + index]
        if np.hypot(goal[0] - now[0], goal[1] - now[1]) < 0.02 and abs(turn) < 0.05:
            continue
        script.append(1.3 * pace_s, replace(script.last, weight=loaded, drop=max(start.drop, 0.01)))
        middle = ((now[0] + goal[0]) / 2, (now[1] + goal[1]) / 2, 0.06)
        script.append(pace_s, _with_foot(script.last, index, middle, turn / 2, script.last.heading[0]))
        body = halfway if index == 0 else end.heading[0]
        script.append(pace_s, _with_foot(script.last, index, (goal[0], goal[1], 0.0), turn / 2, body))
    return script.append(1.5 * pace_s, end)


def _with_foot(posture: Posture, index: int, place: Point, turn: float, heading: float) -> Posture:
    """Return a posture with the leading (0) or trailing (1) foot moved and turned, the body facing a heading."""
    headings = [heading, posture.heading[1], posture.heading[2]]
    headings[1 + index] += turn
    turned = (headings[0], headings[1], headings[2])
    if index == 0:
        return replace(posture, lead_foot=place, heading=turned)
    return replace(posture, trail_foot=place, heading=turned)
