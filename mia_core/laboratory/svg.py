"""Drawing in SVG: the few shapes that plots need, in colours that follow the page.

Every shape carries a light colour, for the file by itself, and a class, by which the page recolours it at night.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

LIGHT: Final = {
    "page": "#ffffff",
    "panel": "#f5f7f9",
    "line": "#dde2e7",
    "text": "#1a1f25",
    "muted": "#5a6570",
    "casing": "#59636e",
    "heat": "#08519c",
    "series0": "#0067a5",
    "series1": "#b84600",
    "series2": "#00795a",
    "series3": "#9c3f7c",
    "series4": "#8a6100",
    "series5": "#3d4ccf",
    "series6": "#5f6b76",
}
"""Colours by what they mean; series differ in hue and lightness, for readers who are colour-blind (Okabe and Ito)."""
DARK: Final = {
    "page": "#14181c",
    "panel": "#1d2328",
    "line": "#343c44",
    "text": "#e8ecf0",
    "muted": "#9ea9b4",
    "casing": "#0b0e11",
    "heat": "#7cc4ff",
    "series0": "#5ab4f0",
    "series1": "#ff9a52",
    "series2": "#3fd0a3",
    "series3": "#ee9ccb",
    "series4": "#e8bf4a",
    "series5": "#a0a9ff",
    "series6": "#a9b4be",
}
N_SERIES: Final = sum(name.startswith("series") for name in LIGHT)

FONT: Final = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"
FONT_SIZE: Final = 12.5
_CHARACTER: Final = 0.56
"""Mean width of a character over the size of the font: enough to keep labels apart."""


@dataclass
class Picture:
    """An SVG that grows.

    Attributes:
        name: Unique on the page.
        title: What it shows, read out in its place.
        description: The same at more length; may be empty.
        width: Of the drawing, px.
        height: Likewise; may be set when all is drawn.
    """

    name: str
    title: str
    description: str
    width: float
    height: float
    _parts: list[str] = field(default_factory=list)

    def line(self, points: Iterable[tuple[float, float]], colour: str, width: float = 1, dash: str = "") -> None:
        """Draw a line through points, px."""
        path = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{path}" fill="none" {stroke(colour)} stroke-width="{_px(width)}"'
            f' stroke-linejoin="round" stroke-linecap="round"{dashes} />'
        )

    def area(self, points: Iterable[tuple[float, float]], colour: str, opacity: float) -> None:
        """Fill the polygon of the points."""
        path = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
        self._parts.append(f'<polygon points="{path}" {fill(colour)} fill-opacity="{opacity:.3g}" />')

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, opacity: float = 1, told: str = ""
    ) -> None:
        """Fill a rectangle; `told` is shown under the pointer."""
        self._parts.append(
            f'<rect x="{_px(x)}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}" {fill(colour)}'
            + (f' fill-opacity="{opacity:.3f}"' if opacity < 1 else "")
            + (f"><title>{words(told)}</title></rect>" if told else " />")
        )

    def marker(self, shape: int, x: float, y: float, colour: str, told: str = "") -> None:
        """Draw a disc, square, triangle or diamond by the number of the series."""
        corners = (None, _SQUARE, _TRIANGLE, _DIAMOND)[shape % 4]
        inside = f"<title>{words(told)}</title>" if told else ""
        if corners is None:
            self._parts.append(f'<circle cx="{_px(x)}" cy="{_px(y)}" r="3.4" {fill(colour)}>{inside}</circle>')
        else:
            path = " ".join(f"{_px(x + dx)},{_px(y + dy)}" for dx, dy in corners)
            self._parts.append(f'<polygon points="{path}" {fill(colour)}>{inside}</polygon>')

    def text(
        self,
        x: float,
        y: float,
        what: str,
        *,
        anchor: str = "start",
        colour: str = "text",
        size: float = FONT_SIZE,
        bold: bool = False,
        turned: bool = False,
    ) -> None:
        """Write a line of text with its baseline at y; `turned` reads upwards."""
        self._parts.append(
            f'<text x="{_px(x)}" y="{_px(y)}" text-anchor="{anchor}" {fill(colour)} font-size="{_px(size)}"'
            + (' font-weight="600"' if bold else "")
            + (f' transform="rotate(-90 {_px(x)} {_px(y)})"' if turned else "")
            + f">{words(what)}</text>"
        )

    def caption(self, what: str) -> None:
        """Write text below all that is drawn, in as many lines as it needs."""
        for line in textwrap.wrap(what, int((self.width - 24) / (FONT_SIZE * _CHARACTER))):
            self.text(12, self.height + FONT_SIZE, line, colour="muted")
            self.height += 1.5 * FONT_SIZE
        self.height += 6

    def render(self) -> str:
        """Return the SVG element, which is also a whole file."""
        ids = f"{self.name}-title {self.name}-desc" if self.description else f"{self.name}-title"
        described = f'<desc id="{self.name}-desc">{words(self.description)}</desc>' if self.description else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_px(self.width)} {_px(self.height)}"'
            f' width="{_px(self.width)}" height="{_px(self.height)}" role="img" aria-labelledby="{ids}"'
            f' font-family="{escape(FONT)}">\n<title id="{self.name}-title">{words(self.title)}</title>{described}\n'
            f'<rect width="100%" height="100%" {fill("page")} />\n' + "\n".join(self._parts) + "\n</svg>\n"
        )


_SQUARE: Final = ((-3, -3), (3, -3), (3, 3), (-3, 3))
_TRIANGLE: Final = ((0, -4), (4, 3), (-4, 3))
_DIAMOND: Final = ((0, -4.4), (4.4, 0), (0, 4.4), (-4.4, 0))


def fill(colour: str) -> str:
    """Return the attributes that fill with a colour of `LIGHT`, or with `#rrggbb`, which stays at night."""
    return f'fill="{colour}"' if colour.startswith("#") else f'class="fill-{colour}" fill="{LIGHT[colour]}"'


def stroke(colour: str) -> str:
    """Return the attributes of a line, as `fill`."""
    return f'stroke="{colour}"' if colour.startswith("#") else f'class="stroke-{colour}" stroke="{LIGHT[colour]}"'


def colour_rules() -> str:
    """Return the CSS that makes variables of both palettes, and lets pictures follow them."""

    def variables(palette: dict[str, str]) -> str:
        return " ".join(f"--{name}: {colour};" for name, colour in palette.items())

    classes = " ".join(
        f".fill-{name} {{ fill: var(--{name}) }} .stroke-{name} {{ stroke: var(--{name}) }}" for name in LIGHT
    )
    return (
        f":root {{ {variables(LIGHT)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {variables(DARK)} }} }}\n{classes}\n"
    )


def words(text: str) -> str:
    """Return text fit for XML: escaped, without control characters."""
    return escape("".join(c if c.isprintable() or c == "\n" else " " for c in text))


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Return about how wide a text is, px."""
    return len(text) * size * _CHARACTER


def nice_ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Return round numbers, 1, 2 or 5 times a power of ten apart, the outermost around `low` and `high`."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(number * step, 12) for number in range(first, last + 1))


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Return the ticks with as many digits as they need, all alike, with a true minus."""
    digits = next((d for d in range(7) if all(abs(round(tick, d) - tick) < 1e-9 for tick in ticks)), 6)
    return [f"{tick:.{digits}f}".replace("-", "\N{MINUS SIGN}") for tick in ticks]


def _px(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
