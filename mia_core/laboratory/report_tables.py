"""Tables of a report as HTML: grouped headings, numbers aligned and as exact as they deserve, the best marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from mia_core.laboratory.results import Cell, Table
from mia_core.laboratory.svg import words

_SUMMARIES: Final = ("mean", "pooled", "all")
"""The last rows, when their names begin so, sum up the others and are set apart."""
_P: Final = "p"
"""The name of a column of probabilities."""
_LEAST_P: Final = 1e-4
_UNKNOWN: Final = "\N{EN DASH}"
_COMMA: Final = ",\N{NO-BREAK SPACE}"
_MANY_COLUMNS: Final = 12


def table_html(table: Table) -> str:
    """Return the table as an HTML element; cells are escaped, unknown ones are dashes."""
    is_number = [_is_numeric([row[column] for row in table.rows]) for column in range(len(table.columns))]
    digits = _digits(table)
    is_p = [_parts(column)[1] == _P for column in table.columns]
    classes = [_classes(table.columns, column, is_number[column]) for column in range(len(table.columns))]
    rows = []
    n_own = _n_own_rows(table)
    for number, row in enumerate(table.rows):
        best = _best(table, row, digits)
        cells = [
            _cell(_shown(value, digits[column], is_p=is_p[column]), classes[column], is_best=column in best)
            for column, value in enumerate(row[1:], start=1)
        ]
        summary = ' class="summary"' if number >= n_own else ""
        rows.append(f'<tr{summary}><th scope="row">{words(_shown(row[0], 0) or _UNKNOWN)}</th>{"".join(cells)}</tr>')
    tight = " tight" if len(table.columns) > _MANY_COLUMNS else ""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{words(table.title)}">\n'
        f'<table class="numbers{tight}">\n<thead>\n{_heading(table.columns, classes)}\n</thead>\n'
        "<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n</div>"
    )


def _n_own_rows(table: Table) -> int:
    """Return how many rows come before those that sum them up."""
    n = len(table.rows)
    while n > 1 and str(table.rows[n - 1][0]).lower().startswith(_SUMMARIES):
        n -= 1
    return n


def _heading(columns: Sequence[str], classes: Sequence[str]) -> str:
    """Return one line of headings, or two when columns are grouped."""
    parts = [_parts(column) for column in columns]
    own = "".join(f'<th scope="col"{classes[number]}>{words(name)}</th>' for number, (_, name) in enumerate(parts))
    if not any(group for group, _ in parts):
        return f"<tr>{own}</tr>"
    groups = ""
    for group, members in groupby(range(len(parts)), key=lambda number: parts[number][0]):
        span = len(list(members))
        of_paper = " paper" if group.startswith("Paper") else ""
        groups += (
            f'<th scope="colgroup" class="group{of_paper}" colspan="{span}">{words(group)}</th>'
            if group
            else (f'<td colspan="{span}"></td>')
        )
    return f"<tr>{groups}</tr>\n<tr>{own}</tr>"


def _parts(column: str) -> tuple[str, str]:
    group, colon, name = column.partition(": ")
    return (group, name.replace(", ", _COMMA)) if colon else ("", column.replace(", ", _COMMA))


def _classes(columns: Sequence[str], column: int, is_number: bool) -> str:
    group = _parts(columns[column])[0]
    names = ["number"] if is_number and column else []
    names += ["first"] if group and _parts(columns[column - 1])[0] != group else []
    names += ["paper"] if columns[column].startswith("Paper") else []
    return f' class="{" ".join(names)}"' if names else ""


def _best(table: Table, row: Sequence[Cell], digits: Sequence[int]) -> set[int]:
    """Return the columns with the lowest value of their group, all that are equal as shown; none that stands alone."""
    best: set[int] = set()
    for group in table.compare:
        places = [table.columns.index(name) for name in group]
        known = {place: round(value, digits[place]) for place in places if (value := _number(row[place])) is not None}
        if len(known) > 1:
            best |= {place for place, value in known.items() if value == min(known.values())}
    return best


def _cell(shown: str, classes: str, *, is_best: bool) -> str:
    names = classes.removeprefix(' class="').removesuffix('"')
    if not shown:
        return f'<td class="{names} unknown">{_UNKNOWN}</td>'
    if is_best:
        return f'<td class="{names} best"><strong title="lowest of its group">{words(shown)}</strong></td>'
    return f"<td{classes}>{words(shown)}</td>"


def _shown(value: Cell, digits: int, *, is_p: bool = False) -> str:
    """Return an entry for people; empty when it is unknown."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        if is_p and value < 10.0**-digits:  # a small p is not 0
            return f"{value:.4f}" if value >= _LEAST_P else f"< {_LEAST_P:.4f}"
        text = f"{value:.{digits}f}"
        return text.replace("-", "\N{MINUS SIGN}") if float(text) else f"{0:.{digits}f}"
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if isinstance(value, int) else str(value)


def _number(value: Cell) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _is_numeric(column: Sequence[Cell]) -> bool:
    """Return whether all known entries are numbers, also those printed by the paper."""

    def looks_like_one(cell: Cell) -> bool:
        return not isinstance(cell, str) or cell.replace(".", "", 1).lstrip("-\N{MINUS SIGN}").isdigit()

    return all(looks_like_one(cell) for cell in column)


def _digits(table: Table) -> list[int]:
    """Return digits after the point by column: one where errors are 10 or more, as the paper prints them, else two.

    Columns that are compared, or stand under one heading or one name, have equally many; shares and correlations, at
    most 1 in size, always have two.
    """
    n = len(table.columns)
    numbers = [[abs(value) for row in table.rows if (value := _number(row[place])) is not None] for place in range(n)]
    sizes = [max(column, default=0.0) for column in numbers]
    kin: list[set[object]] = []
    for place, name in enumerate(table.columns):
        heading, own = _parts(name)
        groups = {number for number, group in enumerate(table.compare) if name in group}
        kin.append({place, own, *({f"{heading}:"} if heading else ()), *(("compared", number) for number in groups)})
    large: set[int] = set()
    grown = {place for place, size in enumerate(sizes) if size >= 10}
    while grown != large:  # kin of kin are kin, too: one table has one number of digits for what is alike
        large = grown
        marks = set().union(*(kin[place] for place in large))
        grown = {place for place in range(n) if kin[place] & marks}
    return [1 if size > 1 and place in large else 2 for place, size in enumerate(sizes)]
