"""Splits from lists of windows that somebody else made, such as the text files in the published code.

A line is the path of a window: `MIADatasetOfficial/val/Subject5/Squat/81`. Files for single subjects are partly named
from 1 while folders count from 0, so nothing is concluded from a file's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from mia_core.dataset.splits import Rows, Split, SplitError
from mia_core.dataset.window_set import open_window_set, window_names
from mia_core.errors import cause

MISSING_SHARE: Final = 0.05
"""A list of which more than this share of the windows is not in the set is refused."""
_PARTS_OF_NAME: Final = 4  # part, subject, exercise, number


def split_from_lists(path: Path, train: Path, test: Path) -> Split:
    """Return the split that two lists describe.

    Args:
        path: The stored set, `NAME.windows`.
        train: List of the windows to learn from.
        test: List of the windows to judge by.

    Raises:
        SplitError: A list can't be read, leads out of the data folder, or names windows that are not in the set.
        WindowSetError: The set can't be read.
    """
    windows = open_window_set(path)
    rows_of = {name: row for row, name in enumerate(window_names(path))}
    learned, missing_learned = _rows(train, rows_of)
    judged, missing_judged = _rows(test, rows_of)
    notes = [f"lists {train.name} and {test.name}"]
    if missing := missing_learned + missing_judged:
        notes.append(f"{missing} of their windows are not in the set")
    for file, rows in ((train, learned), (test, judged)):
        subjects = sorted({windows.about.subjects[number] for number in windows.subject[rows]})
        if absent := sorted(set(windows.about.subjects) - set(subjects)):
            notes.append(f"{file.name} holds nothing of {', '.join(absent)}")
    return Split(f"lists {train.stem} {test.stem}", learned, judged, "; ".join(notes), windows.about.sha256)


def window_name(line: str, where: str) -> str:
    """Return the name of a window, from the part on, by a line of a list.

    Raises:
        SplitError: The line is no such path, or leads out of the data folder.
    """
    path = PurePosixPath(line.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or len(path.parts) < _PARTS_OF_NAME:
        raise SplitError(
            f"{where}: expected a window inside the data folder, such as "
            f"MIADatasetOfficial/val/Subject5/Squat/81, got {line[:80]!r}.",
            "Use the lists that belong to the data.",
        )
    return "/".join(path.parts[-_PARTS_OF_NAME:])


def _rows(file: Path, rows_of: dict[str, int]) -> tuple[Rows, int]:
    """Return the rows that a list names, and how many of its windows are not in the set."""
    names = _names(file)
    missing = [name for name in names if name not in rows_of]
    if len(missing) > MISSING_SHARE * len(names):
        raise SplitError(
            f"{file}: expected windows of this set, got {len(missing)} of {len(names)} that are not in it, "
            f"such as {missing[0]}.",
            "Use the lists that belong to the data, or import the data again.",
        )
    return np.array(sorted({rows_of[name] for name in names if name in rows_of}), np.intp), len(missing)


def _names(file: Path) -> Sequence[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise SplitError(
            f"{file} can't be read ({cause(error)}).", "Give a text file with a path in each line."
        ) from error
    return [window_name(line.strip(), f"{file}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
