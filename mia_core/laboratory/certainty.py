"""How honest intervals are: learned on blocks of training time that the model did not see, judged on held-out time.

The same intervals are also judged on the other subject, whom neither the model nor the intervals have seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.splits import Split, overlapping
from mia_core.laboratory.bootstrap import time_blocks
from mia_core.laboratory.calibration import (
    LEVELS,
    RELIABILITY_LEVELS,
    ConformalErrors,
    calibration_windows,
    conformal_errors,
    judge_intervals,
    reliability,
)
from mia_core.laboratory.fitting import MEAN, NEAREST_ANY
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Rows, Workbench

_CALIBRATION: Final = "calibration"
_SAME: Final = "Same subject"
_OTHER: Final = "Other subject"
_WIDTH_AT: Final = 0.8

Values = NDArray[np.float32]


def jobs(bench: Workbench) -> list[Job]:
    """Return one job for each model that learns without the blocks of calibration; none where there is one block."""
    return list(_jobs(bench).values()) if _has_blocks(bench) else []


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return what intervals hold, as a table and as curves; nothing where there is too little time for calibration.

    Raises:
        LaboratoryError: A result can't be read.
    """
    if not _has_blocks(bench):
        return [], []
    parts = _parts(bench)
    asked = _split(bench).test
    place = {part: np.searchsorted(asked, rows) for part, rows in parts.items()}
    truth = {part: bench.windows.emg[rows] for part, rows in parts.items()}
    shown = [bench.name_of(name) for name in (NEAREST_ANY, TRANSFORMER)]
    judged = [part for part in (_SAME, _OTHER) if part in parts]
    rows: list[tuple[Cell, ...]] = []
    curves: list[dict[str, Any]] = [{"label": "ideal", "x": [0.0, 1.0], "y": [0.0, 1.0], "reference": True}]
    for name, job in _jobs(bench).items():
        every = bench.predicted(folder, job)
        predicted = {part: every[places] for part, places in place.items()}
        errors = conformal_errors(truth[_CALIBRATION], predicted[_CALIBRATION])
        row: list[Cell] = [name]
        for part in judged:
            row += _judged(truth[part], predicted[part], errors)
            if name in shown:
                held = reliability(truth[part], predicted[part], errors)
                whose = bench.subject if part == _SAME else bench.other_subject
                curves.append({"label": f"{name}, {whose}", "x": list(RELIABILITY_LEVELS), "y": list(held)})
        rows.append(tuple(row))
    measures = (*(f"{level:.0%}" for level in LEVELS), f"width at {_WIDTH_AT:.0%}", "CRPS")
    unit = bench.windows.about.unit
    note = (
        f"Intervals of each muscle from the errors on every fifth block of 30 s of {bench.subject}'s training time "
        f"({len(parts[_CALIBRATION])} windows), which these models, trained anew, did not learn from (split conformal "
        f"prediction). Under {', '.join(f'{level:.0%}' for level in LEVELS)}: the share of true values that intervals "
        f"of that promise hold; width: mean, in {unit}; CRPS: continuous ranked probability score, in {unit}, lower is "
        "better. "
        + (
            f"Neither the models nor the intervals have seen {bench.other_subject}, for whom nothing is promised."
            if _OTHER in parts
            else ""
        )
    ).strip()
    table = Table(
        name="calibration",
        title=f"Calibration of prediction intervals, {bench.subject}",
        columns=("Model", *(f"{part}: {measure}" for part in judged for measure in measures)),
        rows=tuple(rows),
        note=note,
        setting=bench.setting,
    )
    figure = Figure(
        name="reliability",
        title=f"Calibration of prediction intervals, {bench.subject}",
        kind="curves",
        data={"x_label": "nominal coverage", "y_label": "share of true values inside", "curves": curves},
        note=note,
        setting=bench.setting,
    )
    return [table], [figure]


def _blocks(bench: Workbench) -> NDArray[np.intp]:
    """Return (n,) the blocks of time of the windows to learn from."""
    windows, train = bench.windows, bench.in_distribution.train
    where = (windows.subject, windows.exercise, windows.recording, windows.start_step)
    return time_blocks(*(of[train] for of in where))


def _has_blocks(bench: Workbench) -> bool:
    return bool(np.ptp(_blocks(bench)))


def _parts(bench: Workbench) -> Mapping[str, Rows]:
    """Return the rows that intervals are learned from, and those that they are judged on."""
    train = bench.in_distribution.train
    kept = train[calibration_windows(_blocks(bench), bench.seeds[0])]
    other = {_OTHER: bench.of_subject(bench.other_subject).test} if bench.other_subject else {}
    return {_CALIBRATION: kept, _SAME: bench.in_distribution.test, **other}


def _split(bench: Workbench) -> Split:
    known, parts = bench.in_distribution, _parts(bench)
    kept = np.zeros(len(bench.windows), np.bool_)
    kept[parts[_CALIBRATION]] = True
    train = known.train[~overlapping(bench.windows, kept)[known.train]]
    test = np.sort(np.concatenate(list(parts.values())))
    return Split(f"calibrated, {bench.subject}", train, test, known.note, known.data_sha256)


def _jobs(bench: Workbench) -> dict[str, Job]:
    split = _split(bench)
    predictors = (MEAN, NEAREST_ANY, bench.preset.cnn, TRANSFORMER)
    return {bench.name_of(name): bench.job(name, split) for name in predictors}


def _judged(truth: Values, predicted: Values, errors: ConformalErrors) -> list[Cell]:
    found = judge_intervals(truth, {level: errors.interval(predicted, level) for level in LEVELS})
    return [*found.coverage, found.width[LEVELS.index(_WIDTH_AT)], errors.crps(truth, predicted)]
