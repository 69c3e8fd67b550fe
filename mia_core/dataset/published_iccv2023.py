"""The layout of the data published with the ICCV 2023 paper: a folder of arrays for each window of three seconds.

`MIADatasetOfficial/{train,val}/SubjectN/Exercise/ID/*.npy`. IDs run on over all exercises of a subject and part, in
order of time. Only `emgvalues`, `joints2d` and `joints3d` are opened: the meshes beside them are 98 % of the bytes.
Sessions exported from this app have the same layout, with a `windows.json` that says what differs.

A window that lacks an array, or whose array has another shape, another type, or NaN, is left out and told; more than a
few of them, or none at all, are an error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.channel_names import ICCV2023_CHANNELS
from mia_core.dataset.exported_windows import ExportedWindows
from mia_core.dataset.npy_file import BrokenWindowError, read_array
from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_overlap import times_of_parts
from mia_core.dataset.window_set import TRAIN, VAL, WindowSetAbout, WindowSetError
from mia_core.samples import WINDOW_STEPS
from mia_core.skeleton import N_KEYPOINTS

LAYOUT: Final = "iccv2023"
PARTS: Final[Mapping[str, int]] = {"train": TRAIN, "val": VAL}
PICTURE_PX: Final = (1080, 1920)
"""Width and height of the published videos, which are portrait; the published code divides by them."""
N_JOINTS: Final = 49
"""Joints of the published arrays; the first 25 are those of BODY_25, in its order."""
_IS_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,6}")
_ADVICE: Final = (
    "Give the folder that holds `train` and `val`, each with SubjectN/Exercise/ID/emgvalues.npy; or say --layout."
)


@dataclass(frozen=True, slots=True)
class _Exercise:
    """Windows of one exercise of one subject: part and running number of each; published ones of `train` first."""

    subject: str
    exercise: str
    windows: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        return f"{self.subject}/{self.exercise}"

    def window_name(self, part: str, number: int) -> str:
        return f"{part}/{self.name}/{number}"


class ICCV2023Source:
    """A folder of the published layout: see `WindowSource`.

    Args:
        folder: The folder that holds `train` and `val`, or one that holds only that folder beside files.

    Raises:
        WindowSetError: It is of another layout.
    """

    tolerates_breaks = False

    def __init__(self, folder: Path) -> None:
        root = root_of(folder)
        if root is None:
            raise WindowSetError(folder, "the folders train and val", "neither", _ADVICE)
        self._root: Final = root
        self._exported = ExportedWindows.beside(self._root)
        self._strange: list[Skipped] = []
        self._exercises = tuple(self._found())
        self.n_windows = sum(len(exercise.windows) for exercise in self._exercises)
        if not self.n_windows:
            raise WindowSetError(self._root, "folders SubjectN/Exercise/ID", "not one of them", _ADVICE)
        self.has_joints = self._exported is None  # a recorded session has no three-dimensional joints
        if self._exported is None:
            self.about = WindowSetAbout((), (), ICCV2023_CHANNELS, "counts", "published", LAYOUT)
        else:
            self.about = self._exported.about
        contents = "\n".join(f"{exercise.name} {exercise.windows}" for exercise in self._exercises)
        self.fingerprint = hashlib.sha256(f"{self._root.resolve()}\n{contents}".encode()).hexdigest()

    @property
    def notes(self) -> tuple[str, ...]:
        """See `WindowSource`."""
        notes = [f"{skipped.what} was not read: {skipped.why}" for skipped in self._strange]
        for (part, subject), ids in self._ids_by_subject().items():
            if missing := len(set(range(min(ids), max(ids) + 1)) - ids):
                notes.append(f"{part}/{subject}: {missing} running numbers are missing, maybe of a copy in pieces.")
        val, train = (
            {subject for part, subject in self._ids_by_subject() if part == name} for name in ("val", "train")
        )
        for part, there in (("train", train), ("val", val)):
            if not there:
                notes.append(f"Nothing is in {part}; so splits hold out the last fifth of each exercise.")
        if train - val:
            notes.append(f"Only learned from, never judged by: {', '.join(sorted(train - val))}.")
        if "Subject0" in val and self._exported is None:
            notes.append(
                "The folder val holds Subject0, which the published list val.txt leaves out; "
                "a split of --kind lists uses such a list."
            )
        return tuple(notes)

    def blocks(self, done: Collection[str]) -> Iterator[WindowBlock]:
        """Read the exercises of each subject: see `WindowSource`."""
        for exercise in self._exercises:
            if exercise.name not in done:
                yield self._block(exercise)

    def _block(self, exercise: _Exercise) -> WindowBlock:
        kept: list[tuple[str, int]] = []
        arrays: dict[str, list[NDArray[Any]]] = {name: [] for name in self._shapes}
        sizes: list[tuple[int, int]] = []
        skipped: list[Skipped] = []
        digest = hashlib.sha256()
        for part, number in exercise.windows:
            name = exercise.window_name(part, number)
            try:
                size = PICTURE_PX if self._exported is None else self._exported.window(name).picture_px
                window = {
                    array: read_array(self._root / name / f"{array}.npy", shape)
                    for array, shape in self._shapes.items()
                }
            except BrokenWindowError as error:
                skipped.append(Skipped(name, str(error)))
                continue
            for array, values in window.items():
                digest.update(f"{part} {number} {array}".encode() + values.tobytes())
                arrays[array].append(values)
            kept.append((part, number))
            sizes.append(size)
        return self._joined(exercise, kept, arrays, sizes, tuple(skipped), digest.hexdigest())

    def _joined(
        self,
        exercise: _Exercise,
        kept: Sequence[tuple[str, int]],
        arrays: Mapping[str, Sequence[NDArray[Any]]],
        sizes: Sequence[tuple[int, int]],
        skipped: tuple[Skipped, ...],
        sha256: str,
    ) -> WindowBlock:
        n = len(kept)
        emg = np.array(arrays["emgvalues"], np.float64).reshape(n, WINDOW_STEPS, len(self.about.channels))
        pixels = np.array(arrays["joints2d"], np.float64).reshape(n, WINDOW_STEPS, N_KEYPOINTS, 2)
        joints = None
        if self.has_joints:
            joints = np.array(arrays["joints3d"], np.float32).reshape(n, WINDOW_STEPS, N_KEYPOINTS, 3)
        parts = np.array([PARTS[part] for part, _ in kept], np.int8)
        names = tuple(exercise.window_name(part, number) for part, number in kept)
        subject = exercise.subject
        if self._exported is None:
            order, starts, breaks = times_of_parts(parts, np.array([number for _, number in kept], np.int64), emg)
        else:
            subject = self._exported.subject(subject)
            order, (starts, breaks) = np.arange(n), self._exported.times(names)
        return WindowBlock(
            exercise.name,
            subject,
            snake_case(exercise.exercise),
            keypoints=(pixels / np.array(sizes, np.float64).reshape(n, 1, 1, 2)).astype(np.float32)[order],
            emg=emg.astype(np.float32)[order],
            joints=None if joints is None else joints[order],
            start_step=starts.astype(np.int32),
            part=parts[order],
            breaks=breaks,
            names=tuple(names[row] for row in order),
            skipped=skipped,
            sha256=sha256,
        )

    @property
    def _shapes(self) -> dict[str, tuple[tuple[int, ...], int]]:
        """Return the shape of each array in its file, and how many of its joints are used (all, where 0)."""
        shapes = {
            "emgvalues": ((WINDOW_STEPS, len(self.about.channels)), 0),
            "joints2d": ((WINDOW_STEPS, N_JOINTS, 2), N_KEYPOINTS),
            "joints3d": ((WINDOW_STEPS, N_JOINTS, 3), N_KEYPOINTS),
        }
        return {name: shape for name, shape in shapes.items() if self.has_joints or name != "joints3d"}

    def _found(self) -> Iterator[_Exercise]:
        """Look through the folders; nothing is opened. The parts themselves may be links, such as to another disk."""
        found: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for part in PARTS:
            inside = (self._root / part).resolve()
            for subject in _folders(self._root / part):
                for exercise in _folders(subject):
                    if not exercise.resolve().is_relative_to(inside):
                        self._strange.append(Skipped(str(exercise), f"it is a link to outside of {part}."))
                        continue
                    names = [window.name for window in _folders(exercise)]
                    numbers = sorted(int(name) for name in names if _IS_NUMBER.fullmatch(name))
                    if strange := sorted(name for name in names if not _IS_NUMBER.fullmatch(name)):
                        why = f"a window's folder is a number such as 0 or 81, got {strange[0]!r}."
                        self._strange.append(Skipped(str(exercise / strange[0]), why))
                    if numbers:
                        found.setdefault((subject.name, exercise.name), []).extend((part, one) for one in numbers)
        for (who, what), windows in found.items():
            one = _Exercise(who, what, tuple(windows))
            yield one if self._exported is None else self._in_time(one, self._exported)

    def _in_time(self, exercise: _Exercise, exported: ExportedWindows) -> _Exercise:
        """Sort windows by session and time, whatever their parts, so that overlaps between parts can be seen."""

        def when(window: tuple[str, int]) -> tuple[str, int]:
            told = exported.window(exercise.window_name(*window))
            return told.session, told.first_step

        return replace(exercise, windows=tuple(sorted(exercise.windows, key=when)))

    def _ids_by_subject(self) -> dict[tuple[str, str], set[int]]:
        by_subject: dict[tuple[str, str], set[int]] = {}
        for exercise in self._exercises:
            for part, number in exercise.windows:
                by_subject.setdefault((part, exercise.subject), set()).add(number)
        return by_subject


def root_of(folder: Path) -> Path | None:
    """Return the folder that holds `train` or `val`: this one, or the only one in it that does; None without one."""
    if any((folder / part).is_dir() for part in PARTS):
        return folder
    inside = [child for child in _folders(folder) if any((child / part).is_dir() for part in PARTS)]
    return inside[0] if len(inside) == 1 else None


def snake_case(name: str) -> str:
    """Return a published name such as `HookPunch` as this project writes it: `hook_punch`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, `Subject2` before `Subject10`."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=_in_order)


def _in_order(folder: Path) -> tuple[str, int]:
    """Return what folders are sorted by: their names, then the numbers at their ends."""
    name = folder.name.rstrip("0123456789")
    return name, int(folder.name[len(name) :] or -1)
