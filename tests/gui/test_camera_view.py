from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.live_page.camera_view import CameraView
from app.live_page.person_overlay import MUSCLE_ALPHA
from app.theme import DARK, OVER_IMAGE_LINE
from mia_core.colour_scale import PAPER
from mia_core.muscle_shapes import muscle_polygon
from mia_core.muscles import MONTAGE
from mia_core.samples import MuscleActivation
from mia_core.skeleton import INDEX
from tests.gui.fake_pipeline import HEIGHT_PX, VALUES, WIDTH_PX, running_snapshot, standing_person


@pytest.fixture
def view(qtbot: QtBot) -> CameraView:
    widget = CameraView(DARK, PAPER)
    widget.resize(800, 500)
    qtbot.addWidget(widget)
    widget.show_snapshot(running_snapshot())
    return widget


def _at(view: CameraView, picture: QImage, image_px: np.ndarray) -> QColor:
    to_view = view.to_view(WIDTH_PX, HEIGHT_PX)
    place = QPointF(*(to_view[:, :2] @ image_px + to_view[:, 2])) * picture.devicePixelRatio()
    return QColor(picture.pixel(place.toPoint()))


@pytest.mark.parametrize("mirrored", [False, True])
def test_image_and_person_are_mirrored_together(view: CameraView, mirrored: bool) -> None:
    view.set_mirrored(mirrored)
    picture = view.grab().toImage()
    dark, bright = np.array([20.0, 20.0]), np.array([WIDTH_PX - 20.0, 20.0])
    assert _at(view, picture, dark).red() == 60
    assert _at(view, picture, bright).red() == 120
    box = view.image_box(WIDTH_PX, HEIGHT_PX)
    left = QColor(picture.pixel(int(box.left()) + 20, int(box.top()) + 20)).red()
    assert left == (120 if mirrored else 60)
    wrist = standing_person().keypoints_px[INDEX["left_wrist"]]
    assert _at(view, picture, wrist).name() == OVER_IMAGE_LINE


@pytest.mark.parametrize("mirrored", [False, True])
def test_muscles_lie_on_the_limbs_in_their_colour(view: CameraView, mirrored: bool) -> None:
    view.set_mirrored(mirrored)
    picture = view.grab().toImage()
    alpha = MUSCLE_ALPHA / 255
    for placement, rgb in zip(MONTAGE.placements, PAPER.rgb(VALUES), strict=True):
        centre = muscle_polygon(placement, standing_person().keypoints_px).mean(axis=0)
        grey = 60 if centre[0] < WIDTH_PX / 2 else 120
        seen = _at(view, picture, centre)
        expected = alpha * rgb.astype(float) + (1 - alpha) * grey
        assert np.abs(np.array([seen.red(), seen.green(), seen.blue()]) - expected).max() < 6


def test_unknown_muscle_is_not_coloured_and_unknown_joint_is_faint(view: CameraView) -> None:
    values = VALUES.copy()
    values[:] = np.nan
    confidence = np.full(25, 0.9, np.float32)
    confidence[INDEX["left_wrist"]] = 0.2
    snapshot = running_snapshot(
        activation=MuscleActivation(values, 1.0), pose=replace(standing_person(), confidence=confidence)
    )
    view.show_snapshot(snapshot)
    picture = view.grab().toImage()
    for placement in MONTAGE.placements:
        seen = _at(view, picture, muscle_polygon(placement, standing_person().keypoints_px).mean(axis=0))
        assert seen.hsvSaturationF() < 0.25
    wrist = standing_person().keypoints_px[INDEX["left_wrist"]]
    assert _at(view, picture, wrist).lightness() < 200


def test_no_person_no_overlay(view: CameraView) -> None:
    view.show_snapshot(running_snapshot(pose=None))
    picture = view.grab().toImage()
    for placement in MONTAGE.placements:
        centre = muscle_polygon(placement, standing_person().keypoints_px).mean(axis=0)
        assert _at(view, picture, centre).red() == (60 if centre[0] < WIDTH_PX / 2 else 120)


def test_progress_of_a_file_is_a_bar_along_the_lower_edge(view: CameraView) -> None:
    view.show_snapshot(running_snapshot(position_s=5.0, duration_s=10.0))
    picture = view.grab().toImage()
    y = picture.height() - 2
    assert QColor(picture.pixel(picture.width() // 4, y)).name() == DARK.accent
    assert QColor(picture.pixel(3 * picture.width() // 4, y)).name() == DARK.line
