"""A preset that is done at once, and its jobs."""

from __future__ import annotations

from dataclasses import replace

from mia_core.laboratory.experiments import ALL, chosen, jobs_of
from mia_core.laboratory.fitting import FitAndPredict
from mia_core.laboratory.presets import QUICK, TRANSFORMER

SMALL = {"per_exercise": 10, "n_steps": 10}
EXERCISES = ("running", "squat", "pirouette")
HASTY = {name: replace(how, most_steps=1, batch_size=4) for name, how in QUICK.networks.items()}
TINY = replace(QUICK, networks=HASTY, transfer=HASTY[TRANSFORMER], transfer_counts=(1, 2, 20), n_seeds=2)


def done(bench, folder):
    """Do all jobs here, those that others need first."""
    work = FitAndPredict(bench.path)
    for job in sorted(jobs_of(chosen(ALL, bench)[0], bench), key=lambda job: len(job.needs)):
        folder.save(job, work(job, folder), 1.0)
    return folder


def exercises_of(bench, rows):
    return {bench.windows.about.exercises[number] for number in bench.windows.exercise[rows]}
