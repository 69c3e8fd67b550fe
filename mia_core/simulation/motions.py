"""Random performances: an exercise, random movement or standing, as targets for the body.

A performance repeats one exercise with a style of its own, from repetition to repetition a little different, with steps
and rests in between, as a person would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.arm_babble import arm_babble
from mia_core.simulation.babble import body_babble, standing
from mia_core.simulation.exercise_scripts import SCRIPTS, Style
from mia_core.simulation.posture import LAYOUT, MotionScript, Posture, step_between
from mia_core.simulation.targets import BodyTargets, targets_of

Array = NDArray[np.float64]

BODY_BABBLE: Final = "body_babble"
ARM_BABBLE: Final = "arm_babble"
STANDING: Final = "standing"
MOTION_KINDS: Final = (*SCRIPTS, BODY_BABBLE, ARM_BABBLE, STANDING)
"""Everything that `draw_motion` can do: exercises by name, random movement of body or arms, quiet standing."""

_NEED_THEIR_ARMS: Final = ("jumping_jack", "pirouette")  # whose flight or spin fails with other arms
_FAST: Final = ("running", "jumping_jack")
_WOBBLE: Final = {
    "drop": 0.004,
    "trunk": 0.025,
    "pelvis": 0.015,
    "shift": 0.006,
    "lead_arm": 0.05,
    "trail_arm": 0.05,
}
"""Slow deviations that keep two repetitions from being alike."""


class MotionError(MiaError):
    """A motion can't be drawn as asked."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far performances differ from the plain exercise.

    Attributes:
        amplitude: Least and greatest amplitude.
        tempo: Least and greatest factor on durations.
        posture: Factor on random changes of joint angles; 0 leaves the plain postures.
    """

    amplitude: tuple[float, float] = (0.65, 1.2)
    tempo: tuple[float, float] = (0.85, 1.6)
    posture: float = 1.0


def draw_motion(
    kind: str,
    duration_s: float,
    rng: np.random.Generator,
    spread: Spread = Spread(),
    exercises: tuple[str, ...] = tuple(SCRIPTS),
) -> BodyTargets:
    """Draw a random performance.

    Args:
        kind: One of `MOTION_KINDS`.
        duration_s: Its length in seconds.
        rng: Source of all randomness.
        spread: How wide to draw.
        exercises: Which exercises may appear, also as what legs and trunk do while the arms move at random.

    Raises:
        MotionError: The kind is an exercise that may not appear, or is unknown.
    """
    if kind not in (*exercises, BODY_BABBLE, ARM_BABBLE, STANDING):
        raise MotionError(f"{kind} is not among the movements that may be drawn.", "Choose one of MOTION_KINDS.")
    if kind == BODY_BABBLE:
        script = body_babble(rng, duration_s)
    elif kind == STANDING:
        script = standing(rng, duration_s)
    elif kind == ARM_BABBLE:
        script = _under_arm_babble(duration_s, rng, spread, exercises)
    else:
        script = perform(kind, duration_s, rng, spread)
    if rng.random() < 0.5:
        script = script.mapped(_mirrored)
    targets = targets_of(script, duration_s, slow_wobble(round(duration_s * MOTION_HZ), rng, spread.posture))
    if kind == ARM_BABBLE or (kind == BODY_BABBLE and rng.random() < 0.6):
        return replace(targets, arms=arm_babble(rng, duration_s))
    return targets


def perform(exercise: str, duration_s: float, rng: np.random.Generator, spread: Spread) -> MotionScript:
    """Return repetitions of an exercise in one personal style, at least `duration_s` long, from standing.

    Either side leads; the side changes from time to time, with steps in between.
    """
    low, high = spread.amplitude
    amplitude = rng.uniform(low + 0.1, high - 0.1)
    tempo = float(np.exp(rng.uniform(*np.log(spread.tempo))))
    stance, variant = float(rng.uniform(0.85, 1.25)), float(rng.random())
    habit = _habit(rng, spread.posture)
    script, swap = MotionScript(Posture()), rng.random() < 0.5
    pace = 0.16 if exercise in _FAST else 0.22
    while script.duration_s < duration_s:
        style = Style(
            amplitude=float(np.clip(amplitude * rng.uniform(0.85, 1.15), low, high)),
            tempo=tempo * float(rng.uniform(0.9, 1.12)),
            variant=variant,
            stance=stance,
        )
        repetition = SCRIPTS[exercise](style).mapped(partial(_habitual, habit))
        if swap:
            repetition = repetition.mapped(_mirrored)
        if repetition.postures[0] != script.last:
            script.extend(step_between(script.last, repetition.postures[0], pace * style.tempo))
        script.extend(repetition)
        if rng.random() < 0.15:
            script.append(float(rng.uniform(0.3, 1.5)), script.last)
        swap ^= rng.random() < 0.3
    return script


def _under_arm_babble(
    duration_s: float, rng: np.random.Generator, spread: Spread, exercises: tuple[str, ...]
) -> MotionScript:
    """Return what legs and trunk do while the arms move at random."""
    names = [name for name in exercises if name not in _NEED_THEIR_ARMS]
    choice = rng.random()
    if choice < 0.25:
        return standing(rng, duration_s)
    if choice < 0.65 or not names:
        return body_babble(rng, duration_s)
    return perform(names[rng.integers(len(names))], duration_s, rng, spread)


def _mirrored(posture: Posture) -> Posture:
    """Return the posture in a mirror: sides swapped, turns reversed."""
    body, lead, trail = posture.swapped().heading
    return replace(posture.swapped(), heading=(-body, -lead, -trail))


def _habit(rng: np.random.Generator, size: float) -> Posture:
    """Draw a person's lasting deviations from the plain postures, as a posture of differences."""
    arm, leg = (0.15, 0.10, 0.12, 0.15, 0.10), (0.06, 0.03, 0.04, 0.06, 0.04, 0.0)
    deviations: dict[str, Any] = {
        "drop": abs(float(rng.normal(0.0, 0.008 * size))),
        "pelvis": (0.0, float(rng.normal(0.0, 0.05 * size)), 0.0),
        "trunk": (float(rng.normal(0.0, 0.05 * size)), 0.0, 0.0),
        **{name: tuple(rng.normal(0.0, size * np.array(arm))) for name in ("lead_arm", "trail_arm")},
        **{name: tuple(rng.normal(0.0, size * np.array(leg))) for name in ("lead_leg", "trail_leg")},
    }
    return replace(Posture(), **deviations)


def _habitual(habit: Posture, posture: Posture) -> Posture:
    """Return a posture with a person's deviations added."""
    changed: dict[str, Any] = {
        name: tuple(a + b for a, b in zip(getattr(posture, name), getattr(habit, name), strict=True))
        for name in ("pelvis", "trunk", "lead_arm", "trail_arm", "lead_leg", "trail_leg")
    }
    return replace(posture, drop=posture.drop + habit.drop, **changed)


def slow_wobble(n_frames: int, rng: np.random.Generator, size: float) -> Array:
    """Return (n_frames, channels) slow random deviations: three knots a second, smoothly joined."""
    knots = max(int(n_frames / MOTION_HZ * 3), 4)
    at = np.linspace(0.0, knots - 1.0, n_frames)
    wobble = np.zeros((n_frames, sum(where.stop - where.start for where in LAYOUT.values())))
    for name, amount in _WOBBLE.items():
        for channel in range(LAYOUT[name].start, LAYOUT[name].stop):
            wobble[:, channel] = size * amount * np.interp(at, np.arange(knots), rng.normal(size=knots))
    return wobble
