"""Random movement of the arms: reaching, holding, and repeated movements such as curls, presses and punches.

Arms move in phrases of a few seconds. In each phrase both arms do the same, take turns, hold something together, move
by themselves, or one of them rests. Postures are joined angle by angle and not as rotations: a hanging arm is a
singular position of the model's shoulder (see `shoulder`), and a rotation from front to back may lead right through it.
Angles pass it smoothly, with a negative elevation behind the trunk.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.joints import SIDES
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import Side
from mia_core.simulation.posture import GUARD, HANGING, Arm

Array = NDArray[np.float64]

FASTEST_RAD_S: Final = 6.0
"""Mean speed of the fastest joint between two postures; faster ones are beyond the model's muscles."""
STRONGEST_RAD_S2: Final = 80.0
"""Greatest acceleration between two postures at rest, for the same reason."""

_EFFORT: Final = np.array([1.5, 1.0, 1.0, 1.0, 0.5])
"""How much harder it is for the model's muscles to speed up each joint angle: to swing the plane takes most."""

_HANGING_RANGE: Final = ((0.0, 0.32, -0.2, 0.1, -0.5), (1.4, 0.45, 0.6, 1.2, 0.5))
_BESIDE_RANGE: Final = ((1.1, -0.3, -0.1, 0.1, -0.5), (1.6, 0.3, 0.5, 1.2, 0.5))  # beside and behind the trunk
_REACH_RANGE: Final = ((-0.9, 0.32, -0.7, 0.05, -0.5), (2.0, 2.4, 1.4, 2.3, 0.5))
_LIMITS: Final = (np.array([-1.2, -0.7, -1.2, 0.03, -0.8]), np.array([2.15, 2.6, 1.7, 2.35, 0.8]))
_RESTING: Final[tuple[Arm, ...]] = (HANGING, (0.3, 0.4, 0.3, 0.6, 0.0), (-0.2, 0.7, 0.9, 1.6, 0.0), GUARD)

_Range = tuple[Arm, Arm]
_CYCLES: Final[tuple[tuple[_Range, _Range], ...]] = (  # least and greatest values of either end of a movement
    (  # curl
        ((0.3, 0.32, 0.0, 0.1, -0.3), (1.2, 0.6, 0.6, 0.5, 0.5)),
        ((0.3, 0.32, 0.0, 1.7, -0.3), (1.4, 0.8, 0.6, 2.3, 0.5)),
    ),
    (  # press overhead
        ((0.2, 0.8, 0.3, 1.8, -0.3), (1.3, 1.2, 0.9, 2.2, 0.3)),
        ((0.3, 1.9, 0.0, 0.1, -0.3), (1.4, 2.4, 0.7, 0.6, 0.3)),
    ),
    (  # punch
        ((0.9, 0.5, 0.3, 1.6, -0.3), (1.3, 0.9, 0.7, 2.2, 0.3)),
        ((1.2, 1.0, 0.3, 0.1, -0.5), (1.75, 1.7, 1.0, 0.5, 0.5)),
    ),
    (  # throw, hammer
        ((0.0, 1.0, -0.6, 1.0, -0.3), (1.0, 2.2, 0.3, 2.0, 0.3)),
        ((1.2, 0.6, 0.2, 0.1, -0.3), (1.9, 1.6, 1.0, 0.7, 0.3)),
    ),
    (  # raise forwards or sideways
        ((0.0, 0.32, -0.2, 0.1, -0.2), (1.5, 0.45, 0.5, 0.5, 0.2)),
        ((0.0, 1.0, -0.2, 0.1, -0.2), (1.6, 2.2, 0.6, 0.7, 0.2)),
    ),
    (  # swing beside the body, as in walking and running
        ((1.2, -0.6, 0.0, 0.1, -0.2), (1.57, -0.1, 0.3, 1.5, 0.2)),
        ((1.2, 0.2, 0.0, 0.2, -0.2), (1.57, 0.9, 0.4, 1.7, 0.2)),
    ),
    (  # swing at shoulder height
        ((-0.6, 0.9, 0.0, 0.2, -0.3), (0.3, 1.6, 1.0, 1.6, 0.3)),
        ((1.3, 0.9, 0.2, 0.1, -0.3), (2.0, 1.6, 1.2, 1.2, 0.3)),
    ),
    (_REACH_RANGE, _REACH_RANGE),
)


def random_arm(rng: np.random.Generator) -> Arm:
    """Draw an arm posture: hanging in a quarter of the draws, anywhere in the comfortable range otherwise.

    Low postures are likelier than high ones, as people's hands are below their shoulders most of the time.
    """
    least, greatest = (np.array(ends) for ends in (_HANGING_RANGE if rng.random() < 0.25 else _REACH_RANGE))
    share = rng.random(5)
    share[1] **= 1.6
    plane, elevation, turn, elbow, pronation = least + share * (greatest - least)
    return float(plane), float(elevation), float(turn), float(elbow), float(pronation)


def _free_arm(rng: np.random.Generator) -> Arm:
    """Draw an arm posture that may also lie beside and behind the trunk, where only angles can lead smoothly."""
    if rng.random() > 0.2:
        return random_arm(rng)
    plane, elevation, turn, elbow, pronation = rng.uniform(*_BESIDE_RANGE)
    return float(plane), float(elevation), float(turn), float(elbow), float(pronation)


def shortest_s(travel_rad: float) -> float:
    """Return the least time in which a limb should go from one posture to another, seconds.

    Args:
        travel_rad: How far the joint goes that has to go farthest.
    """
    return max(travel_rad / FASTEST_RAD_S, float(np.sqrt(6.0 * travel_rad / STRONGEST_RAD_S2)))


def arm_babble(rng: np.random.Generator, duration_s: float) -> dict[Side, Array]:
    """Return (T, 5) random arm angles at 30 Hz for each side, in the order of `ARM_JOINTS`."""
    right, left = _Track(_free_arm(rng)), _Track(_free_arm(rng))
    pace = float(rng.choice([0.6, 0.85, 1.3]))
    while right.now_s < duration_s:
        phrase_s, choice = float(rng.uniform(2.0, 7.0)), rng.random()
        first, second = (right, left) if rng.random() < 0.5 else (left, right)
        if choice < 0.30:
            for track in (right, left):
                _reach((track,), rng, phrase_s, pace)
        elif choice < 0.45:
            _reach((right, left), rng, phrase_s, pace)
        elif choice < 0.57:
            _carry(right, left, rng, phrase_s, pace)
        elif choice < 0.93:
            _repeat(first, second, rng, phrase_s)
        else:
            second.go(_RESTING[rng.integers(len(_RESTING))], 0.5)
            _reach((first,), rng, phrase_s, pace)
        end_s = max(right.now_s, left.now_s) + 0.05
        for track in (right, left):
            track.wait(end_s - track.now_s)
    n_frames = round(duration_s * MOTION_HZ)
    return {side: track.angles(n_frames) for side, track in zip(SIDES, (right, left), strict=True)}


class _Track:
    """Key postures of one arm in time."""

    def __init__(self, start: Arm) -> None:
        self._times = [0.0]
        self._postures = [np.array(start)]

    @property
    def now_s(self) -> float:
        return self._times[-1]

    @property
    def last(self) -> Array:
        return self._postures[-1]

    def go(self, goal: Array | Arm, seconds: float) -> None:
        """Go to a posture in the given time, or slower where the arm has far to go."""
        goal = np.clip(goal, *_LIMITS)
        travel = float((_EFFORT * np.abs(goal - self.last)).max())
        self._times.append(self.now_s + max(seconds, shortest_s(travel), 0.1))
        self._postures.append(goal)

    def wait(self, seconds: float) -> None:
        self._times.append(self.now_s + max(seconds, 0.05))
        self._postures.append(self.last)

    def angles(self, n_frames: int) -> Array:
        from scipy.interpolate import PchipInterpolator

        curve = PchipInterpolator(self._times, np.array(self._postures), axis=0)
        return np.asarray(curve(np.arange(n_frames) / MOTION_HZ))


def _reach(tracks: tuple[_Track, ...], rng: np.random.Generator, phrase_s: float, pace: float) -> None:
    """Go from one random posture to another, at times by a small move or with a hold; several arms do the same."""
    end_s = tracks[0].now_s + phrase_s
    while tracks[0].now_s < end_s:
        goal, share = np.array(_free_arm(rng)), float(rng.choice([1.0, 0.5, 0.2], p=[0.5, 0.35, 0.15]))
        seconds = pace * float(np.exp(rng.uniform(np.log(0.2), np.log(1.2))))
        hold_s = float(rng.uniform(0.1, 0.9)) if rng.random() < 0.2 else 0.0
        for track in tracks:
            track.go(track.last + share * (goal - track.last), seconds)
            if hold_s:
                track.go(track.last + rng.normal(0.0, 0.03, 5), hold_s)


def _carry(right: _Track, left: _Track, rng: np.random.Generator, phrase_s: float, pace: float) -> None:
    """Move both hands together, as with a ball or a bat between them."""
    end_s = right.now_s + phrase_s
    while right.now_s < end_s:
        aside, height = float(rng.uniform(-0.8, 0.8)), float(rng.uniform(0.45, 2.2))
        elbow, turn = float(rng.uniform(0.2, 1.8)), float(rng.uniform(0.3, 0.9))
        seconds = pace * float(np.exp(rng.uniform(np.log(0.25), np.log(1.0))))
        for track, way in ((right, aside), (left, -aside)):
            reach = elbow + 0.4 * way  # the hand that crosses the body has the straighter elbow
            track.go(np.array([1.3 - 0.7 * way, height, turn - 0.3 * way, reach, 0.0]), seconds)
        if rng.random() < 0.3:
            hold_s = float(rng.uniform(0.1, 0.8))
            right.wait(hold_s)
            left.wait(hold_s)


def _repeat(first: _Track, second: _Track, rng: np.random.Generator, phrase_s: float) -> None:
    """Repeat a movement between two postures: both arms at once, in turns, or one arm while the other rests."""
    near, far = (rng.uniform(*ends) for ends in _CYCLES[rng.integers(len(_CYCLES))])
    manner = rng.choice(["same", "turns", "one"], p=[0.4, 0.42, 0.18])
    half_s = float(np.exp(rng.uniform(np.log(0.18), np.log(1.0))))
    return_s, hold_s = half_s * float(rng.uniform(0.8, 1.5)), float(rng.choice([0.0, 0.1, 0.4], p=[0.5, 0.3, 0.2]))
    first.go(near, 0.5)
    second.go({"same": near, "turns": far}.get(str(manner), np.array(GUARD if rng.random() < 0.5 else HANGING)), 0.5)
    end_s = first.now_s + phrase_s
    while first.now_s < end_s:
        there = near + rng.uniform(0.8, 1.05) * (far - near) + rng.normal(0.0, 0.04, 5)
        for goal, other, seconds in ((there, near, half_s), (near, there, return_s)):
            first.go(goal, seconds)
            if manner != "one":
                second.go(goal if manner == "same" else other, seconds)
            if hold_s:
                first.wait(hold_s)
                second.wait(hold_s)
