"""Drawings hold all that is known and nothing that is not, and can be read by day and by night."""

from __future__ import annotations

import csv
import math
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.laboratory.figures import draw, figure_csv
from mia_core.laboratory.results import Figure
from mia_core.laboratory.svg import DARK, LIGHT, nice_ticks, tick_labels
from tests.laboratory.some_results import EXERCISES, MUSCLES, SETTING, an_evaluation

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = {figure.name: figure for figure in an_evaluation().figures}


def _drawn(figure: Figure) -> ET.Element:
    return ET.fromstring(draw(figure))


def _texts(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def _points(line: ET.Element) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]  # type: ignore[misc]


def _of_class(picture: ET.Element, tag: str, name: str) -> list[ET.Element]:
    return [element for element in picture.iter(f"{SVG}{tag}") if element.get("class") == name]


@pytest.mark.parametrize("name", FIGURES)
def test_all_is_drawn_inside_the_picture(name: str) -> None:
    picture = _drawn(FIGURES[name])
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    for line in (*picture.iter(f"{SVG}polyline"), *picture.iter(f"{SVG}polygon")):
        assert all(0 <= x <= width and 0 <= y <= height for x, y in _points(line))
    for text in picture.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) <= width
        assert 0 <= float(text.attrib["y"]) <= height


@pytest.mark.parametrize("name", FIGURES)
def test_a_reader_who_can_not_see_is_told_what_is_shown(name: str) -> None:
    picture = _drawn(FIGURES[name])
    assert picture.attrib["role"] == "img"
    title, description = picture[0], picture[1]
    assert title.text == FIGURES[name].title
    assert len(description.text or "") > 20
    assert picture.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"


def test_a_curve_goes_through_its_values_and_stops_where_they_are_unknown() -> None:
    data: dict[str, Any] = {
        "x_label": "s",
        "y_label": "RMSE",
        "curves": [{"label": "one", "x": [0, 1, 2, 3, 4], "y": [10.0, 8.0, None, 6.0, 9.0]}],
    }
    picture = _drawn(Figure("c", "C", "curves", data))
    sample, *runs = [_points(line) for line in _of_class(picture, "polyline", "stroke-series0")]
    assert [len(run) for run in runs] == [2, 2]
    (x0, y0), (x1, y1) = runs[0]
    (x3, y3), (_, y4) = runs[1]
    assert (x3 - x0) == pytest.approx(3 * (x1 - x0), abs=0.02)
    assert (y1 - y0) / (y3 - y0) == pytest.approx(2 / 4, abs=0.01)  # downwards by 2 and 4
    assert (y4 - y0) / (y3 - y0) == pytest.approx(1 / 4, abs=0.01)
    assert len(sample) == 2
    marks = [mark for mark in _of_class(picture, "circle", "fill-series0") if len(mark)]
    assert [mark[0].text for mark in marks] == ["one: 10 at 0", "one: 8 at 1", "one: 6 at 3", "one: 9 at 4"]


def test_bands_and_legend_of_figure_7() -> None:
    picture = _drawn(FIGURES["figure7"])
    bands = [area for area in picture.iter(f"{SVG}polygon") if "fill-opacity" in area.attrib]
    assert [len(_points(band)) for band in bands] == [14, 14]
    for curve in FIGURES["figure7"].data["curves"]:
        assert curve["label"] in _texts(picture)
    assert "0" in _texts(picture)  # the axis is not cut where it would exaggerate
    references = [line for line in _of_class(picture, "polyline", "stroke-muted") if line.get("stroke-dasharray")]
    assert len(references) == 2  # the legend's and the line of who is not adapted


def test_every_known_cell_of_figure_8_is_as_dark_as_it_is_large() -> None:
    picture = _drawn(FIGURES["figure8"])
    cells = [cell for cell in picture.iter(f"{SVG}rect") if len(cell)]
    assert len(cells) == 2 * 20 * 19
    values = [
        value
        for matrix in FIGURES["figure8"].data["matrices"]
        for row in matrix["values"]
        for value in row
        if value is not None
    ]
    for cell, value in zip(cells, values, strict=True):
        assert float(cell.get("fill-opacity", "1")) == pytest.approx(value, abs=1e-3)  # the scale ends at 1
    texts = _texts(picture)
    assert all(texts.count(name) == 3 for name in EXERCISES)  # rows, and columns of both


def test_figure_6_has_a_panel_for_every_muscle_dotted_and_coloured() -> None:
    figure = FIGURES["figure6"]
    picture = _drawn(figure)
    lines = list(picture.iter(f"{SVG}polyline"))
    dotted = [line for line in lines if line.get("stroke-dasharray") and line.get("class") == "stroke-text"]
    assert len(dotted) == 1 + 2 * 8  # the legend's, and one for each muscle
    coloured = [line for line in lines if line.attrib["stroke"].startswith("#") and "class" not in line.attrib]
    n_unknown_pieces = 4  # three unknown steps cut four pieces
    assert len(coloured) == 24 + 2 * (8 * 29 - n_unknown_pieces)
    reds, greens = zip(
        *((int(of.attrib["stroke"][1:3], 16), int(of.attrib["stroke"][3:5], 16)) for of in coloured), strict=True
    )
    assert min(reds) >= 250
    assert min(greens) == 0  # red at full scale and above
    assert max(greens) > 240  # yellow near rest
    texts = _texts(picture)
    assert all(texts.count(muscle.replace("_", " ")) == 2 for muscle in MUSCLES)
    assert "ground truth" in texts


def test_intervals_are_as_long_as_they_say_and_zero_is_marked() -> None:
    figure = FIGURES["differences"]
    picture = _drawn(figure)
    bars = [line for name in ("stroke-series0", "stroke-series1") for line in _of_class(picture, "polyline", name)]
    lengths = [abs(_points(bar)[1][0] - _points(bar)[0][0]) for bar in bars]
    assert len([length for length in lengths if length > 1]) == 5  # one of six has no interval
    assert max(lengths) - min(length for length in lengths if length > 1) < 0.05  # all are 1.3 wide
    assert "0" in _texts(picture)
    assert sum("[" in text for text in _texts(picture)) == 5


@pytest.mark.parametrize("kind", ["curves", "matrices", "traces", "intervals"])
def test_a_figure_without_anything_in_it_is_drawn_empty(kind: Any) -> None:
    data = {
        "curves": {"x_label": "x", "y_label": "y", "curves": []},
        "matrices": {"names": [], "row_label": "r", "column_label": "c", "unit": "u", "matrices": []},
        "traces": {"unit": "u", "full_scale": 1.0, "examples": []},
        "intervals": {"x_label": "x", "items": []},
    }[kind]
    assert _drawn(Figure("empty", "Empty", kind, data)).tag == f"{SVG}svg"


@pytest.mark.parametrize(
    ("name", "n_rows", "heading"),
    [
        ("figure7", 7 + 7 + 2, ["curve", "exercises of the new subject", "RMSE, % of full activation", "low", "high"]),
        ("figure8", 2 * 20 * 20, ["matrix", "query", "nearest", "frequency"]),
        ("figure6", 2 * 8 * 30, ["example", "muscle", "second", "truth", "predicted"]),
        ("differences", 6, ["group", "label", "difference of RMSE, % of full activation", "low", "high"]),
    ],
)
def test_the_numbers_of_a_figure_are_in_its_csv(name: str, n_rows: int, heading: list[str]) -> None:
    rows = list(csv.reader(figure_csv(FIGURES[name]).splitlines()))
    assert rows[0] == [*heading, "setting"]
    assert len(rows) == n_rows + 1
    assert all(row[-1] == SETTING for row in rows[1:])


def test_what_is_unknown_is_empty_in_csv() -> None:
    rows = list(csv.reader(figure_csv(FIGURES["figure8"]).splitlines()))
    diagonal = [row for row in rows if row[1] == row[2]]
    assert len(diagonal) == 2 * 20
    assert all(row[3] == "" for row in diagonal)


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_and_curves_stand_out_from_the_page(palette: dict[str, str]) -> None:
    assert palette.keys() == LIGHT.keys()
    for name in ("text", "muted", "heat", *(name for name in palette if name.startswith("series"))):
        for ground in ("page", "panel"):
            assert _contrast(palette[name], palette[ground]) >= 4.5, (name, ground)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 10))
def test_ticks_are_round_even_and_around_the_values(low: float, span: float, about: int) -> None:
    high = low + span
    ticks = nice_ticks(low, high, about)
    step = ticks[1] - ticks[0]
    assert 2 <= len(ticks) <= about + 3
    assert ticks[0] <= low + 1e-6 * step + 1e-9
    assert ticks[-1] >= high - 1e-6 * step - 1e-9
    assert all(b - a == pytest.approx(step, rel=1e-3) for a, b in pairwise(ticks))
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-6)
    assert any(mantissa == pytest.approx(round_one, rel=1e-3) for round_one in (1, 2, 5, 10))


def test_tick_labels_are_alike_and_different() -> None:
    assert tick_labels((-0.5, 0.0, 0.5)) == ["\N{MINUS SIGN}0.5", "0.0", "0.5"]
    assert tick_labels((0.0, 2.0, 4.0)) == ["0", "2", "4"]
