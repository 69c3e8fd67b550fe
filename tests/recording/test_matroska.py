"""The video of a recording: times to the microsecond, whole after every picture, read by readers that are not ours."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.errors import RecordingError, VideoFileError
from mia_core.opencv import cv2
from mia_core.recording.matroska import MatroskaError, MatroskaWriter, complete_video, cut_video, index_video
from mia_core.recording.recorded_video import RecordedVideo

SIZE = (64, 48)
JPEGS = [cv2.imencode(".jpg", np.full((48, 64, 3), 8 * n, np.uint8))[1].tobytes() for n in range(32)]
TIMES = st.lists(st.integers(1, 10**9), max_size=31).map(lambda steps: np.cumsum([0, *steps]).tolist())


def write(path: Path, times_us: list[int]) -> Path:
    writer = MatroskaWriter(path, SIZE, "mia-live 0")
    for jpeg, time_us in zip(JPEGS, times_us, strict=False):
        writer.append(jpeg, time_us)
    writer.file.close()
    return path


def decoded(path: Path) -> list[tuple[int, int]]:
    """(time in microseconds, grey value) of each picture as FFmpeg reads it."""
    with av.open(str(path)) as container:
        return [
            (round(float(frame.pts * frame.time_base) * 1e6), round(frame.to_ndarray(format="gray").mean() / 8))
            for frame in container.decode(video=0)
        ]


@settings(max_examples=30, deadline=None)
@given(TIMES, st.booleans())
def test_ffmpeg_reads_every_picture_at_its_time(
    tmp_path_factory: pytest.TempPathFactory, times_us: list[int], is_complete: bool
) -> None:
    path = write(tmp_path_factory.mktemp("video") / "video.mkv", times_us)
    if is_complete:
        assert complete_video(path) == (len(times_us), 0)
    assert decoded(path) == list(zip(times_us, range(len(times_us)), strict=True))


def test_a_complete_video_has_a_length_and_can_be_searched(tmp_path: Path) -> None:
    path = write(tmp_path / "video.mkv", [33_333 * n for n in range(32)])
    complete_video(path)
    with av.open(str(path)) as container:
        assert container.duration == 33_333 * 32
        container.seek(33_333 * 20, stream=container.streams.video[0])
        assert next(container.decode(video=0)).pts == 33_333 * 20
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    assert capture.get(cv2.CAP_PROP_FRAME_WIDTH) == 64
    capture.release()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 24_000), st.booleans())
def test_a_file_cut_anywhere_keeps_all_whole_pictures(
    tmp_path_factory: pytest.TempPathFactory, cut: int, was_complete: bool
) -> None:
    path = write(tmp_path_factory.mktemp("video") / "video.mkv", [40_000 * n for n in range(32)])
    whole = index_video(path)
    if was_complete:
        complete_video(path)
    data = path.read_bytes()
    kept = max(len(data) - cut, int(whole.jpegs[0, 1]))
    path.write_bytes(data[:kept])
    n, _ = complete_video(path)
    assert n == (whole.jpegs[:, 1] <= kept).sum()
    assert complete_video(path) == (n, 0), "again changes nothing"
    assert [time_us for time_us, _ in decoded(path)] == [40_000 * k for k in range(n)]


@given(st.integers(1, 5000))
def test_zeros_that_a_loss_of_power_leaves_are_cut_off(tmp_path_factory: pytest.TempPathFactory, n_zeros: int) -> None:
    path = write(tmp_path_factory.mktemp("video") / "video.mkv", [0, 40_000])
    with path.open("ab") as file:
        file.write(bytes(n_zeros))
    assert complete_video(path) == (2, n_zeros)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, garbage: bytes) -> None:
    path = tmp_path_factory.mktemp("video") / "video.mkv"
    path.write_bytes(garbage)
    with pytest.raises(MatroskaError):
        index_video(path)
    with pytest.raises(VideoFileError):
        RecordedVideo(path)


@given(st.integers(150, 700), st.integers(0, 255))
def test_no_changed_byte_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    path = write(tmp_path_factory.mktemp("video") / "video.mkv", [40_000 * n for n in range(3)])
    data = bytearray(path.read_bytes())
    data[at] = value
    path.write_bytes(data)
    try:
        n = len(index_video(path))
    except MatroskaError:
        n = 0
    assert n <= 3


def test_any_picture_is_there_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "video.mkv", [0, 10_000, 50_000])
    video = RecordedVideo(path)
    assert (len(video), video.size_px) == (3, SIZE)
    assert video.times_s.tolist() == [0.0, 0.01, 0.05]
    assert [round(video.picture(n).mean() / 8) for n in (2, 0, 1)] == [2, 0, 1]
    video.close()


def test_a_damaged_picture_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "video.mkv", [0, 10_000])
    begin, end = index_video(path).jpegs[1].tolist()
    data = bytearray(path.read_bytes())
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)
    video = RecordedVideo(path)
    assert video.picture(0).shape == (48, 64, 3)
    with pytest.raises(VideoFileError, match="Picture 1"):
        video.picture(1)
    video.close()


def test_a_picture_that_asks_for_gigabytes_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "video.mkv", [0, 10_000])
    data = bytearray(path.read_bytes())
    head = data.rindex(b"\xff\xc0")
    data[head + 5 : head + 9] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    video = RecordedVideo(path)
    with pytest.raises(VideoFileError, match="Picture 1"):
        video.picture(1)
    video.close()
    MatroskaWriter(tmp_path / "huge.mkv", (10**6, 10**6), "mia-live 0").file.close()
    with pytest.raises(MatroskaError, match="too large"):
        index_video(tmp_path / "huge.mkv")


def test_a_video_can_be_cut_to_the_frames_that_are_known(tmp_path: Path) -> None:
    path = write(tmp_path / "video.mkv", [40_000 * n for n in range(9)])
    cut_video(path, 7)
    assert complete_video(path) == (7, 0)
    assert len(decoded(path)) == 7


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "video.mkv").write_bytes(b"precious")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        MatroskaWriter(tmp_path / "video.mkv", SIZE, "mia-live 0")
    assert (tmp_path / "video.mkv").read_bytes() == b"precious"
