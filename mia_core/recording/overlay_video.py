"""Write the overlay video on a thread of its own."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from mia_core.errors import RecordingError
from mia_core.opencv import cv2
from mia_core.recording.overlay_painter import OverlayPainter
from mia_core.samples import Frame, Image, MuscleActivation, Pose
from mia_core.streams import LosslessQueue

QUEUED_FRAMES = 4
JOIN_TIMEOUT_S = 60.0
MAX_REPEATS = 300
"""A picture is held for at most so many frames of video when the source has a gap."""


class OverlayVideo:
    """A video of the painted frames at a constant rate.

    Sources with an uneven rate keep their time: a picture is repeated while none is due, and dropped when two fall on
    one place. The file appears under its name only when it is whole.

    Args:
        path: Where the video goes, `.mp4`.
        painter: Draws each frame.
        rate_hz: Frames a second of the video.

    Raises:
        RecordingError: The file can't be written.
    """

    def __init__(self, path: Path, painter: OverlayPainter, rate_hz: float) -> None:
        self._path = path
        self._part = path.with_name(f"{path.stem}.part{path.suffix}")
        self._painter = painter
        self._rate_hz = rate_hz
        self._writer: Any = None
        self._written = 0
        self._start_s = 0.0
        self._error: BaseException | None = None
        self._queue: LosslessQueue[tuple[Frame, Pose | None, MuscleActivation | None]]
        self._queue = LosslessQueue(QUEUED_FRAMES, patience_s=None)
        check_new_video(path)
        self._thread = threading.Thread(target=self._run, name="overlay video", daemon=True)
        self._thread.start()

    def write(self, frame: Frame, pose: Pose | None, activation: MuscleActivation | None) -> None:
        """Queue one moment; waits while the encoder is behind.

        Raises:
            RecordingError: The encoder failed.
        """
        self._raise_error()
        self._queue.put((frame, pose, activation))

    def close(self) -> None:
        """Finish the file.

        Raises:
            RecordingError: The encoder failed.
        """
        self._queue.close()
        self._thread.join(JOIN_TIMEOUT_S)
        self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (item := self._queue.take(0.1)) is not None or not self._queue.closed:
                if item is not None:
                    self._write(*item)
            if self._writer is not None:
                self._writer.release()
                self._part.replace(self._path)
        except (RecordingError, OSError) as error:
            self._error = error
        finally:
            self._queue.close()

    def _write(self, frame: Frame, pose: Pose | None, activation: MuscleActivation | None) -> None:
        if self._writer is None:
            self._open(frame.image)
            self._start_s = frame.timestamp_s
        due = round((frame.timestamp_s - self._start_s) * self._rate_hz) + 1
        repeats = min(due - self._written, MAX_REPEATS)
        if repeats > 0:
            picture = self._painter.paint(frame.image, pose, activation)
            for _ in range(repeats):
                self._writer.write(picture)
        self._written = max(due, self._written)

    def _open(self, image: Image) -> None:
        height, width = image.shape[:2]
        # MPEG-4 part 2: the encoder in OpenCV's wheels that plays everywhere and is free to ship.
        self._writer = cv2.VideoWriter(
            str(self._part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), self._rate_hz, (width, height)
        )
        if not self._writer.isOpened():
            raise RecordingError(
                f"The video {self._path} can't be written.",
                "Choose a name that ends in .mp4, in a folder you may write to.",
            )


def check_new_video(path: Path) -> None:
    """Check that a video may be written there.

    Raises:
        RecordingError: There is no such folder, something is there already, or the name does not end in `.mp4`.
    """
    if path.suffix.lower() != ".mp4":
        raise RecordingError(f"{path.name} is no name for a video.", "Choose a name that ends in .mp4.")
    if not path.parent.is_dir():
        raise RecordingError(f"There is no folder {path.parent}.", "Make it first, or choose another one.")
    if path.exists():
        raise RecordingError(f"{path} exists already, and nothing is overwritten.", "Choose another name.")
