from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.live_page.body_figure import BodyFigure
from app.live_page.body_map import BodyMap
from app.live_page.muscle_labels import interval_text
from app.live_page.muscle_marks import MuscleMarks
from app.theme import DARK, LIGHT, Palette
from mia_core.bundled import BODY_MAP
from mia_core.colour_scale import COLOUR_SCALES, PAPER, ColourScale
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation
from tests.gui.fake_pipeline import VALUES


@pytest.fixture
def body_map(qtbot: QtBot) -> BodyMap:
    widget = BodyMap(BodyFigure.load(BODY_MAP), DARK, PAPER)
    widget.resize(500, 600)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def _picture(widget: BodyMap) -> QImage:
    return widget.grab().toImage()


def _colour(widget: BodyMap, picture: QImage, channel: int) -> tuple[int, int, int]:
    centre = widget.muscle_centre(channel) * picture.devicePixelRatio()
    colour = QColor(picture.pixel(centre.toPoint()))
    return colour.red(), colour.green(), colour.blue()


@pytest.mark.parametrize("scale", COLOUR_SCALES, ids=lambda scale: scale.name)
@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda colours: colours.name)
@pytest.mark.parametrize("size", [(380, 400), (500, 600), (800, 900)])
def test_every_muscle_has_the_colour_of_its_value(
    body_map: BodyMap, scale: ColourScale, colours: Palette, size: tuple[int, int]
) -> None:
    body_map.resize(*size)
    body_map.set_look(colours, scale, "activation")
    body_map.show_activation(MuscleActivation(VALUES, 1.0))
    picture = _picture(body_map)
    for channel, expected in enumerate(scale.rgb(VALUES)):
        assert _colour(body_map, picture, channel) == tuple(expected)


def test_unknown_muscles_are_hatched_and_the_others_keep_their_colour(body_map: BodyMap) -> None:
    values = VALUES.copy()
    values[[0, 7]] = np.nan
    body_map.show_activation(MuscleActivation(values, 1.0))
    picture = _picture(body_map)
    fill, line = QColor(DARK.unknown), QColor(DARK.unknown_line)
    for channel in range(len(MONTAGE)):
        if not np.isnan(values[channel]):
            assert _colour(body_map, picture, channel) == tuple(PAPER.rgb(values)[channel])
            continue
        centre = body_map.muscle_centre(channel).toPoint()
        greys = [QColor(picture.pixel(centre.x(), centre.y() + offset)).lightness() for offset in range(-8, 9)]
        assert min(greys) < fill.lightness() + 10
        assert max(greys) > (fill.lightness() + line.lightness()) / 2


def test_a_new_picture_is_reported_once_when_it_has_been_painted(qtbot: QtBot) -> None:
    painted: list[int] = []
    widget = BodyMap(BodyFigure.load(BODY_MAP), DARK, PAPER, lambda: painted.append(1))
    qtbot.addWidget(widget)
    widget.resize(500, 600)
    widget.show_activation(MuscleActivation(VALUES, 1.0))
    assert not painted
    widget.grab()
    widget.grab()
    assert len(painted) == 1


def test_full_scale_changes_the_colours(body_map: BodyMap) -> None:
    wide = PAPER.with_full_scale(1.0)
    body_map.set_look(DARK, wide, "activation")
    body_map.show_activation(MuscleActivation(VALUES, 1.0))
    assert _colour(body_map, _picture(body_map), 4) == tuple(wide.rgb(VALUES)[4])
    assert tuple(wide.rgb(VALUES)[4]) != tuple(PAPER.rgb(VALUES)[4])


@pytest.mark.parametrize("scale", COLOUR_SCALES, ids=lambda scale: scale.name)
def test_low_confidence_is_a_pattern_on_the_colour_and_words(body_map: BodyMap, scale: ColourScale) -> None:
    activation = MuscleActivation(VALUES, 1.0)
    body_map.set_look(DARK, scale, "activation")
    body_map.show_activation(activation)
    plain = _picture(body_map)
    body_map.set_look(DARK, scale, "activation", MuscleMarks(frozenset({"left_biceps", "right_hamstrings"})))
    marked = _picture(body_map)
    assert marked != plain
    for channel, name in enumerate(MONTAGE.names):
        assert _colour(body_map, marked, channel) == tuple(scale.rgb(VALUES)[channel]), "its value can still be read"
        centre = body_map.muscle_centre(channel).toPoint()
        around = [(centre.x() + dx, centre.y() + dy) for dx in range(-4, 5) for dy in range(-4, 5)]
        changed = sum(plain.pixel(*place) != marked.pixel(*place) for place in around)
        assert (changed > 3) == (name in ("left_biceps", "right_hamstrings"))


def test_intervals_are_written_beside_the_values(body_map: BodyMap) -> None:
    body_map.show_activation(MuscleActivation(VALUES, 1.0))
    plain = _picture(body_map)
    nothing = np.full(8, np.nan, np.float32)
    body_map.show_activation(MuscleActivation(VALUES, 1.0, False, nothing, nothing))
    assert _picture(body_map) == plain, "a model that does not know its spread"
    body_map.show_activation(MuscleActivation(VALUES, 1.0, False, VALUES - 0.03, VALUES + 0.03))
    with_intervals = _picture(body_map)
    assert with_intervals != plain
    body_map.show_activation(MuscleActivation(VALUES, 1.0, False, VALUES - 0.03, VALUES + 0.13))
    assert _picture(body_map) != with_intervals


def test_an_interval_in_words() -> None:
    assert interval_text(0.081, 0.194) == "(8\N{EN DASH}19)"
    assert interval_text(np.nan, 0.2) == ""
