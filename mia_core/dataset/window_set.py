"""Windows of keypoints and muscle activity from any source, read-only and memory-mapped: what the laboratory works on.

A set is a folder `NAME.windows` with one `.npy` file per array and `about.json`, which is written last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.npy_file import NPY_DAMAGE
from mia_core.errors import MiaError
from mia_core.samples import Floats
from mia_core.skeleton import N_KEYPOINTS

ABOUT: Final = "about.json"
NAMES: Final = "windows.txt"
SCHEMA_VERSION: Final = 1
SUFFIX: Final = ".windows"
PROVENANCES: Final = ("published", "recorded", "simulated")
LAYOUTS: Final = ("iccv2023", "first_version", "mia-live", "simulated")
TRAIN, VAL, NO_PART = 0, 1, -1
_ADVICE: Final = "Make it again with `mia dataset import`."
_BIG: Final = 1 << 33  # more than any step: keeps recordings apart on one number line


class WindowSetError(MiaError):
    """A set of windows can't be read, or its arrays do not fit each other."""

    def __init__(self, what: Path | str, expected: str, got: str, advice: str = _ADVICE) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}.", advice)


@dataclass(frozen=True, slots=True)
class WindowSetAbout:
    """What the windows are.

    Attributes:
        subjects: Names, in the order of the numbers in `WindowSet.subject`.
        exercises: Names, in the order of the numbers in `WindowSet.exercise`.
        channels: Names such as `left_biceps`, in the order of the last axis of `WindowSet.emg`.
        unit: Of `WindowSet.emg`.
        provenance: One of `PROVENANCES`: where the sEMG comes from.
        layout: One of `LAYOUTS`: how the source was laid out.
        source_sha256: Hash over what was read, empty when nothing was.
        step_hz: Steps a second.
        sha256: Hash over the stored set's content; empty for a set that is not stored, such as some rows of one.
        picture_aspect: Width over height of the pictures of recorded sessions, None where they differ in it. The
            pictures of the other layouts are portrait, 9:16.
    """

    subjects: tuple[str, ...]
    exercises: tuple[str, ...]
    channels: tuple[str, ...]
    unit: str
    provenance: str
    layout: str
    source_sha256: str = ""
    step_hz: float = 10.0
    sha256: str = ""
    picture_aspect: float | None = None

    def __post_init__(self) -> None:
        for name in ("subjects", "exercises", "channels"):
            names = getattr(self, name)
            if not all(isinstance(each, str) and each for each in names) or len(set(names)) != len(names):
                raise WindowSetError(ABOUT, f"different names of {name}", repr(names))
        for name, allowed in (("provenance", PROVENANCES), ("layout", LAYOUTS)):
            if getattr(self, name) not in allowed:
                raise WindowSetError(ABOUT, f"{name} of {', '.join(allowed)}", repr(getattr(self, name)))
        if not 0 < self.step_hz < np.inf:
            raise WindowSetError(ABOUT, "a step_hz above 0", repr(self.step_hz))
        if self.picture_aspect is not None and not 0 < self.picture_aspect < np.inf:
            raise WindowSetError(ABOUT, "a picture_aspect above 0", repr(self.picture_aspect))

    def told(self) -> dict[str, Any]:
        """Return all that is known, for JSON and hashes."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class WindowSet:
    """N windows of T steps with C channels.

    Attributes:
        keypoints: (N, T, 25, 2) float32 BODY_25, x / width and y / height of the picture; may lie outside of 0 to 1.
        emg: (N, T, C) float32 in `about.unit`.
        joints: (N, T, 25, 3) float32 metres in the source's own axes, or None.
        subject: (N,) int16 places in `about.subjects`.
        exercise: (N,) int16 places in `about.exercises`.
        recording: (N,) int32 from which uninterrupted recording a window is, unique over subjects.
        start_step: (N,) int32 >= 0, a window's first step within its recording.
        part: (N,) int8 published part: `TRAIN`, `VAL` or `NO_PART`.
        about: What the windows are.

    Raises:
        WindowSetError: The arrays do not fit each other.
    """

    keypoints: Floats
    emg: Floats
    joints: Floats | None
    subject: NDArray[np.int16]
    exercise: NDArray[np.int16]
    recording: NDArray[np.int32]
    start_step: NDArray[np.int32]
    part: NDArray[np.int8]
    about: WindowSetAbout

    def __post_init__(self) -> None:
        if self.emg.ndim != 3:
            raise WindowSetError("emg", "the axes windows, steps, channels", f"the shape {self.emg.shape}")
        for name, (kind, shape) in row_shapes(self.n_steps, len(self.about.channels)).items():
            array = getattr(self, name)
            if array is None and name == "joints":
                continue
            if array.dtype != kind or array.shape != (self.n_windows, *shape):
                expected = f"{np.dtype(kind).name} of {(self.n_windows, *shape)}"
                raise WindowSetError(name, expected, f"{array.dtype.name} of {array.shape}")
        ranges = (
            *((self.subject, 0, len(self.about.subjects), "subject"),),
            *((self.exercise, 0, len(self.about.exercises), "exercise"),),
            *((self.recording, 0, np.inf, "recording"), (self.start_step, 0, np.inf, "start_step")),
            (self.part, NO_PART, VAL + 1, "part"),
        )
        for numbers, low, above, name in ranges:
            if len(numbers) and not (low <= numbers.min() and numbers.max() < above):
                raise WindowSetError(
                    name, f"numbers from {low} to below {above}", f"{numbers.min()} to {numbers.max()}"
                )

    @property
    def n_windows(self) -> int:
        """How many windows there are."""
        return len(self.emg)

    @property
    def n_steps(self) -> int:
        """How many steps a window has."""
        return int(self.emg.shape[1])

    def __len__(self) -> int:
        return self.n_windows

    def take(self, rows: NDArray[Any] | slice) -> WindowSet:
        """Return some windows: by their numbers, by a mask (N,), or a slice, which copies nothing."""
        names = row_shapes(self.n_steps, len(self.about.channels))
        arrays: dict[str, Any] = {name: getattr(self, name) for name in names}
        taken: dict[str, Any] = {name: None if array is None else array[rows] for name, array in arrays.items()}
        return replace(self, **taken, about=replace(self.about, sha256=""))

    def channel(self, name: str) -> int:
        """Return a channel's place on the last axis of `emg`.

        Raises:
            WindowSetError: There is no such channel.
        """
        if name not in self.about.channels:
            raise WindowSetError("channels", name, ", ".join(self.about.channels), "Choose one of these channels.")
        return self.about.channels.index(name)

    @cached_property
    def covered_share(self) -> NDArray[np.float64]:
        """(N,) share of each window's time that is its own: its steps' mean of 1 / windows that hold the step."""
        first = self.recording.astype(np.int64) * _BIG + self.start_step  # (N,)
        steps = first[:, np.newaxis] + np.arange(self.n_steps)  # (N, T)
        begins = np.sort(first)
        holding = np.searchsorted(begins, steps, "right") - np.searchsorted(begins, steps - self.n_steps, "right")
        return np.asarray((1 / holding).mean(axis=1), np.float64)

    @property
    def weights(self) -> NDArray[np.float64]:
        """(N,) by recording time, mean 1: windows that overlap share what they have in common."""
        return self.covered_share / self.covered_share.mean() if len(self) else self.covered_share

    @property
    def minutes(self) -> float:
        """Minutes of recording in all windows, overlaps counted once."""
        return float(self.covered_share.sum()) * self.n_steps / self.about.step_hz / 60


def row_shapes(n_steps: int, n_channels: int) -> Mapping[str, tuple[type[np.generic], tuple[int, ...]]]:
    """Return type and shape of one window of every array, in the order in which they are hashed."""
    return {
        "keypoints": (np.float32, (n_steps, N_KEYPOINTS, 2)),
        "emg": (np.float32, (n_steps, n_channels)),
        "joints": (np.float32, (n_steps, N_KEYPOINTS, 3)),
        "subject": (np.int16, ()),
        "exercise": (np.int16, ()),
        "recording": (np.int32, ()),
        "start_step": (np.int32, ()),
        "part": (np.int8, ()),
    }


def open_window_set(path: Path) -> WindowSet:
    """Open a stored set; nothing but its size is read.

    Raises:
        WindowSetError: There is no whole set, or its files do not fit each other.
    """
    about, n_windows, n_steps, has_joints = _read_about(path)
    arrays: dict[str, Any] = {"joints": None}
    for name in row_shapes(n_steps, len(about.channels)):
        if name == "joints" and not has_joints:
            continue
        file = path / f"{name}.npy"
        try:
            arrays[name] = np.load(file, mmap_mode="r", allow_pickle=False)
        except NPY_DAMAGE as error:
            raise WindowSetError(file, "an array", f"none that can be read ({error})") from error
    found = WindowSet(**arrays, about=about)
    if (found.n_windows, found.n_steps) != (n_windows, n_steps):
        raise WindowSetError(path, f"{n_windows} windows of {n_steps} steps", f"{found.emg.shape[:2]}")
    return found


def about_json(windows: WindowSet) -> str:
    """Return the text of `about.json`."""
    told = {"schema_version": SCHEMA_VERSION, "windows": len(windows), "steps": windows.n_steps}
    joints = {"has_joints": windows.joints is not None}
    return json.dumps({**told, **joints, **windows.about.told()}, indent=2) + "\n"


def _read_about(path: Path) -> tuple[WindowSetAbout, int, int, bool]:
    """Return what the windows are, how many, of how many steps, and whether they have joints."""
    file = path / ABOUT
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told.pop("schema_version") != SCHEMA_VERSION:
            raise WindowSetError(file, f"version {SCHEMA_VERSION}", "another one")
        shape = int(told.pop("windows")), int(told.pop("steps")), bool(told.pop("has_joints"))
        names: dict[str, Any] = {name: tuple(told.pop(name)) for name in ("subjects", "exercises", "channels")}
        return WindowSetAbout(**names, **told), *shape
    except OSError as error:
        partial = path.with_name(path.name + ".partial")
        got = "an import that was interrupted" if partial.is_dir() else f"no {ABOUT} ({error.strerror})"
        advice = "Start the same `mia dataset import` again; it goes on where it was."
        raise WindowSetError(path, "a set of windows", got, advice if partial.is_dir() else _ADVICE) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WindowSetError(file, "a description of windows", f"a damaged one ({error})") from error


def window_names(path: Path) -> tuple[str, ...]:
    """Return what the source calls each window of a stored set, such as a path; empty where that is not stored."""
    try:
        return tuple((path / NAMES).read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise WindowSetError(path / NAMES, "one name in each line", f"something else ({error})") from error
