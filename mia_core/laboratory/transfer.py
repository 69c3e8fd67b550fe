"""Figure 7: what a model of one subject is worth to another, by how much of the other's data it learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.splits import Split
from mia_core.laboratory.job_folder import Job, JobFolder, LaboratoryError
from mia_core.laboratory.metrics import rmse
from mia_core.laboratory.presets import TRANSFORMER
from mia_core.laboratory.results import Cell, Figure, Table
from mia_core.laboratory.workbench import Workbench

_FINE_TUNED: Final = "fine-tuned"
_SCRATCH: Final = "from scratch"
_KINDS: Final = (_FINE_TUNED, _SCRATCH)


def jobs(bench: Workbench) -> list[Job]:
    """Return the model of the first subject, and one job for each way, number of exercises and order."""
    return [
        pretrained(bench),
        _unadapted(bench),
        *(job for column in _jobs(bench).values() for row in column.values() for job in row),
    ]


def outcome(bench: Workbench, folder: JobFolder) -> tuple[list[Table], list[Figure]]:
    """Return the two curves, as a figure and as a table.

    Raises:
        LaboratoryError: There is one subject alone, or a result can't be read.
    """
    truth = bench.windows.emg[bench.of_subject(_other(bench)).test]
    errors = {
        kind: {count: [rmse(truth, bench.predicted(folder, job)) for job in orders] for count, orders in column.items()}
        for kind, column in _jobs(bench).items()
    }
    errors[_FINE_TUNED] = {0: [rmse(truth, bench.predicted(folder, _unadapted(bench)))], **errors[_FINE_TUNED]}
    title = f"Figure 7: transfer from {bench.subject} to {_other(bench)}"
    note = _note(bench, len(truth))
    rows: list[tuple[Cell, ...]] = []
    for count in errors[_FINE_TUNED]:
        row: list[Cell] = [count]
        for kind in _KINDS:
            found = errors[kind].get(count, [])
            row += [float(np.mean(found)), min(found), max(found)] if found else [None] * 3
        rows.append(tuple(row))
    columns = tuple(f"{_title(kind)}: {what}" for kind in _KINDS for what in ("RMSE", "least", "greatest"))
    table = Table(
        name="figure7-table",
        title=title,
        columns=("Exercises", *columns),
        rows=tuple(rows),
        note=note,
        setting=bench.setting,
        compare=((columns[0], columns[3]),),
    )
    curves = [_curve(_title(kind), errors[kind]) for kind in _KINDS]
    figure = Figure(
        name="figure7",
        title=title,
        kind="curves",
        data={
            "x_label": f"exercises of {_other(bench)} that are learned from",
            "y_label": f"RMSE, {bench.windows.about.unit}",
            "curves": curves,
        },
        note=note,
        setting=bench.setting,
    )
    return [table], [figure]


def pretrained(bench: Workbench) -> Job:
    """Return the job that makes the model of the first subject: the Transformer of Table 1."""
    return bench.job(TRANSFORMER, bench.in_distribution)


def adapted(bench: Workbench) -> Job:
    """Return the job that fine-tunes it on all exercises of the other subject.

    Raises:
        LaboratoryError: There is one subject alone.
    """
    column = _jobs(bench)[_FINE_TUNED]
    return column[max(column)][0]


def nested_orders(names: Sequence[str], n_orders: int, seed: int) -> tuple[tuple[str, ...], ...]:
    """Return random orders of names; the first k of an order are in its first k + 1."""
    generator = np.random.default_rng(seed)
    return tuple(tuple(names[place] for place in generator.permutation(len(names))) for _ in range(n_orders))


def _unadapted(bench: Workbench) -> Job:
    """Return the job that lets the first subject's model predict the other's windows as it is."""
    own, other = bench.in_distribution, bench.of_subject(_other(bench))
    split = Split(f"cross-subject {bench.subject} to {_other(bench)}", own.train, other.test, own.note, own.data_sha256)
    return bench.unchanged(pretrained(bench), split)


def _jobs(bench: Workbench) -> Mapping[str, Mapping[int, Sequence[Job]]]:
    """Return by way and number of exercises one job for each order; with all exercises all orders are one job."""
    whole = bench.of_subject(_other(bench))
    exercise = bench.windows.exercise
    names = bench.windows.about.exercises
    there = [names[number] for number in np.unique(exercise[whole.train])]
    orders = nested_orders(there, bench.preset.transfer_orders, bench.seeds[0])
    counts = sorted({min(count, len(there)) for count in bench.preset.transfer_counts})

    def learned_from(chosen: Sequence[str], count: int) -> Split:
        numbers = [names.index(name) for name in chosen]
        train: NDArray[np.intp] = whole.train[np.isin(exercise[whole.train], numbers)]
        return replace(whole, name=f"{count} of the exercises, {whole.name}", train=train)

    found: dict[str, dict[int, list[Job]]] = {kind: {} for kind in _KINDS}
    for count in counts:
        splits = [learned_from(order[:count], count) for order in (orders if count < len(there) else orders[:1])]
        how = bench.preset.transfer
        found[_FINE_TUNED][count] = [
            bench.job(TRANSFORMER, _rehearsing(bench, split, there), start=pretrained(bench), learning=how)
            for split in splits
        ]
        found[_SCRATCH][count] = [bench.job(TRANSFORMER, split, learning=how) for split in splits]
    return found


def _rehearsing(bench: Workbench, split: Split, names: Sequence[str]) -> Split:
    """Return a split that also learns the first subject's windows of those exercises that it lacks, if asked for.

    A network that goes on with a few exercises forgets the others, and is then worse than before it learned.
    """
    if not bench.preset.rehearses:
        return split
    exercise, own = bench.windows.exercise, bench.in_distribution.train
    numbers = [bench.windows.about.exercises.index(name) for name in names]
    lacking = np.setdiff1d(numbers, exercise[split.train])
    rehearsed = own[np.isin(exercise[own], lacking)]
    return replace(split, train=np.sort(np.concatenate([split.train, rehearsed])))


def _other(bench: Workbench) -> str:
    if not bench.other_subject:
        raise LaboratoryError(
            "The data set has one subject; a transfer needs two.", "Import sessions of a second subject, too."
        )
    return bench.other_subject


def _curve(label: str, errors: Mapping[int, Sequence[float]]) -> dict[str, Any]:
    return {
        "label": label,
        "x": list(errors),
        "y": [float(np.mean(found)) for found in errors.values()],
        "low": [min(found) for found in errors.values()],
        "high": [max(found) for found in errors.values()],
    }


def _title(kind: str) -> str:
    return kind.capitalize()


def _length(bench: Workbench) -> str:
    """Return how long both ways learn, and what that means for the gap between them."""
    how, first = bench.preset.transfer, bench.preset.networks[TRANSFORMER]
    if not how.most_steps:
        return f"go through what they learn from {how.epochs} times"
    return (
        f"take {how.most_steps} steps. The fine-tuned ones have the {first.most_steps} of their start behind them, and "
        "so few are not the end of learning from scratch: part of the gap is unfinished training"
    )


def _rehearsal(bench: Workbench) -> str:
    if not bench.preset.rehearses:
        return ""
    return (
        f" and also go through {bench.subject}'s windows of the exercises that {_other(bench)} has not done, which "
        "they forget otherwise (not in the paper)"
    )


def _note(bench: Workbench, n_windows: int) -> str:
    return (
        f"Transformers that learn from some exercises of {_other(bench)}, judged on the same {n_windows} held-out "
        f"windows of all of {_other(bench)}'s exercises: pooled root mean squared error in {bench.unit_in_full}, seed "
        f"{bench.seeds[0]}. "
        f"Fine-tuned ones start from the model of {bench.subject} that Table 1 shows{_rehearsal(bench)}; the others "
        f"start from scratch; both {_length(bench)}. The exercises come in {bench.preset.transfer_orders} random "
        "orders, of which each larger choice holds the smaller ones; bands reach from the least to the greatest error "
        "of the orders. At 0 exercises the model is used as it is."
    )
