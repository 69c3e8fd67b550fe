from __future__ import annotations

from pathlib import Path

import cv2_enumerate_cameras as enumeration
import pytest

from mia_core.capture.camera_discovery import list_cameras
from mia_core.capture.opencv_camera import OpenCVCamera
from mia_core.errors import CameraNotFoundError, DeviceLostError
from mia_core.samples import Frame
from tests.fakes.clock import FakeClock
from tests.fakes.webcam import FakeCapture, webcam


@pytest.mark.parametrize("camera_id", ["/dev/v4l/by-id/usb-webcam", "HD Webcam", "2"])
def test_a_camera_is_found_by_stable_id_name_or_index(camera_id: str) -> None:
    clock = FakeClock()
    camera = webcam(camera_id, FakeCapture(clock, [0.03]), clock)
    info = camera.open()
    assert (info.name, info.stable_id) == ("HD Webcam", "camera:/dev/v4l/by-id/usb-webcam")
    assert info.is_live


def read(camera: OpenCVCamera, n: int) -> list[Frame]:
    return [frame for frame in (camera.read() for _ in range(n)) if frame is not None]


def test_frames_are_stamped_on_arrival_from_the_first_one_on_and_numbered() -> None:
    clock = FakeClock()
    camera = webcam("2", FakeCapture(clock, [1 / 30] * 10), clock)
    camera.open()
    clock.advance(4)  # the models are loading
    frames = read(camera, 5)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert [round(30 * frame.timestamp_s) for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[-1].captured_s == clock.now()


def test_a_gap_in_time_becomes_a_gap_in_the_numbers() -> None:
    clock = FakeClock()
    camera = webcam("2", FakeCapture(clock, [1 / 30] * 42 + [3 / 30] + [1 / 30] * 5), clock)
    camera.open()
    indices = [frame.index for frame in read(camera, 46)]
    assert indices[:40] == list(range(40))
    assert indices[40:] == list(range(42, 48)), "two frames are missing in front of the late one"


def test_a_pause_loses_nothing_and_old_pictures_are_not_taken_for_new_ones() -> None:
    clock = FakeClock()
    capture = FakeCapture(clock, [1 / 30] * 80)
    camera = webcam("2", capture, clock)
    camera.open()
    before = read(camera, 40)
    clock.advance(20)
    capture.kept = 4
    after = read(camera, 3)
    assert [frame.index for frame in before + after] == list(range(43))
    assert capture.kept == 0
    assert after[0].timestamp_s - before[-1].timestamp_s > 20


def test_a_bad_read_is_forgiven_and_silence_is_not() -> None:
    clock = FakeClock()
    camera = webcam("2", FakeCapture(clock, [0.03, 0.03, 0.03, None, 0.03]), clock)
    camera.open()
    assert [camera.read() is None for _ in range(3)] == [False, True, False]
    started_s = clock.now()
    with pytest.raises(DeviceLostError, match="HD Webcam"):  # noqa: PT012 - until it is lost
        while clock.now() - started_s < 10:
            assert camera.read() is None
    assert 1.5 < clock.now() - started_s < 4


def test_a_busy_camera_says_what_to_do() -> None:
    clock = FakeClock()
    capture = FakeCapture(clock, [], opened=False)
    camera = webcam("2", capture, clock)
    with pytest.raises(CameraNotFoundError, match="can't be opened") as caught:
        camera.open()
    assert "Close other programs" in caught.value.advice
    assert capture.released


def test_a_camera_that_opens_but_gives_no_picture_is_busy_too() -> None:
    clock = FakeClock()
    capture = FakeCapture(clock, [])
    with pytest.raises(CameraNotFoundError, match="can't be opened"):
        webcam("2", capture, clock).open()
    assert capture.released


def test_an_unknown_camera_lists_the_known_ones() -> None:
    camera = webcam("Nonsense", FakeCapture(FakeClock(), []), FakeClock())
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


def test_ids_last_when_the_numbers_of_the_devices_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    for number in (0, 2):
        (tmp_path / f"video{number}").touch()
    (by_id / "usb-left").symlink_to(tmp_path / "video2")
    found = [
        enumeration.CameraInfo(200 + number, "Webcam", str((tmp_path / f"video{number}").resolve()), 1, 2, 200)
        for number in (2, 0)
    ]
    monkeypatch.setattr(enumeration, "enumerate_cameras", lambda _backend: found)
    first, second = list_cameras([by_id])
    assert (first.stable_id, second.stable_id) == (str((tmp_path / "video0").resolve()), str(by_id / "usb-left"))
