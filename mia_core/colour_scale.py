"""How an activation becomes a colour: the paper's scale, and one that colour-blind people can read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEFAULT_FULL_SCALE: Final = 0.25
"""Activation that gets the last colour.

Everyday movements use 5 to 25 % of a muscle's maximum, which a scale up to 100 % would show in one colour. The paper
clips its raw envelopes at 50 counts, about a tenth of its sensor's usable range, so a low value is nearer to its look.
"""


@dataclass(frozen=True, slots=True)
class ColourScale:
    """A piecewise linear colour scale over activation.

    Attributes:
        name: Identifier kept in settings, such as `paper`.
        label: Name for people.
        stops: Red, green, blue (0 to 255) at equal distances from activation 0 to `full_scale`.
        full_scale: Activation, > 0, from which on the last colour is used.
    """

    name: str
    label: str
    stops: tuple[tuple[int, int, int], ...]
    full_scale: float = DEFAULT_FULL_SCALE

    def __post_init__(self) -> None:
        if not self.full_scale > 0:
            raise ValueError(f"full_scale must be greater than 0, got {self.full_scale}")
        if len(self.stops) < 2:
            raise ValueError("a colour scale needs at least two stops")

    def rgb(self, activations: ArrayLike) -> NDArray[np.uint8]:
        """Return the colours of activations.

        Args:
            activations: (n,) without unit, 1 = maximal; clipped to 0 .. `full_scale`. NaN has no colour: the caller
                draws a hatching instead, and gets the colour of 0 here.

        Returns:
            (n, 3) uint8 red, green, blue.
        """
        values = np.nan_to_num(np.asarray(activations, dtype=np.float64))
        share = np.clip(values, 0.0, self.full_scale) / self.full_scale
        places = np.linspace(0.0, 1.0, len(self.stops))
        channels = np.array(self.stops, dtype=np.float64).T
        return np.stack([np.rint(np.interp(share, places, channel)) for channel in channels], axis=-1).astype(np.uint8)

    @property
    def starts_dark(self) -> bool:
        """Whether low values are dark, so that an outline must be light to stand out from a dark ground."""
        red, green, blue = self.stops[0]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128

    def with_full_scale(self, full_scale: float) -> ColourScale:
        """Return the same colours stretched to another activation."""
        return replace(self, full_scale=full_scale)


PAPER: Final = ColourScale("paper", "Yellow to red", ((250, 253, 50), (255, 0, 0)))
"""The paper's figures: RGB(250, 253, 50) to red, linear in RGB."""

COLOUR_BLIND_SAFE: Final = ColourScale(
    "colour_blind_safe",
    "Blue to yellow",
    (
        (0, 34, 78),
        (18, 53, 112),
        (59, 73, 108),
        (87, 93, 109),
        (112, 113, 115),
        (138, 134, 120),
        (165, 156, 116),
        (195, 179, 105),
        (225, 204, 85),
        (254, 232, 56),
    ),
)
"""Ten points of cividis (Nunez et al. 2018): even in lightness, alike with and without red-green blindness."""

COLOUR_SCALES: Final = (PAPER, COLOUR_BLIND_SAFE)


def colour_scale(name: str) -> ColourScale:
    """Return the scale of that name, or the paper's when there is none (a setting of another version)."""
    return next((scale for scale in COLOUR_SCALES if scale.name == name), PAPER)
