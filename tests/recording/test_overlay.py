from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from mia_core.colour_scale import PAPER
from mia_core.errors import RecordingError
from mia_core.muscle_shapes import muscle_polygon
from mia_core.muscles import MONTAGE
from mia_core.recording.overlay_painter import OPACITY, OverlayPainter
from mia_core.recording.overlay_video import OverlayVideo
from mia_core.samples import Frame, Image, MuscleActivation, Pose
from tests.fakes.people import make_pose, standing_px

BLACK = np.zeros((240, 320, 3), np.uint8)


def big_person() -> Pose:
    """The standing person, twice as large, in the middle of a 640 x 480 picture."""
    return Pose(standing_px(160, 110) * 2, np.ones(25, np.float32), 0.0, 0)


def test_each_muscle_has_the_colour_of_its_value() -> None:
    values = np.linspace(0, 0.6, 8, dtype=np.float32)
    pose = big_person()
    picture = OverlayPainter().paint(np.zeros((480, 640, 3), np.uint8), pose, MuscleActivation(values, 0.0))
    for placement, rgb in zip(MONTAGE.placements, PAPER.rgb(values), strict=True):
        outline = muscle_polygon(placement, pose.keypoints_px)
        x, y = np.rint(outline.mean(axis=0)).astype(int)
        expected = OPACITY * rgb[::-1].astype(float)
        assert np.abs(picture[y, x].astype(float) - expected).max() <= 40, placement.name


def test_an_unknown_muscle_is_hatched_and_not_coloured() -> None:
    pose = big_person()
    values = np.full(8, np.nan, np.float32)
    picture = OverlayPainter().paint(np.zeros((480, 640, 3), np.uint8), pose, MuscleActivation(values, 0.0))
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    assert spread.max() == 0, "only greys"
    known = OverlayPainter().paint(
        np.zeros((480, 640, 3), np.uint8), pose, MuscleActivation(np.zeros(8, np.float32), 0.0)
    )
    assert (picture != known).any()


def test_the_frame_itself_is_left_alone() -> None:
    frame = BLACK.copy()
    frame.flags.writeable = False
    OverlayPainter(caption="a caption").paint(frame, make_pose(0, 0.0), MuscleActivation(np.zeros(8, np.float32), 0.0))
    assert not frame.any()


@pytest.mark.parametrize("caption", ["short", "a caption that is much longer than the picture is wide " * 3])
def test_a_caption_of_any_length_leaves_the_scale_alone(caption: str) -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    nobody = MuscleActivation(np.zeros(8, np.float32), 0.0)
    plain = OverlayPainter(caption=" ").paint(picture, None, nobody)
    captioned = OverlayPainter(caption=caption).paint(picture, None, nobody)
    changed = np.flatnonzero((plain != captioned).any(axis=(0, 2)))
    scale = np.flatnonzero(plain.any(axis=(0, 2)))
    assert len(changed) > 0
    assert changed.max() < scale.min()


@pytest.mark.parametrize("x", [-500.0, 0.0, 319.0, 2000.0])
def test_people_outside_the_picture_do_no_harm(x: float) -> None:
    activation = MuscleActivation(np.zeros(8, np.float32), 0.0)
    assert OverlayPainter().paint(BLACK, make_pose(0, 0.0, x), activation).shape == BLACK.shape


def test_an_uneven_source_keeps_its_time_in_a_video_of_constant_rate(tmp_path: Path) -> None:
    path = tmp_path / "overlay.mp4"
    video = OverlayVideo(path, OverlayPainter(), 20)
    for index, timestamp_s in enumerate([0.0, 0.05, 0.1, 0.12, 0.5, 1.0]):
        grey = np.full((96, 128, 3), 40 * index, np.uint8)
        video.write(Frame(grey, timestamp_s, 0.0, index), None, None)
    assert not path.exists(), "it appears when it is whole"
    video.close()
    with av.open(str(path)) as container:
        levels = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(levels) == 21
    # 0.1 and 0.12 s fall on one place, where the later wins; each picture stays until the next is due.
    assert np.allclose(np.array(levels)[[0, 1, 2, 9, 10, 19, 20]], [0, 40, 120, 120, 160, 160, 200], atol=12)


@pytest.mark.parametrize("nominal_hz", [0.0, 1000.0, 90000.0])
def test_an_absurd_rate_is_not_believed(tmp_path: Path, nominal_hz: float) -> None:
    video = OverlayVideo(tmp_path / "overlay.mp4", OverlayPainter(), nominal_hz)
    for index in range(31):
        video.write(Frame(BLACK, index / 30, 0.0, index), None, None)
    video.close()
    with av.open(str(tmp_path / "overlay.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 31


def test_an_hour_without_frames_is_cut_out(tmp_path: Path) -> None:
    video = OverlayVideo(tmp_path / "overlay.mp4", OverlayPainter(), 30)
    for index, timestamp_s in enumerate((0.0, 0.1, 3600.0, 3600.1)):
        video.write(Frame(BLACK, timestamp_s, 0.0, index), None, None)
    video.close()
    with av.open(str(tmp_path / "overlay.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) < 10


def test_a_failing_encoder_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    class Broken(OverlayPainter):
        def paint(self, image: Image, pose: Pose | None, activation: MuscleActivation | None) -> Image:
            raise OSError(28, "No space left on device")

    video = OverlayVideo(tmp_path / "overlay.mp4", Broken(), 30)
    video.write(Frame(BLACK, 0.0, 0.0, 0), None, None)
    with pytest.raises(RecordingError) as caught:
        video.close()
    assert caught.value.advice
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no folder"):
        OverlayVideo(tmp_path / "none" / "overlay.mp4", OverlayPainter(), 30)
