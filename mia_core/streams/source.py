"""The one protocol of everything that delivers data: real, replayed and synthetic devices are peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What an opened source says of itself.

    Attributes:
        name: Name for people, such as `HD Webcam` or `squat.mp4`.
        stable_id: The same device or file again: what settings remember.
        is_live: Whether it goes on by itself (a camera), so that a slow reader must skip.
        width_px: Image width, 0 when it has none.
        height_px: Image height, 0 when it has none.
        nominal_hz: What the device claims; for display only, never a time base. 0 when unknown.
        duration_s: Length of a file, None for a device.
    """

    name: str
    stable_id: str
    is_live: bool
    width_px: int = 0
    height_px: int = 0
    nominal_hz: float = 0.0
    duration_s: float | None = None


class EndOfStream(Exception):  # noqa: N818 - an ordinary end, like StopIteration, not an error
    """The source has no more data."""


class Source(Protocol[T_co]):
    """Something that delivers samples, one at a time, to one thread.

    It never drops and never retries silently; a reader that is too slow skips by itself.
    """

    def open(self) -> SourceInfo:
        """Open the device or file.

        Raises:
            MiaError: A subclass that says why it can't be opened and what to do.
        """

    def read(self) -> T_co | None:
        """Return the next sample, or None when none came within 0.1 s.

        Raises:
            EndOfStream: The source is finished, or closed.
            DeviceLostError: The device stopped delivering.
        """

    def close(self) -> None:
        """Release the device; may be called twice, and before `open`."""
