from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.live_page.body_figure import BodyFigure
from app.live_page.body_map import BodyMap
from app.theme import DARK, LIGHT, Palette
from mia_core.bundled import BODY_MAP
from mia_core.colour_scale import COLOUR_SCALES, PAPER, ColourScale
from mia_core.muscles import MONTAGE
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
    body_map.show_values(VALUES)
    picture = _picture(body_map)
    for channel, expected in enumerate(scale.rgb(VALUES)):
        assert _colour(body_map, picture, channel) == tuple(expected)


def test_unknown_muscles_are_hatched_and_the_others_keep_their_colour(body_map: BodyMap) -> None:
    values = VALUES.copy()
    values[[0, 7]] = np.nan
    body_map.show_values(values)
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
    widget.show_values(VALUES)
    assert not painted
    widget.grab()
    widget.grab()
    assert len(painted) == 1


def test_full_scale_changes_the_colours(body_map: BodyMap) -> None:
    wide = PAPER.with_full_scale(1.0)
    body_map.set_look(DARK, wide, "activation")
    body_map.show_values(VALUES)
    assert _colour(body_map, _picture(body_map), 4) == tuple(wide.rgb(VALUES)[4])
    assert tuple(wide.rgb(VALUES)[4]) != tuple(PAPER.rgb(VALUES)[4])
