"""Makes of a frame what the video keeps of it."""

from __future__ import annotations

import numpy as np

from mia_core.errors import RecordingError
from mia_core.opencv import cv2
from mia_core.recording.face_blur import FaceBlur
from mia_core.samples import Frame


class FrameEncoder:
    """Compresses pictures one by one, each on its own, so that any can be found, kept or lost without the others.

    Args:
        quality: Of JPEG, 1 to 100.
        face_blur: Hides the face before, None to hide nothing.
    """

    def __init__(self, quality: int, face_blur: FaceBlur | None) -> None:
        self._quality = quality
        self._face_blur = face_blur
        self._size_px: tuple[int, int] | None = None

    def encode(self, frame: Frame) -> tuple[bytes, tuple[int, int]]:
        """Return the JPEG of a frame, and its width and height, which are those of the first one.

        Raises:
            RecordingError: It can't be encoded.
        """
        try:
            return self._encoded(frame)
        except cv2.error as error:
            raise _cannot_compress(str(error)) from error

    def _encoded(self, frame: Frame) -> tuple[bytes, tuple[int, int]]:
        image = frame.image if self._face_blur is None else self._face_blur.hidden(frame)
        size_px = (image.shape[1], image.shape[0])
        self._size_px = self._size_px or size_px
        if size_px != self._size_px:  # a camera that came back may have another size, a video has one
            image = cv2.resize(image, self._size_px, interpolation=cv2.INTER_AREA)
        done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        if not done:
            raise _cannot_compress("OpenCV gives no reason")
        data: bytes = np.asarray(jpeg).tobytes()
        return data, self._size_px


def _cannot_compress(why: str) -> RecordingError:
    return RecordingError(
        f"A picture can't be compressed ({why}).", "Please report it with the output of `mia doctor`."
    )
