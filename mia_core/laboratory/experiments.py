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
_SUBJECTS: Final = "subjects"
_EXERCISES: Final = "exercises"


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment.

    Attributes:
        jobs: What must be done.
        outcome: What tables and figures the results give.
        needs_two: What one alone of is not enough: "subjects", or "exercises" of ours; empty for neither.
    """

    jobs: Callable[[Workbench], list[Job]]
    outcome: Callable[[Workbench, JobFolder], tuple[list[Table], list[Figure]]]
    needs_two: str = ""


EXPERIMENTS: Final[Mapping[str, Sequence[Experiment]]] = {
    "table1": (
        Experiment(table1.jobs, table1.outcome, _EXERCISES),
        Experiment(better_model.jobs, better_model.outcome, _EXERCISES),
        Experiment(details.jobs, details.outcome),
        Experiment(switching.jobs, switching.outcome),
        Experiment(certainty.jobs, certainty.outcome),
        Experiment(left_right.jobs, left_right.outcome),
    ),
    "table2": (Experiment(table2.jobs, table2.outcome),),
    "transfer": (Experiment(transfer.jobs, transfer.outcome, _SUBJECTS),),
    "similarity": (Experiment(similarity.jobs, similarity.outcome, _EXERCISES),),
    "qualitative": (Experiment(qualitative.jobs, qualitative.outcome),),
}
"""By name on the command line."""


_SHOWN: Final = {"table1": "Table 1", "transfer": "Figure 7", "similarity": "Figure 8"}
_LEFT_OUT: Final = {_SUBJECTS: "Figure 7 is", _EXERCISES: "Table 1 and Figure 8 are"}


def chosen(name: str, bench: Workbench) -> tuple[tuple[Experiment, ...], str]:
    """Return the experiments of a name, and what is left out and why (empty for nothing).

    Args:
        name: One of `EXPERIMENTS`, or `ALL`.
        bench: What they will be about.

    Raises:
        LaboratoryError: The one that is asked for needs a second subject or exercise.
    """
    lacking = _lacking(bench)
    wanted = [each for group in (EXPERIMENTS.values() if name == ALL else [EXPERIMENTS[name]]) for each in group]
    if name != ALL and (needs := wanted[0].needs_two) in lacking:
        raise LaboratoryError(
            f"{_SHOWN[name]} needs two {needs}, and {lacking[needs]}.",
            f"Import sessions of more {needs}, or choose another subject.",
        )
    left_out = " ".join(f"{_LEFT_OUT[needs]} left out: {why}." for needs, why in lacking.items()) if name == ALL else ""
    return tuple(each for each in wanted if each.needs_two not in lacking), left_out


def _lacking(bench: Workbench) -> dict[str, str]:
    """Return what there is one of alone, and a sentence's part about it."""
    lacking = {}
    if not bench.other_subject:
        lacking[_SUBJECTS] = (
            "the data set has one subject with windows to learn from and to judge by"
            if len(bench.windows.about.subjects) > 1
            else "the data set has one subject"
        )
    if len(bench.exercises) < 2:
        lacking[_EXERCISES] = f"{bench.subject} has one exercise with windows to learn from and to judge by"
    return lacking


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
        lead=_lead(bench),
        order=tuple(name for tables, figures in parts for name in [t.name for t in tables] + [f.name for f in figures]),
    )


def _lead(bench: Workbench) -> str:
    """Return what a reader must know of all numbers: whose windows, how many, and the unit."""
    about, split = bench.windows.about, bench.in_distribution
    second = f" {bench.other_subject} is the second subject." if bench.other_subject else ""
    return (
        f"{bench.subject} ({about.provenance} sEMG): {len(split.train):,} windows of {bench.window_s:.1f} s to learn "
        f"from, {len(split.test):,} held out, {len(bench.exercises)} exercises, {len(about.channels)} muscles.{second} "
        f"Errors are in {bench.unit_in_full}; single models are of seed {bench.seeds[0]}."
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
