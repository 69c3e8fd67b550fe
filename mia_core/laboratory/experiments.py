"""The experiments by name, and what one run of some of them gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mia_core.laboratory import (
    better_model,
    certainty,
    details,
    left_right,
    qualitative,
    similarity,
    switching,
    table1,
    table2,
    transfer,
)
from mia_core.laboratory.job_folder import Job, JobFolder, LaboratoryError
from mia_core.laboratory.results import Evaluation, Figure, Table
from mia_core.laboratory.workbench import Workbench

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment.

    Attributes:
        jobs: What must be done.
        outcome: What tables and figures the results give.
        needs_two_subjects: Whether one subject is not enough.
    """

    jobs: Callable[[Workbench], list[Job]]
    outcome: Callable[[Workbench, JobFolder], tuple[list[Table], list[Figure]]]
    needs_two_subjects: bool = False


EXPERIMENTS: Final[Mapping[str, Sequence[Experiment]]] = {
    "table1": (
        Experiment(table1.jobs, table1.outcome),
        Experiment(better_model.jobs, better_model.outcome),
        Experiment(details.jobs, details.outcome),
        Experiment(switching.jobs, switching.outcome),
        Experiment(certainty.jobs, certainty.outcome),
        Experiment(left_right.jobs, left_right.outcome),
    ),
    "table2": (Experiment(table2.jobs, table2.outcome),),
    "transfer": (Experiment(transfer.jobs, transfer.outcome, needs_two_subjects=True),),
    "similarity": (Experiment(similarity.jobs, similarity.outcome),),
    "qualitative": (Experiment(qualitative.jobs, qualitative.outcome),),
}
"""By name on the command line."""


def chosen(name: str, bench: Workbench) -> tuple[tuple[Experiment, ...], str]:
    """Return the experiments of a name, and what is left out and why (empty for nothing).

    Args:
        name: One of `EXPERIMENTS`, or `ALL`.
        bench: What they will be about.

    Raises:
        LaboratoryError: The one that is asked for needs a second subject.
    """
    wanted = [each for group in (EXPERIMENTS.values() if name == ALL else [EXPERIMENTS[name]]) for each in group]
    left = tuple(each for each in wanted if bench.other_subject or not each.needs_two_subjects)
    if not left:
        raise LaboratoryError(
            "The data set has one subject; a transfer needs two.", "Import sessions of a second subject, too."
        )
    return left, "" if len(left) == len(wanted) else "Figure 7 is left out: the data set has one subject."


def jobs_of(experiments: Sequence[Experiment], bench: Workbench) -> list[Job]:
    """Return the jobs of some experiments, each once."""
    return list({job.key: job for each in experiments for job in each.jobs(bench)}.values())


def evaluation_of(experiments: Sequence[Experiment], bench: Workbench, folder: JobFolder, left_out: str) -> Evaluation:
    """Return tables and figures from the results of the jobs.

    Raises:
        LaboratoryError: A result can't be read.
    """
    parts = [each.outcome(bench, folder) for each in experiments]
    jobs = jobs_of(experiments, bench)
    seconds: dict[str, float] = {}
    for job in jobs:
        name = bench.name_of(str(job.settings["predictor"]))
        seconds[name] = seconds.get(name, 0.0) + folder.load(job.key).seconds
    about = bench.windows.about
    return Evaluation(
        title=f"The experiments of “Muscles in Action” on {about.provenance} data",
        tables=tuple(table for tables, _ in parts for table in tables),
        figures=tuple(figure for _, figures in parts for figure in figures),
        configuration={**_configuration(bench, len(jobs)), **({"left out": left_out} if left_out else {})},
        seconds=seconds,
        setting=bench.setting,
        order=tuple(name for tables, figures in parts for name in [t.name for t in tables] + [f.name for f in figures]),
    )


def _configuration(bench: Workbench, n_jobs: int) -> dict[str, Any]:
    about, split = bench.windows.about, bench.in_distribution
    return {
        "preset": bench.preset.name,
        "data": bench.path.name,
        "data sha256": about.sha256,
        "source sha256": about.source_sha256,
        "layout": about.layout,
        "sEMG": about.provenance,
        "unit": about.unit,
        "channels": ", ".join(about.channels),
        "windows": f"{len(bench.windows)} of {bench.windows.n_steps} steps, {bench.windows.minutes:.1f} minutes",
        "subject": bench.subject,
        "second subject": bench.other_subject or "none",
        "exercises": ", ".join(bench.exercises),
        "split": f"{len(split.train)} to learn from, {len(split.test)} held out; {split.note}",
        "seeds": ", ".join(map(str, bench.seeds)),
        "windows learned from, at most": bench.preset.most_windows or "all",
        "CNN": bench.preset.cnn,
        **{f"learning of {bench.name_of(name)}": how.to_dict() for name, how in bench.preset.networks.items()},
        "learning from the second subject": bench.preset.transfer.to_dict(),
        "jobs": n_jobs,
    }
