from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor

from app.theme import DARK, LIGHT, Palette, palette, style_sheet

PALETTES = pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda colours: colours.name)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = QColor(colour).getRgbF()[:3]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@PALETTES
def test_every_colour_is_a_colour(colours: Palette) -> None:
    for name in Palette.__slots__:
        if name != "name":
            assert re.fullmatch(r"#[0-9a-f]{6}", getattr(colours, name)), name


@PALETTES
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("text", "surface"),
        ("text", "raised"),
        ("text", "window"),
        ("muted", "surface"),
        ("on_accent", "accent"),
        ("on_accent", "error"),
        ("on_badge", "badge"),
        ("good", "surface"),
        ("warning", "surface"),
        ("error", "surface"),
    ],
)
def test_text_stands_out_from_its_ground(colours: Palette, text: str, ground: str) -> None:
    assert _contrast(getattr(colours, text), getattr(colours, ground)) >= 4.5


@PALETTES
def test_the_style_sheet_names_only_colours_of_the_palette(colours: Palette) -> None:
    used = set(re.findall(r"#[0-9a-f]{6}", style_sheet(colours)))
    assert used
    assert used <= {getattr(colours, name) for name in Palette.__slots__}
    assert "$" not in style_sheet(colours)


def test_an_unknown_name_gives_the_dark_palette() -> None:
    assert palette("light") is LIGHT
    assert palette("of another version") is DARK
