"""Square heat maps side by side, such as which exercises look alike and which feel alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mia_core.laboratory.results import Figure
from mia_core.laboratory.svg import FONT_SIZE, Picture, nice_ticks, text_width, tick_labels

_GAP: Final = 34.0
_TOP: Final = 34.0
_SMALL: Final = FONT_SIZE - 1
_BAR_WIDTH: Final = 12.0
_SIDE: Final = 340.0
"""Of one map, px, with many cells; with few, cells stay below `_LARGEST_CELL`."""
_LARGEST_CELL: Final = 40.0


def draw_matrices(figure: Figure) -> Picture:
    """Draw a figure of kind `matrices`; unknown cells are crossed out."""
    names = [str(name).replace("_", " ") for name in figure.data["names"]]
    matrices: Sequence[Mapping[str, Any]] = figure.data["matrices"]
    unit, row_label = str(figure.data["unit"]), str(figure.data["row_label"])
    column_label = str(figure.data["column_label"])
    cell = min(_SIDE / max(len(names), 1), _LARGEST_CELL)
    side = cell * len(names)
    widest = max((text_width(name, _SMALL) for name in names), default=0.0)
    left = widest + 34
    width = left + len(matrices) * (side + _GAP) + _BAR_WIDTH + 42
    height = _TOP + side + widest + 40
    labels = " and ".join(str(matrix["label"]) for matrix in matrices)
    picture = Picture(figure.name, figure.title, f"{unit} by {row_label} and {column_label}: {labels}.", width, height)
    known = [value for matrix in matrices for row in matrix["values"] for value in row if value is not None]
    ticks = nice_ticks(0.0, max([*known, 1e-9]), 4)
    for row, name in enumerate(names):
        picture.text(left - 6, _TOP + (row + 0.5) * cell + 4, name, anchor="end", size=_SMALL)
    picture.text(14, _TOP + side / 2, row_label, anchor="middle", colour="muted", turned=True)
    for number, matrix in enumerate(matrices):
        x = left + number * (side + _GAP)
        picture.text(x, _TOP - 12, str(matrix["label"]), bold=True)
        _cells(picture, matrix, names, x, cell, ticks[-1])
        for column, name in enumerate(names):
            at = x + (column + 0.5) * cell + 4
            picture.text(at, _TOP + side + 6, name, anchor="end", size=_SMALL, turned=True)
        picture.text(x + side / 2, height - 8, column_label, anchor="middle", colour="muted")
    _bar(picture, width - _BAR_WIDTH - 42, min(side, 180.0), ticks, unit)
    return picture


def _cells(
    picture: Picture, matrix: Mapping[str, Any], names: Sequence[str], left: float, cell: float, full: float
) -> None:
    side = cell * len(names)
    label = str(matrix["label"])
    picture.box(left, _TOP, side, side, "panel")
    for row, values in enumerate(matrix["values"]):
        for column, value in enumerate(values):
            x, y = left + column * cell, _TOP + row * cell
            if value is None:
                picture.line([(x + 3, y + cell - 3), (x + cell - 3, y + 3)], "line")
            else:
                told = f"{label}: {names[row]}, {names[column]}: {value:.3g}"
                picture.box(x, y, cell - 0.6, cell - 0.6, "heat", min(max(value / full, 0.0), 0.9999), told)
    corners = [(left, _TOP), (left + side, _TOP), (left + side, _TOP + side), (left, _TOP + side), (left, _TOP)]
    picture.line(corners, "line")


def _bar(picture: Picture, x: float, height: float, ticks: Sequence[float], unit: str) -> None:
    picture.text(x + _BAR_WIDTH + 30, _TOP - 12, unit, anchor="end", colour="muted", size=_SMALL)
    n = 40
    picture.box(x, _TOP, _BAR_WIDTH, height, "panel")
    for part in range(n):
        share = (part + 0.5) / n
        picture.box(x, _TOP + height * (1 - (part + 1) / n), _BAR_WIDTH, height / n + 0.3, "heat", share)
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        y = _TOP + height * (1 - tick / ticks[-1])
        picture.text(x + _BAR_WIDTH + 6, y + 4, label, size=_SMALL, colour="muted")
