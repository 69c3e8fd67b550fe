"""Figure 8: which exercises look alike, and which use muscles alike, as the model sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.laboratory.job_folder import Job, JobFolder, LaboratoryError
from mia_core.laboratory.nearest_neighbour import flat, nearest_rows
from mia_core.laboratory.paper_values import RETRIEVALS
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

Counts = NDArray[np.float64]

_NOTE: Final = (
    "Queries and gallery are the held-out windows of one subject; the gallery leaves out the query's own exercise, so "
    "the diagonal is empty by construction. V: the nearest window by keypoints (Euclidean). MV: the query's predicted "
    "muscle activity summed over time against the data's activity of the others summed over time, also Euclidean. A "
    "row says how often each other exercise was retrieved. Exercises are in the order that brings V closest to its "
    "diagonal."
)


def jobs(bench: Workbench) -> list[Job]:
    """Return what must be done first: the Transformer of the in-distribution columns."""
    return [bench.job(TRANSFORMER, bench.in_distribution)]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the matrices and who is retrieved most.

    Raises:
        LaboratoryError: There are fewer than two exercises, or a result can't be read.
    """
    (job,) = jobs(bench)
    rows = bench.in_distribution.test
    test = bench.windows.take(rows)
    exercise = np.asarray(test.exercise, np.intp)
    known = np.unique(exercise)
    if len(known) < 2:
        raise LaboratoryError("Similarity needs at least two exercises.", "Choose another data set or subject.")
    exercise = np.searchsorted(known, exercise)
    predicted = bench.predicted(folder, job).sum(axis=1)
    visual = retrieved(flat(test), flat(test), exercise)
    muscular = retrieved(predicted, np.asarray(test.emg, np.float32).sum(axis=1), exercise)
    order = near_diagonal(visual)
    names = [test.about.exercises[known[place]] for place in order]
    visual, muscular = (counts[np.ix_(order, order)] for counts in (visual, muscular))
    figure = Figure(
        name="figure8",
        title=f"Figure 8: similarity of exercises, {bench.subject}",
        kind="matrices",
        data={
            "names": [bench.label(name) for name in names],
            "row_label": "query",
            "column_label": "retrieved",
            "unit": "share of queries",
            "matrices": [
                {"label": "V: by pose", "values": _without_diagonal(visual)},
                {"label": "MV: by predicted muscle activity", "values": _without_diagonal(muscular)},
            ],
        },
        note=f"{_NOTE} {len(rows)} windows, Transformer of seed {bench.seeds[0]}.",
        setting=bench.setting,
    )
    return [_retrievals(bench, names, visual, muscular)], [figure]


def retrieved(queries: NDArray[np.float32], gallery: NDArray[np.float32], exercise: NDArray[np.intp]) -> Counts:
    """Return (E, E) which share of the queries of each exercise had its nearest neighbour in each other exercise.

    Args:
        queries: (N, D).
        gallery: (N, D), row by row the same windows.
        exercise: (N,) numbers 0 to E - 1, each there at least once, E >= 2.
    """
    n_exercises = int(exercise.max()) + 1
    shares = np.zeros((n_exercises, n_exercises))
    for number in range(n_exercises):
        others = np.flatnonzero(exercise != number)
        mine = np.ascontiguousarray(queries[exercise == number])
        found = others[nearest_rows(np.ascontiguousarray(gallery[others]), mine)]
        shares[number] = np.bincount(exercise[found], minlength=n_exercises) / len(mine)
    return shares


def near_diagonal(shares: Counts) -> list[int]:
    """Return an order of rows and columns that brings what is large near the diagonal.

    It is the order of the Fiedler vector of the matrix taken as weights of a graph, which is least for neighbours that
    are alike; of an order and its reverse, the one that begins with the lower number.
    """
    weights = shares + shares.T + 1e-6  # a little everywhere, so that no part is without a connection
    laplacian = np.diag(weights.sum(axis=1)) - weights
    vector = np.linalg.eigh(laplacian)[1][:, 1]
    order = [int(place) for place in np.lexsort((np.arange(len(shares)), np.round(vector, 9)))]
    return order if order[0] <= order[-1] else order[::-1]


def _without_diagonal(shares: Counts) -> list[list[float | None]]:
    return [
        [None if row == column else float(value) for column, value in enumerate(values)]
        for row, values in enumerate(shares)
    ]


def _retrievals(bench: Workbench, names: Sequence[str], visual: Counts, muscular: Counts) -> Table:
    """Return who is retrieved most by pose and by muscles, and where the data are the paper's, what it found."""
    papers = bench.papers
    rows: list[tuple[Cell, ...]] = []
    for place, name in enumerate(names):
        row: list[Cell] = [bench.label(name)]
        for shares in (visual, muscular):
            most = int(np.argmax(shares[place]))
            row += [bench.label(names[most]), float(shares[place, most])]
        if papers:
            row += [bench.label(said) if said else None for said in RETRIEVALS.get(name, ("", ""))]
        rows.append(tuple(row))
    discussed = ", ".join(bench.label(name).lower() for name in RETRIEVALS if name in names)
    beside = "its answers stand beside ours" if papers else "its answers are not shown, because the data are not its"
    return Table(
        name="retrieval",
        title=f"Figure 8: similarity of exercises, {bench.subject}",
        columns=(
            *("Exercise", "By pose: exercise", "By pose: share", "By muscles: exercise", "By muscles: share"),
            *(("Paper: by pose", "Paper: by muscles") if papers else ()),
        ),
        rows=tuple(rows),
        note=(
            "Of each exercise, the one that is retrieved most and the share of queries that retrieve it. The paper and "
            f"its supplement discuss {discussed or 'exercises that are not here'}; {beside}."
        ),
        setting=bench.setting,
    )
