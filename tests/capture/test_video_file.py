from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mia_core.capture.video_file import VideoFile
from mia_core.errors import VideoFileError
from mia_core.samples import Frame
from mia_core.streams import EndOfStream
from tests.fakes.clock import FakeClock
from tests.fakes.videos import write_audio, write_video

UNEVEN_MS = [0, 33, 66, 100, 300, 320, 400, 900, 933, 1500]


def read_all(video: VideoFile) -> tuple[list[Frame], str]:
    frames = []
    try:
        while True:
            frame = video.read()
            if frame is not None:
                frames.append(frame)
    except EndOfStream as end:
        return frames, str(end)


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "mpeg4"), (".mkv", "mpeg4"), (".mp4", "libx264")])
def test_an_uneven_rate_keeps_its_own_time_stamps(tmp_path: Path, suffix: str, codec: str) -> None:
    video = VideoFile(write_video(tmp_path / f"uneven{suffix}", UNEVEN_MS, codec=codec))
    info = video.open()
    frames, note = read_all(video)
    video.close()
    assert [frame.index for frame in frames] == list(range(len(UNEVEN_MS)))
    assert np.allclose([frame.timestamp_s for frame in frames], np.array(UNEVEN_MS) / 1000, atol=1e-4)
    assert (info.height_px, info.width_px) == (64, 96)
    assert note == ""
    assert not frames[0].image.flags.writeable


def test_time_begins_with_the_first_frame(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "late.mkv", [500, 600, 700]))
    video.open()
    frames, _ = read_all(video)
    assert [round(frame.timestamp_s, 3) for frame in frames] == [0.0, 0.1, 0.2]


def test_at_its_own_pace_each_frame_comes_when_it_is_due(tmp_path: Path) -> None:
    clock = FakeClock()
    video = VideoFile(write_video(tmp_path / "uneven.mp4", UNEVEN_MS), realtime=True, clock=clock)
    assert video.open().is_live
    start_s = clock.now()
    frames, _ = read_all(video)
    arrived_s = np.array([frame.captured_s - start_s for frame in frames])
    assert np.allclose(arrived_s, np.array(UNEVEN_MS) / 1000, atol=1e-3)


def test_after_a_pause_it_goes_on_from_there_instead_of_rushing(tmp_path: Path) -> None:
    clock = FakeClock()
    video = VideoFile(write_video(tmp_path / "even.mp4", range(0, 2000, 100)), realtime=True, clock=clock)
    video.open()
    for _ in range(5):
        while video.read() is None:
            pass
    clock.advance(60)
    frames, _ = read_all(video)
    intervals_s = np.diff([frame.captured_s for frame in frames])
    assert np.allclose(intervals_s, 0.1, atol=2e-3)


def test_a_loop_goes_on_growing(tmp_path: Path) -> None:
    video = VideoFile(write_video(tmp_path / "loop.mp4", [0, 100, 200]), loop=True)
    video.open()
    frames = [video.read() for _ in range(8)]
    video.close()
    stamps_s = [frame.timestamp_s for frame in frames if frame is not None]
    assert len(stamps_s) == 8
    assert np.all(np.diff(stamps_s) > 0.05)
    assert [frame.index for frame in frames if frame is not None] == list(range(8))


def test_bad_files_are_refused_with_advice(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("this is not a video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    whole = write_video(tmp_path / "whole.mp4", range(0, 3000, 33)).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    frameless = write_video(tmp_path / "frameless.mp4", [])
    audio = write_audio(tmp_path / "audio.m4a")
    for path in (tmp_path / "missing.mp4", tmp_path, text, empty, cut, frameless, audio):
        video = VideoFile(path)
        with pytest.raises(VideoFileError) as caught:
            video.open()
        assert caught.value.advice
        video.close()


def test_a_file_that_ends_early_says_so(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.avi", range(0, 6000, 33), size=(240, 320)).read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) // 3])
    video = VideoFile(cut)
    video.open()
    frames, note = read_all(video)
    assert 0 < len(frames) < 150
    assert "damaged" in note


def test_close_is_harmless_twice_and_before_open(tmp_path: Path) -> None:
    video = VideoFile(tmp_path / "missing.mp4")
    video.close()
    video.close()
