"""What experiments hand to the report: tables and figures as plain numbers, and what they were made with."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Cell = str | int | float | None
"""One entry of a table; None (and NaN) is unknown, shown as a dash and left empty in CSV."""

FigureKind = Literal["curves", "matrices", "traces", "intervals"]

CSV_DIGITS: Final = 4
"""Digits after the point in CSV: more than any interval is narrow, fewer than rounding differs between machines."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: Stem of its CSV file, such as `table1`.
        title: Heading for people.
        columns: Names of the columns; the first names the row. A name `Group: name` is shown under a common heading,
            and a group that begins with `Paper` apart from our own values.
        rows: Each as long as `columns`. Numbers are not rounded.
        note: What a reader must know: unit, which data, what is compared with what. Empty if nothing.
        setting: What is not the paper's setting, said wherever the table is shown. Empty with the paper's.
        compare: Groups of columns of errors; the lowest of each group is marked in every row.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    setting: str = ""
    compare: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"{self.name}: {len(self.columns)} columns, but a row of {len(wrong[0])}: {wrong[0]}")

    def to_csv(self) -> str:
        """Return the table as CSV with a heading; the last column repeats the setting, so that no row loses it."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow((*self.columns, "setting"))
        writer.writerows((*(_csv_cell(cell) for cell in row), self.setting or "paper") for row in self.rows)
        return text.getvalue()


@dataclass(frozen=True, slots=True)
class Figure:
    """The numbers of one figure; JSON can hold them.

    Attributes:
        name: Stem of its files, such as `figure7`.
        title: Heading for people.
        kind: How it is drawn, which says what `data` holds. None in a list of numbers is unknown.

            `curves`: `x_label`, `y_label`, `curves`: a list of `label`, `x`, `y`, and, both or neither, `low`, `high`
            (edges of a band), each a list of equal length; `reference`, optional: whether it is only to compare with.
            `matrices`: `names` (rows and columns alike), `row_label`, `column_label`, `unit`, `matrices`: a list of
            `label`, `values` (rows of numbers).
            `traces`: `unit`, `full_scale` (the value that is red; 0 is yellow), `examples`: a list of `label`,
            `seconds` and `channels`: a list of `label`, `truth` (dotted), `predicted` (solid).
            `intervals`: `x_label`, `items`: a list of `label`, `value`, `low`, `high`, and, optional, `group`; `zero`,
            optional: whether 0 is marked, with differences.
        data: As `kind` says.
        note: As of a table.
        setting: As of a table.
    """

    name: str
    title: str
    kind: FigureKind
    data: Mapping[str, Any]
    note: str = ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of one run of `mia evaluate`.

    Attributes:
        title: Heading of the page.
        tables: All.
        figures: All.
        configuration: What it was made with, for people: preset, seeds, data set and its hash, models.
        seconds: Time spent by part of the work; never in CSV, which two equal runs share.
        setting: As of a table, for the page.
        order: Names of tables and figures in the order of the page; those left out come last.
        lead: In a sentence or two, what was learned from and judged by: how many windows, whose, in which unit.
    """

    title: str
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    configuration: Mapping[str, Any]
    seconds: Mapping[str, float] = field(default_factory=dict)
    setting: str = ""
    order: tuple[str, ...] = ()
    lead: str = ""


def _csv_cell(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return f"{cell:.{CSV_DIGITS}f}" if isinstance(cell, float) else str(cell)
