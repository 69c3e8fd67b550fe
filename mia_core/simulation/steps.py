"""Steps over the floor: walking, marching and lunging in any direction, as key postures in a motion script.

Postures give feet relative to the origin of the world, each turned by the foot's own heading. Here they are placed
relative to the foot that stands, so that the body can travel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.simulation.exercise_style import FREED_LEG, LANDING_LEG
from mia_core.simulation.posture import Leg, MotionScript, Point, Posture

Array = NDArray[np.float64]

ARENA_M: Final = 1.8
"""Radius of the place within which people walk about, so that a camera can see all of it."""


@dataclass(frozen=True, slots=True)
class Stride:
    """One step with one foot.

    Attributes:
        lead: Whether the leading foot steps.
        out_m: Where it lands: outwards from the standing foot.
        forward_m: The same forwards.
        turn_rad: How far it turns, counterclockwise from above; the body follows halfway.
        seconds: How long the step takes, the shift of weight before it included.
        lift_m: How high the foot is lifted.
        knee: Joint angles of the leg in mid-air, None for a foot that skims the floor.
        drop_m: How far the hips are below standing height at landing.
    """

    lead: bool
    out_m: float
    forward_m: float
    turn_rad: float = 0.0
    seconds: float = 0.6
    lift_m: float = 0.06
    knee: Leg | None = None
    drop_m: float = 0.03


def foot_in_world(posture: Posture, lead: bool) -> Array:
    """Return the (2,) place of a foot, to the right and forwards of the world's origin, the right side leading."""
    out, forward, _ = posture.lead_foot if lead else posture.trail_foot
    return np.asarray(_turned(posture.heading[1 if lead else 2]) @ np.array([out if lead else -out, forward]))


def foot_beside(posture: Posture, lead: bool, out_m: float, forward_m: float, heading: float) -> Point:
    """Return the foot target at a place relative to the other foot.

    Args:
        posture: Where the other foot stands and the body faces.
        lead: Whether the leading foot is to be placed.
        out_m: Distance outwards from the other foot.
        forward_m: Distance forwards from the other foot.
        heading: Where the placed foot will face.
    """
    sign = 1.0 if lead else -1.0
    offset = _turned(posture.heading[0]) @ np.array([sign * out_m, forward_m])
    right, forward = _turned(-heading) @ (foot_in_world(posture, not lead) + offset)
    return sign * float(right), float(forward), 0.0


def placed(posture: Posture, right_m: float, forward_m: float, heading: float) -> Posture:
    """Return a posture that was written for the origin, turned by a heading and then moved to another place.

    Args:
        posture: The posture.
        right_m: Where the origin goes: to the right of the world's origin.
        forward_m: The same forwards.
        heading: How far to turn, counterclockwise from above.
    """
    body, lead, trail = (angle + heading for angle in posture.heading)
    feet: dict[str, Any] = {}
    for name, sign, facing in (("lead_foot", 1.0, lead), ("trail_foot", -1.0, trail)):
        out, forward, up = getattr(posture, name)
        right, ahead = _turned(-facing) @ np.array([right_m, forward_m])
        feet[name] = (out + sign * float(right), forward + float(ahead), up)
    return replace(posture, heading=(body, lead, trail), **feet)


def step(script: MotionScript, stride: Stride, **changes: Any) -> None:
    """Add a step to a script: shift the weight, lift the foot, put it down.

    Args:
        script: The motion so far, which ends with both feet on the floor.
        stride: The step.
        changes: Other attributes of the posture at landing.
    """
    lead, start = stride.lead, script.last
    foot, leg, loaded = ("lead_foot", "lead_leg", 0.03) if lead else ("trail_foot", "trail_leg", 0.97)
    old, free = start.heading[1 if lead else 2], (0.0, 1.0) if lead else (1.0, 0.0)
    facing = replace(start, heading=(start.heading[0] + stride.turn_rad / 2, *start.heading[1:]))
    goal = foot_beside(facing, lead, stride.out_m, stride.forward_m, old + stride.turn_rad)
    halfway = _heading(start, lead, old + stride.turn_rad / 2, start.heading[0] + stride.turn_rad / 4)
    arrived = _heading(start, lead, old + stride.turn_rad, start.heading[0] + stride.turn_rad / 2)
    middle = tuple((a + b) / 2 for a, b in zip(getattr(start, foot), goal, strict=True))
    raised: dict[str, Any] = {foot: (*middle[:2], stride.lift_m), "heading": halfway}
    landed: dict[str, Any] = {foot: goal, "heading": arrived, "planted": (1.0, 1.0), "weight": 0.5} | changes
    script.append(
        (0.28 if stride.knee is None else 0.18) * stride.seconds,
        replace(start, weight=loaded, drop=max(start.drop, 0.5 * stride.drop_m)),
    )
    if stride.knee is None:
        script.append(0.38 * stride.seconds, replace(script.last, **raised))
        script.append(0.34 * stride.seconds, replace(script.last, drop=stride.drop_m, **landed))
        return
    freed: dict[str, Any] = {leg: FREED_LEG, "planted": free}
    lowered: dict[str, Any] = {leg: LANDING_LEG, foot: (*goal[:2], 0.03), "heading": arrived}
    script.append(0.12 * stride.seconds, replace(script.last, **freed))
    script.append(0.26 * stride.seconds, replace(script.last, **raised | {leg: stride.knee}))
    script.append(0.24 * stride.seconds, replace(script.last, drop=stride.drop_m, **lowered))
    script.append(0.20 * stride.seconds, replace(script.last, **landed))


def walk(script: MotionScript, rng: np.random.Generator, tempo: float) -> None:
    """Add a few steps in one manner: in some direction or on the spot, straight or turning, low or high."""
    ahead, turn = (float(x) for x in rng.normal((0.32, 0.0), (0.28, 0.4)))
    aside, width = float(rng.normal(0.0, 0.06)), float(rng.uniform(0.16, 0.32))
    seconds = max(tempo * float(np.exp(rng.uniform(np.log(0.38), np.log(0.8)))), 0.36)
    lift = float(rng.uniform(0.03, 0.12))
    knee = _knee(rng) if rng.random() < 0.4 else None
    if knee is not None:
        seconds, ahead = max(seconds, 0.5 + 0.25 * knee[0]), 0.6 * ahead
    lead = rng.random() < 0.5
    drop = float(rng.uniform(0.015, 0.06)) + 0.08 * abs(ahead)
    for _ in range(rng.integers(2, 9)):
        place = foot_in_world(script.last, not lead)
        c, s = np.cos(script.last.heading[0]), np.sin(script.last.heading[0])
        if np.linalg.norm(place + ahead * np.array([-s, c])) > max(ARENA_M, float(np.linalg.norm(place))):
            ahead = -ahead
        forward = float(np.clip(ahead * rng.uniform(0.8, 1.2), -0.35, 0.47))
        # a step to one side is wide with one foot and narrow with the other
        out = max(width + (aside if lead else -aside), 0.13)
        stride = Stride(lead, out, forward, float(np.clip(turn, -0.7, 0.7)), seconds, lift, knee, drop)
        step(script, stride, pelvis=_sway(rng), trunk=(0.05, 0.0, float(rng.normal(0.0, 0.1))))
        lead = not lead
    script.append(0.3 * tempo, replace(script.last, weight=0.5, drop=0.03))


def _knee(rng: np.random.Generator) -> Leg:
    """Draw a raised leg whose shank hangs about straight down, so that it can land in front."""
    hip, adduction, more, ankle = (float(x) for x in rng.uniform((0.5, -0.1, 0.0, -0.2), (1.4, 0.05, 0.35, 0.1)))
    return hip, adduction, 0.0, hip + more, ankle, 0.0


def _sway(rng: np.random.Generator) -> Point:
    turn, pitch, lean = (float(x) for x in rng.normal((0.0, 0.06, 0.0), (0.08, 0.06, 0.02)))
    return turn, pitch, lean


def _heading(posture: Posture, lead: bool, foot: float, body: float) -> Point:
    return (body, foot, posture.heading[2]) if lead else (body, posture.heading[1], foot)


def _turned(heading: float) -> Array:
    c, s = np.cos(heading), np.sin(heading)
    return np.array([[c, -s], [s, c]])
