"""A folder of labelled motion clips, as the simulator writes it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mia_core.errors import MiaError
from mia_core.motion_clip import MOTION_HZ, MotionClip

MANIFEST: Final = "manifest.json"
SCHEMA_VERSION: Final = 1


class DataSetError(MiaError):
    """A data set folder is missing, incomplete or too small."""


@dataclass(frozen=True, slots=True)
class SimulatedSet:
    """Clips, and the hash that says which.

    Attributes:
        clips: The clips, in the order of their file names.
        data_sha256: Hash over names and contents of the clips' files.
        clip_sha256: Hashes of the clips' files, in the same order.
        recipe: What the simulator was told, and its version: enough to make the same clips again.
    """

    clips: tuple[MotionClip, ...]
    data_sha256: str
    clip_sha256: tuple[str, ...]
    recipe: Mapping[str, int | float | str]

    @classmethod
    def load(cls, folder: Path) -> SimulatedSet:
        """Read a folder of clips and check it against its manifest.

        Raises:
            DataSetError: The folder has no manifest, or a clip is missing or is not the one that was written.
            MotionClipError: A clip can't be read.
        """
        manifest = _read_manifest(folder)
        expected = _listed_clips(manifest, folder)
        digest = hashlib.sha256()
        clips = []
        for name, sha256 in sorted(expected.items()):
            path = folder / name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                raise DataSetError(
                    f"The clip {path} is missing or not the one that {MANIFEST} lists.",
                    "Make the data set again with `mia simulate`.",
                )
            digest.update(f"{name} {sha256}\n".encode())
            clips.append(MotionClip.load(path))
        hashes = tuple(sha256 for _, sha256 in sorted(expected.items()))
        return cls(tuple(clips), digest.hexdigest(), hashes, _recipe(manifest))

    @property
    def minutes(self) -> float:
        """Minutes of motion in all clips."""
        return sum(len(clip.valid) for clip in self.clips) / MOTION_HZ / 60

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects, in alphabetical order."""
        return tuple(sorted({clip.subject for clip in self.clips}))

    @property
    def provenance(self) -> str:
        """Where the labels come from, such as `simulated`; several kinds are joined."""
        return " and ".join(sorted({clip.provenance for clip in self.clips}))


def _read_manifest(folder: Path) -> dict[str, Any]:
    advice = "Give the folder that `mia simulate` wrote."
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataSetError(f"{folder} is not a simulated data set ({MANIFEST}: {error.strerror}).", advice) from error
    except ValueError as error:
        raise DataSetError(f"{folder} is not a simulated data set ({MANIFEST}: {error}).", advice) from error
    if not isinstance(manifest, dict) or manifest.get("schema_version") != SCHEMA_VERSION:
        raise DataSetError(f"{folder / MANIFEST} is not of the version that is read here ({SCHEMA_VERSION}).", advice)
    if manifest.get("complete") is not True:
        raise DataSetError(
            f"The data set {folder} is not complete: its simulation was stopped.",
            "Start the same `mia simulate` again; it goes on where it was.",
        )
    return manifest


def _listed_clips(manifest: dict[str, Any], folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every clip by its file name."""
    try:
        expected = {str(entry["file"]): str(entry["sha256"]) for entry in manifest["clips"]}
    except (KeyError, TypeError) as error:
        raise DataSetError(f"{folder / MANIFEST} is damaged ({error}).", "Make the data set again.") from error
    if not expected or any(Path(name).name != name for name in expected):
        raise DataSetError(f"{folder / MANIFEST} lists no clips of its own folder.", "Make the data set again.")
    return expected


def _recipe(manifest: dict[str, Any]) -> dict[str, int | float | str]:
    settings = manifest.get("settings")
    told = settings if isinstance(settings, dict) else {}
    versions = {"schema_version": SCHEMA_VERSION, "generator_version": manifest.get("generator_version", 0)}
    recipe = {**told, **versions}
    return {str(name): value for name, value in recipe.items() if isinstance(value, int | float | str)}
