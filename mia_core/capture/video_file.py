"""A video file as a source: as fast as it can be read, or at its own pace like a live camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mia_core.clock import Clock, SystemClock
from mia_core.errors import VideoFileError
from mia_core.opencv import cv2
from mia_core.samples import Frame
from mia_core.streams.source import EndOfStream, SourceInfo

PACE_SLICE_S = 0.1
"""`read` never waits longer than this."""
REANCHOR_S = 0.5
"""A reader that comes later than this was paused: the file goes on from there instead of rushing after."""
_ADVICE = "Choose a video file that plays in a video player, such as an MP4 from a phone."


class VideoFile:
    """A video file, one frame at a time, stamped with the file's own presentation times.

    The nominal frame rate is never used as a time base: phones write uneven rates. Rotation stored in the file is
    applied.

    Args:
        path: The file.
        realtime: Deliver each frame no sooner than its time, like a camera.
        loop: Begin again at the end; time and index go on growing.
    """

    def __init__(self, path: Path, *, realtime: bool = False, loop: bool = False, clock: Clock | None = None) -> None:
        self._path = path
        self._realtime = realtime
        self._loop = loop
        self._clock = clock or SystemClock()
        self._capture: Any = None
        self._index = 0
        self._zero_s = 0.0  # file time of the first frame
        self._last_s = -1.0  # time of the last frame given out
        self._loop_offset_s = 0.0
        self._anchor_s: float | None = None  # clock time at which the time line's zero is due
        self._pending: tuple[Any, float] | None = None
        self._duration_s = 0.0
        self._frame_interval_s = 1 / 30

    def open(self) -> SourceInfo:
        """Open the file and read its first frame.

        Raises:
            VideoFileError: It is missing, not a video, has no picture, or has no frame.
        """
        if not self._path.is_file():
            raise VideoFileError(f"There is no file {self._path}.", "Check the path.")
        self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            self._capture = None
            raise VideoFileError(f"{self._path.name} is not a video that can be read.", _ADVICE)
        ok, image = self._capture.read()
        if not ok:
            self.close()
            raise VideoFileError(f"{self._path.name} has no pictures in it.", _ADVICE)
        self._zero_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        if fps > 0:
            self._frame_interval_s = 1 / fps
            self._duration_s = max(self._capture.get(cv2.CAP_PROP_FRAME_COUNT), 0.0) / fps
        self._pending = (image, 0.0)
        height, width = image.shape[:2]
        return SourceInfo(
            self._path.name,
            str(self._path.resolve()),
            is_live=self._realtime,
            width_px=width,
            height_px=height,
            nominal_hz=fps,
            duration_s=self._duration_s,
        )

    def read(self) -> Frame | None:
        """Return the next frame; at its own pace, None while it is not due.

        Raises:
            EndOfStream: After the last frame; says so when the file ended earlier than it promised. Or it is not open.
        """
        if self._capture is None:
            raise EndOfStream
        if self._pending is None:
            self._pending = self._decode()
        image, timestamp_s = self._pending
        if self._realtime and not self._is_due(timestamp_s):
            return None
        self._pending = None
        self._last_s = timestamp_s
        image.flags.writeable = False
        frame = Frame(image, timestamp_s, self._clock.now(), self._index)
        self._index += 1
        return frame

    def close(self) -> None:
        """Close the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _decode(self) -> tuple[Any, float]:
        ok, image = self._capture.read()
        if not ok and self._loop:
            self._loop_offset_s = self._last_s + self._frame_interval_s
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            ok, image = self._capture.read()
        if not ok:
            raise EndOfStream(self._early_end())
        file_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 - self._zero_s
        # Damaged files repeat or reverse stamps; time must grow for everything that follows.
        return image, max(file_s + self._loop_offset_s, self._last_s + 0.001)

    def _early_end(self) -> str:
        """Return a sentence when the file stopped well before the length it promised, else nothing."""
        if self._last_s < 0.9 * self._duration_s - 0.5:
            return f"The file is damaged: it ends after {self._last_s:.1f} of {self._duration_s:.1f} s."
        return ""

    def _is_due(self, timestamp_s: float) -> bool:
        now = self._clock.now()
        if self._anchor_s is None or now - (self._anchor_s + timestamp_s) > REANCHOR_S:
            self._anchor_s = now - timestamp_s
        remaining_s = self._anchor_s + timestamp_s - now
        self._clock.wait(min(remaining_s, PACE_SLICE_S))
        return remaining_s <= PACE_SLICE_S
