"""The colours and the light of the rendered person's scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

Colour = tuple[float, float, float]
"""Red, green, blue in [0, 1]."""

_COLOURS: Final[Mapping[str, Colour]] = MappingProxyType(
    {
        "skin": (0.85, 0.64, 0.52),
        "shirt": (0.13, 0.47, 0.53),
        "trim": (0.93, 0.93, 0.90),
        "shorts": (0.13, 0.15, 0.22),
        "shoe": (0.92, 0.92, 0.93),
        "sole": (0.95, 0.45, 0.25),
        "sock": (0.96, 0.96, 0.96),
        "hair": (0.20, 0.12, 0.08),
        "eye": (0.97, 0.97, 0.97),
        "iris": (0.16, 0.10, 0.07),
        "lip": (0.70, 0.36, 0.33),
    }
)
GLOSS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "skin": 0.15, "shirt": 0.05, "trim": 0.05, "shorts": 0.05, "shoe": 0.2, "sole": 0.1, "sock": 0.0, "hair": 0.3,
        "eye": 0.6, "iris": 0.6, "lip": 0.2,
    }
)  # fmt: skip
"""How much each material shines, in [0, 1]."""
_SKIN: Final = ((0.93, 0.76, 0.66), (0.50, 0.35, 0.27))
"""Lightest and darkest skin drawn. Hair is darker than skin: in a small picture the hairline tells front from back."""
_HAIR: Final = ((0.38, 0.25, 0.14), (0.06, 0.05, 0.05))


@dataclass(frozen=True, slots=True)
class Looks:
    """What does not matter for the motion.

    Attributes:
        colours: Colour of each material of the person.
        floor: Colour of the floor.
        wall: Colour of the wall.
        light: Direction of the light that casts shadows: x to the picture's right, y away from the camera, z up.
        ambient: Brightness of what no light reaches, in [0, 1].
    """

    colours: Mapping[str, Colour] = field(default_factory=lambda: _COLOURS)
    floor: Colour = (0.66, 0.53, 0.40)
    wall: Colour = (0.90, 0.92, 0.92)
    light: Colour = (0.40, 0.78, -0.80)
    ambient: float = 0.36

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Looks:
        """Draw another person's skin, hair and clothes, another room and another light."""
        colours = dict(_COLOURS)
        for name in ("shirt", "trim", "shorts", "shoe", "sole", "sock"):
            colours[name] = _colour(rng.uniform(0.05, 0.95, 3))
        colours["skin"] = _between(*_SKIN, float(rng.random()))
        colours["hair"] = _between(*_HAIR, float(rng.random()))
        tint = rng.uniform(-0.08, 0.08, (2, 3))
        return cls(
            colours=colours,
            floor=_colour(rng.uniform(0.2, 0.75) + tint[0]),
            wall=_colour(rng.uniform(0.3, 0.9) + tint[1]),
            light=(float(rng.uniform(-0.8, 0.8)), float(rng.uniform(0.2, 0.9)), -0.8),
            ambient=float(rng.uniform(0.2, 0.45)),
        )


def _colour(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Colour:
    red, green, blue = (float(x) for x in np.clip(values, 0.0, 1.0))
    return red, green, blue


def _between(one: Colour, other: Colour, share: float) -> Colour:
    return _colour(np.array(one) + share * (np.array(other) - np.array(one)))
