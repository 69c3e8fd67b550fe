"""Movements on no list: random postures of the whole body joined at random speeds, and steps in any direction.

A network that has seen only twenty exercises learns those exercises; random movement of the whole body and of the arms
is what carries it over to other people's movements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mia_core.simulation.arm_babble import random_arm, shortest_s
from mia_core.simulation.calisthenics import bounce, pick_up, sit, strike
from mia_core.simulation.exercise_style import FREED_LEG, LANDING_LEG
from mia_core.simulation.posture import Arm, MotionScript, Point, Posture, step_between
from mia_core.simulation.steps import Stride, foot_beside, foot_in_world, placed, step, walk

Array = NDArray[np.float64]


def body_babble(
    rng: np.random.Generator, duration_s: float, repetition: Callable[[], MotionScript] | None = None
) -> MotionScript:
    """Return random whole-body movement, at least `duration_s` long.

    Shifts and bends on both feet, free swings of either leg, lunges, calisthenics and steps that lead about the room
    follow each other in any order.

    Args:
        rng: Source of all randomness.
        duration_s: How long at least.
        repetition: Draws a repetition of some exercise; one appears now and then, wherever the person stands.
    """
    out_lead, out_trail = rng.uniform(0.08, 0.30, 2)
    start = Posture(
        lead_foot=(float(out_lead), float(rng.uniform(-0.2, 0.2)), 0.0),
        trail_foot=(float(out_trail), float(rng.uniform(-0.2, 0.2)), 0.0),
        drop=0.03,
    )
    script, tempo = MotionScript(start), float(np.exp(rng.uniform(np.log(0.75), np.log(1.5))))
    depth = float(rng.uniform(0.05, 0.36))
    while script.duration_s < duration_s:
        choice = rng.random()
        if choice < 0.36:
            _bend(script, rng, tempo, depth)
        elif choice < 0.58:
            _swing_leg(script, rng, tempo)
        elif choice < 0.64:
            _lunge(script, rng, max(tempo, 0.9))
        elif choice < 0.84:
            walk(script, rng, tempo)
        elif choice < 0.93 or repetition is None:
            (sit, pick_up, bounce, strike)[rng.integers(4)](script, rng, tempo)
        else:
            _insert(script, repetition(), tempo)
    return script


def standing(rng: np.random.Generator, duration_s: float) -> MotionScript:
    """Return quiet standing: slow shifts of weight, arms hanging, folded or on the hips."""
    out = float(rng.uniform(0.08, 0.2))
    script = MotionScript(Posture(lead_foot=(out, 0.0, 0.0), trail_foot=(out, float(rng.uniform(-0.05, 0.05)), 0.0)))
    habits: tuple[Arm, ...] = (
        (0.6, 0.32, 0.2, 0.3, 0.0),
        (0.3, 0.40, 0.3, 0.6, 0.0),
        (1.2, 0.45, 0.9, 1.9, 0.0),
        (-0.2, 0.70, 0.9, 1.6, 0.0),
    )
    while script.duration_s < duration_s:
        arm = habits[rng.integers(len(habits))]
        script.to(
            float(rng.uniform(0.6, 2.5)),
            weight=float(rng.uniform(0.2, 0.8)),
            drop=float(rng.uniform(0.0, 0.012)),
            trunk=_point(rng, 0.03, 0.03, 0.08),
            pelvis=_point(rng, 0.06, 0.03, 0.02),
            lead_arm=arm,
            trail_arm=arm,
        )
        script.hold(float(rng.uniform(0.3, 3.0)))
    return script


def _point(rng: np.random.Generator, *spread: float) -> Point:
    x, y, z = (float(value) for value in rng.normal(0.0, spread))
    return x, y, z


def _between(rng: np.random.Generator, least: float, greatest: float) -> float:
    """Draw a number that is as likely to be near one end of a range as near the other on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(least), np.log(greatest))))


def _new_arms(rng: np.random.Generator, probability: float) -> dict[str, Any]:
    return {"lead_arm": random_arm(rng), "trail_arm": random_arm(rng)} if rng.random() < probability else {}


def _go(script: MotionScript, seconds: float, **changes: Any) -> None:
    """Go to a posture in the given time, or slower where a limb has far to go."""
    travel = [
        float(np.abs(np.subtract(angles, getattr(script.last, name)))[[0, 1, 3]].max())
        for name, angles in changes.items()
        if name.endswith(("_arm", "_leg"))
    ]
    script.append(max([seconds, *(shortest_s(way) for way in travel)]), replace(script.last, **changes))


def _bend(script: MotionScript, rng: np.random.Generator, tempo: float, depth: float) -> None:
    """Shift, bend, lean and turn on both feet."""
    drop = float(rng.uniform(0.0, depth)) if rng.random() < 0.7 else 0.0
    pitch = float(np.clip(1.1 * drop + rng.normal(0.05, 0.12), -0.2, 0.9))
    turn, lean = (float(x) for x in rng.normal(0.0, (0.35, 0.05)))
    side_bend, twist = (float(x) for x in rng.normal(0.0, (0.1, 0.3)))
    _go(
        script,
        max(tempo * _between(rng, 0.25, 1.0), 1.6 * np.sqrt(abs(drop + 0.02 - script.last.drop) / 5.0)),
        weight=float(rng.uniform(0.1, 0.9)),
        drop=0.02 + drop,
        pelvis=(turn, pitch, lean),
        trunk=(0.5 * pitch + float(rng.normal(0.0, 0.08)), side_bend, twist),
        **_new_arms(rng, 0.8),
    )
    if rng.random() < 0.2:
        script.hold(float(rng.uniform(0.1, 0.8)))


def _swing_leg(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """Stand on one leg, move the other one freely, and put it down somewhere else."""
    lead = rng.random() < 0.5
    foot, leg, weight = ("lead_foot", "lead_leg", 0.0) if lead else ("trail_foot", "trail_leg", 1.0)
    free = (0.0, 1.0) if lead else (1.0, 0.0)
    pitch = float(rng.uniform(-0.05, 0.25))
    shift_s = max(tempo, 0.8) * float(rng.uniform(0.3, 0.5))
    _go(script, shift_s, weight=weight, drop=float(rng.uniform(0.01, 0.08)), pelvis=(0.0, pitch, 0.0))
    _go(script, 0.12, planted=free, **{leg: FREED_LEG})
    for _ in range(rng.integers(1, 4)):
        flexion = float(rng.uniform(-0.5, 1.5))
        knee = float(rng.uniform(0.05, 2.0)) * (0.5 if flexion < 0 else 1.0) + 0.25 * max(flexion - 0.9, 0.0)
        adduction, rotation, ankle = (float(x) for x in rng.uniform((-0.4, -0.3, -0.3), (0.15, 0.3, 0.25)))
        _go(
            script,
            tempo * _between(rng, 0.3, 0.8),
            drop=float(rng.uniform(0.0, 0.12)),
            pelvis=(0, float(np.clip(-0.15 * flexion + rng.normal(0.1, 0.12), -0.2, 0.7)), 0),
            trunk=(float(rng.normal(0.05, 0.1)), 0, float(rng.normal(0.0, 0.2))),
            **{leg: (flexion, adduction, rotation, knee, ankle, 0.0)},
            **_new_arms(rng, 0.5),
        )
        if rng.random() < 0.25:
            script.hold(float(rng.uniform(0.1, 0.6)))
    heading = script.last.heading[1 if lead else 2]
    out, forward, _ = foot_beside(
        script.last, lead, float(rng.uniform(0.16, 0.55)), float(rng.uniform(-0.3, 0.35)), heading
    )
    _go(script, max(0.35 * tempo, 0.28), **{leg: LANDING_LEG, foot: (out, forward, 0.03)})
    _go(script, 0.2 * tempo, planted=(1.0, 1.0), **{foot: (out, forward, 0.0)})
    _go(script, 0.3 * tempo, weight=0.5, drop=0.03)


def _lunge(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """Step far forwards, sideways or back, bend that knee, and bring either foot back beside the other."""
    lead = rng.random() < 0.5
    out, forward = (
        (0.2, rng.uniform(0.4, 0.7)) if rng.random() < 0.6 else (rng.uniform(0.5, 0.8), rng.uniform(-0.1, 0.2))
    )
    seconds = tempo * float(rng.uniform(0.6, 0.9))
    step(script, Stride(lead, float(out), float(forward), seconds=seconds, drop_m=0.09))
    pitch, weight = float(rng.uniform(0.0, 0.5)), float(rng.uniform(0.6, 0.88))
    _go(
        script,
        tempo * _between(rng, 0.45, 0.9),
        weight=weight if lead else 1.0 - weight,
        drop=float(rng.uniform(0.12, 0.3)),
        pelvis=(0.0, pitch, 0.0),
        trunk=(0.4 * pitch, 0.0, float(rng.normal(0.0, 0.15))),
        **_new_arms(rng, 0.6),
    )
    if rng.random() < 0.5:
        script.hold(float(rng.uniform(0.1, 0.8)))
    back = lead if rng.random() < 0.7 else not lead
    _go(script, tempo * 0.5, weight=0.5, drop=0.09, pelvis=(0.0, 0.1, 0.0), trunk=(0.05, 0.0, 0.0))
    step(script, Stride(back, float(rng.uniform(0.18, 0.3)), 0.0, seconds=seconds))


def _insert(script: MotionScript, repetition: MotionScript, tempo: float) -> None:
    """Add a repetition of an exercise where the person stands and in the direction they face."""
    right, forward = (foot_in_world(script.last, True) + foot_in_world(script.last, False)) / 2
    here = partial(placed, right_m=float(right), forward_m=float(forward), heading=script.last.heading[0])
    moved = repetition.mapped(here)
    script.extend(step_between(script.last, moved.postures[0], 0.22 * max(tempo, 0.8)))
    script.extend(moved)
