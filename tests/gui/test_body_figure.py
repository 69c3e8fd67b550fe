from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF

from app.live_page.body_figure import BodyFigure, BodyFigureError, painter_path
from mia_core.bundled import BODY_MAP
from mia_core.muscles import MONTAGE, Side


def test_the_shipped_drawing_has_every_muscle_inside_the_body() -> None:
    figure = BodyFigure.load(BODY_MAP)
    assert len(figure.bodies) == len(figure.plates) == 2
    assert len(figure.muscles) == len(figure.leaders) == len(MONTAGE)
    for placement, muscle in zip(MONTAGE.placements, figure.muscles, strict=True):
        view = figure.bodies[0 if placement.muscle.is_front else 1]
        assert figure.bounds.contains(muscle.boundingRect())
        for part in muscle.toSubpathPolygons():
            assert view.contains(part.boundingRect().center())


def test_sides_are_the_subjects() -> None:
    figure = BodyFigure.load(BODY_MAP)
    for placement, muscle in zip(MONTAGE.placements, figure.muscles, strict=True):
        middle = figure.bodies[0 if placement.muscle.is_front else 1].boundingRect().center().x()
        on_the_right_of_the_page = muscle.boundingRect().center().x() > middle
        seen_from_the_front = placement.muscle.is_front
        assert on_the_right_of_the_page is ((placement.side is Side.LEFT) is seen_from_the_front)


def test_path_data() -> None:
    path = painter_path("M0 0L10 0C10 5 5 10 0 10Z")
    assert path.contains(QPointF(3, 3))
    assert not path.contains(QPointF(9.9, 9.9))
    assert path.boundingRect().width() == 10


@pytest.mark.parametrize(
    "text", ["no drawing", '<svg xmlns="http://www.w3.org/2000/svg"/>', '<svg viewBox="0 0 1 1"/>', None]
)
def test_a_damaged_drawing_is_an_error_with_advice(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "body.svg"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BodyFigureError) as error:
        BodyFigure.load(path)
    assert "again" in error.value.advice
