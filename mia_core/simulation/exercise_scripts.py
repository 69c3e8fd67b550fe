"""The paper's exercises as motion scripts: one repetition each, with a random style.

Every script starts and ends in its own ready posture. The leading side does what the name says: it is the leg that
kicks, the arm that punches, the side that is lunged to. Durations are those of a brisk but relaxed person. The key
postures were chosen by hand, in an earlier trial of this simulator and by looking at its motions; they were not fitted
to muscle activity, but whoever chose them knew what the paper says of the muscles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from mia_core.simulation.posture import GUARD, HANGING, Arm, Leg, MotionScript, Posture

LANDING_LEG: Final[Leg] = (0.15, 0.0, 0.0, 0.25, 0.08, 0.0)


@dataclass(frozen=True, slots=True)
class Style:
    """How one repetition is done.

    Attributes:
        amplitude: 1 is a full movement; 0.6 to 1.25 makes sense.
        tempo: Factor on durations; 1 is brisk.
        variant: In [0, 1); chooses between habits, such as what the arms do in a squat.
        stance: Factor on the width of the stance.
    """

    amplitude: float = 1.0
    tempo: float = 1.0
    variant: float = 0.0
    stance: float = 1.0


def _stance(style: Style, out: float, **changes: Any) -> Posture:
    """Return a ready posture with both feet `out` metres from the middle."""
    foot = (out * style.stance, 0.0, 0.0)
    return replace(Posture(lead_foot=foot, trail_foot=foot), **changes)


def _boxer(style: Style, **changes: Any) -> Posture:
    """Return a boxer's stance: the trailing foot in front, fists up."""
    out = 0.14 * style.stance
    feet: dict[str, Any] = {"lead_foot": (out, -0.12, 0.0), "trail_foot": (out, 0.14, 0.0), "toe_out": (0.45, 0.2)}
    return replace(Posture(**feet, drop=0.04, lead_arm=GUARD, trail_arm=GUARD), **changes)


def squat(style: Style) -> MotionScript:
    """Bend hips and knees as if to sit, then stand up."""
    a = style.amplitude
    ready = _stance(style, 0.17, toe_out=(0.25, 0.25), pelvis=(0, 0.03, 0), trunk=(0.05, 0, 0))
    reaching: Arm = (1.5, 1.45, 0.0, 0.15, 0.0)
    arms = reaching if style.variant < 0.5 else GUARD if style.variant < 0.8 else HANGING
    script = MotionScript(ready, style.tempo)
    script.to(0.9, drop=0.05 + 0.27 * a, pelvis=(0, 0.42 * a, 0), trunk=(0.25 * a, 0, 0), lead_arm=arms, trail_arm=arms)
    return script.hold(0.25).to(0.8, **_same(ready, "drop", "pelvis", "trunk", "lead_arm", "trail_arm")).hold(0.3)


def side_lunge(style: Style) -> MotionScript:
    """Step wide to the leading side and bend that knee, keeping the other straight."""
    a, arms = style.amplitude, (1.2, 0.6, 0.6, 1.6, 0.0) if style.variant < 0.6 else HANGING
    ready = _stance(style, 0.12, lead_arm=arms, trail_arm=arms)
    script = MotionScript(ready, style.tempo)
    script.to(0.3, weight=0.03, drop=0.02)
    script.to(0.25, lead_foot=(0.30, 0, 0.08), drop=0.03)
    script.to(0.3, weight=0.35, lead_foot=(0.36 + 0.12 * a, 0, 0), drop=0.09, toe_out=(0.25, 0.1))
    script.to(0.5, weight=0.88, drop=0.08 + 0.24 * a, pelvis=(0, 0.4 * a, 0), trunk=(0.2 * a, 0, 0)).hold(0.3)
    script.to(0.5, weight=0.25, drop=0.08, pelvis=(0, 0.1, 0), trunk=(0.05, 0, 0))
    script.to(0.2, weight=0.03, drop=0.03)
    script.to(0.25, lead_foot=(0.30, 0, 0.08))
    return script.to(0.3, lead_foot=ready.lead_foot, toe_out=ready.toe_out).to(0.3, **_all(ready))


def skater(style: Style) -> MotionScript:
    """Stand on the trailing leg, bend forwards and cross the leading leg behind it, off the floor."""
    a = style.amplitude
    ready = _stance(style, 0.18, drop=0.05, pelvis=(0, 0.2, 0), trunk=(0.15, 0, 0))
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
    return script.to(0.15, planted=(1.0, 1.0), lead_foot=ready.lead_foot).to(0.3, **_all(ready)).hold(0.15)


def _kick(
    style: Style, peak: Leg, chamber: Leg | None, recoil: Leg | None, lean: float, stroke: float, hold: float
) -> MotionScript:
    """Shift the weight, swing the leading leg through an optional chamber to its peak, and put it down again."""
    arms = GUARD if style.variant < 0.6 else (0.5, 0.6, 0.3, 0.8, 0.0)
    ready = _stance(style, 0.12, lead_arm=arms, trail_arm=arms)
    script = MotionScript(ready, style.tempo).to(0.35, weight=0.0, drop=0.02)
    if chamber is not None:
        script.to(0.3, planted=(0.0, 1.0), lead_leg=chamber)
    script.to(stroke, planted=(0.0, 1.0), lead_leg=peak, pelvis=(0, lean, 0), trunk=(0.3 * lean, 0, 0)).hold(hold)
    if recoil is not None:
        script.to(stroke, lead_leg=recoil, pelvis=(0, 0, 0), trunk=(0, 0, 0))
    script.to(0.35, lead_leg=LANDING_LEG, lead_foot=(0.12, 0, 0.02), pelvis=(0, 0, 0), trunk=(0, 0, 0))
    return script.to(0.15, planted=(1.0, 1.0), lead_foot=ready.lead_foot).to(0.3, **_all(ready)).hold(0.15)


def front_kick(style: Style) -> MotionScript:
    """Lift the knee, then snap the lower leg forwards."""
    peak, chamber = (1.15 * style.amplitude, 0, 0, 0.15, -0.2, 0), (1.2 * style.amplitude, 0, 0, 1.6, 0, 0)
    return _kick(style, peak, chamber, (1.0, 0, 0, 1.4, 0, 0), lean=-0.15, stroke=0.27, hold=0.1)


def high_kick(style: Style) -> MotionScript:
    """Swing the straight leg up in front."""
    return _kick(style, (1.45 * style.amplitude, 0, 0, 0.3, 0, 0), None, None, lean=-0.12, stroke=0.5, hold=0.1)


def knee_kick(style: Style) -> MotionScript:
    """Drive the bent knee up."""
    return _kick(style, (1.5 * style.amplitude, 0, 0, 1.9, -0.1, 0), None, None, lean=0.05, stroke=0.4, hold=0.15)


def leg_back(style: Style) -> MotionScript:
    """Swing the leg straight back, the trunk bending forwards against it."""
    a = style.amplitude
    peak, chamber = (-0.45 * a, -0.05, 0, 0.3, 0, 0), (0.1, 0, 0, 0.7, 0, 0)
    return _kick(style, peak, chamber, None, lean=0.35 * a, stroke=0.38, hold=0.25)


def hook_punch(style: Style) -> MotionScript:
    """Swing the bent leading arm across in front of the chest."""
    a, ready = style.amplitude, _boxer(style)
    script = MotionScript(ready, style.tempo * 1.5)
    script.to(0.25, lead_arm=(-0.1, 1.25, 0.2, 1.6, 0), trunk=(0, 0, 0.3 * a), pelvis=(0.2, 0, 0), weight=0.6)
    script.to(0.28, lead_arm=(1.55, 1.5, 1.25, 1.45, 0), trunk=(0, 0, -0.45 * a), pelvis=(-0.3 * a, 0, 0), weight=0.4)
    return script.hold(0.3).to(0.35, **_all(ready)).hold(0.2)


def elbow_punch(style: Style) -> MotionScript:
    """With the elbow at shoulder height, strike backwards with it."""
    a = style.amplitude
    ready = _stance(style, 0.14, drop=0.03, lead_arm=GUARD, trail_arm=GUARD)
    script = MotionScript(ready, style.tempo * 1.5)
    script.to(0.3, lead_arm=(1.55, 1.4, 1.3, 2.1, 0), trunk=(0, 0, -0.2))
    script.to(0.3, lead_arm=(0.0, 1.5, 1.2, 2.1, 0), trunk=(0, 0, 0.3 * a), pelvis=(0.1, 0, 0))
    return script.hold(0.3).to(0.35, **_all(ready)).hold(0.2)


def front_punch(style: Style) -> MotionScript:
    """Punch straight ahead and come back."""
    a, ready = style.amplitude, _boxer(style)
    script = MotionScript(ready, style.tempo * 1.3).to(0.15, trunk=(0, 0, 0.15))
    script.to(0.24, lead_arm=(1.5, 1.5, 0.6, 0.15, 0), trunk=(0, 0, -0.3 * a), pelvis=(-0.2 * a, 0, 0), weight=0.42)
    return script.hold(0.12).to(0.32, **_all(ready)).hold(0.2)


def twist(style: Style) -> MotionScript:
    """With the elbows at shoulder height, turn the trunk to one side and the other."""
    a, arms = style.amplitude, (0.2, 1.35, 1.2, 1.9, 0.0)
    ready = _stance(style, 0.16, drop=0.02, lead_arm=arms, trail_arm=arms)
    script = MotionScript(ready, style.tempo)
    for sign in (1, -1):
        script.to(0.5 if sign > 0 else 0.9, trunk=(0, 0, sign * 0.55 * a), pelvis=(sign * 0.25 * a, 0, 0))
    return script.to(0.5, **_all(ready))


def woodchop(style: Style) -> MotionScript:
    """Swing both hands from high on the leading side to low on the other."""
    a, ready = style.amplitude, _stance(style, 0.22, toe_out=(0.2, 0.2))
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
    return script.hold(0.2).to(0.6, **_all(ready)).hold(0.2)


def jumping_jack(style: Style) -> MotionScript:
    """Jump the feet apart while the arms swing overhead, then jump back."""
    a = style.amplitude
    ready = _stance(style, 0.08, drop=0.02, **_raised(0.32, 0.32, 0.0))
    script = MotionScript(ready, style.tempo)
    for out, raised in ((0.18 + 0.16 * a, 1.4 + 1.1 * a), (ready.lead_foot[0], ready.lead_arm[1])):
        before, low = script.last.lead_foot[0], script.last.lead_arm[1]
        middle, landed = ((before + out) / 2, 0.0, 0.07 * a), (out, 0.0, 0.0)
        script.to(0.16, drop=0.10, **_raised(low, raised, 0.1)).to(0.12, drop=0.0, **_raised(low, raised, 0.3))
        script.to(0.13, drop=-0.05 * a, lead_foot=middle, trail_foot=middle, **_raised(low, raised, 0.55))
        script.to(0.13, drop=0.04, lead_foot=landed, trail_foot=landed, **_raised(low, raised, 0.8))
        script.to(0.16, drop=0.11, **_raised(low, raised, 1.0)).to(0.2, drop=0.05)
    return script.to(0.12, **_all(ready))


def _raised(low: float, high: float, share: float) -> dict[str, Arm]:
    """Return both arms raised sideways, part of the way between two elevations."""
    arm = (0.05, low + share * (high - low), 0.0, 0.2, 0.0)
    return {"lead_arm": arm, "trail_arm": arm}


def feet_cross(style: Style) -> MotionScript:
    """Step one foot across in front of the other and back, then the other foot."""
    a, ready = style.amplitude, _stance(style, 0.16, drop=0.03)
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
    ready = _stance(style, 0.18, drop=0.09, pelvis=(0, 0.25, 0), trunk=(0.15, 0, 0), lead_arm=GUARD, trail_arm=GUARD)
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
    ready = _stance(style, 0.09, drop=0.045, **passing)
    lifted, landing = (1.0 * a, 0, 0, 1.5, 0, 0), (0.2, 0, 0, 0.35, 0.1, 0)
    script = MotionScript(ready, style.tempo * 1.15)
    for _ in range(3):
        script.to(0.2, weight=0.0, planted=(0.0, 1.0), lead_leg=lifted, lead_arm=back, trail_arm=forward, drop=0.045)
        script.to(0.2, weight=0.5, planted=(1.0, 1.0), lead_leg=landing, drop=0.065, **passing)
        script.to(0.2, weight=1.0, planted=(1.0, 0.0), trail_leg=lifted, lead_arm=forward, trail_arm=back, drop=0.045)
        script.to(0.2, weight=0.5, planted=(1.0, 1.0), trail_leg=landing, drop=0.065, **passing)
    return script.to(0.2, **_all(ready))


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
    return script.to(0.25, **_all(ready)).hold(0.2)


def batting(style: Style) -> MotionScript:
    """Swing an imaginary bat with both hands, from the leading side across the body."""
    a = style.amplitude
    ready = _stance(
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
    return script.to(0.6, **_all(ready)).hold(0.25)


def _same(posture: Posture, *names: str) -> dict[str, Any]:
    return {name: getattr(posture, name) for name in names}


def _all(posture: Posture) -> dict[str, Any]:
    return _same(posture, *Posture.__dataclass_fields__)


SCRIPTS: Final[dict[str, Callable[[Style], MotionScript]]] = {
    script.__name__: script
    for script in (
        jumping_jack, high_kick, leg_back, front_kick, front_punch, hook_punch, skater, twist, squat, feet_cross,
        elbow_punch, side_shuffle, batting, side_lunge, running, ball_throw, knee_kick, woodchop,
    )
}  # fmt: skip
"""Scripts by the names of `mia_core.exercises`. Pirouette and bowling are missing: their turns and slides on one foot
are not sound in the simulator."""
