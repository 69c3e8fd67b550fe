"""Small pictures of what an adaptation is worth. They need Matplotlib, of the optional extra `train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from mia_core.evaluation.adaptation_curve import AdaptationCurve
from mia_core.evaluation.adaptation_report import AdaptationReport
from mia_core.evaluation.muscle_comparison import ALL
from mia_core.evaluation.recorded_errors import Interval
from mia_core.muscles import MONTAGE
from mia_core.whole_file import whole_file

_BEFORE, _AFTER, _SCRATCH, _MEAN = "#8a8a8a", "#1f6fb4", "#c8641e", "#b9b9b9"
"""Told apart in grey, too: by their shape, or by dashes."""
_UNIT: Final = "RMSE, % of maximal activation"


def draw_report(report: AdaptationReport, path: Path) -> None:
    """Draw each muscle's error before and after with its 95 % interval; 900 x 420 pixels, whole or not at all."""
    figure, axes = _figure()
    labels = {placement.name: placement.label for placement in MONTAGE.placements} | {ALL: "All muscles"}
    x = np.arange(len(report.rows))
    for off, colour, name, values, intervals in (
        (-0.2, _BEFORE, report.before, [r.before for r in report.rows], [r.before95 for r in report.rows]),
        (0.2, _AFTER, report.after, [r.after for r in report.rows], [r.after95 for r in report.rows]),
    ):
        axes.bar(x + off, _percent(values), 0.4, yerr=_reach(values, intervals), color=colour, label=name, capsize=2)
    axes.hlines(_percent([r.mean for r in report.rows]), x - 0.4, x + 0.4, color="black", label="always the mean")
    axes.set_xticks(x, [labels[row.muscle].replace(" ", "\n") for row in report.rows])
    axes.set_ylim(bottom=0)
    axes.set_title(_title(report.subject, report.held_out_s, report.provenance), loc="left", fontsize=10)
    _save(figure, axes, path)


def draw_curve(curve: AdaptationCurve, path: Path) -> None:
    """Draw error against seconds of data; 900 x 420 pixels, whole or not at all."""
    figure, axes = _figure()
    seconds = [point.seconds for point in curve.points]
    for colour, style, name, values, intervals in (
        (_SCRATCH, "s--", "from nothing", [p.scratch for p in curve.points], [p.scratch95 for p in curve.points]),
        (_AFTER, "o-", "adapted", [p.adapted for p in curve.points], [p.adapted95 for p in curve.points]),
    ):
        reach = _reach(values, intervals)
        axes.errorbar(seconds, _percent(values), reach, fmt=style, color=colour, label=name, capsize=3)
    axes.axhline(100 * curve.unadapted, color=_BEFORE, label=f"unadapted: {curve.model}")
    axes.axhline(100 * curve.mean, color=_MEAN, linestyle=":", label="always the mean")
    axes.set_xscale("log")
    axes.set_xticks(seconds, [f"{s:g}" for s in seconds])
    axes.minorticks_off()
    axes.set_xlabel("seconds of the person's data")
    axes.set_title(_title(curve.subject, curve.held_out_s, curve.provenance), loc="left", fontsize=10)
    _save(figure, axes, path)


def _title(subject: str, held_out_s: float, provenance: str) -> str:
    return f"{subject}: {held_out_s:.0f} s that no model has seen, {provenance} sEMG; bars are 95 % intervals"


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # a second to import; without pyplot there is no window and no global state

    figure = Figure(figsize=(9, 4.2), dpi=100, layout="constrained")
    return figure, figure.subplots()


def _percent(values: list[float]) -> list[float]:
    return [100 * value for value in values]


def _reach(values: list[float], intervals: list[Interval]) -> list[list[float]]:
    """Return how far intervals reach down and up from values, in percent; a mean may lie outside of its bootstrap."""
    down = [max(100 * (value - low), 0.0) for value, (low, _) in zip(values, intervals, strict=True)]
    return [down, [max(100 * (high - value), 0.0) for value, (_, high) in zip(values, intervals, strict=True)]]


def _save(figure: Any, axes: Any, path: Path) -> None:
    axes.set_ylabel(_UNIT)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8, loc="best", framealpha=0.6)
    with whole_file(path) as file:
        figure.savefig(file, format="png")
