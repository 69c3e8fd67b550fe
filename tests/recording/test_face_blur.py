"""Faces that are to be hidden are hidden before anything is kept, and what is unknown is hidden altogether."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.clock import SystemClock
from mia_core.recording import session as form
from mia_core.recording.face_blur import FRESH_S, PATIENCE_S, FaceBlur
from mia_core.recording.recording_manifest import Privacy
from mia_core.recording.session_reader import read_session
from mia_core.recording.session_recording import SessionRecording
from mia_core.samples import Frame, Image, Pose
from mia_core.skeleton import INDEX
from tests.fakes.clock import FakeClock
from tests.fakes.people import make_pose, standing_px
from tests.recording.test_session_recording import MANIFEST, SETTINGS

HEAD = [INDEX[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
LONG_AGO_S = -1000.0
"""Captured so long ago that no frame waits for a pose."""


def grained() -> Image:
    """A picture in which each pixel differs from its neighbours, so that nothing blurred looks like it."""
    image = np.random.default_rng(3).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    image.flags.writeable = False
    return image


GRAINED = grained()


def frame(timestamp_s: float) -> Frame:
    return Frame(GRAINED, timestamp_s, LONG_AGO_S, 0)


def changed(image: Image) -> np.ndarray:
    return (image != GRAINED).any(axis=-1)


def is_all_hidden(image: Image) -> bool:
    """Whether what is left of the picture is even over cells of more than ten pixels."""
    return bool(changed(image).mean() > 0.95 and (np.diff(image.astype(int), axis=1) != 0).any(axis=-1).mean() < 0.1)


def test_the_head_is_hidden_and_the_body_is_not() -> None:
    blur = FaceBlur()
    pose = make_pose(0, 1.0)
    blur.note(1.0, pose)
    hidden = changed(blur.hidden(frame(1.0)))
    x, y = pose.keypoints_px[INDEX["nose"]].astype(int)
    around = hidden[y - 12 : y + 13, x - 12 : x + 13]
    assert around.mean() > 0.99
    for name in ("left_wrist", "right_wrist", "left_knee", "right_ankle", "mid_hip"):
        x, y = pose.keypoints_px[INDEX[name]].astype(int)
        assert not hidden[y - 3 : y + 4, x - 3 : x + 4].any(), name
    assert 0.005 < hidden.mean() < 0.2
    assert not changed(GRAINED).any(), "the frame itself is left as it is: others look at it"


def test_what_is_left_of_a_face_is_a_few_cells() -> None:
    blur = FaceBlur()
    pose = make_pose(0, 1.0)
    blur.note(1.0, pose)
    image = blur.hidden(frame(1.0))
    x, y = pose.keypoints_px[INDEX["nose"]].astype(int)
    inside = image[y - 10 : y + 11, x - 10 : x + 11].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) <= 16
    assert np.ptp(inside, axis=0).max() < 60, "each cell is the mean of many pixels"


@given(st.floats(0, 2 * np.pi), st.floats(20, 90), st.floats(60, 260), st.floats(60, 180))
def test_wherever_the_head_is_every_point_of_it_is_hidden(turn: float, size: float, x: float, y: float) -> None:
    points = standing_px() - standing_px()[INDEX["mid_hip"]]
    c, s = np.cos(turn), np.sin(turn)
    points = (points @ np.array([[c, s], [-s, c]]) * size / 60 + [x, y]).astype(np.float32)
    pose = Pose(points, np.ones(25, np.float32), 1.0, 0)
    blur = FaceBlur()
    blur.note(1.0, pose)
    hidden = changed(blur.hidden(frame(1.0)))
    for px, py in points[HEAD].round().astype(int):
        if 0 <= px < 320 and 0 <= py < 240:
            assert hidden[py, px] or hidden[max(py - 1, 0) : py + 2, max(px - 1, 0) : px + 2].mean() > 0.8


def test_a_head_that_moves_is_hidden_before_between_and_after() -> None:
    blur = FaceBlur()
    before, after = make_pose(0, 1.0, x=100), make_pose(2, 1.1, x=200)
    blur.note(1.0, before)
    blur.note(1.1, after)
    hidden = changed(blur.hidden(frame(1.05)))
    y = int(before.keypoints_px[INDEX["nose"], 1])
    assert hidden[y, 100:201].mean() > 0.98


def without_head() -> Pose:
    confidence = np.ones(25, np.float32)
    confidence[HEAD] = 0.1
    return Pose(standing_px(), confidence, 1.0, 0)


@pytest.mark.parametrize(
    "poses",
    [
        [],
        [(1.0, None)],
        [(1.0, without_head())],
        [(0.99, make_pose(0, 0.99))],
        [(1.01, make_pose(0, 1.01))],
        [(0.99, make_pose(0, 0.99)), (1.01, None)],
        [(0.99, None), (1.01, make_pose(0, 1.01))],
        [(0.99, make_pose(0, 0.99)), (1.01 + FRESH_S, make_pose(1, 1.01 + FRESH_S))],
        [(0.99 - FRESH_S, make_pose(0, 0.7)), (1.01, make_pose(1, 1.01))],
    ],
)
def test_what_is_unknown_is_hidden_altogether(poses: list[tuple[float, Pose | None]]) -> None:
    blur = FaceBlur()
    for timestamp_s, pose in poses:
        blur.note(timestamp_s, pose)
    assert is_all_hidden(blur.hidden(frame(1.0)))


def test_a_frame_waits_for_a_look_at_it_but_not_for_ever() -> None:
    clock = SystemClock()
    blur = FaceBlur(clock)
    begun_s = clock.now()
    late = threading.Timer(0.1, blur.note, (1.0, make_pose(0, 1.0)))
    late.start()
    assert not is_all_hidden(blur.hidden(Frame(GRAINED, 1.0, begun_s + 30.0, 0)))  # a timer may come late
    late.join()
    begun_s = clock.now()
    assert is_all_hidden(blur.hidden(Frame(GRAINED, 2.0, begun_s, 1)))
    assert clock.now() - begun_s >= PATIENCE_S - 0.01


def recorded(folder: Path, privacy: Privacy) -> None:
    recording = SessionRecording(privacy, SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    for index in range(10):
        timestamp_s = index / 30
        pose = None if index == 7 else make_pose(index, timestamp_s)
        recording.put_estimate(Frame(GRAINED, timestamp_s, LONG_AGO_S, index), pose, ())
        recording.put_frame(Frame(GRAINED, timestamp_s, LONG_AGO_S, index))
    recording.finish()


def test_no_face_is_on_the_disk(tmp_path: Path) -> None:
    recorded(tmp_path / "full", Privacy.FULL)
    recorded(tmp_path / "blurred", Privacy.FACE_BLURRED)
    with av.open(str(tmp_path / "full" / form.VIDEO)) as container:
        open_frames = [one.to_ndarray(format="bgr24").astype(int) for one in container.decode(video=0)]
    with av.open(str(tmp_path / "blurred" / form.VIDEO)) as container:
        frames = [one.to_ndarray(format="bgr24").astype(int) for one in container.decode(video=0)]
    assert len(frames) == len(open_frames) == 10
    x, y = standing_px(160.0)[INDEX["nose"]].astype(int)
    for index, (image, open_image) in enumerate(zip(frames, open_frames, strict=True)):
        face, open_face = (picture[y - 8 : y + 9, x - 8 : x + 9] for picture in (image, open_image))
        assert face.std() < 0.4 * open_face.std(), "the grain of the face is gone"
        legs, open_legs = (picture[200:230, 140:180] for picture in (image, open_image))
        assert (np.abs(legs - open_legs).mean() < 2) == (index != 7), "the rest is as it was, while the face is known"
    session = read_session(tmp_path / "blurred")
    assert session.recording is not None
    assert session.recording.privacy is Privacy.FACE_BLURRED


def test_with_keypoints_only_no_picture_is_on_the_disk(tmp_path: Path) -> None:
    recorded(tmp_path / "one", Privacy.KEYPOINTS_ONLY)
    session = read_session(tmp_path / "one")
    assert session.video is None
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        form.MANIFEST,
        form.FRAMES,
        form.POSE,
        form.ACTIVATION,
        form.EVENTS,
    }
    assert session.captured.index.tolist() == list(range(10))
    assert not session.captured.in_video.any()
    assert session.frame_index.tolist() == list(range(10))
    assert not any(b"\xff\xd8\xff" in path.read_bytes() for path in (tmp_path / "one").iterdir())


@settings(max_examples=20)
@given(st.integers(0, 30))
def test_a_frame_that_waits_for_its_clock_never_waits_in_the_past(late: int) -> None:
    clock = FakeClock()
    blur = FaceBlur(clock)
    assert is_all_hidden(blur.hidden(Frame(GRAINED, 1.0, clock.now() - PATIENCE_S - late / 10, 0)))
