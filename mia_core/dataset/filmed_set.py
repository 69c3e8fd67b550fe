"""Motion that was filmed once and for all: what a detector saw, what the muscles did. For judging, not for training.

A set is one `.npz` file without pickled objects. It carries the hash of its own content, so that a judgement can name
exactly what it was made on.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.motion_clip import MOTION_HZ
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.skeleton import N_KEYPOINTS
from mia_core.whole_file import whole_file

SCHEMA_VERSION: Final = 1
SIMULATED: Final = "simulated"
_ADVICE: Final = "Make it again with `mia heldout`."
_ARRAYS: Final[Mapping[str, tuple[type[np.generic], tuple[int, ...]]]] = {
    "keypoints_px": (np.float32, (N_KEYPOINTS, 2)),
    "confidence": (np.float32, (N_KEYPOINTS,)),
    "activation": (np.float32, (len(MONTAGE),)),
    "measured": (np.float32, (len(MONTAGE),)),
    "valid": (np.bool_, ()),
}
"""Type of each array in the file and its shape after the frames of all clips, one after the other."""

Scalar = int | float | str | bool


class FilmedSetError(MiaError):
    """A set of filmed clips can't be read, or its arrays do not fit each other."""


@dataclass(frozen=True, slots=True)
class FilmedClip:
    """One motion seen by one camera, at 30 Hz.

    Attributes:
        name: Which motion, and which camera: `MOTION@CAMERA`.
        subject: Who moves.
        image_size_px: (width, height) of the picture.
        keypoints_px: (T, 25, 2) float32 as the detector gave them.
        confidence: (T, 25) float32 in [0, 1]; zero while nobody was found.
        activation: (T, 8) float32 in [0, 1], channels of `MONTAGE`: what the simulator says the muscles do.
        valid: (T,) bool; elsewhere nothing is judged, because the physics did not add up.
        measured: (T, 8) float32 sEMG envelope on a scale of its own, NaN where nothing was measured: nearly always.
    """

    name: str
    subject: str
    image_size_px: tuple[float, float]
    keypoints_px: Floats
    confidence: Floats
    activation: Floats
    valid: NDArray[np.bool_]
    measured: Floats | None = None

    def __post_init__(self) -> None:
        for name, (_, shape) in _ARRAYS.items():
            array = getattr(self, name)
            if array is not None and array.shape != (len(self.valid), *shape):
                raise FilmedSetError(
                    f"The clip {self.name} has {len(self.valid)} frames, but its {name} are {array.shape}.", _ADVICE
                )

    @property
    def motion(self) -> str:
        """The motion, whichever camera saw it."""
        return self.name.partition("@")[0]


@dataclass(frozen=True, slots=True)
class FilmedSet:
    """Clips that belong together, and how they were made.

    Attributes:
        name: Which set, such as `real_motion`.
        keypoints: Whose keypoints these are, in a few words.
        clips: The clips.
        settings: What was asked for, the seed and the version of the generator among it.
    """

    name: str
    keypoints: str
    clips: tuple[FilmedClip, ...]
    settings: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def minutes(self) -> float:
        """Minutes of film; a motion counts once for each camera."""
        return sum(len(clip.valid) for clip in self.clips) / MOTION_HZ / 60

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects, in alphabetical order."""
        return tuple(sorted({clip.subject for clip in self.clips}))

    @property
    def sha256(self) -> str:
        """Hash of the content: equal for equal sets, whatever packed them."""
        arrays = _joined(self.clips)
        digest = hashlib.sha256(json.dumps(_meta(self), sort_keys=True).encode())
        for name in _ARRAYS:
            digest.update(np.ascontiguousarray(arrays[name]).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the set; the file appears whole or not at all."""
        meta = json.dumps({**_meta(self), "sha256": self.sha256})
        with whole_file(path) as file:
            np.savez_compressed(file, allow_pickle=False, **_joined(self.clips), meta=np.array(meta))

    @classmethod
    def load(cls, path: Path) -> FilmedSet:
        """Read a set.

        Raises:
            FilmedSetError: The file is missing, damaged, of another version or for other muscles.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                meta = json.loads(str(data["meta"]))
                arrays = {name: np.asarray(data[name], kind) for name, (kind, _) in _ARRAYS.items()}
            if meta["schema_version"] != SCHEMA_VERSION or tuple(meta["channels"]) != MONTAGE.names:
                raise FilmedSetError(f"{path} is of another version or for other muscles.", _ADVICE)
            clips = _cut(meta["clips"], arrays)
            found = cls(str(meta["name"]), str(meta["keypoints"]), clips, dict(meta["settings"]))
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
            raise FilmedSetError(f"{path} is not a readable set of filmed clips ({error}).", _ADVICE) from error
        if found.sha256 != meta.get("sha256"):
            raise FilmedSetError(f"{path} is damaged: its content is not what was written.", _ADVICE)
        return found


def _meta(filmed: FilmedSet) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "name": filmed.name,
        "labels": SIMULATED,
        "keypoints": filmed.keypoints,
        "channels": list(MONTAGE.names),
        "rate_hz": MOTION_HZ,
        "settings": dict(filmed.settings),
        "clips": [
            {
                "name": clip.name,
                "subject": clip.subject,
                "frames": len(clip.valid),
                "image_size_px": list(clip.image_size_px),
                "has_measured": clip.measured is not None,
            }
            for clip in filmed.clips
        ],
    }


def _joined(clips: Sequence[FilmedClip]) -> dict[str, NDArray[Any]]:
    """Return every array over all frames of all clips."""
    joined = {}
    for name, (kind, shape) in _ARRAYS.items():
        arrays = [getattr(clip, name) for clip in clips]
        present = [array.astype(kind) for array in arrays if array is not None]
        joined[name] = np.concatenate(present) if present else np.zeros((0, *shape), kind)
    return joined


def _cut(entries: Sequence[Mapping[str, Any]], arrays: Mapping[str, NDArray[Any]]) -> tuple[FilmedClip, ...]:
    """Cut the joined arrays into clips; the shapes are checked by the clips themselves."""
    clips, first, first_measured = [], 0, 0
    for entry in entries:
        frames = slice(first, first := first + int(entry["frames"]))
        measured = None
        if entry["has_measured"]:
            measured = arrays["measured"][first_measured : first_measured + int(entry["frames"])]
            first_measured += int(entry["frames"])
        width, height = entry["image_size_px"]
        clips.append(
            FilmedClip(
                name=str(entry["name"]),
                subject=str(entry["subject"]),
                image_size_px=(float(width), float(height)),
                keypoints_px=arrays["keypoints_px"][frames],
                confidence=arrays["confidence"][frames],
                activation=arrays["activation"][frames],
                valid=arrays["valid"][frames],
                measured=measured,
            )
        )
    return tuple(clips)
