"""Pictures of exercises: those that ship, and those of a list of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QImageReader
from pytestqt.qtbot import QtBot

from app.record_page.exercise_clip import ExerciseClip, picture_of
from mia_core.bundled import EXERCISE_CLIPS
from mia_core.exercises import EXERCISES, Exercise
from mia_core.recording.protocol import PAPER_PROTOCOL

SQUAT = EXERCISE_CLIPS / "squat.webp"


@pytest.fixture
def clip(qtbot: QtBot) -> ExerciseClip:
    clip = ExerciseClip()
    qtbot.addWidget(clip)
    clip.resize(200, 200)
    return clip


def seen(clip: ExerciseClip) -> QImage:
    return clip.grab().toImage()


def test_each_of_the_papers_exercises_has_a_short_clip_and_all_are_small() -> None:
    assert {path.stem for path in EXERCISE_CLIPS.glob("*.webp")} == {exercise.name for exercise in EXERCISES}
    assert sum(path.stat().st_size for path in EXERCISE_CLIPS.glob("*.webp")) < 2_000_000
    for path in EXERCISE_CLIPS.glob("*.webp"):
        reader = QImageReader(str(path))
        assert 15 <= reader.imageCount() <= 100, path.name
        assert reader.size().width() == reader.size().height() >= 256


def test_the_own_picture_of_a_list_comes_before_the_one_that_ships(tmp_path: Path) -> None:
    squat = next(trial for trial in PAPER_PROTOCOL.trials if trial.exercise.name == "squat")
    assert picture_of(squat) == SQUAT
    assert picture_of(replace(squat, picture=tmp_path / "mine.png")) == tmp_path / "mine.png"
    assert picture_of(replace(squat, exercise=Exercise("toe_stand", "Toe stand", "Stand."))) is None


def test_a_clip_moves_is_held_and_moves_on(qtbot: QtBot, clip: ExerciseClip) -> None:
    clip.show_picture(SQUAT, "Squat", moves=True)
    assert clip.is_moving
    first = seen(clip)
    qtbot.waitUntil(lambda: seen(clip) != first)
    clip.show_picture(SQUAT, "Squat", moves=False)
    assert not clip.is_moving
    held = seen(clip)
    clip.show_picture(SQUAT, "Squat", moves=True)
    assert clip.is_moving
    qtbot.waitUntil(lambda: seen(clip) != held)
    assert clip.accessibleName() == "Picture: Squat"


def test_without_motion_its_first_frame_stands_still(clip: ExerciseClip) -> None:
    clip.show_picture(SQUAT, "Squat", moves=False)
    assert clip.has_picture
    assert not clip.is_moving
    expected = QImageReader(str(SQUAT)).read().scaled(200, 200)
    assert seen(clip).pixelColor(100, 100).getRgb()[:3] == pytest.approx(
        expected.pixelColor(100, 100).getRgb()[:3], abs=40
    )


def test_an_image_that_does_not_move_is_shown_small_enough(clip: ExerciseClip, tmp_path: Path) -> None:
    image = QImage(4000, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    image.save(str(tmp_path / "red.png"))
    clip.show_picture(tmp_path / "red.png", "Red", moves=True)
    assert clip.has_picture
    assert not clip.is_moving
    assert seen(clip).pixelColor(100, 100) == QColor("red")


@pytest.mark.parametrize("content", [b"", b"no picture", SQUAT.read_bytes()[:3000]])
def test_what_is_no_picture_is_shown_as_nothing_and_the_next_one_is_shown(
    clip: ExerciseClip, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.webp"
    path.write_bytes(content)
    clip.show_picture(path, "Broken", moves=True)
    blank = seen(clip)
    assert not clip.has_picture
    clip.show_picture(SQUAT, "Squat", moves=False)
    assert seen(clip) != blank
    clip.show_picture(None, "", moves=True)
    assert not clip.has_picture
