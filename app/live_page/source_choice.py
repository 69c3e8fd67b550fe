"""Which camera, file or demo to watch: what the picker, the command line and the settings speak of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mia_core.errors import MiaError

_CAMERA_PREFIX = "camera:"


class SourceKind(StrEnum):
    """The three kinds of sources."""

    CAMERA = "camera"
    FILE = "file"
    DEMO = "demo"


class SourceChoiceError(MiaError):
    """A text that names no source."""


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """One source to watch.

    Attributes:
        kind: Camera, file or demo.
        target: The camera's stable id, the file's path, or empty for the demo.
        label: Name for people.
    """

    kind: SourceKind
    target: str
    label: str

    @classmethod
    def camera(cls, stable_id: str, label: str = "") -> SourceChoice:
        """Choose the camera of that id."""
        return cls(SourceKind.CAMERA, stable_id, label or f"Camera {stable_id}")

    @classmethod
    def file(cls, path: Path) -> SourceChoice:
        """Choose a video file."""
        return cls(SourceKind.FILE, str(path), path.name)

    @classmethod
    def demo(cls) -> SourceChoice:
        """Choose the demo subject that ships with the application."""
        return cls(SourceKind.DEMO, "", "Demo subject")

    @classmethod
    def parse(cls, text: str) -> SourceChoice:
        """Read `camera:ID`, `demo` or a file's path.

        Raises:
            SourceChoiceError: The text is empty, or `camera:` comes without an id.
        """
        text = text.strip()
        if text == SourceKind.DEMO:
            return cls.demo()
        if text.startswith(_CAMERA_PREFIX):
            stable_id = text.removeprefix(_CAMERA_PREFIX).strip()
            if stable_id:
                return cls.camera(stable_id)
        elif text:
            return cls.file(Path(text))
        raise SourceChoiceError(
            f"'{text}' names no source.", "Give camera:ID (see `mia doctor`), the path of a video file, or demo."
        )

    @property
    def may_start_by_itself(self) -> bool:
        """Whether it may start because it was the last one: no camera switches itself on, a file must be there."""
        return self.kind is SourceKind.DEMO or (self.kind is SourceKind.FILE and Path(self.target).is_file())

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        match self.kind:
            case SourceKind.CAMERA:
                return f"{_CAMERA_PREFIX}{self.target}"
            case SourceKind.DEMO:
                return str(SourceKind.DEMO)
            case SourceKind.FILE:
                # A file called `demo` in the working folder is told apart from the demo by its folder.
                return self.target if self.target != SourceKind.DEMO else f"./{self.target}"
