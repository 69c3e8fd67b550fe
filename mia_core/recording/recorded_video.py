"""The pictures of a recording, any of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import VideoFileError
from mia_core.opencv import cv2
from mia_core.recording.matroska import MatroskaError, index_video
from mia_core.samples import Image

_FRAME_HEADS: Final = (0xC0, 0xC1, 0xC2)
"""Marks of a JPEG's size: baseline, extended and progressive."""


class RecordedVideo:
    """A `video.mkv` of a session, complete or not; the k-th picture belongs to the k-th frame that is `in_video`.

    Args:
        path: The file.

    Raises:
        VideoFileError: It can't be read, or is no video of a recording.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._index = index_video(path)
            self._file = path.open("rb")
        except (OSError, MatroskaError) as error:
            raise VideoFileError(f"{path} can't be read ({error}).", "Choose the folder of a recording.") from error
        self._path = path

    def __len__(self) -> int:
        return len(self._index)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self._index.size_px

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(n,) time of each picture since the first."""
        return self._index.times_us / 1e6

    def picture(self, number: int) -> Image:
        """Return one picture, (height, width, 3) BGR.

        Raises:
            VideoFileError: It is damaged.
            IndexError: There is none of that number.
        """
        begin, end = self._index.jpegs[number].tolist()
        try:
            self._file.seek(begin)
            data = self._file.read(end - begin)
            is_ours = _jpeg_size_px(data) == self.size_px  # else a few bytes could ask for gigabytes of memory
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if is_ours else None
        except (OSError, cv2.error) as error:
            raise self._damaged(number) from error
        if image is None:
            raise self._damaged(number)
        picture: Image = image
        return picture

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def _damaged(self, number: int) -> VideoFileError:
        return VideoFileError(f"Picture {number} of {self._path} is damaged.", "The pictures around it can be seen.")


def _jpeg_size_px(data: bytes) -> tuple[int, int] | None:
    """Return the width and height that a JPEG promises, None when it is none."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAME_HEADS:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
