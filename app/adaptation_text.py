"""What an adaptation is worth, for people: tables in the terminal and in a text file."""

from __future__ import annotations

from rich.console import Console
from rich.table import Column, Table

from mia_core.evaluation.adaptation_curve import AdaptationCurve
from mia_core.evaluation.adaptation_report import BLOCK_S, AdaptationReport
from mia_core.evaluation.model_comparison import ALL
from mia_core.evaluation.recorded_errors import Interval
from mia_core.muscles import MONTAGE


def print_report(report: AdaptationReport, console: Console) -> None:
    """Print errors before and after, muscle by muscle, and what to know before believing them."""
    numbers = ("of the mean", "before", "after", "change", "r before", "r after")
    labels = {placement.name: placement.label for placement in MONTAGE.placements} | {ALL: "All muscles"}
    table = _table("RMSE in % of maximal activation, with 95 % intervals", "muscle", numbers)
    for row in report.rows:
        table.add_row(
            labels[row.muscle],
            f"{100 * row.mean:.2f}",
            _with(row.before, row.before95),
            _with(row.after, row.after95),
            _with(row.after - row.before, row.change95, signed=True),
            *("" if r is None else f"{r:.2f}" for r in (row.r_before, row.r_after)),
        )
    console.print(table)
    covered = " and ".join("-" if share is None else f"{100 * share:.0f} %" for share in report.covered80)
    n = len(report.sessions)
    console.print(
        f"{report.before} adapted to {report.subject} by {report.learned_s:.0f} s of {n} session{'s' * (n != 1)};"
        f" judged on {report.held_out_s:.0f} s that it never saw, {report.provenance} sEMG. Intervals: bootstrap over"
        f" {report.blocks} blocks of at most {BLOCK_S:g} s. Within the models' 80 % intervals were {covered}, before"
        " and after.",
        soft_wrap=True,
    )
    _print_warnings(report.warnings, console)


def print_curve(curve: AdaptationCurve, console: Console) -> None:
    """Print errors by seconds of data."""
    numbers = ("unadapted", "from nothing", "adapted", "adapted - unadapted", "adapted - from nothing")
    title = f"RMSE in % of maximal activation on {curve.held_out_s:.0f} s that no model has seen, with 95 % intervals"
    table = _table(title, "seconds of data", numbers)
    for point in curve.points:
        table.add_row(
            f"{point.seconds:g}",
            _with(curve.unadapted, curve.unadapted95),
            _with(point.scratch, point.scratch95),
            _with(point.adapted, point.adapted95),
            _with(point.adapted - curve.unadapted, point.over_unadapted95, signed=True),
            _with(point.adapted - point.scratch, point.over_scratch95, signed=True),
        )
    console.print(table)
    console.print(
        f"{curve.model}, {curve.subject}, {curve.provenance} sEMG; always saying the mean: {100 * curve.mean:.2f}.",
        soft_wrap=True,
    )
    _print_warnings(curve.warnings, console)


def _print_warnings(warnings: tuple[str, ...], console: Console) -> None:
    for warning in warnings:
        console.print(warning, style="yellow", soft_wrap=True)


def _table(title: str, first: str, numbers: tuple[str, ...]) -> Table:
    columns = (Column(first), *(Column(name, justify="right") for name in numbers))
    return Table(*columns, title=title, box=None, title_justify="left", padding=(0, 2, 0, 0))


def _with(value: float, interval: Interval, *, signed: bool = False) -> str:
    low, high = (100 * end for end in interval)
    if signed:
        return f"{100 * value:+.2f} ({low:+.2f} to {high:+.2f})"
    return f"{100 * value:.2f} ({low:.2f} to {high:.2f})"
