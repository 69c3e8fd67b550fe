"""Which cameras there are, by name and with an id that stays the same when they are plugged in again."""

from __future__ import annotations

from dataclasses import dataclass

from mia_core.opencv import cv2


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera.

    Attributes:
        stable_id: The device path where the system gives one, else vendor and product, else the index.
        name: Name for people.
        index: OpenCV's index with its back end, valid until a camera is plugged in or out.
        backend: OpenCV's back end.
    """

    stable_id: str
    name: str
    index: int
    backend: int


def list_cameras() -> list[CameraInfo]:
    """Return the cameras of this machine; may take a second, so never call it where a window waits."""
    from cv2_enumerate_cameras import enumerate_cameras

    found: dict[str, CameraInfo] = {}
    for camera in enumerate_cameras(_preferred_backend()):
        usb = f"{camera.vid:04x}:{camera.pid:04x}" if camera.vid and camera.pid else ""
        stable_id = camera.path or usb or str(camera.index)
        # One camera shows up once per stream and back end; the first is the one that delivers pictures.
        found.setdefault(stable_id, CameraInfo(stable_id, camera.name or stable_id, camera.index, camera.backend))
    return list(found.values())


def _preferred_backend() -> int:
    """Return the back end that knows stable ids on this system."""
    import sys

    backends = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}
    return int(backends.get(sys.platform, cv2.CAP_ANY))
