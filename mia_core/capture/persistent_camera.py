"""A camera that is picked up again when it was lost: its time and its numbering go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Final

from mia_core.clock import Clock, SystemClock
from mia_core.errors import CameraNotFoundError, DeviceLostError
from mia_core.samples import Frame
from mia_core.streams.source import Source, SourceInfo

RETRY_S: Final = 1.0
"""How often a lost camera is looked for."""
INTERVALS: Final = 31
"""Intervals between frames whose median is the camera's pace."""
SHORTEST_S: Final = 1e-3
"""No camera is faster; frames that waited in a driver may seem so."""
READ_S: Final = 0.1
"""`read` waits no longer than this while there is none."""


class PersistentCamera:
    """Reads a camera through losses, each of which is told; the first opening must succeed.

    Frames after a loss are numbered as if the camera had gone on at its usual pace, so that those between are known
    to be lost.

    Args:
        make_camera: Returns the camera, not opened.
        on_lost: Called on the reading thread with a sentence when it is lost.
        on_back: Called there when it delivers again.
        clock: Tells when to look again.
    """

    def __init__(
        self,
        make_camera: Callable[[], Source[Frame]],
        on_lost: Callable[[str], None],
        on_back: Callable[[], None],
        clock: Clock | None = None,
    ) -> None:
        self._make_camera = make_camera
        self._on_lost = on_lost
        self._on_back = on_back
        self._clock = clock or SystemClock()
        self._camera: Source[Frame] | None = None
        self._is_lost = False
        self._retry_at_s = 0.0
        self._last: Frame | None = None
        self._intervals_s: deque[float] = deque(maxlen=INTERVALS)
        self._index_offset = 0
        self._time_offset_s = 0.0

    def open(self) -> SourceInfo:
        """Open the camera.

        Raises:
            MiaError: It can't be opened.
        """
        self._camera = self._make_camera()
        return self._camera.open()

    def read(self) -> Frame | None:
        """Return the next frame; None when none came in time, or while the camera is lost.

        Raises:
            EndOfStream: The source is finished.
        """
        camera = self._camera or self._reopened()
        if camera is None:
            return None
        try:
            frame = camera.read()
        except DeviceLostError as error:
            self._lose(str(error))
            return None
        return None if frame is None else self._continued(frame)

    def close(self) -> None:
        """Release the camera."""
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _lose(self, why: str) -> None:
        self.close()
        if not self._is_lost:
            self._is_lost = True
            self._on_lost(why)
        self._retry_at_s = self._clock.now() + RETRY_S

    def _reopened(self) -> Source[Frame] | None:
        """Return the camera if it is there again; tries once a second."""
        if self._clock.now() < self._retry_at_s:
            self._clock.wait(READ_S)
            return None
        camera = self._make_camera()
        try:
            camera.open()
        except (CameraNotFoundError, DeviceLostError) as error:
            camera.close()
            self._lose(str(error))
            return None
        self._camera = camera
        return camera

    def _continued(self, frame: Frame) -> Frame:
        """Return a frame on the time line and in the numbering of the first camera."""
        last = self._last
        if self._is_lost:
            self._is_lost = False
            if last is not None:
                away_s = frame.captured_s - last.captured_s
                n_missed = max(round(away_s / median(self._intervals_s)), 1) if self._intervals_s else 1
                self._index_offset = last.index + n_missed - frame.index
                self._time_offset_s = last.timestamp_s + away_s - frame.timestamp_s
            self._on_back()
        elif last is not None:
            self._intervals_s.append(max(frame.captured_s - last.captured_s, SHORTEST_S))
        moved = Frame(
            frame.image, frame.timestamp_s + self._time_offset_s, frame.captured_s, frame.index + self._index_offset
        )
        self._last = moved
        return moved
