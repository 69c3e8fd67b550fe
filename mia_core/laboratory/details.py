"""What a reviewer asks beyond the paper's tables: trivial baselines, intervals, muscles, look-ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.bootstrap import MIN_BLOCKS, mean_of_exercises_interval, rmse_interval, time_blocks
from mia_core.laboratory.fitting import EXERCISE_CURVE, MEAN, NEAREST, NEAREST_ANY, RANDOM
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.metrics import (
    channel_agreement,
    channel_ranges,
    dead_channels,
    jitter,
    least_spread,
    normalised_rmse,
    rmse_by_channel,
    rmse_by_lookahead,
    rmse_by_position,
)
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

Predictions = Mapping[str, NDArray[np.float32]]
"""By model (N, T, C)."""


def jobs(bench: Workbench) -> list[Job]:
    """Return one job for each model in-distribution."""
    return list(_jobs(bench).values())


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return tables and figures of the in-distribution split.

    Raises:
        LaboratoryError: A result can't be read.
    """
    predictions = {name: bench.predicted(folder, job) for name, job in _jobs(bench).items()}
    models, intervals = _models(bench, predictions)
    positions, lookahead = _positions(bench, predictions)
    return [models, _muscles(bench, predictions), lookahead], [intervals, positions]


def _jobs(bench: Workbench) -> Mapping[str, Job]:
    names = (MEAN, EXERCISE_CURVE, RANDOM, NEAREST_ANY, NEAREST, bench.preset.cnn, TRANSFORMER)
    return {bench.name_of(name): bench.job(name, bench.in_distribution) for name in names}


def _truth(bench: Workbench) -> NDArray[np.float32]:
    return np.asarray(bench.windows.emg[bench.in_distribution.test])


def _blocks(bench: Workbench) -> tuple[NDArray[np.int16], NDArray[np.intp]]:
    """Return (N,) exercises and (N,) blocks of time of the held-out windows."""
    of, test = bench.windows, bench.in_distribution.test
    exercise = of.exercise[test]
    return exercise, time_blocks(of.subject[test], exercise, of.recording[test], of.start_step[test])


def _models(bench: Workbench, predictions: Predictions) -> tuple[Table, Figure]:
    """Return all models side by side, and their errors with intervals as a figure."""
    truth = _truth(bench)
    exercise, blocks = _blocks(bench)
    ranges = channel_ranges(bench.windows.emg[bench.in_distribution.train], _subjects(bench, "train"))
    active = least_spread(bench.windows.about.unit, ranges)
    rows: list[tuple[Cell, ...]] = []
    items = []
    for name, predicted in predictions.items():
        pooled = rmse_interval(truth, predicted, blocks)
        mean = mean_of_exercises_interval(truth, predicted, exercise, blocks)
        agreement = channel_agreement(truth, predicted, min_spread=active)
        normalised = normalised_rmse(truth, predicted, _subjects(bench, "test"), ranges)
        rows.append(
            (
                name,
                *(pooled.value, pooled.low, pooled.high),
                *(mean.value, mean.low, mean.high),
                float(np.nanmean(normalised)) if np.isfinite(normalised).any() else None,
                *(agreement.mean_r, agreement.mean_ccc, agreement.n_dropped),
                int(dead_channels(predicted).sum()),
                jitter(predicted) / jitter(truth) if truth.shape[1] >= 3 and jitter(truth) else None,
            )
        )
        items.append({"label": name, "value": pooled.value, "low": pooled.low, "high": pooled.high})
    unit = bench.windows.about.unit
    n_blocks = len(np.unique(blocks))
    warned = f", fewer than the {MIN_BLOCKS} below which intervals are too narrow" if n_blocks < MIN_BLOCKS else ""
    note = (
        f"{bench.judged_on}; errors in {bench.unit_in_full}. Intervals of 95 % from a bootstrap over blocks of 30 s of "
        "a recording, since neighbouring windows are not independent; "
        f"{n_blocks} blocks{warned}. nRMSE: error over the muscle's range (1st to 99th percentile in training), "
        "mean of muscles. r and CCC: over all held-out time by muscle, then averaged by Fisher's transformation, "
        f"without muscles that deviate by less than {active:.2g} {unit} (dropped). Dead: muscles predicted as "
        "exactly 0 everywhere. Jitter: second "
        f"differences of the prediction over those of the truth. The CNN is {bench.preset.cnn_words}."
    )
    table = Table(
        name="models",
        title=f"All models and trivial baselines, {bench.subject}",
        columns=(
            "Model",
            *("Pooled RMSE: value", "Pooled RMSE: low", "Pooled RMSE: high"),
            *("Mean of exercises: value", "Mean of exercises: low", "Mean of exercises: high"),
            *("nRMSE", "r", "CCC", "Muscles dropped", "Muscles dead", "Jitter"),
        ),
        rows=tuple(rows),
        note=note,
        setting=bench.setting,
    )
    figure = Figure(
        name="models-intervals",
        title=f"All models and trivial baselines, {bench.subject}",
        kind="intervals",
        data={"x_label": f"RMSE, {unit}", "items": items},
        note=note,
        setting=bench.setting,
    )
    return table, figure


def _subjects(bench: Workbench, part: str) -> NDArray[np.int16]:
    return np.asarray(bench.windows.subject[getattr(bench.in_distribution, part)])


def _muscles(bench: Workbench, predictions: Predictions) -> Table:
    """Return every muscle of the models that the paper compares."""
    truth = _truth(bench)
    shown = _papers_models(bench, predictions)
    ranges = channel_ranges(bench.windows.emg[bench.in_distribution.train], _subjects(bench, "train"))
    active = least_spread(bench.windows.about.unit, ranges)
    measures: dict[str, NDArray[np.float64]] = {}
    for name, predicted in shown.items():
        agreement = channel_agreement(truth, predicted, min_spread=active)
        measures[f"{name}: RMSE"] = rmse_by_channel(truth, predicted)
        measures[f"{name}: nRMSE"] = normalised_rmse(truth, predicted, _subjects(bench, "test"), ranges)
        measures[f"{name}: r"] = agreement.r
        measures[f"{name}: CCC"] = agreement.ccc
        measures[f"{name}: R\N{SUPERSCRIPT TWO}"] = agreement.r_squared
    deviation = truth.std(axis=(0, 1), dtype=np.float64)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            channel.replace("_", " ").capitalize(),
            float(deviation[number]),
            *(float(values[number]) for values in measures.values()),
        )
        for number, channel in enumerate(bench.windows.about.channels)
    )
    return Table(
        name="muscles",
        title=f"Error by muscle, {bench.subject}",
        columns=("Muscle", "SD of the truth", *measures),
        rows=rows,
        note=(
            f"{bench.judged_on}; RMSE and SD in {bench.unit_in_full}. A muscle whose truth hardly varies has no r, CCC "
            "and R\N{SUPERSCRIPT TWO}."
        ),
        setting=bench.setting,
        compare=(tuple(f"{name}: RMSE" for name in shown), tuple(f"{name}: nRMSE" for name in shown)),
    )


def _papers_models(bench: Workbench, predictions: Predictions) -> dict[str, NDArray[np.float32]]:
    """Return the predictions of the models that the paper compares."""
    names = (bench.name_of(name) for name in (NEAREST, bench.preset.cnn, TRANSFORMER))
    return {name: predictions[name] for name in names}


def _positions(bench: Workbench, predictions: Predictions) -> tuple[Figure, Table]:
    """Return errors by place in the window as a figure, and by look-ahead as a table."""
    truth, hz = _truth(bench), bench.windows.about.step_hz
    shown = _papers_models(bench, predictions)
    seconds = [step / hz for step in range(truth.shape[1])]
    curves: list[dict[str, Any]] = [
        {"label": name, "x": seconds, "y": rmse_by_position(truth, predicted).tolist()}
        for name, predicted in shown.items()
    ]
    unit = bench.windows.about.unit
    note = (
        f"{bench.judged_on}; RMSE in {bench.unit_in_full}. Every published number is a mean over all steps of the "
        "window; a live display reads one of the last steps, which have seen little future."
    )
    figure = Figure(
        name="position",
        title=f"Error by look-ahead and place in the window, {bench.subject}",
        kind="curves",
        data={"x_label": "seconds from the window's beginning", "y_label": f"RMSE, {unit}", "curves": curves},
        note=note,
        setting=bench.setting,
    )
    by_lookahead = {name: rmse_by_lookahead(truth, predicted) for name, predicted in shown.items()}
    steps = list(next(iter(by_lookahead.values())))
    table = Table(
        name="lookahead",
        title=f"Error by look-ahead and place in the window, {bench.subject}",
        columns=("Look-ahead in s", *shown),
        rows=tuple((f"{step / hz:.1f}", *(errors[step] for errors in by_lookahead.values())) for step in steps),
        note=note,
        setting=bench.setting,
        compare=(tuple(shown),),
    )
    return figure, table
