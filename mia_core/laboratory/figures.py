"""Figures as files: drawn, and as numbers."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mia_core.laboratory.curve_plot import draw_curves
from mia_core.laboratory.interval_plot import draw_intervals
from mia_core.laboratory.matrix_plot import draw_matrices
from mia_core.laboratory.results import CSV_DIGITS, Figure, FigureKind
from mia_core.laboratory.svg import Picture
from mia_core.laboratory.trace_plot import draw_traces

_DRAWN_BY: Final[Mapping[FigureKind, Callable[[Figure], Picture]]] = {
    "curves": draw_curves,
    "matrices": draw_matrices,
    "traces": draw_traces,
    "intervals": draw_intervals,
}


def draw(figure: Figure, *, alone: bool = False) -> str:
    """Return the figure as SVG: light by itself, following the colours of a page that `svg.colour_rules` are in.

    Args:
        figure: What to draw.
        alone: Whether it will be seen without the page, and has to say itself what is not the paper's setting.
    """
    picture = _DRAWN_BY[figure.kind](figure)
    if alone and figure.setting:
        picture.caption(figure.setting)
    return picture.render()


def figure_csv(figure: Figure) -> str:
    """Return the numbers of a figure as CSV, a line for each; the same in every run that gives the same numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(_rows(figure)):
        setting = "setting" if number == 0 else figure.setting or "paper"
        writer.writerow([*(_cell(value) for value in row), setting])
    return text.getvalue()


def _rows(figure: Figure) -> Iterator[tuple[Any, ...]]:
    data = figure.data
    if figure.kind == "curves":
        yield "curve", data["x_label"], data["y_label"], "low", "high"
        for curve in data["curves"]:
            unknown = [None] * len(curve["x"])
            edges = (curve.get(part) or unknown for part in ("low", "high"))
            for row in zip(curve["x"], curve["y"], *edges, strict=True):
                yield curve["label"], *row
    elif figure.kind == "matrices":
        yield "matrix", data["row_label"], data["column_label"], data["unit"]
        for matrix in data["matrices"]:
            for row_name, values in zip(data["names"], matrix["values"], strict=True):
                for column_name, value in zip(data["names"], values, strict=True):
                    yield matrix["label"], row_name, column_name, value
    elif figure.kind == "traces":
        yield "example", "muscle", "second", "truth", "predicted"
        for example in data["examples"]:
            for channel in example["channels"]:
                for row in zip(example["seconds"], channel["truth"], channel["predicted"], strict=True):
                    yield example["label"], channel["label"], *row
    else:
        yield "group", "label", data["x_label"], "low", "high"
        for item in data["items"]:
            yield item.get("group", ""), item["label"], item["value"], item["low"], item["high"]


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.{CSV_DIGITS}f}" if isinstance(value, float) else str(value)
