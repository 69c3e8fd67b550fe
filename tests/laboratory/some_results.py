"""Plausible results of every kind, made up for tests of the report."""

from __future__ import annotations

from typing import Any

import numpy as np

from mia_core.laboratory.results import Evaluation, Figure, Table

EXERCISES = [
    "Jumping-Jack",
    "High-Kick",
    "Leg-Back",
    "Front-Kick",
    "Front-Punch",
    "Hook-Punch",
    "Pirouette",
    "Skater",
    "Twist",
    "Squats",
    "Cross",
    "Elbow-Punch",
    "Side-Shuffle",
    "Batting",
    "Side-Lunge",
    "Run",
    "Ball-Throw",
    "Bowling",
    "Knee-Kick",
    "Woodchop",
]
MUSCLES = tuple(f"{s}_{m}" for s in ("left", "right") for m in ("quadriceps", "hamstrings", "biceps", "triceps"))
BRIEF = "Quick preset, not the paper's setting. Simulated data, not measured."
SETTING = (
    "Quick preset, not the paper's setting: learning rates some hundred times higher, a small part of the steps. "
    "Simulated data, not measured."
)


def an_evaluation() -> Evaluation:
    rng = np.random.default_rng(6)
    return Evaluation(
        title="Muscles in Action, repeated",
        tables=(_table1(rng), _table2(), _metrics(), _comparison()),
        figures=(_table2_curve(), _figure7(), _by_position(), _figure8(rng), _figure6(rng), _intervals(rng)),
        configuration={
            "preset": "quick",
            "seeds": [1, 2, 3],
            "data": {"name": "two subjects, twenty exercises", "provenance": "simulated", "sha256": "5f2c" * 16},
            "models": {"Transformer": {"learning rate": 0.0005, "epochs": 12}, "CNN": {"epochs": 8}},
        },
        seconds={"training": 812.4, "nearest neighbour": 3.21, "report": 0.4},
        setting=SETTING,
        order=("table1", "table2", "table2-curve", "figure7", "metrics"),
    )


def _table1(rng: np.random.Generator) -> Table:
    ours = tuple(f"In-distribution: {m}" for m in ("Random", "NN", "CNN", "Transformer"))
    out = tuple(f"Left-out exercise: {m}" for m in ("NN", "CNN", "Transformer"))
    paper = tuple(f"Paper, in-distribution: {m}" for m in ("Random", "NN", "CNN", "Transformer"))
    centre = np.array([20.1, 12.7, 9.3, 8.9, 19.2, 15.0, 14.5])
    values = centre * np.exp(rng.normal(0, 0.15, (20, 7)))
    printed = [[f"{v:.1f}" for v in centre[:4] * np.exp(rng.normal(0, 0.15, 4))] for _ in range(20)]
    rows: list[tuple[Any, ...]] = [
        (name, *map(float, own), *of_paper) for name, own, of_paper in zip(EXERCISES, values, printed, strict=True)
    ]
    rows[3] = (*rows[3][:5], None, *rows[3][6:])
    rows.append(("Mean of exercises", *map(float, values.mean(axis=0)), *[None] * 4))
    rows.append(("Pooled", *map(float, np.sqrt((values**2).mean(axis=0))), "20.7", "13.2", "9.4", "9.0"))
    return Table(
        "table1",
        "Table 1: error by exercise",
        ("Exercise", *ours, *out, *paper),
        tuple(rows),
        "RMSE in percent of full activation. The paper's printed mean is neither the mean of the column nor exactly "
        "its root mean square; both of ours are given.",
        SETTING,
        (ours, out),
    )


def _table2() -> Table:
    return Table(
        "table2",
        "Table 2: error by length of the window",
        ("Model", *(f"Seconds: {s:.1f}" for s in (0, 0.5, 1, 1.5, 2, 2.5, 3))),
        (
            ("NN", 16.61, 14.2, 13.1, 13.0, 12.9, 13.0, 13.3),
            ("CNN", 13.0, 11.2, 10.6, 10.1, 9.8, 9.5, 9.5),
            ("Transformer", 12.6, 11.0, 9.9, 9.5, 9.2, 9.1, 9.0),
        ),
        "RMSE, pooled over exercises.",
        SETTING,
    )


def _metrics() -> Table:
    return Table(
        "metrics",
        "Beyond RMSE",
        ("Model", "RMSE", "nRMSE", "r", "CCC", "R\N{SUPERSCRIPT TWO}", "Dropped muscles", "Dead muscles", "p"),
        (
            ("Mean of training", 14.13, 0.31, 0.0, -0.0004, -0.02, 0, 0, None),
            ("Transformer", 8.86, 0.19, 0.79, 0.74, 0.61, 1, 0, 0.00031),
        ),
        "",
        SETTING,
    )


def _comparison() -> Table:
    return Table(
        "windows",
        "Windows by subject",
        ("Subject", "Train", "Test"),
        (('Subject <A> & "B"', 12034, 3053), ("Subject0", 7239, 0)),
    )


def _table2_curve() -> Figure:
    x = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    curves = [
        {"label": "Nearest neighbour", "x": x, "y": [16.6, 14.2, 13.1, 13.0, 12.9, 13.0, 13.3]},
        {"label": "CNN", "x": x, "y": [13.0, 11.2, 10.6, 10.1, 9.8, 9.5, 9.5]},
        {"label": "Transformer", "x": x, "y": [12.6, 11.0, 9.9, 9.5, 9.2, 9.1, 9.0]},
    ]
    data = {"x_label": "length of the window, s", "y_label": "RMSE, % of full activation", "curves": curves}
    return Figure("table2-curve", "Error by length of the window", "curves", data, "", SETTING)


def _figure7() -> Figure:
    x = [1, 2, 4, 8, 12, 16, 20]
    scratch = [21.0, 17.5, 14.8, 12.6, 11.5, 11.0, 10.7]
    tuned = [13.9, 12.6, 11.4, 10.6, 10.2, 9.9, 9.7]
    curves = [
        {
            "label": label,
            "x": x,
            "y": y,
            "low": [v - 1.6 / (1 + k / 4) for k, v in zip(x, y, strict=True)],
            "high": [v + 1.9 / (1 + k / 4) for k, v in zip(x, y, strict=True)],
        }
        for label, y in (("from scratch", scratch), ("fine-tuned from the other subject", tuned))
    ]
    curves.append({"label": "not adapted", "x": [1, 20], "y": [15.2, 15.2], "reference": True})
    data = {"x_label": "exercises of the new subject", "y_label": "RMSE, % of full activation", "curves": curves}
    return Figure("figure7", "Figure 7: a new subject", "curves", data, "Median and range over five orders.", SETTING)


def _by_position() -> Figure:
    x = [round(0.1 * i, 1) for i in range(30)]
    y = [8.5 + 2.5 * np.exp(-i / 2) + 2.9 * np.exp(-(29 - i) / 1.6) for i in range(30)]
    curves = [
        {"label": "Transformer", "x": x, "y": [float(v) for v in y]},
        {"label": "CNN", "x": x, "y": [float(1.07 * v) for v in y]},
        {"label": "Mean of training", "x": x, "y": [14.1] * 29 + [None]},
    ]
    data = {"x_label": "place in the window, s", "y_label": "RMSE", "curves": curves}
    return Figure("by-position", "Error by place in the window", "curves", data, "", SETTING)


def _figure8(rng: np.random.Generator) -> Figure:
    def near(width: float) -> list[list[float | None]]:
        places = rng.normal(0, 1, (20, 3))
        distance = ((places[:, None] - places) ** 2).sum(-1)
        share = np.exp(-distance / width)
        np.fill_diagonal(share, 0)
        share /= share.sum(axis=1, keepdims=True)
        return [[None if i == j else float(v) for j, v in enumerate(row)] for i, row in enumerate(share)]

    matrices = [{"label": "by motion", "values": near(0.4)}, {"label": "by muscle activity", "values": near(0.8)}]
    data = {
        "names": list(EXERCISES),
        "row_label": "query",
        "column_label": "nearest",
        "unit": "frequency",
        "matrices": matrices,
    }
    return Figure("figure8", "Figure 8: which exercises resemble each other", "matrices", data, "", SETTING)


def _figure6(rng: np.random.Generator) -> Figure:
    seconds = [round(0.1 * i, 1) for i in range(30)]
    examples = []
    for label in ("Squats, subject A", "Hook-Punch, subject A"):
        channels = []
        for number, muscle in enumerate(MUSCLES):
            t = np.arange(30) / 10
            size = rng.uniform(4, 42)
            truth = size * np.clip(np.sin(2 * np.pi * t / 1.5 + number), 0.05, 1) ** 1.5 + rng.gamma(1, 1, 30)
            predicted: list[float | None] = [float(v) for v in np.convolve(truth, [0.25, 0.5, 0.25], "same") * 0.92]
            if number == 3:
                predicted[10:13] = [None] * 3
            channels.append({"label": muscle, "truth": [float(v) for v in truth], "predicted": predicted})
        examples.append({"label": label, "seconds": seconds, "channels": channels})
    data = {"unit": "% of full activation", "full_scale": 25.0, "examples": examples}
    return Figure("figure6", "Figure 6: predicted and true activity", "traces", data, "", SETTING)


def _intervals(rng: np.random.Generator) -> Figure:
    items = []
    for group in ("In-distribution", "Left-out exercise"):
        for label in ("Transformer less CNN", "CNN less nearest neighbour", "Nearest neighbour less random"):
            value = float(rng.normal(-1.0, 1.5))
            items.append({"group": group, "label": label, "value": value, "low": value - 0.6, "high": value + 0.7})
    items[4] = {**items[4], "low": None, "high": None}
    data = {"x_label": "difference of RMSE, % of full activation", "items": items, "zero": True}
    return Figure("differences", "Models compared on the same blocks", "intervals", data, "", SETTING)
