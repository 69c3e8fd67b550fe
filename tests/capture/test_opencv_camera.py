from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mia_core.capture.camera_discovery import CameraInfo, list_cameras
from mia_core.capture.opencv_camera import MAX_BAD_READS, OpenCVCamera
from mia_core.errors import CameraNotFoundError, DeviceLostError
from mia_core.opencv import cv2
from tests.fakes.clock import FakeClock

WEBCAM = CameraInfo("/dev/v4l/by-id/usb-webcam", "HD Webcam", 2, 200)


class FakeCapture:
    """A camera in the place of `cv2.VideoCapture`: each read takes a given time and succeeds or not."""

    def __init__(self, clock: FakeClock, intervals_s: Sequence[float | None], opened: bool = True) -> None:
        self._clock = clock
        self._intervals_s = list(intervals_s)
        self._opened = opened
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._opened

    def set(self, _property: int, _value: float) -> bool:
        return True

    def get(self, wanted: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}.get(wanted, 30.0)

    def read(self) -> tuple[bool, np.ndarray | None]:
        interval_s = self._intervals_s.pop(0)
        if interval_s is None:
            return False, None
        self._clock.advance(interval_s)
        return True, np.zeros((480, 640, 3), np.uint8)

    def release(self) -> None:
        self.released = True


def make(camera_id: str, capture: FakeCapture, clock: FakeClock) -> OpenCVCamera:
    return OpenCVCamera(
        camera_id, clock=clock, find_cameras=lambda: [WEBCAM], open_capture=lambda _index, _backend: capture
    )


@pytest.mark.parametrize("camera_id", ["/dev/v4l/by-id/usb-webcam", "HD Webcam", "2"])
def test_a_camera_is_found_by_stable_id_name_or_index(camera_id: str) -> None:
    clock = FakeClock()
    camera = make(camera_id, FakeCapture(clock, [0.03]), clock)
    info = camera.open()
    assert (info.name, info.stable_id) == ("HD Webcam", "camera:/dev/v4l/by-id/usb-webcam")
    assert info.is_live


def test_frames_are_stamped_on_arrival_and_numbered() -> None:
    clock = FakeClock()
    camera = make("2", FakeCapture(clock, [1 / 30] * 5), clock)
    camera.open()
    frames = [camera.read() for _ in range(5)]
    assert [frame.index for frame in frames if frame] == [0, 1, 2, 3, 4]
    assert [round(frame.timestamp_s * 30) for frame in frames if frame] == [1, 2, 3, 4, 5]
    assert frames[-1] is not None
    assert frames[-1].captured_s == clock.now()


def test_a_gap_in_time_becomes_a_gap_in_the_numbers() -> None:
    clock = FakeClock()
    camera = make("2", FakeCapture(clock, [1 / 30] * 40 + [3 / 30] + [1 / 30] * 5), clock)
    camera.open()
    indices = [frame.index for frame in (camera.read() for _ in range(46)) if frame]
    assert indices[:40] == list(range(40))
    assert indices[40:] == list(range(42, 48)), "two frames are missing in front of the late one"


def test_a_bad_read_is_forgiven_and_many_are_not() -> None:
    clock = FakeClock()
    camera = make("2", FakeCapture(clock, [0.03, None, 0.03] + [None] * MAX_BAD_READS), clock)
    camera.open()
    assert [camera.read() is None for _ in range(3)] == [False, True, False]
    assert [camera.read() for _ in range(MAX_BAD_READS - 1)] == [None] * (MAX_BAD_READS - 1)
    with pytest.raises(DeviceLostError, match="HD Webcam"):
        camera.read()


def test_a_busy_camera_says_what_to_do() -> None:
    clock = FakeClock()
    capture = FakeCapture(clock, [], opened=False)
    camera = make("2", capture, clock)
    with pytest.raises(CameraNotFoundError, match="can't be opened") as caught:
        camera.open()
    assert "Close other programs" in caught.value.advice
    assert capture.released


def test_an_unknown_camera_lists_the_known_ones() -> None:
    camera = make("Nonsense", FakeCapture(FakeClock(), []), FakeClock())
    with pytest.raises(CameraNotFoundError, match="Nonsense") as caught:
        camera.open()
    assert "HD Webcam" in caught.value.advice


def test_no_camera_at_all_is_an_error_of_its_own() -> None:
    camera = OpenCVCamera("0", find_cameras=list)
    with pytest.raises(CameraNotFoundError, match="No camera"):
        camera.open()


def test_discovery_gives_unique_ids_on_this_machine() -> None:
    ids = [camera.stable_id for camera in list_cameras()]
    assert len(ids) == len(set(ids))
