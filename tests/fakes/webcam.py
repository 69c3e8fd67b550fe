"""A webcam in the place of `cv2.VideoCapture`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mia_core.capture.camera_discovery import CameraInfo
from mia_core.capture.opencv_camera import OpenCVCamera
from mia_core.opencv import cv2
from tests.fakes.clock import FakeClock

WEBCAM = CameraInfo("/dev/v4l/by-id/usb-webcam", "HD Webcam", 2, 200)


class FakeCapture:
    """A picture comes after a given time, or not (None)."""

    def __init__(self, clock: FakeClock, intervals_s: Sequence[float | None], opened: bool = True) -> None:
        self._clock = clock
        self._intervals_s = list(intervals_s)
        self._opened = opened
        self.kept = 0  # pictures in the driver's queue, which come at once
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._opened

    def set(self, _property: int, _value: float) -> bool:
        return True

    def get(self, wanted: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}.get(wanted, 30.0)

    def grab(self) -> bool:
        if self.kept:
            self.kept -= 1
            return True
        interval_s = self._intervals_s.pop(0) if self._intervals_s else None
        self._clock.advance(0.02 if interval_s is None else interval_s)
        return interval_s is not None

    def read(self) -> tuple[bool, np.ndarray | None]:
        ok = self.grab()
        return ok, np.zeros((480, 640, 3), np.uint8) if ok else None

    def release(self) -> None:
        self.released = True


def webcam(camera_id: str, capture: FakeCapture, clock: FakeClock) -> OpenCVCamera:
    return OpenCVCamera(
        camera_id, clock=clock, find_cameras=lambda: [WEBCAM], open_capture=lambda _index, _backend: capture
    )
