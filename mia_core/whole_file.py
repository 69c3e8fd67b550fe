"""Files that appear whole or not at all, and are never written through a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give an empty file to write; it takes the place of an earlier one only when it is whole and on the disk.

    Folders come from other people: one of them may have put a link, to a file of its reader's, where the unfinished
    file will be. Such a link is removed and never followed.

    Raises:
        OSError: The disk is full or gone; the earlier file is still there.
    """
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with part.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
