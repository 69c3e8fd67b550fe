"""Exercises of the paper that are done with the legs, as motion scripts: one repetition each.

Conventions as in `exercise_scripts`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mia_core.simulation.exercise_style import FREED_LEG, LANDING_LEG, Style, all_of, some_of, stance_of
from mia_core.simulation.posture import GUARD, HANGING, Arm, Leg, MotionScript


def squat(style: Style) -> MotionScript:
    """Bend hips and knees as if to sit, then stand up."""
    a = style.amplitude
    ready = stance_of(style, 0.17, toe_out=(0.25, 0.25), pelvis=(0, 0.03, 0), trunk=(0.05, 0, 0))
    reaching: Arm = (1.5, 1.45, 0.0, 0.15, 0.0)
    arms = reaching if style.variant < 0.5 else GUARD if style.variant < 0.8 else HANGING
    script = MotionScript(ready, style.tempo)
    script.to(0.9, drop=0.05 + 0.27 * a, pelvis=(0, 0.42 * a, 0), trunk=(0.25 * a, 0, 0), lead_arm=arms, trail_arm=arms)
    return script.hold(0.25).to(0.8, **some_of(ready, "drop", "pelvis", "trunk", "lead_arm", "trail_arm")).hold(0.3)


def side_lunge(style: Style) -> MotionScript:
    """Step wide to the leading side and bend that knee, keeping the other straight."""
    a, arms = style.amplitude, (1.2, 0.6, 0.6, 1.6, 0.0) if style.variant < 0.6 else HANGING
    ready = stance_of(style, 0.12, lead_arm=arms, trail_arm=arms)
    script = MotionScript(ready, style.tempo)
    script.to(0.3, weight=0.03, drop=0.02)
    script.to(0.25, lead_foot=(0.30, 0, 0.08), drop=0.03)
    script.to(0.3, weight=0.35, lead_foot=(0.36 + 0.12 * a, 0, 0), drop=0.09, toe_out=(0.25, 0.1))
    script.to(0.5, weight=0.88, drop=0.08 + 0.24 * a, pelvis=(0, 0.4 * a, 0), trunk=(0.2 * a, 0, 0)).hold(0.3)
    script.to(0.5, weight=0.25, drop=0.08, pelvis=(0, 0.1, 0), trunk=(0.05, 0, 0))
    script.to(0.2, weight=0.03, drop=0.03)
    script.to(0.25, lead_foot=(0.30, 0, 0.08))
    return script.to(0.3, lead_foot=ready.lead_foot, toe_out=ready.toe_out).to(0.3, **all_of(ready))


def skater(style: Style) -> MotionScript:
    """Stand on the trailing leg, bend forwards and cross the leading leg behind it, off the floor."""
    a = style.amplitude
    ready = stance_of(style, 0.18, drop=0.05, pelvis=(0, 0.2, 0), trunk=(0.15, 0, 0))
    script = MotionScript(ready, style.tempo).to(0.3, weight=0.04)
    script.to(
        0.45,
        weight=0.0,
        planted=(0.0, 1.0),
        lead_leg=(-0.15, 0.35, 0.2, 1.25 * a, -0.2, 0.0),
        lead_foot=(-0.12, -0.4, 0.12),
        drop=0.10 + 0.06 * a,
        pelvis=(-0.15, 0.55 * a, -0.05),
        trunk=(0.3 * a, 0, 0),
        lead_arm=(1.0, 0.9, 0.6, 0.8, 0.0),
        trail_arm=(-0.6, 0.7, 0.2, 0.7, 0.0),
    )
    script.hold(0.2)
    script.to(0.4, planted=(0.6, 1.0), lead_leg=(0.3, 0, 0, 0.5, 0.1, 0), lead_foot=(0.16, 0, 0.03), pelvis=(0, 0.3, 0))
    return script.to(0.15, planted=(1.0, 1.0), lead_foot=ready.lead_foot).to(0.3, **all_of(ready)).hold(0.15)


def _kick(
    style: Style,
    peak: Leg,
    *,
    lean: float,
    stroke: float,
    chamber: Leg | None = None,
    recoil: Leg | None = None,
    hold: float = 0.0,
    down: float = 0.35,
    arms_down: bool = False,
) -> MotionScript:
    """Shift the weight, swing the leading leg through an optional chamber to its peak, and put it down again.

    The arms keep still or, with `arms_down`, reach up first and pull down while the leg comes up.
    """
    arms = GUARD if style.variant < 0.6 else (0.5, 0.6, 0.3, 0.8, 0.0)
    ready = stance_of(style, 0.12, lead_arm=arms, trail_arm=arms)
    high, low = ((1.3, 1.8, 0.3, 0.5, 0.0), (0.7, 0.5, 0.3, 1.0, 0.0)) if arms_down else (arms, arms)
    script = MotionScript(ready, style.tempo).to(0.35, weight=0.0, drop=0.02, lead_arm=high, trail_arm=high)
    script.to(0.12, planted=(0.0, 1.0), lead_leg=FREED_LEG)
    if chamber is not None:
        script.to(0.18, lead_leg=chamber)
    leaning = {"pelvis": (0, lean, 0), "trunk": (0.3 * lean, 0, 0)}
    script.to(stroke, lead_leg=peak, lead_arm=low, trail_arm=low, **leaning)
    if hold:
        script.hold(hold)
    if recoil is not None:
        script.to(stroke, lead_leg=recoil, pelvis=(0, 0, 0), trunk=(0, 0, 0))
    script.to(down, lead_leg=LANDING_LEG, lead_foot=(0.12, 0, 0.02), pelvis=(0, 0, 0), trunk=(0, 0, 0))
    return script.to(0.15, planted=(1.0, 1.0), lead_foot=ready.lead_foot).to(0.3, **all_of(ready)).hold(0.15)


def front_kick(style: Style) -> MotionScript:
    """Lift the knee, then snap the lower leg forwards."""
    peak, chamber = (1.15 * style.amplitude, 0, 0, 0.15, -0.2, 0), (1.2 * style.amplitude, 0, 0, 1.6, 0, 0)
    return _kick(style, peak, lean=-0.15, stroke=0.27, chamber=chamber, recoil=(1.0, 0, 0, 1.4, 0, 0), hold=0.1)


def high_kick(style: Style) -> MotionScript:
    """Swing the straight leg up in front and pull it down at once.

    The knee bends a little where the hamstrings would be overstretched.
    """
    hip = min(1.55 * style.amplitude, 1.65)
    return _kick(style, (hip, 0, 0, 0.2 + 0.4 * max(hip - 1.4, 0.0), 0, 0), lean=-0.1, stroke=0.38, down=0.25)


def knee_kick(style: Style) -> MotionScript:
    """Drive the bent knee up, the trunk and often the hands coming down to meet it."""
    peak, pulls = (1.5 * style.amplitude, 0, 0, 1.3, -0.1, 0), style.variant > 0.3
    return _kick(style, peak, lean=0.38, stroke=0.28, hold=0.15, arms_down=pulls)


def leg_back(style: Style) -> MotionScript:
    """Swing the leg straight back, the trunk bending forwards against it."""
    a = style.amplitude
    peak, chamber = (-0.45 * a, -0.05, 0, 0.3, 0, 0), (0.1, 0, 0, 0.7, 0, 0)
    return _kick(style, peak, lean=0.35 * a, stroke=0.38, chamber=chamber, hold=0.25)


def jumping_jack(style: Style) -> MotionScript:
    """Hop the feet apart while the arms swing overhead, then hop back.

    The feet skim the floor: a flight of a quarter of a second is too short for motions without content above 6 Hz.
    """
    a = style.amplitude
    ready = stance_of(style, 0.08, drop=0.02, **_raised(0.32, 0.32, 0.0))
    script, half_s = MotionScript(ready, style.tempo), max(0.18 * style.tempo, 0.19 * a)
    for out, raised in ((0.18 + 0.16 * a, 1.4 + 1.1 * a), (ready.lead_foot[0], ready.lead_arm[1])):
        before, low = script.last.lead_foot[0], script.last.lead_arm[1]
        middle, landed = ((before + out) / 2, 0.0, 0.009), (out, 0.0, 0.0)
        script.to(0.18, drop=0.10, **_raised(low, raised, 0.1)).to(0.12, drop=0.03, **_raised(low, raised, 0.3))
        for drop, foot, share in ((0.0, middle, 0.55), (0.04, landed, 0.8)):
            feet: dict[str, Any] = {"lead_foot": foot, "trail_foot": foot, **_raised(low, raised, share)}
            script.append(half_s, replace(script.last, drop=drop, **feet))
        script.to(0.16, drop=0.11, **_raised(low, raised, 1.0)).to(0.2, drop=0.05)
    return script.to(0.12, **all_of(ready))


def _raised(low: float, high: float, share: float) -> dict[str, Arm]:
    """Return both arms raised sideways, part of the way between two elevations."""
    arm = (0.05, low + share * (high - low), 0.0, 0.2, 0.0)
    return {"lead_arm": arm, "trail_arm": arm}


def feet_cross(style: Style) -> MotionScript:
    """Step one foot across in front of the other and back, then the other foot."""
    a, ready = style.amplitude, stance_of(style, 0.16, drop=0.03)
    script = MotionScript(ready, style.tempo)
    for foot, loaded in (("lead_foot", 0.04), ("trail_foot", 0.96)):
        script.to(0.22, weight=loaded)
        script.to(0.22, **{foot: (0.05, 0.12, 0.07)})
        script.to(0.22, **{foot: (-0.10 * a, 0.16, 0.0)}).to(0.15, weight=0.5, drop=0.05).to(0.2, weight=loaded)
        script.to(0.22, **{foot: (0.08, 0.08, 0.07)})
        script.to(0.22, **{foot: ready.lead_foot}).to(0.12, weight=0.5, drop=0.03)
    return script


def side_shuffle(style: Style) -> MotionScript:
    """In a low stance, take two quick steps to the leading side and two back."""
    step, width = 0.28 * style.amplitude, 0.18 * style.stance
    ready = stance_of(style, 0.18, drop=0.09, pelvis=(0, 0.25, 0), trunk=(0.15, 0, 0), lead_arm=GUARD, trail_arm=GUARD)
    script, place = MotionScript(ready, style.tempo), 0.0
    for direction in (1, 1, -1, -1):
        goal = place + direction * step
        order = (("lead_foot", 1, 0.05), ("trail_foot", -1, 0.95))
        for foot, sign, loaded in order if direction > 0 else order[::-1]:
            middle, landed = width + sign * (place + goal) / 2, width + sign * goal
            script.to(0.17, weight=loaded, **{foot: (middle, 0, 0.05)}).to(0.16, weight=0.5, **{foot: (landed, 0, 0)})
        place = goal
    return script.hold(0.2)


def running(style: Style) -> MotionScript:
    """Run on the spot: three strides of each leg."""
    a = style.amplitude
    forward, middle, back = (1.0, 0.48, 0.1, 1.6, 0.0), (0.45, 0.36, 0.1, 1.5, 0.0), (-0.2, 0.48, 0.1, 1.4, 0.0)
    passing = {"lead_arm": middle, "trail_arm": middle}
    ready = stance_of(style, 0.09, drop=0.045, **passing)
    lifted, landing = (1.0 * a, 0, 0, 1.5, 0, 0), (0.2, 0, 0, 0.35, 0.1, 0)
    script = MotionScript(ready, max(style.tempo, 0.95) * 1.15)  # faster would need a flight
    for _ in range(3):
        script.to(0.07, weight=0.1, planted=(0.0, 1.0), lead_leg=FREED_LEG)
        script.to(0.13, weight=0.0, lead_leg=lifted, lead_arm=back, trail_arm=forward, drop=0.045)
        script.to(0.2, weight=0.5, planted=(1.0, 1.0), lead_leg=landing, drop=0.065, **passing)
        script.to(0.07, weight=0.9, planted=(1.0, 0.0), trail_leg=FREED_LEG)
        script.to(0.13, weight=1.0, trail_leg=lifted, lead_arm=forward, trail_arm=back, drop=0.045)
        script.to(0.2, weight=0.5, planted=(1.0, 1.0), trail_leg=landing, drop=0.065, **passing)
    return script.to(0.2, **all_of(ready))
