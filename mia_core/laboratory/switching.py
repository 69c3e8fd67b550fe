"""When muscles switch on and off in the held-out time: how well each model's timing agrees with the measured one."""

from __future__ import annotations

from typing import Final

from mia_core.laboratory.fitting import EXERCISE_CURVE, NEAREST
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.onset_timing import (
    MIN_BURST_STEPS,
    OFF_SHARE,
    ON_SHARE,
    REST_PERCENTILE,
    STRONG_PERCENTILE,
    TOLERANCE_STEPS,
    Timing,
    stretches,
    thresholds,
    timing,
)
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

_COLUMNS: Final = (
    *("Onset: precision", "Onset: recall", "Onset: F1", "Onset: late by, s", "Onset: off by, s"),
    *("End: F1", "End: late by, s", "End: off by, s"),
    *("Peak: F1", "Peak: off by, s", "Lag, s"),
)


def jobs(bench: Workbench) -> list[Job]:
    """Return one job for each model in-distribution, the first seed's."""
    return list(_jobs(bench).values())


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the table of timing.

    Raises:
        LaboratoryError: A result can't be read.
    """
    windows, split = bench.windows, bench.in_distribution
    step_s = 1 / windows.about.step_hz
    levels = thresholds(windows.emg[split.train], windows.subject[split.train])
    where = (windows.subject[split.test], windows.recording[split.test], windows.start_step[split.test])
    truth = windows.emg[split.test]
    rows: list[tuple[Cell, ...]] = []
    n_true = n_stretches = 0
    for name, job in _jobs(bench).items():
        pieces = stretches(truth, bench.predicted(folder, job), *where)
        found = timing(pieces, levels)
        n_true, n_stretches = found.onset.n_true, len(pieces)
        rows.append((name, *_row(found)))
    table = Table(
        name="timing",
        title=f"Timing of onsets, ends and peaks, {bench.subject}",
        columns=("Model", *_COLUMNS),
        rows=tuple(rows),
        note=(
            f"{bench.judged_on}. A muscle switches on at {ON_SHARE:.0%} of the way from its rest "
            f"({REST_PERCENTILE}th percentile in training) to strong activity ({STRONG_PERCENTILE}th), and off below "
            f"{OFF_SHARE:.0%}; bursts last at least {MIN_BURST_STEPS * step_s:.1f} s. Predicted and true events up to "
            f"{TOLERANCE_STEPS * step_s:.1f} s apart are matched; there are {n_true} true onsets in {n_stretches} "
            "stretches of held-out time. Late by: the median, negative where the prediction is early; off by: the "
            "median of its size. Lag: the median shift of highest correlation. One step is "
            f"{step_s:.1f} s, and these numbers do not show differences below that."
        ),
        setting=bench.setting,
    )
    return [table], []


def _jobs(bench: Workbench) -> dict[str, Job]:
    predictors = (EXERCISE_CURVE, NEAREST, bench.preset.cnn, TRANSFORMER)
    return {bench.name_of(name): bench.job(name, bench.in_distribution) for name in predictors}


def _row(found: Timing) -> tuple[float, ...]:
    onset, offset, peak = found.onset, found.offset, found.peak
    return (
        *(onset.precision, onset.recall, onset.f1, onset.median_error_s, onset.median_absolute_error_s),
        *(offset.f1, offset.median_error_s, offset.median_absolute_error_s),
        *(peak.f1, peak.median_absolute_error_s, found.median_lag_s),
    )
