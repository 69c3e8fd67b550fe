"""A folder of recorded steps, as `mia export --to packed` writes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mia_core.dataset.simulated_set import DataSetError
from mia_core.errors import cause
from mia_core.samples import STEP_S
from mia_core.step_clip import StepClip

MANIFEST: Final = "manifest.json"
KIND: Final = "recorded steps"
SCHEMA_VERSION: Final = 1
_ADVICE: Final = "Give the folder that `mia export --to packed` wrote."


@dataclass(frozen=True, slots=True)
class RecordedSet:
    """Clips, and the hash that says which.

    Attributes:
        clips: The clips, in the order of their file names.
        data_sha256: Hash over names and contents of the clips' files.
    """

    clips: tuple[StepClip, ...]
    data_sha256: str

    @classmethod
    def load(cls, folder: Path) -> RecordedSet:
        """Read a folder of clips and check it against its manifest.

        Raises:
            DataSetError: The folder has no manifest, or a clip is missing or is not the one that was written.
            StepClipError: A clip can't be read.
        """
        digest = hashlib.sha256()
        clips = []
        for name, sha256 in sorted(_listed(folder).items()):
            path = folder / name
            if path.is_symlink() or not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                raise DataSetError(f"The clip {path} is missing or not the one that {MANIFEST} lists.", _ADVICE)
            digest.update(f"{name} {sha256}\n".encode())
            clips.append(StepClip.load(path))
        return cls(tuple(clips), digest.hexdigest())

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions, in alphabetical order."""
        return tuple(sorted({clip.session for clip in self.clips}))

    @property
    def minutes(self) -> float:
        """Minutes in all clips."""
        return sum(len(clip) for clip in self.clips) * STEP_S / 60

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects, in alphabetical order."""
        return tuple(sorted({clip.subject for clip in self.clips}))

    @property
    def provenance(self) -> str:
        """Where the labels come from: `measured`, `simulated`, or both."""
        return " and ".join(sorted({clip.provenance for clip in self.clips}))


def is_recorded(folder: Path) -> bool:
    """Return whether a folder says that it is a set of recorded steps; it may still be a damaged one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and manifest.get("kind") == KIND


def _listed(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every clip by its file name."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if (manifest["kind"], manifest["schema_version"]) != (KIND, SCHEMA_VERSION) or manifest["complete"] is not True:
            raise DataSetError(f"{folder / MANIFEST} is of another kind or version.", _ADVICE)
        listed = {str(clip["file"]): str(clip["sha256"]) for clip in manifest["clips"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataSetError(f"{folder} is not a set of recorded steps ({cause(error)}).", _ADVICE) from error
    if not listed or any(Path(name).name != name for name in listed):
        raise DataSetError(f"{folder / MANIFEST} lists no clips of its own folder.", _ADVICE)
    return listed
