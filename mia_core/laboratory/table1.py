"""Table 1: errors by exercise, of models that know the exercise and of models that never saw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.fitting import NEAREST, NEAREST_ANY, RANDOM
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.metrics import rmse_by_exercise
from mia_core.laboratory.paper_values import MEAN_NOTE, POOLED, TABLE1
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

_KNOWN: Final = "In-distribution"
_UNKNOWN: Final = "Exercise left out"
_POOLED: Final = "Pooled"
_MEAN: Final = "Mean of exercises"


def jobs(bench: Workbench) -> list[Job]:
    """Return one job for each column in-distribution, and one for each exercise and column that leaves it out."""
    return [*_known(bench).values(), *(job for column in _unknown(bench).values() for job in column.values())]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the table.

    Raises:
        LaboratoryError: A result can't be read.
    """
    test = bench.in_distribution.test
    columns = {
        **{("id", name): bench.predicted(folder, job) for name, job in _known(bench).items()},
        **{("ood", name): predicted for name, predicted in left_out(bench, folder).items()},
    }
    truth, exercise = bench.windows.emg[test], bench.windows.exercise[test]
    errors = {column: rmse_by_exercise(truth, predicted, exercise) for column, predicted in columns.items()}
    names = bench.windows.about.exercises
    papers = bench.papers
    rows: list[tuple[Cell, ...]] = []
    for number in np.unique(exercise):
        row = [errors[column].by_exercise[int(number)] for column in columns]
        rows.append((bench.label(names[number]), *row, *_printed(names[number], papers)))
    whole = papers and len(rows) == len(TABLE1) - 1
    rows.append((_POOLED, *(errors[column].pooled for column in columns), *_printed(POOLED if whole else "", papers)))
    rows.append((_MEAN, *(errors[column].mean_of_exercises for column in columns), *_printed("", papers)))
    headings = [f"{_KNOWN if part == 'id' else _UNKNOWN}: {_column_name(name)}" for part, name in columns]
    beside = [f"Paper, {heading[0].lower()}{heading[1:]}" for heading in headings] if papers else []
    table = Table(
        name="table1",
        title=f"Table 1: error by exercise, {bench.subject}",
        columns=("Exercise", *headings, *beside),
        rows=tuple(rows),
        note=_note(bench, papers=papers),
        setting=bench.setting,
        compare=tuple(tuple(name for name in headings if name.startswith(part)) for part in (_KNOWN, _UNKNOWN)),
    )
    return [table], []


def left_out(bench: Workbench, folder: JobFolder) -> Mapping[str, NDArray[np.float32]]:
    """Return by column (N, T, C) for the held-out windows of all exercises, each from the job that left it out.

    Raises:
        LaboratoryError: A result can't be read.
    """
    return {name: _together(bench, folder, column) for name, column in _unknown(bench).items()}


def _known(bench: Workbench) -> Mapping[str, Job]:
    predictors = {"random": RANDOM, "nn": NEAREST, "cnn": bench.preset.cnn, "transformer": TRANSFORMER}
    return {name: bench.job(predictor, bench.in_distribution) for name, predictor in predictors.items()}


def _unknown(bench: Workbench) -> Mapping[str, Mapping[str, Job]]:
    splits = {exercise: bench.without(exercise) for exercise in bench.exercises}
    predictors = {"nn": NEAREST_ANY, "cnn": bench.preset.cnn, "transformer": TRANSFORMER}
    return {
        name: {exercise: bench.job(predictor, split) for exercise, split in splits.items()}
        for name, predictor in predictors.items()
    }


def _together(bench: Workbench, folder: JobFolder, column: Mapping[str, Job]) -> NDArray[np.float32]:
    test = bench.in_distribution.test
    predicted = np.full((len(test), *bench.windows.emg.shape[1:]), np.nan, np.float32)
    for exercise, job in column.items():
        number = bench.windows.about.exercises.index(exercise)
        predicted[bench.windows.exercise[test] == number] = bench.predicted(folder, job)
    return predicted


def _printed(row: str, papers: bool) -> tuple[str | None, ...]:
    """Return the paper's values of a row, where the data are the paper's."""
    if not papers:
        return ()
    return tuple(TABLE1[row].values()) if row in TABLE1 else (None,) * 7


def _column_name(name: str) -> str:
    return {"random": "Random", "nn": "NN", "cnn": "CNN", "transformer": "Transformer"}[name]


def _note(bench: Workbench, *, papers: bool) -> str:
    known = bench.in_distribution
    return (
        f"Root mean squared error over windows, steps and muscles in {bench.unit_in_full}, all held-out windows "
        f"alike ({len(known.test)} of {bench.window_s:.1f} s; {known.note}), seed {bench.seeds[0]}. In-distribution, "
        "Random and NN know the exercise and keep to its training windows, as in the paper's code; with the exercise "
        "left out, NN searches all others and the networks are trained anew for every exercise without it. "
        f"The CNN is {bench.preset.cnn_words}. {MEAN_NOTE} "
        + ("" if papers else "The paper's values are not beside ours, because the data are not the paper's.")
    ).strip()
