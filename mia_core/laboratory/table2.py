"""Table 2: errors by how much time a model sees at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mia_core.laboratory.fitting import NEAREST
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.metrics import rmse
from mia_core.laboratory.paper_values import LENGTHS, TABLE2
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

_MODELS: Final = {"nn": "NN", "cnn": "CNN", "transformer": "Transformer"}


def jobs(bench: Workbench) -> list[Job]:
    """Return one job for each model and length."""
    return [job for column in _jobs(bench).values() for job in column.values()]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the table, and the same as curves.

    Raises:
        LaboratoryError: A result can't be read.
    """
    truth = bench.windows.emg[bench.in_distribution.test]
    errors = {
        name: {length: rmse(truth, bench.predicted(folder, job)) for length, job in column.items()}
        for name, column in _jobs(bench).items()
    }
    hz = bench.windows.about.step_hz
    lengths = _lengths(bench)
    rows: list[tuple[Cell, ...]] = []
    for length in lengths:
        row: list[Cell] = [_seconds(length, hz), length, *(errors[name][length] for name in _MODELS)]
        if bench.papers:
            row += [TABLE2[name][LENGTHS.index(length)] for name in _MODELS]
        rows.append(tuple(row))
    beside = tuple(f"Paper: {name}" for name in _MODELS.values()) if bench.papers else ()
    note = (
        f"{bench.judged_on}; pooled root mean squared error in {bench.unit_in_full}. Every length has networks of its "
        "own, trained and asked on pieces of the windows, so that all lengths are judged on the same steps; where "
        "pieces overlap, the earlier one counts. All lengths learn from as much time. 0.0 s is a single step. NN knows "
        f"the exercise, as in Table 1. The CNN is {bench.preset.cnn_words}."
    )
    title = f"Table 2: error by length of what is seen, {bench.subject}"
    table = Table(
        name="table2",
        title=title,
        columns=("Seconds", "Steps", *_MODELS.values(), *beside),
        rows=tuple(rows),
        note=note,
        setting=bench.setting,
        compare=(tuple(_MODELS.values()),),
    )
    curves = [
        {
            "label": label,
            "x": [0.0 if length == 1 else length / hz for length in lengths],
            "y": [errors[name][length] for length in lengths],
        }
        for name, label in _MODELS.items()
    ]
    figure = Figure(
        name="table2-curves",
        title=title,
        kind="curves",
        data={"x_label": "seconds seen at once", "y_label": f"RMSE, {bench.windows.about.unit}", "curves": curves},
        note=note,
        setting=bench.setting,
    )
    return [table], [figure]


def _jobs(bench: Workbench) -> Mapping[str, Mapping[int, Job]]:
    predictors = {"nn": NEAREST, "cnn": bench.preset.cnn, "transformer": TRANSFORMER}
    return {
        name: {length: bench.job(predictor, bench.in_distribution, n_steps=length) for length in _lengths(bench)}
        for name, predictor in predictors.items()
    }


def _lengths(bench: Workbench) -> tuple[int, ...]:
    return tuple(length for length in LENGTHS if length <= bench.windows.n_steps)


def _seconds(length: int, hz: float) -> str:
    return "0.0" if length == 1 else f"{length / hz:.1f}"
