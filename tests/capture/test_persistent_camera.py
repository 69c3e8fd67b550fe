"""A camera that is lost and comes back: time and numbers go on, and both are told."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.capture.persistent_camera import PersistentCamera
from mia_core.errors import CameraNotFoundError, DeviceLostError
from mia_core.samples import Frame
from mia_core.streams import EndOfStream, SourceInfo
from tests.fakes.clock import FakeClock

IMAGE = np.zeros((4, 4, 3), np.uint8)


class ShakyCamera:
    """Delivers some frames at 10 Hz, then is lost; opened too early, it is not found."""

    def __init__(self, clock: FakeClock, n: int, there_from_s: float = 0.0) -> None:
        self._clock = clock
        self._n = n
        self._there_from_s = there_from_s
        self._zero_s = 0.0
        self._next = 0
        self.closed = False

    def open(self) -> SourceInfo:
        if self._clock.now() < self._there_from_s:
            raise CameraNotFoundError("No camera was found.", "Plug it in.")
        self._zero_s = self._clock.now() + 0.1
        return SourceInfo("shaky", "shaky", is_live=True)

    def read(self) -> Frame:
        if self._next == self._n:
            raise DeviceLostError("shaky", "it was pulled out")
        self._clock.advance(0.1)
        frame = Frame(IMAGE, self._clock.now() - self._zero_s, self._clock.now(), self._next)
        self._next += 1
        return frame

    def close(self) -> None:
        self.closed = True


def read(camera: PersistentCamera, n: int) -> list[Frame]:
    frames: list[Frame] = []
    while len(frames) < n:
        frame = camera.read()
        if frame is not None:
            frames.append(frame)
    return frames


def test_time_and_numbers_go_on_after_a_loss() -> None:
    clock = FakeClock()
    told: list[str] = []
    made = [ShakyCamera(clock, 5), ShakyCamera(clock, 9, there_from_s=104.0), ShakyCamera(clock, 9, there_from_s=104.0)]
    made += [ShakyCamera(clock, 9, there_from_s=104.0) for _ in range(9)]
    waiting = iter(made)
    camera = PersistentCamera(lambda: next(waiting), told.append, lambda: told.append("back"), clock)
    assert camera.open().name == "shaky"
    frames = read(camera, 8)
    assert told == ["shaky was lost: it was pulled out.", "back"], "each once, however often it was looked for"
    times_s = [frame.timestamp_s for frame in frames]
    assert np.allclose(times_s, [frame.captured_s - frames[0].captured_s for frame in frames])
    assert [frame.index for frame in frames] == np.rint(np.array(times_s) * 10).astype(int).tolist()
    assert frames[5].index - frames[4].index > 30, "some three seconds are missing"
    assert made[0].closed
    camera.close()


def test_a_camera_that_is_not_there_at_first_is_an_error() -> None:
    clock = FakeClock()
    camera = PersistentCamera(lambda: ShakyCamera(clock, 1, there_from_s=1e9), lambda _: None, lambda: None, clock)
    with pytest.raises(CameraNotFoundError):
        camera.open()
    camera.close()


def test_an_ordinary_end_is_one() -> None:
    class Ended(ShakyCamera):
        def read(self) -> Frame:
            raise EndOfStream

    camera = PersistentCamera(lambda: Ended(FakeClock(), 1), lambda _: None, lambda: None, FakeClock())
    camera.open()
    with pytest.raises(EndOfStream):
        camera.read()
    camera.close()
