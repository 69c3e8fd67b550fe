"""What the exercise scripts share: the style of a repetition, and ready postures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from mia_core.simulation.posture import GUARD, Leg, Posture

FREED_LEG: Final[Leg] = (0.25, 0.0, 0.0, 0.45, 0.1, 0.0)
"""A leg that has just left the floor. A leg follows its foot's place almost until that counts for nothing, so it has to
be freed before it can swing at its own speed."""
LANDING_LEG: Final[Leg] = (0.15, 0.0, 0.0, 0.25, 0.08, 0.0)
"""A leg that is about to be put down."""


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


def stance_of(style: Style, out: float, **changes: Any) -> Posture:
    """Return a ready posture with both feet `out` metres from the middle."""
    foot = (out * style.stance, 0.0, 0.0)
    return replace(Posture(lead_foot=foot, trail_foot=foot), **changes)


def boxer_stance(style: Style, **changes: Any) -> Posture:
    """Return a boxer's stance: the trailing foot in front, fists up."""
    out = 0.14 * style.stance
    feet: dict[str, Any] = {"lead_foot": (out, -0.12, 0.0), "trail_foot": (out, 0.14, 0.0), "toe_out": (0.45, 0.2)}
    return replace(Posture(**feet, drop=0.04, lead_arm=GUARD, trail_arm=GUARD), **changes)


def some_of(posture: Posture, *names: str) -> dict[str, Any]:
    """Return some attributes of a posture, to go back to them."""
    return {name: getattr(posture, name) for name in names}


def all_of(posture: Posture) -> dict[str, Any]:
    """Return all attributes of a posture."""
    return some_of(posture, *Posture.__dataclass_fields__)
