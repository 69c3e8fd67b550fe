"""Which windows are learned from and which are held out: as data that are saved, so that everybody uses the same.

All kinds but the lists of somebody else start from the in-distribution split, so that the same windows judge a model
that knows the exercise or subject and one that does not.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import TRAIN, VAL, WindowSet
from mia_core.errors import MiaError, cause
from mia_core.whole_file import whole_file

Rows = NDArray[np.intp]
SCHEMA_VERSION: Final = 1
HELD_OUT_SHARE: Final = 0.2
"""Of the time of every exercise of every subject, at its end, where the source has no parts of its own."""
_ADVICE: Final = "Make it again with `mia dataset split`."


class SplitError(MiaError):
    """A split can't be made of these windows, can't be read, or is of other windows."""


@dataclass(frozen=True, slots=True)
class Split:
    """A split of one stored set.

    Attributes:
        name: Which split, such as `leave-exercise-out squat`.
        train: (n,) intp rows to learn from, ascending.
        test: (m,) intp rows to judge by, ascending; none is in `train`.
        note: What somebody who reads a number made with it has to know.
        data_sha256: Hash of the set's content; empty for windows that are not stored.

    Raises:
        SplitError: A part is empty, or a row is in both.
    """

    name: str
    train: Rows
    test: Rows
    note: str = ""
    data_sha256: str = ""

    def __post_init__(self) -> None:
        for part, rows in (("learn from", self.train), ("judge by", self.test)):
            if rows.ndim != 1 or not len(rows) or rows[0] < 0 or (np.diff(rows) <= 0).any():
                raise SplitError(
                    f"The split {self.name} has no windows to {part}, or they are out of order.",
                    "Choose a split that leaves some; `mia dataset info` shows what there is.",
                )
        if both := np.intersect1d(self.train, self.test).size:
            raise SplitError(f"{both} windows of the split {self.name} are in both of its parts.", _ADVICE)

    def of(self, windows: WindowSet) -> tuple[WindowSet, WindowSet]:
        """Return the windows to learn from and those to judge by.

        Raises:
            SplitError: The split was made of other windows.
        """
        if windows.about.sha256 != self.data_sha256 or max(self.train[-1], self.test[-1]) >= len(windows):
            raise SplitError(
                f"The split {self.name} is of other windows: expected the content "
                f"{self.data_sha256[:12] or 'unknown'}, got {windows.about.sha256[:12] or 'unknown'}.",
                _ADVICE,
            )
        return windows.take(self.train), windows.take(self.test)

    def save(self, path: Path) -> None:
        """Write the split as JSON; the file appears whole or not at all.

        Raises:
            SplitError: It can't be written, or is there already.
        """
        if path.is_file():
            raise SplitError(f"{path} exists already, and nothing is overwritten.", "Choose another name.")
        if not path.name:
            raise SplitError(f"{str(path)!r} names no file.", "Choose a name such as split.json.")
        told = {"schema_version": SCHEMA_VERSION, **asdict(self)}
        text = json.dumps({**told, "train": self.train.tolist(), "test": self.test.tolist()}) + "\n"
        try:
            with whole_file(path) as file:
                file.write(text.encode())
        except OSError as error:
            raise SplitError(f"{path} can't be written ({error.strerror}).", "Choose another place.") from error

    @classmethod
    def load(cls, path: Path) -> Split:
        """Read a split.

        Raises:
            SplitError: The file is missing, or is not a split.
        """
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["schema_version"] != SCHEMA_VERSION:
                raise SplitError(f"{path} is a split of another version.", _ADVICE)
            train, test = _read_rows(told["train"]), _read_rows(told["test"])
            return cls(str(told["name"]), train, test, str(told["note"]), str(told["data_sha256"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise SplitError(f"{path} is not a readable split ({cause(error)}).", _ADVICE) from error


def in_distribution(windows: WindowSet) -> Split:
    """Split every exercise of every subject in time: as published, or the last fifth is held out.

    Windows to learn from that share a step with a held-out one are dropped.

    Raises:
        SplitError: No exercise has enough windows.
    """
    has_parts = bool((windows.part == TRAIN).any() and (windows.part == VAL).any())
    held_out = windows.part == VAL if has_parts else _last_fifth(windows)
    learned = (windows.part == TRAIN if has_parts else ~held_out) & ~overlapping(windows, held_out)
    dropped = int((~held_out & ~learned).sum())
    which = "the published parts" if has_parts else f"the last {HELD_OUT_SHARE:.0%} of each exercise held out"
    return _split(windows, "in-distribution", learned, held_out, f"{which}; {dropped} windows are in neither part")


def leave_exercise_out(windows: WindowSet, exercise: str) -> Split:
    """Hold out one exercise: learn from the others, judge by its held-out windows.

    Raises:
        SplitError: There is no such exercise, or no other one.
    """
    which = windows.exercise == _number(windows.about.exercises, exercise, "exercise")
    return _narrowed(windows, f"leave-exercise-out {exercise}", ~which, which)


def leave_subject_out(windows: WindowSet, subject: str) -> Split:
    """Hold out one subject: learn from the others, judge by the subject's held-out windows.

    Raises:
        SplitError: There is no such subject, or no other one.
    """
    which = windows.subject == _number(windows.about.subjects, subject, "subject")
    return _narrowed(windows, f"leave-subject-out {subject}", ~which, which)


def cross_subject(windows: WindowSet, from_subject: str, to_subject: str) -> Split:
    """Learn from one subject, judge by another.

    Raises:
        SplitError: There is no such subject, or both are the same.
    """
    if from_subject == to_subject:
        raise SplitError(f"Both subjects are {to_subject}.", "Choose two subjects.")
    learned, judged = (
        windows.subject == _number(windows.about.subjects, name, "subject") for name in (from_subject, to_subject)
    )
    return _narrowed(windows, f"cross-subject {from_subject} to {to_subject}", learned, judged)


def overlapping(windows: WindowSet, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (N,) whether each window shares a step of its recording with one of those in the mask `among`."""
    key = windows.recording.astype(np.int64) * (1 << 33) + windows.start_step  # recordings never touch on this line
    others = np.sort(key[among])
    first = np.searchsorted(others, key - windows.n_steps, "right")
    return np.asarray(np.searchsorted(others, key + windows.n_steps, "left") > first)


def _last_fifth(windows: WindowSet) -> NDArray[np.bool_]:
    """Return (N,) which windows are in the last fifth of the time of their subject and exercise."""
    held_out = np.zeros(len(windows), np.bool_)
    order = np.lexsort((windows.start_step, windows.recording, windows.exercise, windows.subject))
    pair = windows.subject[order].astype(np.int64) * len(windows.about.exercises) + windows.exercise[order]
    for rows in np.split(order, np.flatnonzero(np.diff(pair)) + 1):
        if len(rows) > 1:
            time = np.cumsum(windows.covered_share[rows])
            held_out[rows] = time - windows.covered_share[rows] / 2 > (1 - HELD_OUT_SHARE) * time[-1]
            held_out[rows[-1]] = True
    return held_out


def _narrowed(windows: WindowSet, name: str, learned: NDArray[np.bool_], judged: NDArray[np.bool_]) -> Split:
    """Return the part of the in-distribution split that these masks leave."""
    known = in_distribution(windows)
    is_train, is_test = (np.zeros(len(windows), np.bool_) for _ in range(2))
    is_train[known.train], is_test[known.test] = True, True
    return _split(windows, name, is_train & learned, is_test & judged, known.note)


def _split(windows: WindowSet, name: str, learned: NDArray[np.bool_], judged: NDArray[np.bool_], note: str) -> Split:
    return Split(name, np.flatnonzero(learned), np.flatnonzero(judged), note, windows.about.sha256)


def _number(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise SplitError(f"There is no {what} {name}; there are {', '.join(names)}.", f"Choose one {what} of these.")
    return names.index(name)


def _read_rows(told: object) -> Rows:
    if not isinstance(told, list) or not all(type(row) is int for row in told):
        raise ValueError("rows are whole numbers")
    return np.array(told, np.intp)
