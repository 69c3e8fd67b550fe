"""Movements on no list that most people do: sitting down, picking up, bouncing, turning to strike.

Each starts from where a person stands with both feet on the floor, and leaves the feet where they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from mia_core.simulation.arm_babble import shortest_s
from mia_core.simulation.posture import GUARD, HANGING, Arm, MotionScript

_REACHING: Final[tuple[Arm, ...]] = (HANGING, (1.5, 1.3, 0.0, 0.2, 0.0), GUARD, (1.2, 0.45, 0.9, 1.9, 0.0))


def sit(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """Sit down on something low or high, stay a while, and stand up."""
    drop, pitch = float(rng.uniform(0.25, 0.40)), float(rng.uniform(0.35, 0.75))
    arm = _REACHING[rng.integers(len(_REACHING))]
    upright = replace(script.last, weight=0.5, drop=0.02, pelvis=(0.0, 0.03, 0.0), trunk=(0.05, 0.0, 0.0))
    down = replace(upright, drop=drop, pelvis=(0.0, pitch, 0.0), trunk=(0.4 * pitch, 0.0, 0.0))
    script.append(0.4 * tempo, upright)
    script.append(tempo * float(rng.uniform(0.7, 1.6)), replace(down, lead_arm=arm, trail_arm=arm))
    if rng.random() < 0.6:
        script.append(float(rng.uniform(0.1, 2.0)), script.last)
    script.append(tempo * float(rng.uniform(0.7, 1.4)), upright)


def pick_up(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """Bend down, with straight or bent knees, to something on the floor or beside it, and lift it."""
    drop, pitch = float(rng.uniform(0.02, 0.3)), float(rng.uniform(0.5, 1.0))
    twist, plane = float(rng.normal(0.0, 0.25)), float(rng.uniform(1.1, 1.7))
    low: Arm = (plane, float(rng.uniform(0.7, 1.4)), 0.3, float(rng.uniform(0.1, 0.5)), 0.0)
    high: Arm = (plane, float(rng.uniform(0.4, 2.3)), 0.4, float(rng.uniform(0.3, 1.8)), 0.0)
    upright = replace(script.last, weight=0.5, drop=0.02, pelvis=(0.0, 0.05, 0.0), trunk=(0.0, 0.0, 0.0))
    bent = replace(upright, drop=drop, pelvis=(0.0, pitch, 0.0), trunk=(0.5 * pitch, 0.0, twist))
    script.append(tempo * float(rng.uniform(0.6, 1.2)), replace(bent, lead_arm=low, trail_arm=low))
    if rng.random() < 0.5:
        script.append(float(rng.uniform(0.1, 0.8)), script.last)
    raised = replace(upright, trunk=(0.0, 0.0, -0.7 * twist), lead_arm=high, trail_arm=high)
    script.append(tempo * max(float(rng.uniform(0.6, 1.2)), shortest_s(abs(high[1] - low[1]))), raised)


def bounce(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """Bounce on both feet, a few times, lightly or deeply, without leaving the floor."""
    half_s, depth = tempo * float(rng.uniform(0.18, 0.45)), float(rng.uniform(0.02, 0.14))
    depth = min(depth, 0.9 * half_s**2)  # so that less than body weight is needed to turn the fall round
    top = replace(script.last, weight=0.5, drop=0.01, pelvis=(0.0, 0.05, 0.0), trunk=(0.05, 0.0, 0.0))
    script.append(0.4 * tempo, top)
    for _ in range(rng.integers(3, 9)):
        script.append(half_s, replace(top, drop=0.01 + depth * float(rng.uniform(0.8, 1.1)), pelvis=(0.0, 0.12, 0.0)))
        script.append(half_s, top)


def strike(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """From a guard, turn hips and trunk and send out one hand after the other: straight, round or from below."""
    ready = replace(script.last, drop=0.05, weight=0.5, pelvis=(0.0, 0.05, 0.0), lead_arm=GUARD, trail_arm=GUARD)
    script.append(0.5 * tempo, ready)
    lead = rng.random() < 0.5
    for _ in range(rng.integers(2, 7)):
        aim, arm = (1.0 if lead else -1.0), "lead_arm" if lead else "trail_arm"
        twist, turn = float(rng.uniform(0.15, 0.45)), float(rng.uniform(0.05, 0.3))
        hand: dict[str, Any] = {arm: tuple(rng.uniform(*_HANDS[rng.integers(len(_HANDS))]))}
        turned: dict[str, Any] = {"pelvis": (-aim * turn, 0.05, 0.0), "trunk": (0.08, 0.0, -aim * twist)}
        moved = replace(ready, weight=0.5 - 0.15 * aim, **turned, **hand)
        script.append(tempo * float(rng.uniform(0.2, 0.4)), moved)
        if rng.random() < 0.3:
            script.append(float(rng.uniform(0.1, 0.4)), moved)
        script.append(tempo * float(rng.uniform(0.22, 0.45)), ready)
        lead = lead if rng.random() < 0.3 else not lead


_HANDS: Final = (
    ((1.3, 1.2, 0.4, 0.1, -0.3), (1.7, 1.7, 0.9, 0.5, 0.3)),
    ((1.2, 1.2, 0.9, 1.2, -0.3), (1.8, 1.6, 1.3, 1.7, 0.3)),
    ((1.2, 0.6, 0.3, 1.3, -0.3), (1.7, 1.2, 0.8, 1.9, 0.3)),
)
"""Least and greatest arm angles at the end of a straight, a round and an upward strike."""
