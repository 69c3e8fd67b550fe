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
from mia_core.streams.source import EndOfStream, SourceInfo

GONE_AFTER_S = 2.0
"""A camera that delivers nothing for so long is gone."""
READ_TIMEOUT_MS = 1000
"""How long OpenCV may wait inside one read, where the system lets it be told."""
AWAY_S = 0.25
"""A reader that comes back after longer than this was away: what the driver kept is old, and nothing was lost."""
MAX_STALE = 10
"""At most so many kept pictures are thrown away: no driver keeps more."""
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
        self._zero_s: float | None = None
        self._index = -1
        self._last_s: float | None = None
        self._intervals_s: deque[float] = deque(maxlen=INTERVALS)
        self._good_s = 0.0  # when the last picture came
        self._returned_s = 0.0  # when the reader last got an answer

    def open(self) -> SourceInfo:
        """Open the camera and see that it delivers.

        Raises:
            CameraNotFoundError: There is no such camera, or another program holds it.
        """
        camera = self._find()
        self._name = camera.name
        self._capture = self._open_capture(camera.index, camera.backend)
        if self._capture.isOpened():
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._settings.width_px)
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._settings.height_px)
            self._capture.set(cv2.CAP_PROP_FPS, self._settings.rate_hz)
            self._capture.set(cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS)
        # A camera that another program holds can often be opened and then gives no picture.
        if not self._capture.isOpened() or not self._delivers():
            self.close()
            raise CameraNotFoundError(
                f"The camera {camera.name} can't be opened.",
                "Close other programs that use it (a video call, a browser), or unplug it and plug it in again.",
            )
        self._good_s = self._clock.now()
        return SourceInfo(
            camera.name,
            f"camera:{camera.stable_id}",
            is_live=True,
            width_px=int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            height_px=int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            nominal_hz=float(self._capture.get(cv2.CAP_PROP_FPS)),
        )

    def read(self) -> Frame | None:
        """Return the next frame, stamped on arrival; None after a bad read. Time begins with the first frame.

        Raises:
            DeviceLostError: The camera delivers nothing any more.
            EndOfStream: It is not open.
        """
        if self._capture is None:
            raise EndOfStream
        if self._clock.now() - self._returned_s > AWAY_S:
            self._throw_away_stale()
        ok, image = self._capture.read()
        now = self._returned_s = self._clock.now()
        if not ok:
            if now - self._good_s > GONE_AFTER_S:
                raise DeviceLostError(self._name, "it delivers no pictures any more")
            self._clock.wait(0.05)
            return None
        self._good_s = now
        image.flags.writeable = False
        if self._zero_s is None:
            self._zero_s = now
        self._index += self._steps_since_last(now)
        return Frame(image, now - self._zero_s, now, self._index)

    def close(self) -> None:
        """Release the camera."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _delivers(self) -> bool:
        """Return whether a first picture comes; cameras need a moment to wake up."""
        give_up_s = self._clock.now() + GONE_AFTER_S
        while not self._capture.grab():
            if self._clock.now() > give_up_s:
                return False
            self._clock.wait(0.05)
        return True

    def _throw_away_stale(self) -> None:
        """Pass over the pictures that the driver kept while nobody read: they come at once, fresh ones take time."""
        self._last_s = None
        self._good_s = self._clock.now()
        for _ in range(MAX_STALE):
            started_s = self._clock.now()
            if not self._capture.grab() or self._clock.now() - started_s > 0.3 / self._settings.rate_hz:
                return

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
