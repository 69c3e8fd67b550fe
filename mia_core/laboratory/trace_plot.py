"""Courses of muscle activity: the true one dotted, the predicted one from yellow to red, as in the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from mia_core.colour_scale import PAPER
from mia_core.laboratory.results import Figure
from mia_core.laboratory.svg import FONT_SIZE, Picture, nice_ticks, tick_labels

_COLUMNS: Final = 4
_WIDTH: Final = 960.0
_LEFT, _RIGHT, _GAP = 58.0, 14.0, 18.0
_PANEL_HEIGHT: Final = 92.0
_ROW: Final = _PANEL_HEIGHT + 30
_HEAD: Final = 44.0
_SMALL: Final = FONT_SIZE - 1

Place = tuple[float, float, float, float]
"""Left, top, seconds' and units' scale of a panel."""


def draw_traces(figure: Figure) -> Picture:
    """Draw a figure of kind `traces`: small panels, alike in scale, for every example."""
    examples: Sequence[Mapping[str, Any]] = figure.data["examples"]
    unit, full_scale = str(figure.data["unit"]), float(figure.data["full_scale"])
    names = "; ".join(str(example["label"]) for example in examples)
    description = f"Muscle activity in {unit} over seconds, true dotted and predicted solid: {names}."
    picture = Picture(figure.name, figure.title, description, _WIDTH, 0)
    _legend(picture, unit, full_scale)
    top = 50.0
    for example in examples:
        top = _example(picture, example, unit, full_scale, top)
    picture.height = top
    return picture


def _legend(picture: Picture, unit: str, full_scale: float) -> None:
    y = 16.0
    picture.line([(_LEFT, y), (_LEFT + 30, y)], "text", 2, "0.1 4.5")
    picture.text(_LEFT + 38, y + 4.5, "ground truth")
    x = _LEFT + 150
    steps = 24
    picture.line([(x, y), (x + 96, y)], "casing", 6)
    for step in range(steps):
        colour = _colour((step + 0.5) / steps * full_scale, full_scale)
        picture.line([(x + 4 * step, y), (x + 4 * step + 4, y)], colour, 4)
    picture.text(x + 106, y + 4.5, f"prediction, 0 to {full_scale:.3g} {unit} and above")


def _example(picture: Picture, example: Mapping[str, Any], unit: str, full_scale: float, top: float) -> float:
    """Draw one example and return where the next begins."""
    channels: Sequence[Mapping[str, Any]] = example["channels"]
    seconds = [float(second) for second in example["seconds"]]
    values = [value for channel in channels for part in ("truth", "predicted") for value in channel[part]]
    y_ticks = nice_ticks(0.0, max([value for value in values if value is not None] + [full_scale / 10]), 3)
    x_ticks = nice_ticks(seconds[0], seconds[-1], 3)
    columns = min(_COLUMNS, max(len(channels), 1))
    panel_width = (_WIDTH - _LEFT - _RIGHT - (_COLUMNS - 1) * _GAP) / _COLUMNS
    picture.text(_LEFT, top + 6, str(example["label"]), bold=True, size=FONT_SIZE + 0.5)
    rows = -(-len(channels) // columns)
    picture.text(12, top + _HEAD - 8 + rows * _ROW / 2 - 15, f"activity, {unit}", anchor="middle", turned=True)
    for number, channel in enumerate(channels):
        row, column = divmod(number, columns)
        left, upper = _LEFT + column * (panel_width + _GAP), top + _HEAD - 8 + row * _ROW
        span = (x_ticks[-1] - x_ticks[0]) or 1.0
        place = (left - x_ticks[0] * panel_width / span, upper, panel_width / span, _PANEL_HEIGHT / y_ticks[-1])
        for tick, label in zip(y_ticks, tick_labels(y_ticks), strict=True):
            y = upper + _PANEL_HEIGHT - tick * place[3]
            picture.line([(left, y), (left + panel_width, y)], "line")
            if column == 0:
                picture.text(left - 7, y + 4, label, anchor="end", colour="muted", size=_SMALL)
        if number >= len(channels) - columns:
            for tick, label in zip(x_ticks, tick_labels(x_ticks), strict=True):
                x, suffix = place[0] + tick * place[2], " s" if tick == x_ticks[-1] else ""
                anchor = {x_ticks[0]: "start", x_ticks[-1]: "end"}.get(tick, "middle")
                picture.text(x, upper + _PANEL_HEIGHT + 15, label + suffix, anchor=anchor, colour="muted", size=_SMALL)
        _panel(picture, channel, seconds, place, full_scale)
        picture.text(left + 2, upper - 5, str(channel["label"]).replace("_", " "), size=_SMALL, colour="muted")
    return top + _HEAD + rows * _ROW + 12


def _panel(
    picture: Picture, channel: Mapping[str, Any], seconds: Sequence[float], place: Place, full_scale: float
) -> None:
    left, top, across, up = place

    def points(part: str) -> list[tuple[float, float, float] | None]:
        return [
            None if value is None else (left + second * across, top + _PANEL_HEIGHT - max(value, 0.0) * up, value)
            for second, value in zip(seconds, channel[part], strict=True)
        ]

    predicted = points("predicted")
    pieces = [(a, b) for a, b in pairwise(predicted) if a is not None and b is not None]
    for run in _runs(predicted):
        picture.line([(x, y) for x, y, _ in run], "casing", 4.6)
    for (x0, y0, value0), (x1, y1, value1) in pieces:
        picture.line([(x0, y0), (x1, y1)], _colour((value0 + value1) / 2, full_scale), 2.8)
    for run in _runs(points("truth")):
        picture.line([(x, y) for x, y, _ in run], "text", 2, "0.1 4.5")


def _runs(points: Sequence[tuple[float, float, float] | None]) -> list[list[tuple[float, float, float]]]:
    """Return the stretches without a gap."""
    runs: list[list[tuple[float, float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _colour(value: float, full_scale: float) -> str:
    red, green, blue = replace(PAPER, full_scale=full_scale).rgb(np.array([value]))[0]
    return f"#{red:02x}{green:02x}{blue:02x}"
