"""The hash of a stored set's content: what results are named by, and how a damaged copy is found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from mia_core.dataset.window_set import WindowSetAbout, WindowSetError, open_window_set, row_shapes

_CHUNK: Final = 1 << 22


def content_sha256(folder: Path, about: WindowSetAbout, *, has_joints: bool) -> str:
    """Return the hash of what the windows in a folder are, and of every byte of their arrays.

    Args:
        folder: Where the arrays lie.
        about: What the windows are; its own `sha256` does not count.
        has_joints: Whether there are 3-D joints.

    Raises:
        OSError: An array can't be read.
    """
    content = hashlib.sha256(json.dumps(replace(about, sha256="").told(), sort_keys=True).encode())
    for name in row_shapes(1, 1):
        if name == "joints" and not has_joints:
            continue
        content.update(name.encode())
        with (folder / f"{name}.npy").open("rb") as file:
            while chunk := file.read(_CHUNK):
                content.update(chunk)
    return content.hexdigest()


def is_intact(path: Path) -> bool:
    """Return whether a stored set still holds what was written, to the last byte; reads all of it.

    Raises:
        WindowSetError: There is no whole set, or its files do not fit each other.
        OSError: An array can't be read.
    """
    windows = open_window_set(path)
    return content_sha256(path, windows.about, has_joints=windows.joints is not None) == windows.about.sha256


def require_intact(path: Path) -> None:
    """Refuse a stored set that changed since it was written.

    Raises:
        WindowSetError: It did, or can't be read.
    """
    try:
        intact = is_intact(path)
    except OSError as error:
        raise WindowSetError(path, "arrays", f"none that can be read ({error.strerror})") from error
    if not intact:
        raise WindowSetError(path, "the content that was imported", "another: it was changed, or copied in part")
