"""A comparison of two models for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Column, Table

from mia_core.evaluation.model_comparison import ModelComparison
from mia_core.evaluation.muscle_comparison import ALL
from mia_core.muscles import MONTAGE


def print_comparison(outcome: ModelComparison, console: Console) -> None:
    """Print errors before and after, what they were judged on, and what to know before believing them."""
    numbers = ("steps", "of the mean", "before", "after", "change, 95 % interval")
    columns = (Column("muscle"), *(Column(name, justify="right") for name in numbers))
    table = Table(
        *columns, title="RMSE in % of maximal activation", box=None, title_justify="left", padding=(0, 2, 0, 0)
    )
    labels = {placement.name: placement.label for placement in MONTAGE.placements} | {ALL: "All muscles"}
    for row in outcome.rows:
        low, high = (100 * end for end in row.change95)
        interval = f" ({low:+.2f} to {high:+.2f})" if outcome.stretches > 1 else ""
        table.add_row(
            labels[row.muscle],
            str(row.steps),
            *(f"{100 * rmse:.2f}" for rmse in (row.mean, row.before, row.after)),
            f"{100 * (row.after - row.before):+.2f}{interval}",
        )
    console.print(table)
    console.print(
        f"Judged on {outcome.part} motion of {', '.join(outcome.subjects)}: {outcome.minutes:.1f} min, "
        f"{outcome.stretches} stretch{'es' * (outcome.stretches != 1)}, {outcome.provenance} sEMG. "
        "Intervals: bootstrap over stretches.",
    )
    for warning in outcome.warnings:
        console.print(warning, style="yellow")
