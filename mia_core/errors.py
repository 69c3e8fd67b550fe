"""Errors a user can meet: what happened, and what to do about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


class MiaError(Exception):
    """Base of all errors that are shown to a user.

    Attributes:
        advice: One sentence that tells the user what to do.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error come out of another process: by its fields, since subclasses take other arguments."""
        return _without_init, (type(self), *self.args), self.__dict__


def _without_init(kind: type[MiaError], *arguments: object) -> MiaError:
    return kind.__new__(kind, *arguments)


def cause(error: Exception) -> str:
    """Return what went wrong in the words of the system or a parser, without error numbers and once more the path."""
    if isinstance(error, KeyError):
        return f"no {error}"
    return (isinstance(error, OSError) and error.strerror) or str(error)


class CameraNotFoundError(MiaError):
    """No camera with the asked id, or it can't be opened (another program may hold it)."""


class VideoFileError(MiaError):
    """A video file is missing, not a video, empty, or too large to process."""


class DeviceLostError(MiaError):
    """A device that was delivering stopped doing so."""

    def __init__(self, device: str, reason: str) -> None:
        super().__init__(f"{device} was lost: {reason}.", "Check its cable or its power, then start it again.")
        self.device = device
        self.reason = reason


class PoseModelError(MiaError):
    """The pose model file is missing or unreadable."""


class ModelNotFoundError(MiaError):
    """No activation model of that name or path."""


class CheckpointError(MiaError):
    """A checkpoint file can't be read."""


class CheckpointMismatchError(MiaError):
    """A checkpoint does not fit the montage, the normalisation or the architecture that is asked of it."""


class RecordingError(MiaError):
    """Results can't be written."""


class SessionFormatError(MiaError):
    """A session folder does not have the expected form."""

    def __init__(self, path: Path, expected: str, got: str) -> None:
        super().__init__(
            f"{path} is not a readable session: expected {expected}, got {got}.",
            "Choose a folder that `mia run` or `mia record` wrote, or make it again.",
        )
        self.path = path
        self.expected = expected
        self.got = got


class MissingExtraError(MiaError):
    """An optional dependency is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        install = f"pip install 'mia-live[{extra}]'"
        if getattr(sys, "frozen", False):
            advice = f"The packaged application can't hold them; install it in a Python instead: {install}"
        else:
            advice = f"Install them with: {install}"
        super().__init__(f"{feature} needs packages that are not installed.", advice)
        self.extra = extra
