from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QGraphicsView
from pytestqt.qtbot import QtBot

from app.live_page.traces import Traces
from app.theme import DARK
from mia_core.colour_scale import PAPER
from mia_core.live.snapshot import History
from tests.gui.fake_pipeline import waves


@pytest.fixture
def traces(qtbot: QtBot) -> Traces:
    widget = Traces(DARK, PAPER, 10.0)
    widget.resize(900, 400)
    qtbot.addWidget(widget)
    return widget


def _flat(level: float, *, unknown: slice = slice(0, 0), warming: slice = slice(0, 0), n: int = 201) -> History:
    predicted = np.full((n, 8), level, np.float32)
    predicted[unknown] = np.nan
    warming_up = np.zeros(n, bool)
    warming_up[warming] = True
    nothing = np.full((n, 8), np.nan, np.float32)
    return History(np.arange(n) / 10.0, predicted, nothing, warming_up, nothing, nothing, np.ones(8, bool))


def test_the_scale_is_that_of_the_colours_until_something_exceeds_it(traces: Traces) -> None:
    traces.show_history(_flat(0.2))
    assert _line_at(traces, 3, 0.2 / PAPER.full_scale, 0.5) > 100
    history = _flat(0.2)
    history.predicted[150, 0] = 0.8
    traces.show_history(history)
    assert _line_at(traces, 3, 0.2, 0.5) > 100
    assert _line_at(traces, 3, 0.2 / PAPER.full_scale, 0.5) < 40


def _blueness(picture: QImage, x: float, y: float) -> int:
    """How much of the accent is around a point."""
    colours = [QColor(picture.pixel(int(x), int(y) + offset)) for offset in (-1, 0, 1)]
    return max(colour.blue() - colour.red() for colour in colours)


def _line_at(traces: Traces, channel: int, level: float, share: float) -> int:
    picture = traces.grab().toImage()
    box = traces.plot_box(channel)
    return _blueness(picture, box.left() + share * box.width(), box.bottom() - level * box.height())


def test_a_level_is_drawn_at_its_height_in_every_plot(traces: Traces) -> None:
    traces.show_history(_flat(0.7))
    strong = QColor(DARK.accent).blue() - QColor(DARK.accent).red()
    for channel in range(8):
        assert _line_at(traces, channel, 0.7, 0.5) > 0.8 * strong
        assert _line_at(traces, channel, 0.9, 0.5) < 0.3 * strong


def test_unknown_is_a_gap_and_warming_up_is_dimmed(traces: Traces) -> None:
    # The plot shows the last 100 of 201 steps: step 150 is in its middle, step 175 at three quarters.
    traces.show_history(_flat(0.7, unknown=slice(145, 156), warming=slice(0, 130)))
    bright, gap, dim = (_line_at(traces, 2, 0.7, share) for share in (0.75, 0.5, 0.1))
    assert gap < 0.2 * bright
    assert gap < dim < 0.7 * bright


def test_values_above_the_maximum_stay_in_the_plot(traces: Traces) -> None:
    traces.show_history(_flat(1.8))
    assert _line_at(traces, 0, 1.0, 0.5) > 60


def test_length_changes_the_time_scale(traces: Traces) -> None:
    history = _flat(0.7, unknown=slice(0, 180))  # known for the last two seconds
    traces.show_history(history)
    assert _line_at(traces, 0, 0.7, 0.6) < 40
    traces.set_look(DARK, PAPER, 3.0)
    assert _line_at(traces, 0, 0.7, 0.6) > 60


def test_reference_is_drawn_in_its_own_colour(traces: Traces) -> None:
    history = replace(_flat(0.7), reference=np.full((201, 8), 0.8, np.float32))
    traces.show_history(history)
    picture = traces.grab().toImage()
    box = traces.plot_box(5)
    y = int(box.bottom() - 0.8 * box.height())
    rows = [
        [QColor(picture.pixel(x, row)).lightness() for x in range(int(box.left()) + 5, int(box.right()) - 5)]
        for row in (y - 1, y, y + 1)
    ]
    row = np.max(rows, axis=0)
    assert row.max() > 150
    assert row.min() < 60  # dashed


def test_the_interval_is_a_band_with_gaps_where_it_is_unknown(traces: Traces) -> None:
    low, high = np.full((201, 8), 0.5, np.float32), np.full((201, 8), 0.9, np.float32)
    high[145:156] = np.nan
    traces.show_history(replace(_flat(0.7), low=low, high=high))
    inside, outside, gap = (
        _line_at(traces, 1, level, share) for level, share in ((0.82, 0.75), (0.95, 0.75), (0.82, 0.5))
    )
    assert inside > outside + 15
    assert gap < inside - 15


def test_a_muscle_of_low_confidence_has_a_dotted_line_and_a_note(traces: Traces) -> None:
    traces.show_history(_flat(0.7))
    plain = traces.grab().toImage()
    traces.set_low_confidence(("left_biceps",))
    marked = traces.grab().toImage()
    for channel, is_low in ((0, True), (1, False), (4, False)):
        box = traces.plot_box(channel)
        y = round(box.bottom() - 0.7 * box.height())
        line = [_blueness(marked, x, y) for x in range(int(box.left()) + 10, int(box.right()) - 10)]
        assert (min(line) < 0.4 * max(line)) == is_low, "gaps between dots"
        beside = (int(box.left()) - 110, int(box.top()), 80, int(box.height()))
        assert (plain.copy(*beside) != marked.copy(*beside)) == is_low, "a note under the name"


def test_beside_a_dashed_line_even_one_of_low_confidence_is_solid(traces: Traces) -> None:
    history = _flat(0.7)
    history.reference[:, 0] = 0.1
    traces.set_low_confidence(("left_biceps", "left_triceps"))
    traces.show_history(history)
    picture = traces.grab().toImage()
    for channel, is_dotted in ((0, False), (1, True)):
        box = traces.plot_box(channel)
        y = round(box.bottom() - 0.7 * box.height())
        line = [_blueness(picture, x, y) for x in range(int(box.left()) + 10, int(box.right()) - 10)]
        assert (min(line) < 0.4 * max(line)) == is_dotted


def test_all_and_nothing_can_be_painted(traces: Traces) -> None:
    traces.show_history(waves())
    full = traces.grab().toImage()
    traces.show_history(_flat(0.5, unknown=slice(None)))
    unknown = traces.grab().toImage()
    traces.show_history(None)
    empty = traces.grab().toImage()
    assert full != empty
    assert unknown == empty


def test_the_number_at_the_upper_edge_changes_what_is_painted(traces: Traces) -> None:
    traces.show_history(_flat(0.2))
    box = traces.plot_box(0)
    numbers = (int(box.left()) - 40, int(box.top()) - 8, 38, 16)
    full_scale = traces.grab().toImage().copy(*numbers)
    history = _flat(0.2)
    history.predicted[150, 0] = 0.8
    traces.show_history(history)
    assert traces.grab().toImage().copy(*numbers) != full_scale


def test_the_newest_value_is_marked_in_its_colour(traces: Traces) -> None:
    history = _flat(0.2)
    history.predicted[-1] = np.linspace(0.1, 1.0, 8) * PAPER.full_scale
    traces.show_history(history)
    picture = traces.grab().toImage()
    for channel, rgb in enumerate(PAPER.rgb(history.predicted[-1])):
        box = traces.plot_box(channel)
        height = float(history.predicted[-1, channel]) / PAPER.full_scale * box.height()
        mark = QColor(picture.pixel(round(box.right()) - 1, round(box.bottom() - height)))
        assert np.abs(np.subtract(mark.getRgb()[:3], rgb.astype(int))).max() < 12


def test_plots_are_made_after_the_first_painting(qtbot: QtBot, traces: Traces) -> None:
    traces.show()
    assert not traces.findChildren(QGraphicsView)
    qtbot.waitUntil(lambda: len(traces.findChildren(QGraphicsView)) == 2)
