"""The windows of one recording, on their way from a source into a set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import NO_PART, WindowSetError
from mia_core.samples import Floats


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of the source that is not in the set.

    Attributes:
        what: Which file or folder.
        why: One sentence.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class WindowBlock:
    """The windows of one uninterrupted recording, in order of time.

    Attributes:
        name: Says which recording, unique in its source; what an interrupted import is resumed by.
        subject: Who.
        exercise: What.
        keypoints: (n, T, 25, 2) as in `WindowSet`.
        emg: (n, T, C) as in `WindowSet`.
        start_step: (n,) first steps; a window whose `breaks` is set begins a recording of its own.
        joints: (n, T, 25, 3) as in `WindowSet`; needed when the set has joints.
        part: Published part, of all windows or (n,) of each.
        breaks: (n,) bool, whether a window follows the one before it only after an interruption; None for nowhere.
        names: What the source calls each window, such as a path; empty for their numbers within the block.
        skipped: What was left out of it.
        sha256: Hash of what was read for it.
    """

    name: str
    subject: str
    exercise: str
    keypoints: Floats
    emg: Floats
    start_step: NDArray[np.int32]
    joints: Floats | None = None
    part: int | NDArray[np.int8] = NO_PART
    breaks: NDArray[np.bool_] | None = None
    names: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    sha256: str = ""

    def __len__(self) -> int:
        return len(self.emg)

    @property
    def n_recordings(self) -> int:
        """How many uninterrupted recordings it holds."""
        return int(self._numbers[-1]) + 1 if len(self) else 0

    def rows(
        self,
        shapes: Mapping[str, tuple[type[np.generic], tuple[int, ...]]],
        subject: int,
        exercise: int,
        first_recording: int,
    ) -> dict[str, NDArray[Any]]:
        """Return the rows of every array of `shapes`, checked.

        Args:
            shapes: Of `row_shapes`; arrays that it does not name are left out.
            subject: Number of the subject.
            exercise: Number of the exercise.
            first_recording: Number of the block's first recording.

        Raises:
            WindowSetError: An array has another shape, or holds NaN or infinite values.
        """
        n = len(self)
        arrays: dict[str, Any] = {
            "keypoints": self.keypoints,
            "emg": self.emg,
            "joints": self.joints,
            "subject": np.full(n, subject),
            "exercise": np.full(n, exercise),
            "recording": first_recording + self._numbers,
            "start_step": self.start_step,
            "part": np.broadcast_to(self.part, n),
        }
        rows: dict[str, NDArray[Any]] = {}
        for name, (kind, shape) in shapes.items():
            array = arrays[name]
            if array is None or array.shape != (n, *shape) or array.dtype.kind not in "fiu":
                got = "nothing" if array is None else f"{array.dtype.name} of {array.shape}"
                raise WindowSetError(f"{name} of {self.name}", f"numbers of {(n, *shape)}", got)
            with np.errstate(over="ignore"):
                rows[name] = np.ascontiguousarray(array, kind)
            if not np.isfinite(rows[name]).all():
                raise WindowSetError(f"{name} of {self.name}", "finite numbers", "NaN or infinite ones")
        return rows

    @property
    def _numbers(self) -> NDArray[np.intp]:
        """(n,) which of the block's uninterrupted recordings each window is from."""
        breaks = np.zeros(len(self), np.bool_) if self.breaks is None else self.breaks
        return np.cumsum(breaks & (np.arange(len(self)) > 0))
