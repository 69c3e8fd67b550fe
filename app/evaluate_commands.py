"""`mia evaluate`: the paper's tables and figures, on any set of windows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.terminal import plain_console

if TYPE_CHECKING:
    from mia_core.laboratory.job_folder import Job, JobFolder
    from mia_core.laboratory.jobs import JobProgress
    from mia_core.laboratory.workbench import Workbench

_SHOWN_AT_ONCE = 2
_GREATEST_SEED = 2**32 - 1


def evaluate_command(
    experiment: Annotated[
        Literal["table1", "table2", "transfer", "similarity", "qualitative", "all"],
        typer.Argument(help="Table 1, Table 2, Figure 7, Figure 8, Figure 6, or all of them."),
    ],
    data: Annotated[Path, typer.Option("--data", help="A NAME.windows that `mia dataset import` wrote.")],
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the report, which replaces an earlier one; results are kept.")
    ],
    preset: Annotated[
        Literal["quick", "paper"],
        typer.Option("--preset", help="quick: some minutes, not the paper's setting; paper: days on a processor."),
    ] = "quick",
    subject: Annotated[
        str,
        typer.Option(
            "--subject", help="Whose windows the tables are about; the first that can be judged when not given."
        ),
    ] = "",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes; they don't change the numbers.")] = 1,
    scheduler: Annotated[
        str, typer.Option("--scheduler", help="Address of a Dask scheduler, to work on a cluster instead.")
    ] = "",
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=_GREATEST_SEED, help="The same seed gives the same numbers.")
    ] = 0,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="Trainings of each network where models are compared.")
    ] = None,
) -> None:
    """Repeat the paper's experiments on a data set, and write tables, figures and one page that shows them."""
    from app.interruption import EXIT_STOPPED
    from mia_core.laboratory.experiments import chosen, evaluation_of, jobs_of
    from mia_core.laboratory.job_folder import JobFolder
    from mia_core.laboratory.presets import PRESETS
    from mia_core.laboratory.report import write_report
    from mia_core.laboratory.workbench import Workbench

    bench = Workbench.open(data, PRESETS[preset], subject, seed, seeds)
    experiments, left_out = chosen(experiment, bench)
    jobs = jobs_of(experiments, bench)
    folder = JobFolder(out.resolve() / "jobs")  # workers of a cluster have folders of their own to start from
    console = plain_console()
    if not _work(jobs, bench, folder, workers, scheduler):
        console.print("Stopped; the same command goes on from here.")
        raise typer.Exit(EXIT_STOPPED)
    evaluation = evaluation_of(experiments, bench, folder, left_out)
    for line in (evaluation.setting, left_out):
        if line:
            console.print(line)
    console.print(f"Report: {write_report(out, evaluation)}")


def _work(jobs: list[Job], bench: Workbench, folder: JobFolder, workers: int, scheduler: str) -> bool:
    """Do the jobs under a progress bar; return whether all are done."""
    from app.interruption import stopped_by_ctrl_c
    from app.work_bar import work_bar
    from mia_core.laboratory.fitting import FitAndPredict
    from mia_core.laboratory.jobs import run_jobs

    with stopped_by_ctrl_c() as stop, work_bar() as bar:

        def show(state: JobProgress) -> None:
            doing = "; ".join(state.doing[:_SHOWN_AT_ONCE])
            more = len(state.doing) - _SHOWN_AT_ONCE
            doing = f"{doing} and {more} more" if more > 0 else doing
            bar.show(state.done_cost, doing, total=state.total_cost, amount=f"{state.done}/{state.total}")

        return run_jobs(
            jobs,
            FitAndPredict(bench.path.resolve()),
            folder,
            workers=workers,
            scheduler=scheduler,
            progress=show,
            should_stop=stop.is_set,
        )
