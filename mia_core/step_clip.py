"""A recorded piece of motion: what a detector saw and what sensors said, on the 10 Hz grid that models see."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError
from mia_core.muscles import MONTAGE
from mia_core.samples import STEP_S, Floats
from mia_core.skeleton import BODY_25, N_KEYPOINTS
from mia_core.whole_file import whole_file

_N: Final = len(MONTAGE)
_ARRAYS: Final[Mapping[str, tuple[type[np.generic], tuple[int, ...]]]] = {
    "keypoints_px": (np.float32, (N_KEYPOINTS, 2)),
    "confidence": (np.float32, (N_KEYPOINTS,)),
    "seen": (np.bool_, ()),
    "emg": (np.float32, (_N,)),
    "emg_whole": (np.bool_, (_N,)),
    "activation": (np.float32, (_N,)),
}
"""Type of each array and its shape after the steps."""
_NO_MORE_THAN_S: Final = 1e9
_ADVICE: Final = "Export the sessions again with `mia export --to packed`."


class StepClipError(MiaError):
    """A clip can't be read, or its arrays do not fit each other."""


@dataclass(frozen=True, slots=True)
class StepClip:
    """Some seconds without a gap: n steps of 0.1 s; channels of `MONTAGE`.

    A pose is the mean over the 0.1 s before a step's time, sEMG that over 0.05 s to both sides of it.

    Attributes:
        keypoints_px: (n, 25, 2) float32 as the detector saw them, exchanged sides put right.
        confidence: (n, 25) float32 in [0, 1]; zero while nobody was seen.
        seen: (n,) bool whether a person was seen.
        emg: (n, 8) float32 envelope in the unit of its sensor, NaN where nothing is known.
        emg_whole: (n, 8) bool whether no sample is missing or at the end of the range.
        activation: (n, 8) float32 the envelope relative to rest (0) and maximal contraction (1), NaN without a
            calibration.
        start_s: Begin of the first step on the session's time line.
        image_size_px: (width, height) of the picture; zeros when unknown.
        exercise: Name of the exercise, or `unlabelled`.
        subject: Who moves.
        session: From which session it is.
        units: Unit of each channel of `emg`, empty where there is no sensor.
        provenance: `measured` or `simulated`: where the sEMG comes from.
        repeats_after_s: Length of the film that was shown instead of a camera's picture, after which its motion begins
            anew; 0 for a camera.
    """

    keypoints_px: Floats
    confidence: Floats
    seen: NDArray[np.bool_]
    emg: Floats
    emg_whole: NDArray[np.bool_]
    activation: Floats
    start_s: float
    image_size_px: tuple[int, int]
    exercise: str
    subject: str
    session: str
    units: tuple[str, ...]
    provenance: str
    repeats_after_s: float = 0.0

    def __post_init__(self) -> None:
        for name, (_, shape) in _ARRAYS.items():
            if getattr(self, name).shape != (len(self.seen), *shape):
                raise StepClipError(
                    f"A clip of {self.session} has {len(self.seen)} steps, but its {name} are "
                    f"{getattr(self, name).shape}.",
                    _ADVICE,
                )
        if self.provenance not in ("measured", "simulated") or len(self.units) != _N:
            raise StepClipError(f"A clip of {self.session} does not say what its sEMG is.", _ADVICE)
        if not (abs(self.start_s) < _NO_MORE_THAN_S and (self.repeats_after_s == 0 or self.repeats_after_s >= STEP_S)):
            raise StepClipError(f"A clip of {self.session} begins or repeats at a time that can't be.", _ADVICE)

    def __len__(self) -> int:
        return len(self.seen)

    def cut(self, steps: slice) -> StepClip:
        """Return some steps that follow one another."""
        begin = steps.indices(len(self))[0]
        arrays: dict[str, Any] = {name: getattr(self, name)[steps] for name in _ARRAYS}
        return replace(self, start_s=self.start_s + begin * STEP_S, **arrays)

    def save(self, path: Path) -> None:
        """Write the clip as a compressed `.npz` without pickled objects, atomically."""
        meta = {
            "start_s": self.start_s,
            "image_size_px": self.image_size_px,
            "exercise": self.exercise,
            "subject": self.subject,
            "session": self.session,
            "units": self.units,
            "provenance": self.provenance,
            "repeats_after_s": self.repeats_after_s,
            "step_s": STEP_S,
            "channels": MONTAGE.names,
            "keypoints": BODY_25,
        }
        with whole_file(path) as file:
            arrays: dict[str, Any] = {name: getattr(self, name).astype(kind) for name, (kind, _) in _ARRAYS.items()}
            np.savez_compressed(file, allow_pickle=False, **arrays, meta=np.array(json.dumps(meta)))

    @classmethod
    def load(cls, path: Path) -> StepClip:
        """Read a clip.

        Raises:
            StepClipError: The file is not a clip, or is for other muscles, another skeleton or other steps.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                meta = json.loads(str(data["meta"]))
                arrays: dict[str, Any] = {name: np.asarray(data[name], kind) for name, (kind, _) in _ARRAYS.items()}
            _check(path, meta)
            width, height = meta["image_size_px"]
            return cls(
                **arrays,
                start_s=float(meta["start_s"]),
                image_size_px=(int(width), int(height)),
                units=tuple(str(unit) for unit in meta["units"]),
                exercise=str(meta["exercise"]),
                subject=str(meta["subject"]),
                session=str(meta["session"]),
                provenance=str(meta["provenance"]),
                repeats_after_s=float(meta["repeats_after_s"]),
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, BadZipFile, zlib.error) as error:
            raise StepClipError(f"{path} is not a readable clip ({error}).", _ADVICE) from error


def _check(path: Path, meta: Mapping[str, Any]) -> None:
    """Refuse what other models would have to see, and say what it is.

    Raises:
        StepClipError: It is so.
    """
    for what, has, wanted in (
        ("muscles", meta["channels"], MONTAGE.names),
        ("keypoints", meta["keypoints"], BODY_25),
        ("seconds of a step", [meta["step_s"]], [STEP_S]),
    ):
        if tuple(has) != tuple(wanted):
            pairs = zip(has, wanted, strict=False)
            there, here = next((pair for pair in pairs if pair[0] != pair[1]), (f"{len(has)} in number", len(wanted)))
            raise StepClipError(f"The {what} of {path} are others: {there}, not {here}.", _ADVICE)
