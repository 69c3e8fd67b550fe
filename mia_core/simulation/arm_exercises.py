"""Exercises of the paper that are done with arms and trunk, as motion scripts: one repetition each.

Conventions as in `exercise_scripts`.
"""

from __future__ import annotations

import numpy as np

from mia_core.simulation.exercise_style import Style, all_of, boxer_stance, stance_of
from mia_core.simulation.posture import GUARD, MotionScript, Posture


def hook_punch(style: Style) -> MotionScript:
    """Swing the bent leading arm across in front of the chest."""
    a, ready = style.amplitude, boxer_stance(style)
    script = MotionScript(ready, style.tempo * 1.5)
    script.to(0.25, lead_arm=(-0.1, 1.25, 0.2, 1.6, 0), trunk=(0, 0, 0.3 * a), pelvis=(0.2, 0, 0), weight=0.6)
    script.to(0.28, lead_arm=(1.55, 1.5, 1.25, 1.45, 0), trunk=(0, 0, -0.45 * a), pelvis=(-0.3 * a, 0, 0), weight=0.4)
    return script.hold(0.3).to(0.35, **all_of(ready)).hold(0.2)


def elbow_punch(style: Style) -> MotionScript:
    """With the elbow at shoulder height, strike backwards with it."""
    a = style.amplitude
    ready = stance_of(style, 0.14, drop=0.005, lead_arm=GUARD, trail_arm=GUARD)
    script = MotionScript(ready, style.tempo * 1.5)
    script.to(0.3, lead_arm=(1.55, 1.4, 1.3, 2.1, 0), trunk=(0, 0, -0.2))
    script.to(0.3, lead_arm=(0.0, 1.5, 1.2, 2.1, 0), trunk=(0, 0, 0.3 * a), pelvis=(0.1, 0, 0))
    return script.hold(0.3).to(0.35, **all_of(ready)).hold(0.2)


def front_punch(style: Style) -> MotionScript:
    """Punch straight ahead and come back."""
    a, ready = style.amplitude, boxer_stance(style)
    script = MotionScript(ready, style.tempo * 1.05).to(0.15, trunk=(0, 0, 0.15))
    script.to(0.24, lead_arm=(1.5, 1.5, 0.6, 0.15, 0), trunk=(0, 0, -0.3 * a), pelvis=(-0.2 * a, 0, 0), weight=0.42)
    return script.hold(0.12).to(0.32, **all_of(ready)).hold(0.2)


def twist(style: Style) -> MotionScript:
    """With the elbows at shoulder height, turn the trunk to one side and the other."""
    a, arms = style.amplitude, (0.2, 1.35, 1.2, 1.9, 0.0)
    ready = stance_of(style, 0.16, drop=0.02, lead_arm=arms, trail_arm=arms)
    script = MotionScript(ready, style.tempo)
    for sign in (1, -1):
        script.to(0.5 if sign > 0 else 0.9, trunk=(0, 0, sign * 0.55 * a), pelvis=(sign * 0.25 * a, 0, 0))
    return script.to(0.5, **all_of(ready))


def woodchop(style: Style) -> MotionScript:
    """Swing both hands from high on the leading side to low on the other."""
    a, ready = style.amplitude, stance_of(style, 0.22, toe_out=(0.2, 0.2))
    script = MotionScript(ready, style.tempo * 1.25)
    script.to(
        0.6,
        lead_arm=(1.0, 2.3, 0.3, 0.5, 0.0),
        trail_arm=(1.9, 2.0, 1.0, 0.6, 0.0),
        trunk=(0, -0.05, 0.45 * a),
        pelvis=(0.3, 0, 0),
        weight=0.65,
        drop=0.01,
    )
    script.hold(0.15).to(
        0.45,
        lead_arm=(1.9, 0.75, 0.5, 0.25, 0.0),
        trail_arm=(1.0, 0.7, 0.3, 0.25, 0.0),
        trunk=(0.4 * a, 0, -0.45 * a),
        pelvis=(-0.35, 0.45 * a, 0),
        weight=0.3,
        drop=0.2 * a,
    )
    return script.hold(0.2).to(0.6, **all_of(ready)).hold(0.2)


def ball_throw(style: Style) -> MotionScript:
    """Step forwards with the trailing foot and throw overhand with the leading arm."""
    a, out = style.amplitude, 0.14 * style.stance
    ready = Posture(lead_foot=(out, -0.08, 0), trail_foot=(out, 0.08, 0), lead_arm=GUARD, trail_arm=GUARD)
    script = MotionScript(ready, style.tempo)
    script.to(
        0.5, weight=0.96, lead_arm=(-0.2, 1.5, -0.6, 1.7, 0), trail_arm=(1.3, 1.3, 0.3, 0.4, 0),
        trunk=(-0.05, 0, 0.45 * a), pelvis=(0.35, 0, 0), trail_foot=(out, 0.2, 0.08),
    )  # fmt: skip
    script.to(0.28, trail_foot=(out, 0.40, 0), weight=0.5, drop=0.08)
    script.to(
        0.3, lead_arm=(1.4, 1.9, 0.3, 0.3, 0), trail_arm=(0.4, 0.6, 0.2, 1.2, 0),
        trunk=(0.25, 0, -0.4 * a), pelvis=(-0.3, 0.15, 0), weight=0.15,
    )  # fmt: skip
    script.to(0.25, lead_arm=(1.6, 0.9, 0.8, 0.5, 0))
    script.to(0.5, lead_arm=GUARD, trail_arm=GUARD, trunk=(0, 0, 0), pelvis=(0, 0, 0), weight=0.6, drop=0.04)
    script.to(0.2, weight=0.97).to(0.2, trail_foot=(out, 0.2, 0.06)).to(0.25, trail_foot=ready.trail_foot)
    return script.to(0.25, **all_of(ready)).hold(0.2)


def batting(style: Style) -> MotionScript:
    """Swing an imaginary bat with both hands, from the leading side across the body."""
    a = style.amplitude
    ready = stance_of(
        style, 0.24, toe_out=(0.3, 0.3), drop=0.05,
        lead_arm=(1.0, 1.2, 0.6, 1.6, 0), trail_arm=(1.7, 1.0, 1.0, 1.2, 0),
    )  # fmt: skip
    script = MotionScript(ready, style.tempo * 1.15)
    script.to(
        0.5, trunk=(0, 0, 0.5 * a), pelvis=(0.35, 0, 0), weight=0.78,
        lead_arm=(0.5, 1.35, 0.3, 1.8, 0), trail_arm=(1.9, 1.1, 1.1, 0.9, 0),
    )  # fmt: skip
    script.to(
        0.34, trunk=(0, 0, -0.45 * a), pelvis=(-0.5 * a, 0, 0), weight=0.27,
        lead_arm=(1.75, 1.25, 0.7, 0.4, 0), trail_arm=(0.9, 1.3, 0.5, 0.5, 0),
    )  # fmt: skip
    script.to(0.27, lead_arm=(1.9, 1.4, 0.9, 0.9, 0), trail_arm=(0.3, 1.4, 0.5, 1.2, 0), trunk=(0, 0, -0.55 * a))
    return script.to(0.6, **all_of(ready)).hold(0.25)


def bowling(style: Style) -> MotionScript:
    """Swing the leading arm back, step forwards with the trailing foot, bend that knee and roll an imaginary ball."""
    a, out = style.amplitude, 0.13 * style.stance
    ready = stance_of(style, 0.13, lead_arm=(1.4, 0.6, 0.1, 1.5, 0.0), trail_arm=(1.4, 0.6, 0.5, 1.4, 0.0))
    script = MotionScript(ready, style.tempo)
    script.to(0.35, weight=0.95, drop=0.03, lead_arm=(0.3, 0.42, 0.0, 0.35, 0.0), trail_arm=(0.6, 0.6, 0.2, 0.7, 0.0))
    script.to(
        0.3, trail_foot=(out, 0.22, 0.07), pelvis=(0.1, 0.2, 0), trunk=(0.1, 0, 0.1),
        lead_arm=(-0.8, 0.5 + 0.3 * a, 0.0, 0.15, 0.0),
    )  # fmt: skip
    script.to(0.3, trail_foot=(out, 0.45, 0.0), weight=0.5, drop=0.1)
    script.to(
        0.35, weight=0.08, drop=0.1 + 0.1 * a, pelvis=(0, 0.68 * a, 0), trunk=(0.3 * a, 0, -0.1),
        lead_arm=(0.3, 0.42, 0.0, 0.2, 0.0), trail_arm=(-0.2, 0.8, 0.2, 0.4, 0.0),
    )  # fmt: skip
    script.to(0.3, weight=0.05, lead_arm=(1.5, 0.6 + 0.6 * a, 0.0, 0.25, 0.0)).hold(0.25)
    script.to(
        0.55, weight=0.6, drop=0.08, pelvis=(0, 0.1, 0), trunk=(0.05, 0, 0),
        lead_arm=(0.8, 0.5, 0.1, 0.8, 0.0), trail_arm=(0.8, 0.5, 0.2, 0.8, 0.0),
    )  # fmt: skip
    script.to(0.25, weight=0.97, drop=0.04).to(0.25, trail_foot=(out, 0.2, 0.06)).to(0.25, trail_foot=ready.trail_foot)
    return script.to(0.35, **all_of(ready)).hold(0.2)


def pirouette(style: Style) -> MotionScript:
    """Turn once around on the trailing leg, the other one bent beside it; rest, and turn back.

    The pivoting foot stands at the world's origin, so that it turns on the spot.
    """
    a, full = style.amplitude, 2 * np.pi
    opened, closed = (0.3, 1.2, 0.2, 0.5, 0.0), (1.3, 1.1, 0.7, 0.9, 0.0)
    ready = Posture(
        trail_foot=(0.0, 0.0, 0.0), lead_foot=(0.24 * style.stance, -0.1, 0.0), toe_out=(0.4, 0.2), drop=0.02,
        lead_arm=opened, trail_arm=opened,
    )  # fmt: skip
    script = MotionScript(ready, style.tempo * 1.3)
    for begin, end in ((0.0, -full), (-full, 0.0)):
        script.to(0.4, drop=0.07, weight=0.35, lead_arm=closed if begin == 0.0 else opened)
        script.to(0.35, weight=0.0, drop=0.02)
        script.to(
            0.35, planted=(0.0, 1.0), lead_leg=(0.9 * a, -0.35, 0.0, 1.6 * a, -0.2, 0.0), lead_arm=closed,
            trail_arm=closed, heading=(begin + 0.15 * (end - begin),) * 3,
        )  # fmt: skip
        script.to(1.3, heading=(begin + 0.85 * (end - begin),) * 3)
        script.to(0.35, heading=(end,) * 3, lead_leg=(0.2, -0.15, 0.0, 0.5, 0.0, 0.0))
        script.to(0.3, planted=(1.0, 1.0), lead_arm=opened, trail_arm=opened).to(0.4, weight=0.5, drop=0.03).hold(0.3)
    return script.to(0.3, **all_of(ready))
