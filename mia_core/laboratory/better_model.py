"""Which model is better than which: on the same windows and blocks of time, over several trainings of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory import table1
from mia_core.laboratory.bootstrap import MIN_BLOCKS, time_blocks
from mia_core.laboratory.comparison import MIN_SEEDS, Comparison, compare
from mia_core.laboratory.fitting import NEAREST
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

_NAMES: Final = {"nn": "NN", "cnn": "CNN", "transformer": "Transformer"}
_PAIRS: Final = (("transformer", "cnn"), ("transformer", "nn"), ("cnn", "nn"))
_KNOWN: Final = "In-distribution"
_LEFT_OUT: Final = "Exercise left out"

Trainings = Sequence[NDArray[np.float32]]
"""One array (N, T, C) for each training; one alone where nothing is random."""


def jobs(bench: Workbench) -> list[Job]:
    """Return the jobs of Table 1, and the networks in-distribution once for each seed."""
    return [*table1.jobs(bench), *(job for of_model in _known(bench).values() for job in of_model)]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the differences with their intervals.

    Raises:
        LaboratoryError: A result can't be read.
    """
    of, test = bench.windows, bench.in_distribution.test
    truth, exercise = np.asarray(of.emg[test]), of.exercise[test]
    blocks = time_blocks(of.subject[test], exercise, of.recording[test], of.start_step[test])
    parts: Mapping[str, Mapping[str, Trainings]] = {
        _KNOWN: {name: [bench.predicted(folder, job) for job in jobs] for name, jobs in _known(bench).items()},
        _LEFT_OUT: {name: [predicted] for name, predicted in table1.left_out(bench, folder).items()},
    }
    found = {
        (part, f"{_NAMES[first]} less {_NAMES[second]}"): compare(
            truth, predictions[first], predictions[second], exercise, blocks
        )
        for part, predictions in parts.items()
        for first, second in _PAIRS
    }
    unit = of.about.unit
    note = (
        f"Pooled error of the first less that of the second, in {unit}: below 0 the first is better. In-distribution "
        f"the seeds are {', '.join(map(str, bench.seeds))}; with an exercise left out, the first alone. The interval "
        "of 95 % draws blocks of 30 s, the same for both, and pairs of trainings. Exercises: in how many the first is "
        "better and worse, averaged over seeds. p: Wilcoxon's signed-rank test over exercises. Shown: at least "
        f"{MIN_SEEDS} seeds and {MIN_BLOCKS} blocks (here {len(np.unique(blocks))}; of fewer, intervals are too "
        f"narrow), and 0 is not in the interval. The CNN is {bench.preset.cnn_words}."
    )
    table = Table(
        name="comparison",
        title=f"Paired comparison of models, {bench.subject}",
        columns=("Pair", "Split", "Difference", "low", "high", "Exercises: better", "Exercises: worse", "p", "Shown"),
        rows=tuple(_row(part, pair, comparison) for (part, pair), comparison in found.items()),
        note=note,
        setting=bench.setting,
    )
    items = [
        {
            "group": part,
            "label": pair,
            "value": comparison.difference.value,
            "low": comparison.difference.low,
            "high": comparison.difference.high,
        }
        for (part, pair), comparison in found.items()
    ]
    figure = Figure(
        name="comparison-intervals",
        title=f"Paired comparison of models, {bench.subject}",
        kind="intervals",
        data={"x_label": f"difference of RMSE, {unit}", "items": items, "zero": True},
        note=note,
        setting=bench.setting,
    )
    return [table], [figure]


def _known(bench: Workbench) -> Mapping[str, Sequence[Job]]:
    split = bench.in_distribution
    networks = {"cnn": bench.preset.cnn, "transformer": TRANSFORMER}
    return {
        "nn": [bench.job(NEAREST, split)],
        **{name: [bench.job(network, split, seed=seed) for seed in bench.seeds] for name, network in networks.items()},
    }


def _row(part: str, pair: str, found: Comparison) -> tuple[Cell, ...]:
    difference = found.difference
    shown = "too few blocks" if difference.n_blocks < MIN_BLOCKS else "yes" if found.is_shown else "no"
    return (
        *(pair, part, difference.value, difference.low, difference.high),
        *(found.better, found.worse, found.wilcoxon_p, shown),
    )
