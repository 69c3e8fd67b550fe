"""Random performances: an exercise, random movement or standing, as targets for the body.

A performance repeats one exercise with a style of its own, from repetition to repetition a little different, with steps
and rests in between, as a person would.
"""

from __future__ import annotations

from collections.abc import Callable
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
from mia_core.simulation.steps import placed
from mia_core.simulation.targets import BodyTargets, targets_of

Array = NDArray[np.float64]

BODY_BABBLE: Final = "body_babble"
ARM_BABBLE: Final = "arm_babble"
STANDING: Final = "standing"
MOTION_KINDS: Final = (*SCRIPTS, BODY_BABBLE, ARM_BABBLE, STANDING)
"""Everything that `draw_motion` can do: exercises by name, random movement of body or arms, quiet standing."""

_NEED_THEIR_PLACE: Final = ("pirouette",)  # whose pivot stands at the origin
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
        script = _babble(duration_s, rng, spread, exercises)
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

    Either side leads; the side changes from time to time, with steps in between. Some repetitions are half done, some
    are followed by a rest in the ready posture or in relaxed standing, and now and then the person turns elsewhere.
    """
    performer, heading = _Performer(rng, spread), 0.0
    script, pace = MotionScript(Posture()), 0.16 if exercise in _FAST else 0.22
    while script.duration_s < duration_s:
        repetition = performer.repetition(exercise).mapped(_facing(heading))
        if repetition.postures[0] != script.last:
            script.extend(step_between(script.last, repetition.postures[0], pace * performer.tempo))
        script.extend(repetition)
        rest = rng.random()
        if rest < 0.12:
            script.append(float(rng.uniform(0.3, 1.5)), script.last)
        elif rest < 0.18:
            script.extend(step_between(script.last, _facing(heading)(Posture(drop=0.005)), pace * performer.tempo))
            script.append(float(rng.uniform(0.5, 2.5)), script.last)
        if rng.random() < 0.12:
            heading += float(rng.uniform(-0.9, 0.9))
    return script


class _Performer:
    """A person's way of doing exercises: amplitude, tempo, stance and habits, a little different each time."""

    def __init__(self, rng: np.random.Generator, spread: Spread) -> None:
        self._rng, self._range = rng, spread.amplitude
        low, high = spread.amplitude
        self._amplitude = rng.uniform(low + 0.1, high - 0.1)
        self.tempo = float(np.exp(rng.uniform(*np.log(spread.tempo))))
        self._stance, self._variant = float(rng.uniform(0.85, 1.25)), float(rng.random())
        self._habit = _habit(rng, spread.posture)
        self._swap = rng.random() < 0.5

    def repetition(self, exercise: str) -> MotionScript:
        """Draw one repetition, led by the same side as the last one in most cases."""
        rng = self._rng
        amplitude = float(np.clip(self._amplitude * rng.uniform(0.85, 1.15), *self._range))
        if rng.random() < 0.12:
            amplitude *= float(rng.uniform(0.5, 0.8))
        style = Style(amplitude, self.tempo * float(rng.uniform(0.9, 1.12)), self._variant, self._stance)
        script = SCRIPTS[exercise](style).mapped(partial(_habitual, self._habit))
        if self._swap:
            script = script.mapped(_mirrored)
        self._swap ^= rng.random() < 0.3
        return script


def _facing(heading: float) -> Callable[[Posture], Posture]:
    return partial(placed, right_m=0.0, forward_m=0.0, heading=heading)


def _babble(duration_s: float, rng: np.random.Generator, spread: Spread, exercises: tuple[str, ...]) -> MotionScript:
    """Return random movement of the body, with a repetition of an exercise here and there."""
    names = [name for name in exercises if name not in _NEED_THEIR_PLACE]
    performer = _Performer(rng, spread)
    draw = (lambda: performer.repetition(names[rng.integers(len(names))])) if names else None
    return body_babble(rng, duration_s, draw)


def _under_arm_babble(
    duration_s: float, rng: np.random.Generator, spread: Spread, exercises: tuple[str, ...]
) -> MotionScript:
    """Return what legs and trunk do while the arms move at random."""
    choice = rng.random()
    if choice < 0.25:
        return standing(rng, duration_s)
    if choice < 0.65 or not exercises:
        return _babble(duration_s, rng, spread, exercises)
    return perform(exercises[rng.integers(len(exercises))], duration_s, rng, spread)


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
