"""Lines with markers and bands, such as the error against the window's length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mia_core.laboratory.results import Figure
from mia_core.laboratory.svg import FONT_SIZE, N_SERIES, Picture, nice_ticks, text_width, tick_labels

_WIDTH: Final = 760.0
_PLOT_HEIGHT: Final = 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 18.0, 14.0, 56.0
_LEGEND_LINE: Final = 22.0
_MOST_PLACES: Final = 12
"""A tick at every place of so many; round numbers with more."""
_MOST_MARKERS: Final = 40
"""A curve of more points is drawn without markers."""
_ZERO_SHARE: Final = 0.45
"""The axis begins at 0 when the lowest value is below this share of the highest: less would exaggerate."""
_DASHES: Final = ("", "7 4", "2 4", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class _Look:
    colour: str
    width: float
    dash: str
    marker: int | None


_REFERENCE: Final = _Look("muted", 1.3, "3 3", None)

Point = tuple[float, float]
Place = Callable[[float, float], Point]


def draw_curves(figure: Figure) -> Picture:
    """Draw a figure of kind `curves`."""
    curves: Sequence[Mapping[str, Any]] = figure.data["curves"]
    x_label, y_label = str(figure.data["x_label"]), str(figure.data["y_label"])
    names = ", ".join(str(curve["label"]) for curve in curves)
    picture = Picture(figure.name, figure.title, f"{y_label} against {x_label}: {names}.", _WIDTH, 0)
    looks = _looks(curves)
    top = _legend(picture, curves, looks) + _TOP
    bottom = top + _PLOT_HEIGHT
    picture.height = bottom + _BOTTOM
    x_ticks, y_ticks = _x_ticks(curves), _y_ticks(curves)

    def place(x: float, y: float) -> Point:
        across = (x - x_ticks[0]) / ((x_ticks[-1] - x_ticks[0]) or 1)
        up = (y - y_ticks[0]) / (y_ticks[-1] - y_ticks[0])
        margin = 12.0  # markers at the ends stay off the frame
        return _LEFT + margin + across * (_WIDTH - _LEFT - _RIGHT - 2 * margin), bottom - up * _PLOT_HEIGHT

    for tick, label in zip(y_ticks, tick_labels(y_ticks), strict=True):
        y = place(x_ticks[0], tick)[1]
        picture.line([(_LEFT, y), (_WIDTH - _RIGHT, y)], "line")
        picture.text(_LEFT - 8, y + 4.5, label, anchor="end", colour="muted")
    picture.line([(_LEFT, bottom), (_WIDTH - _RIGHT, bottom)], "muted")
    free_from = 0.0
    for tick, label in zip(x_ticks, tick_labels(x_ticks), strict=True):
        x = place(tick, y_ticks[0])[0]
        picture.line([(x, bottom), (x, bottom + 4)], "muted")
        if x - text_width(label) / 2 >= free_from:
            picture.text(x, bottom + 19, label, anchor="middle", colour="muted")
            free_from = x + text_width(label) / 2 + 6
    picture.text((_LEFT + _WIDTH - _RIGHT) / 2, bottom + 43, x_label, anchor="middle")
    picture.text(17, (top + bottom) / 2, y_label, anchor="middle", turned=True)
    for curve, look in zip(curves, looks, strict=True):
        _band(picture, curve, look.colour, place)
    for curve, look in zip(curves, looks, strict=True):
        _curve(picture, curve, look, place)
    return picture


def _looks(curves: Sequence[Mapping[str, Any]]) -> list[_Look]:
    looks, number = [], 0
    for curve in curves:
        if curve.get("reference"):
            looks.append(_REFERENCE)
        else:
            looks.append(_Look(f"series{number % N_SERIES}", 2, _DASHES[number % len(_DASHES)], number))
            number += 1
    return looks


def _legend(picture: Picture, curves: Sequence[Mapping[str, Any]], looks: Sequence[_Look]) -> float:
    """Write the legend in as many lines as it needs and return where it ends."""
    x, y = _LEFT, 14.0
    for curve, look in zip(curves, looks, strict=True):
        label = str(curve["label"])
        wide = 36 + text_width(label) + 20
        if x > _LEFT and x + wide > _WIDTH:
            x, y = _LEFT, y + _LEGEND_LINE
        picture.line([(x, y), (x + 26, y)], look.colour, look.width, look.dash)
        if look.marker is not None:
            picture.marker(look.marker, x + 13, y, look.colour)
        picture.text(x + 34, y + FONT_SIZE / 3, label)
        x += wide
    return y + _LEGEND_LINE / 2


def _band(picture: Picture, curve: Mapping[str, Any], colour: str, place: Place) -> None:
    edges = zip(curve["x"], curve.get("low") or (), curve.get("high") or (), strict=False)
    run: list[tuple[float, float, float]] = []
    for x, low, high in [*edges, (0, None, None)]:
        if low is not None and high is not None:
            run.append((x, low, high))
            continue
        if len(run) > 1:
            upper = [place(x, high) for x, _, high in run]
            lower = [place(x, low) for x, low, _ in reversed(run)]
            picture.area([*upper, *lower], colour, 0.16)
        elif run:  # a band of one point is a whisker
            picture.line([place(run[0][0], run[0][1]), place(run[0][0], run[0][2])], colour)
        run = []


def _curve(picture: Picture, curve: Mapping[str, Any], look: _Look, place: Place) -> None:
    known = [(x, y) for x, y in zip(curve["x"], curve["y"], strict=True) if y is not None]
    runs: list[list[Point]] = [[]]
    for x, y in zip(curve["x"], curve["y"], strict=True):
        if y is None:
            runs.append([])
        else:
            runs[-1].append(place(x, y))
    for run in runs:
        if len(run) > 1:
            picture.line(run, look.colour, look.width, look.dash)
    if look.marker is not None and len(known) <= _MOST_MARKERS:
        for x, y in known:
            picture.marker(look.marker, *place(x, y), look.colour, f"{curve['label']}: {y:.4g} at {x:g}")


def _x_ticks(curves: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    """Return the curves' own places when they are few, otherwise round numbers."""
    places = sorted({float(x) for curve in curves for x in curve["x"]})
    if not places:
        return (0.0, 1.0)
    return tuple(places) if 1 < len(places) <= _MOST_PLACES else nice_ticks(places[0], places[-1], 8)


def _y_ticks(curves: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    values = [
        float(value)
        for curve in curves
        for part in ("y", "low", "high")
        for value in curve.get(part) or ()
        if value is not None
    ]
    low, high = min(values, default=0.0), max(values, default=1.0)
    return nice_ticks(0.0 if 0 <= low < _ZERO_SHARE * high else low, high)
