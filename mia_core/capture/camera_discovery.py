"""Which cameras there are, by name and with an id that stays the same when they are plugged in again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mia_core.opencv import cv2

BY_PATH: Final = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera.

    Attributes:
        stable_id: A name that lasts: Linux's link by serial number or by socket, Windows' and macOS' device path, else
            vendor and product, else the index.
        name: Name for people.
        index: OpenCV's index with its back end, valid until a camera is plugged in or out.
        backend: OpenCV's back end.
    """

    stable_id: str
    name: str
    index: int
    backend: int


def list_cameras(by_path: Sequence[Path] = BY_PATH) -> list[CameraInfo]:
    """Return the cameras of this machine; may take a second, so never call it where a window waits.

    Args:
        by_path: Linux's folders of links with lasting names to `/dev/video*`, the best first.
    """
    from cv2_enumerate_cameras import enumerate_cameras

    lasting = _lasting_names(by_path)
    found: dict[str, CameraInfo] = {}
    for camera in sorted(enumerate_cameras(_preferred_backend()), key=lambda camera: camera.index):
        usb = f"{camera.vid:04x}:{camera.pid:04x}" if camera.vid and camera.pid else ""
        path = camera.path or ""
        stable_id = lasting.get(path, path) or usb or str(camera.index)
        if stable_id in found and not path:  # two of one make that only the index tells apart
            stable_id = f"{stable_id}#{camera.index}"
        # One camera shows up once per stream; the first is the one that delivers pictures.
        found.setdefault(stable_id, CameraInfo(stable_id, camera.name or stable_id, camera.index, camera.backend))
    return list(found.values())


def _lasting_names(folders: Sequence[Path]) -> dict[str, str]:
    """Return the lasting link of each device: `/dev/video2` is another camera after the next start."""
    names: dict[str, str] = {}
    for folder in folders:
        if folder.is_dir():
            for link in sorted(folder.iterdir()):
                names.setdefault(str(link.resolve()), str(link))
    return names


def _preferred_backend() -> int:
    """Return the back end that knows stable ids on this system."""
    backends = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}
    return int(backends.get(sys.platform, cv2.CAP_ANY))
