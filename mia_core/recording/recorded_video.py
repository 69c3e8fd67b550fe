"""The pictures of a recording, any of them at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import VideoFileError
from mia_core.opencv import cv2
from mia_core.recording.matroska import MatroskaError, index_video
from mia_core.samples import Image


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
            data = np.frombuffer(self._file.read(end - begin), np.uint8)
            image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
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
