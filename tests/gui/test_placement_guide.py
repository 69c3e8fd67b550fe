from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.live_page.body_figure import BodyFigure
from app.sensor_page.placement_guide import PlacementGuide
from app.sensor_page.placement_picture import Arrangement
from app.theme import DARK, LIGHT, Palette, dress
from mia_core.bundled import BODY_MAP
from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.seniam import SITES

PALETTES = pytest.mark.parametrize("colours", [DARK, LIGHT], ids=lambda colours: colours.name)


@pytest.fixture
def guide(qtbot: QtBot, qapp: QApplication) -> Iterator[PlacementGuide]:
    sheet = qapp.styleSheet()
    dress(qapp, DARK)
    guide = PlacementGuide(BodyFigure.load(BODY_MAP), DARK)
    qtbot.addWidget(guide)
    guide.resize(300, 700)
    with qtbot.waitExposed(guide):
        guide.show()
    yield guide
    qapp.setStyleSheet(sheet)


def _show(guide: PlacementGuide, placement: Placement | None, width: int = 300, colours: Palette = DARK) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    dress(application, colours)
    guide.set_look(colours)
    guide.show_placement(placement)
    guide.resize(width, 700)
    application.processEvents()


def _arrangement(guide: PlacementGuide) -> Arrangement:
    arrangement = guide.picture.arrangement
    assert arrangement is not None
    return arrangement


def _texts(guide: PlacementGuide) -> list[QLabel]:
    return [label for label in guide.widget().findChildren(QLabel) if label.isVisible()]


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _pixels(widget: QWidget) -> NDArray[np.uint8]:
    """(height, width, 3) RGB."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGBX8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


def _colour(pixels: NDArray[np.uint8], point: QPointF) -> str:
    return QColor(*(int(channel) for channel in pixels[int(point.y()), int(point.x())])).name()


def test_without_a_muscle_it_asks_for_one(guide: PlacementGuide) -> None:
    _show(guide, None)
    assert [label.text() for label in _texts(guide)] == ["Choose a muscle to see where its sensor goes."]
    assert guide.picture.arrangement is None
    assert not guide.picture.isVisible()


def test_the_text_is_the_sites(guide: PlacementGuide) -> None:
    for placement in MONTAGE.placements:
        _show(guide, placement)
        site = SITES[placement.muscle]
        text = "\n".join(label.text() for label in _texts(guide))
        for part in (placement.label, site.head, site.location, site.origin.description, site.end.description):
            assert part in text
        for part in (site.posture, site.orientation, site.contraction, site.alternative, site.url):
            assert part in text
        assert "Hermens et al. 2000" in text


def test_back_to_nothing(guide: PlacementGuide) -> None:
    _show(guide, MONTAGE.placements[0])
    _show(guide, None)
    assert len(_texts(guide)) == 1


@pytest.mark.parametrize("width", [280, 420])
def test_the_electrodes_are_where_the_data_say(guide: PlacementGuide, width: int) -> None:
    for placement in MONTAGE.placements:
        _show(guide, placement, width)
        site, places = SITES[placement.muscle], _arrangement(guide)
        length = _distance(places.origin, places.end)
        assert 100 * _distance(places.origin, places.mark) / length == pytest.approx(site.percent)
        assert _distance(places.origin, places.mark) + _distance(places.mark, places.end) == pytest.approx(length)
        upper, lower = places.electrodes
        assert upper.y() < lower.y()
        assert _distance((upper + lower) / 2, places.centre) == pytest.approx(0, abs=1e-9)
        along, pair = places.end - places.origin, lower - upper
        if along.y() < 0:
            along = -along
        outwards_deg = math.degrees(math.atan2(pair.x(), pair.y()) - math.atan2(along.x(), along.y()))
        assert outwards_deg * places.outwards == pytest.approx(-site.turned_deg)
        aside = places.centre - places.mark
        assert QPointF.dotProduct(aside, along) == pytest.approx(0, abs=1e-6)
        assert (aside.x() * places.outwards > 0) is (site.fingers_outwards > 0)


@PALETTES
def test_what_is_painted_is_what_is_arranged(guide: PlacementGuide, colours: Palette) -> None:
    for placement in MONTAGE.placements:
        _show(guide, placement, colours=colours)
        places = _arrangement(guide)
        pixels = _pixels(guide.picture)
        for electrode in places.electrodes:
            assert _colour(pixels, electrode) == colours.accent
        for landmark in (places.origin, places.end):
            assert _colour(pixels, landmark) == colours.text
        rows, columns = np.nonzero(np.all(pixels == QColor(colours.accent).getRgb()[:3], axis=2))
        names = [label.box for label in places.labels]
        for point in map(QPointF, columns, rows):
            on_name = any(box.contains(point) for box in names)
            assert on_name or _distance(point, places.centre) < 1.7 * places.electrode_px


def test_everything_lies_on_the_limb(guide: PlacementGuide) -> None:
    figure = BodyFigure.load(BODY_MAP)
    for placement in MONTAGE.placements:
        _show(guide, placement)
        places = _arrangement(guide)
        body = places.to_pixels.map(figure.bodies[0 if placement.muscle.is_front else 1])
        for point in (places.origin, places.end, places.centre, *places.electrodes):
            assert body.contains(point)
            assert QRectF(guide.picture.rect()).contains(point)


def test_the_right_side_is_the_left_in_a_mirror(guide: PlacementGuide) -> None:
    for muscle in Muscle:
        _show(guide, Placement(Side.LEFT, muscle))
        left, left_pixels = _arrangement(guide), _pixels(guide.picture)
        _show(guide, Placement(Side.RIGHT, muscle))
        right, right_pixels = _arrangement(guide), _pixels(guide.picture)
        assert np.any(left_pixels != right_pixels)
        assert right.outwards == -left.outwards
        for name in ("origin", "end", "mark", "centre"):
            there, here = getattr(left, name), getattr(right, name)
            assert here.x() == pytest.approx(guide.picture.width() - there.x())
            assert here.y() == pytest.approx(there.y())


@PALETTES
@pytest.mark.parametrize("width", [280, 420])
def test_no_text_is_cut_off(guide: PlacementGuide, colours: Palette, width: int) -> None:
    for placement in MONTAGE.placements:
        _show(guide, placement, width, colours)
        assert guide.widget().width() <= guide.viewport().width()
        for label in _texts(guide):
            assert label.height() >= label.heightForWidth(label.width()), label.text()
            assert label.minimumSizeHint().width() <= label.width(), label.text()
        labels = _arrangement(guide).labels
        for label in labels:
            assert QRectF(guide.picture.rect()).contains(label.box)
            font = QFont(guide.picture.font())
            font.setPixelSize(12)
            needed = QFontMetricsF(font).boundingRect(label.box, Qt.TextFlag.TextWordWrap, label.text)
            assert label.box.adjusted(-0.5, -0.5, 0.5, 0.5).contains(needed), label.text
        assert not any(a.box.intersects(b.box) for a, b in combinations(labels, 2))


@PALETTES
def test_the_look_follows_the_theme(guide: PlacementGuide, colours: Palette) -> None:
    _show(guide, MONTAGE.placements[0], colours=colours)
    assert QColor(colours.accent).name() in "".join(label.text() for label in _texts(guide))
