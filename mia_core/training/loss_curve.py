"""A picture of how a training run goes: loss, scores and learning rate against the step."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from mia_core.training.training_log import TrainingProgress
from mia_core.whole_file import whole_file

CURVE_NAME: Final = "loss_curve.png"


def can_draw() -> bool:
    """Return whether Matplotlib is there, of the optional extra `train`; training works without it."""
    return find_spec("matplotlib") is not None


def draw_curve(reports: Sequence[TrainingProgress], folder: Path) -> Path:
    """Draw `folder/loss_curve.png`; it appears whole or not at all.

    Args:
        reports: One of every evaluation, at least one.
        folder: Where the picture goes.

    Returns:
        Path of the picture, 800 x 900 pixels.
    """
    from matplotlib.figure import Figure  # a second to import; without pyplot there is no window and no global state

    figure = Figure(figsize=(8, 9), dpi=100, layout="constrained")
    losses, scores, rates = figure.subplots(3, sharex=True, height_ratios=(2, 2, 1))
    steps = [report.step for report in reports]
    losses.plot(steps, [report.loss for report in reports], ".-", label="training loss")
    losses.set_ylabel("loss")
    for what in reports[-1].scores:
        scores.plot(steps, [report.scores.get(what) for report in reports], ".-", label=what)
    scores.axvline(reports[-1].best_step, color="grey", linestyle=":", label="kept weights")
    scores.set_ylabel("RMSE / RMSE of the mean")
    rates.plot(steps, [report.learning_rate for report in reports], ".-", color="tab:green")
    rates.set_ylabel("learning rate")
    rates.set_xlabel("optimiser steps")
    for axes in (losses, scores):
        axes.grid(alpha=0.3)
        axes.legend()
    path = folder / CURVE_NAME
    with whole_file(path) as file:
        figure.savefig(file, format="png")
    return path
