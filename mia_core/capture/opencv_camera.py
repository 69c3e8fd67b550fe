"""A webcam."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from mia_core.capture.camera_discovery import CameraInfo, list_cameras
from mia_core.clock import Clock, SystemClock
from mia_core.errors import CameraNotFoundError, DeviceLostError
from mia_core.opencv import cv2
from mia_core.samples import Frame
from mia_core.streams.source import SourceInfo

MAX_BAD_READS = 10
"""So many failed reads in a row mean that the camera is gone."""
INTERVALS = 31
"""Frame intervals whose median is the camera's real rate."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What is asked of a camera; it delivers what it can.

    Attributes:
        width_px: Wanted width.
        height_px: Wanted height.
        rate_hz: Wanted frame rate.
    """

    width_px: int = 640
    height_px: int = 480
    rate_hz: float = 30.0


class OpenCVCamera:
    """A camera by its stable id, its name or its index; frames are stamped when they arrive.

    Cameras don't number their frames. A frame that comes after more than one and a half usual intervals is taken to
    follow lost ones, and its index skips them.

    Args:
        camera_id: `CameraInfo.stable_id`, name, or index as text.
        find_cameras: How cameras are found.
        open_capture: How OpenCV opens one, given index and back end.
    """

    def __init__(
        self,
        camera_id: str,
        settings: CameraSettings | None = None,
        *,
        clock: Clock | None = None,
        find_cameras: Callable[[], list[CameraInfo]] = list_cameras,
        open_capture: Callable[[int, int], Any] = cv2.VideoCapture,
    ) -> None:
        self._camera_id = camera_id
        self._settings = settings or CameraSettings()
        self._clock = clock or SystemClock()
        self._find_cameras = find_cameras
        self._open_capture = open_capture
        self._capture: Any = None
        self._name = camera_id
        self._opened_s = 0.0
        self._index = -1
        self._last_s: float | None = None
        self._intervals_s: deque[float] = deque(maxlen=INTERVALS)
        self._bad_reads = 0

    def open(self) -> SourceInfo:
        """Open the camera.

        Raises:
            CameraNotFoundError: There is no such camera, or another program holds it.
        """
        camera = self._find()
        self._name = camera.name
        self._capture = self._open_capture(camera.index, camera.backend)
        if not self._capture.isOpened():
            self.close()
            raise CameraNotFoundError(
                f"The camera {camera.name} can't be opened.",
                "Close other programs that use it (a video call, a browser), or unplug it and plug it in again.",
            )
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._settings.width_px)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._settings.height_px)
        self._capture.set(cv2.CAP_PROP_FPS, self._settings.rate_hz)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a queue in the driver would only make frames older
        self._opened_s = self._clock.now()
        return SourceInfo(
            camera.name,
            f"camera:{camera.stable_id}",
            is_live=True,
            width_px=int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            height_px=int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            nominal_hz=float(self._capture.get(cv2.CAP_PROP_FPS)),
        )

    def read(self) -> Frame | None:
        """Return the next frame, stamped on arrival; None after a single bad read.

        Raises:
            DeviceLostError: The camera delivers nothing any more.
        """
        ok, image = self._capture.read()
        now = self._clock.now()
        if not ok:
            self._bad_reads += 1
            if self._bad_reads >= MAX_BAD_READS:
                raise DeviceLostError(self._name, "it delivers no pictures any more")
            self._clock.wait(0.05)
            return None
        self._bad_reads = 0
        image.flags.writeable = False
        self._index += self._steps_since_last(now)
        return Frame(image, now - self._opened_s, now, self._index)

    def close(self) -> None:
        """Release the camera."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _steps_since_last(self, now: float) -> int:
        """Return by how many frames the camera has advanced: 1, or more after a gap."""
        last_s, self._last_s = self._last_s, now
        if last_s is None:
            return 1
        interval_s = now - last_s
        usual_s = median(self._intervals_s) if len(self._intervals_s) == INTERVALS else interval_s
        self._intervals_s.append(interval_s)
        return max(round(interval_s / usual_s), 1) if interval_s > 1.5 * usual_s else 1

    def _find(self) -> CameraInfo:
        cameras = self._find_cameras()
        for camera in cameras:
            if self._camera_id in (camera.stable_id, camera.name, str(camera.index)):
                return camera
        if not cameras:
            raise CameraNotFoundError(
                "No camera was found.", "Plug one in and allow this program to use it, or choose a file or the demo."
            )
        names = ", ".join(camera.name for camera in cameras)
        raise CameraNotFoundError(f"There is no camera {self._camera_id}.", f"Choose one of: {names}.")
