"""Read the tables that OpenSim writes: `.sto` and `.mot` files of numbers over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import MiaError

Array = NDArray[np.float64]


class OpenSimTableError(MiaError):
    """A table of OpenSim can't be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is not a readable OpenSim table: {reason}.", "Get the file anew from its source.")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OpenSimTable:
    """Columns of numbers over time.

    Attributes:
        path: The file it was read from.
        columns: Names as in the file, without `time`. A path such as `/jointset/hip_r/hip_flexion_r/value` is shortened
            to the coordinate.
        times_s: (T,) increasing.
        values: (T, number of columns).
        in_degrees: Whether angles are in degrees.
    """

    path: Path
    columns: tuple[str, ...]
    times_s: Array = field(repr=False)
    values: Array = field(repr=False)
    in_degrees: bool

    def at(self, times_s: Array, *columns: str) -> Array:
        """Return the (n, number of columns) values at some times, interpolated linearly.

        Raises:
            OpenSimTableError: A column is missing, or a time lies outside the table.
        """
        missing = [name for name in columns if name not in self.columns]
        if missing:
            raise OpenSimTableError(self.path, f"it has no column {', '.join(missing)}")
        if times_s.min() < self.times_s[0] or times_s.max() > self.times_s[-1]:
            raise OpenSimTableError(
                self.path,
                f"it reaches from {self.times_s[0]:.3f} to {self.times_s[-1]:.3f} s, but {times_s.min():.3f} to"
                f" {times_s.max():.3f} s are needed",
            )
        chosen = [self.values[:, self.columns.index(name)] for name in columns]
        return np.stack([np.interp(times_s, self.times_s, column) for column in chosen], axis=1)


def read_opensim_table(path: Path) -> OpenSimTable:
    """Read a `.sto` or `.mot` file.

    The header's number of columns is not looked at: OpenSim's own example has a wrong one.

    Raises:
        OpenSimTableError: The file can't be read, or is not a whole, well-formed table.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OpenSimTableError(path, f"it can't be read ({error})") from error
    ends = [number for number, line in enumerate(lines) if line.strip() == "endheader"]
    if not ends:
        raise OpenSimTableError(path, "its header has no end")
    header = dict(line.strip().split("=", 1) for line in lines[: ends[0]] if "=" in line)
    body = [line.split() for line in lines[ends[0] + 1 :] if line.strip()]
    if not body or body[0][0] != "time":
        raise OpenSimTableError(path, "its first column is not the time")
    names = tuple(map(_short_name, body[0]))
    if len(set(names)) < len(names):
        raise OpenSimTableError(path, "two of its columns have the same name")
    rows = body[1:]
    if header.get("nRows", "").strip() != str(len(rows)):
        raise OpenSimTableError(path, f"it has {len(rows)} rows, but its header says {header.get('nRows')}")
    values = _values(path, rows, len(names))
    return OpenSimTable(path, names[1:], values[:, 0], values[:, 1:], header.get("inDegrees", "no").strip() == "yes")


def _short_name(name: str) -> str:
    return name.split("/")[-2] if name.endswith("/value") else name


def _values(path: Path, rows: list[list[str]], n_columns: int) -> Array:
    for number, row in enumerate(rows):
        if len(row) != n_columns:
            raise OpenSimTableError(path, f"row {number} has {len(row)} values for {n_columns} columns")
    if len(rows) < 2:
        raise OpenSimTableError(path, "it has fewer than two rows")
    try:
        values = np.array([[float(word) for word in row] for row in rows])
    except ValueError as error:
        raise OpenSimTableError(path, f"there is text where a number should be ({error})") from error
    if not np.isfinite(values).all():
        raise OpenSimTableError(path, "it has a value that is not finite")
    if np.any(np.diff(values[:, 0]) <= 0):
        raise OpenSimTableError(path, "its times do not increase")
    return values
