"""What an adaptation is worth, for people: tables in the terminal and in a text file."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Column, Table

from mia_core.evaluation.adaptation_curve import AdaptationCurve
from mia_core.evaluation.adaptation_report import AdaptationReport
from mia_core.evaluation.muscle_comparison import ALL
from mia_core.evaluation.recorded_errors import BLOCK_S, Interval
from mia_core.muscles import MONTAGE

_WIDE: Final = 120
"""Columns of a terminal in which errors have their intervals beside them; their differences always have."""


def print_report(report: AdaptationReport, console: Console) -> None:
    """Print errors before and after, muscle by muscle, and what to know before believing them."""
    is_wide = console.width >= _WIDE
    numbers = ("of the\nmean", "before", "after", "change", *(("r\nbefore", "\nafter") if is_wide else ()))
    labels = {placement.name: placement.label for placement in MONTAGE.placements} | {ALL: "All muscles"}
    table = _table("RMSE in % of maximal activation, 95 % intervals", "muscle", numbers)
    for row in report.rows:
        table.add_row(
            labels[row.muscle],
            f"{100 * row.mean:.2f}",
            _error(row.before, row.before95, is_wide=is_wide),
            _error(row.after, row.after95, is_wide=is_wide),
            _difference(row.after - row.before, row.change95),
            *("" if r is None else f"{r:.2f}" for r in ((row.r_before, row.r_after) if is_wide else ())),
        )
    console.print(table)
    covered = " and ".join("-" if share is None else f"{100 * share:.0f} %" for share in report.covered80)
    n = len(report.sessions)
    console.print(
        f"{report.before} adapted to {report.subject} by {report.learned_s:.0f} s of {n} session{'s' * (n != 1)};"
        f" judged on {report.held_out_s:.0f} s that it never saw, {report.provenance} sEMG. Intervals: bootstrap over"
        f" {report.blocks} blocks of at most {BLOCK_S:g} s. Within the models' 80 % intervals were {covered}, before"
        " and after.",
    )
    everything = report.rows[0]
    if everything.change95[1] >= 0:
        console.print(f"That {report.after} is better than {report.before} is not certain.", style="yellow")
    _print_warnings(report.warnings, console)


def print_curve(curve: AdaptationCurve, console: Console) -> None:
    """Print errors by seconds of data."""
    numbers = ("unadapted", "from\nnothing", "adapted", "adapted less\nunadapted", "adapted less\nfrom nothing")
    is_wide = console.width >= _WIDE
    title = f"RMSE in % of maximal activation on {curve.held_out_s:.0f} s that no model has seen, 95 % intervals"
    table = _table(title, "seconds\nof data", numbers)
    for point in curve.points:
        table.add_row(
            f"{point.seconds:g}",
            _error(curve.unadapted, curve.unadapted95, is_wide=is_wide),
            _error(point.scratch, point.scratch95, is_wide=is_wide),
            _error(point.adapted, point.adapted95, is_wide=is_wide),
            _difference(point.adapted - curve.unadapted, point.over_unadapted95, is_wide=is_wide),
            _difference(point.adapted - point.scratch, point.over_scratch95, is_wide=is_wide),
        )
    console.print(table)
    console.print(
        f"{curve.model}, {curve.subject}, {curve.provenance} sEMG; always saying the mean: {100 * curve.mean:.2f}.",
    )
    _print_warnings(curve.warnings, console)


def _print_warnings(warnings: tuple[str, ...], console: Console) -> None:
    for warning in warnings:
        console.print(warning, style="yellow")


def _table(title: str, first: str, numbers: tuple[str, ...]) -> Table:
    columns = (Column(first), *(Column(name, justify="right") for name in numbers))
    return Table(*columns, title=title, box=None, title_justify="left", padding=(0, 2, 0, 0))


def _error(value: float, interval: Interval, *, is_wide: bool) -> str:
    low, high = (100 * end for end in interval)
    return f"{100 * value:.2f} ({low:.2f} to {high:.2f})" if is_wide else f"{100 * value:.2f}"


def _difference(value: float, interval: Interval, *, is_wide: bool = True) -> str:
    low, high = (100 * end for end in interval)
    reach = f"{low:+.2f} to {high:+.2f}"
    return f"{100 * value:+.2f} ({reach})" if is_wide else reach
