"""Small work for the queue; run as a script it queues work on its own, to be killed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Event

import numpy as np

from mia_core.errors import MiaError
from mia_core.laboratory.job_folder import Job, JobFolder
from mia_core.laboratory.jobs import run_jobs


def add(job: Job, folder: JobFolder) -> dict[str, np.ndarray]:
    """Sum the job's number and the results it needs, with some noise of its seed; count the call in a file."""
    with (folder.path / "calls.txt").open("a") as calls:
        calls.write(f"{job.label}\n")
    if job.kind == "refuse":
        raise MiaError("It is refused.", "Ask for something else.")
    if job.kind == "wait":
        Event().wait()
    if job.kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out
    Event().wait(job.settings.get("seconds", 0))  # what makes real work long
    needed = sum(float(folder.load(key).arrays["sum"]) for key in job.needs)
    noise = np.random.default_rng(job.seed).normal(size=3)
    return {"sum": np.float64(job.settings["number"] + needed), "noise": noise}


def sums(n_jobs: int, seconds: float = 0.0) -> list[Job]:
    """Independent jobs, and one that needs all of them."""
    jobs = [Job("add", {"number": number, "seconds": seconds}, number, f"number {number}") for number in range(n_jobs)]
    return [Job("add", {"number": 0}, 0, "sum", cost=99, needs=tuple(job.key for job in jobs)), *jobs]


if __name__ == "__main__":
    run_jobs(sums(40, 0.05), add, JobFolder(Path(sys.argv[1])), workers=2)
