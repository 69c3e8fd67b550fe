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
JOIN_TIMEOUT_S = 120.0
LONGEST_GAP_S = 60.0
"""A longer gap in the source's time is cut out, as the 10 Hz grid does."""
RATES_HZ = (5.0, 120.0)
FALLBACK_RATE_HZ = 30.0
"""Used when a source claims a rate outside `RATES_HZ`: phones and cameras claim 0, 1000 or 90000."""

_Moment = tuple[Frame, Pose | None, MuscleActivation | None]


class OverlayVideo:
    """A video of the painted frames at a constant rate.

    Sources with an uneven rate keep their time: each picture stays until the next is due, and of two that fall on one
    place the later wins. The file appears under its name only when it is whole.

    Args:
        path: Where the video goes, `.mp4`.
        painter: Draws each frame.
        nominal_hz: The rate that the source claims.

    Raises:
        RecordingError: The file can't be written.
    """

    def __init__(self, path: Path, painter: OverlayPainter, nominal_hz: float) -> None:
        check_new_video(path)
        self._path = path
        self._part = path.with_name(f"{path.stem}.part{path.suffix}")
        self._painter = painter
        self._rate_hz = nominal_hz if RATES_HZ[0] <= nominal_hz <= RATES_HZ[1] else FALLBACK_RATE_HZ
        self._writer: Any = None
        self._written = 0
        self._held: Image | None = None
        self._zero_s = 0.0
        self._last_s = 0.0
        self._error: RecordingError | None = None
        self._queue: LosslessQueue[_Moment] = LosslessQueue(QUEUED_FRAMES, patience_s=None)
        self._thread = threading.Thread(target=self._run, name="overlay video", daemon=True)
        self._thread.start()

    def write(self, frame: Frame, pose: Pose | None, activation: MuscleActivation | None) -> None:
        """Queue one moment; waits while the encoder is behind.

        Raises:
            RecordingError: The encoder failed.
        """
        if not self._queue.put((frame, pose, activation)):
            raise self._error or self._failed()

    def close(self) -> None:
        """Finish the file.

        Raises:
            RecordingError: The encoder failed; nothing is left behind.
        """
        self._queue.close()
        self._thread.join(JOIN_TIMEOUT_S)
        if self._thread.is_alive():
            self._error = self._failed()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._queue.finished:
                moment = self._queue.take(0.1)
                if moment is not None:
                    self._write(*moment)
            self._write_held(self._written + 1)
            self._publish()
        except (RecordingError, OSError, cv2.error) as error:
            self._error = error if isinstance(error, RecordingError) else self._failed()
        finally:
            self._queue.close()
            if self._writer is not None:
                self._writer.release()
            self._part.unlink(missing_ok=True)

    def _write(self, frame: Frame, pose: Pose | None, activation: MuscleActivation | None) -> None:
        """Write the picture before until this one is due, and hold this one."""
        painted = self._painter.paint(frame.image, pose, activation)
        if self._writer is None:
            self._open(painted)
            self._zero_s = self._last_s = frame.timestamp_s
        if frame.timestamp_s - self._last_s > LONGEST_GAP_S:
            self._zero_s += frame.timestamp_s - self._last_s - 1 / self._rate_hz
        self._last_s = frame.timestamp_s
        self._write_held(round((frame.timestamp_s - self._zero_s) * self._rate_hz))
        self._held = painted

    def _write_held(self, until: int) -> None:
        while self._held is not None and self._written < until:
            self._writer.write(self._held)
            self._written += 1

    def _publish(self) -> None:
        """Give the file its name, after a look at whether everything is in it: the encoder reports no full disk."""
        if self._writer is None:
            return
        self._writer.release()
        check = cv2.VideoCapture(str(self._part), cv2.CAP_FFMPEG)
        found = int(check.get(cv2.CAP_PROP_FRAME_COUNT)) if check.isOpened() else 0
        check.release()
        if found != self._written:
            raise self._failed()
        self._part.replace(self._path)

    def _failed(self) -> RecordingError:
        return RecordingError(
            f"The video {self._path} can't be written.", "Is the disk full? Choose a folder on a disk with room."
        )

    def _open(self, image: Image) -> None:
        height, width = image.shape[:2]
        self._part.unlink(missing_ok=True)  # a link that somebody left there would be followed
        # MPEG-4 part 2: the encoder in OpenCV's wheels that plays everywhere and is free to ship.
        self._writer = cv2.VideoWriter(
            str(self._part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), self._rate_hz, (width, height)
        )
        if not self._writer.isOpened():
            raise RecordingError(
                f"The video {self._path} can't be written.",
                "Choose a name that ends in .mp4, in a folder that you may write to.",
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
