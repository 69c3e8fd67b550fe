"""Long work in the terminal: `mia simulate`, `mia train` and `mia benchmark training`; Ctrl-C stops, resuming works."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Column, Table

from app.interruption import EXIT_STOPPED, stopped_by_ctrl_c
from app.terminal import plain_console
from app.work_bar import work_bar

if TYPE_CHECKING:
    from mia_core.simulation.data_set_plan import SimulationSettings
    from mia_core.training.training_config import TrainingConfig
    from mia_core.training.training_log import StepProgress, TrainingProgress


def simulate_to(out: Path, settings: SimulationSettings, workers: int) -> None:
    """Simulate a data set, or go on with one that was interrupted; say at the end what it holds."""
    from mia_core.simulation.generate import SimulationProgress, simulate

    with stopped_by_ctrl_c() as stop, work_bar() as bar:

        def show(state: SimulationProgress) -> None:
            doing = "finishing the running clips" if stop.is_set() else state.doing
            bar.show(state.frames, f"{bar.speed} frames/s  {doing}", total=state.total_frames)

        manifest = simulate(settings, out, workers, show, stop.is_set)
    _tell_what_was_made(manifest, stopped=stop.is_set())


def _tell_what_was_made(manifest: Path, *, stopped: bool) -> None:
    """Print a table of the clips by kind, and which recorded motions could not be used.

    Raises:
        SimulationError: Nothing could be made.
    """
    from mia_core.simulation.data_set_plan import SimulationError

    told = json.loads(manifest.read_text(encoding="utf-8"))
    table = Table("kind", *(Column(name, justify="right") for name in ("clips", "minutes", "valid")))
    for row in told["report"]:
        valid = f"{row['valid_share']:.0%}"
        table.add_row(row["kind"].replace("_", " "), str(row["clips"]), f"{row['minutes']:.1f}", valid)
    console = plain_console()
    console.print(table)
    for reason in dict.fromkeys(skipped["reason"] for skipped in told["skipped"]):
        console.print(f"Left out: {reason}")
    if not told["clips"] and not stopped:
        raise SimulationError("None of the recorded motions could be used.", "See above what is wrong with each.")
    console.print(f"Simulated, not measured: {manifest}")
    if stopped and not told["complete"]:
        console.print("Stopped; the same command goes on from here.")
        raise typer.Exit(EXIT_STOPPED)


def train_to(out: Path, data: Path, test: Path | None, init: Path | None, config: TrainingConfig) -> None:
    """Train a model, or go on with a run that was interrupted.

    Under `torchrun` every process does this; only the first one says something.
    """
    from mia_core.training.distributed import leads
    from mia_core.training.loss_curve import can_draw
    from mia_core.training.trainer import train

    console = plain_console(quiet=not leads())
    if not can_draw():
        console.print("No loss curve will be drawn: Matplotlib is not installed; the extra `train` brings it.")
    best_step, score = -1, ""
    with stopped_by_ctrl_c() as stop, work_bar(is_shown=leads()) as bar:

        def after_step(state: StepProgress) -> None:
            doing, amount = f"{state.windows_per_s:.0f} windows/s{score}", f"{state.step}/{config.steps}"
            bar.show(state.step, doing, total=config.steps, amount=amount)

        def after_evaluation(state: TrainingProgress) -> None:
            nonlocal best_step, score
            best_step, score = state.best_step, f", score {state.rmse_over_mean:.3f}"
            scores = ", ".join(f"{what} {score:.3f}" for what, score in state.scores.items())
            loss = f"loss {state.loss:.3f}; " if math.isfinite(state.loss) else ""  # none before the first step
            bar.print(f"step {state.step}: {loss}error over the mean's: {scores}")

        path = train(config, data, out, after_evaluation, stop.is_set, test, init=init, after_step=after_step)
    if init and best_step == 0:
        console.print(f"Nothing better than {init.stem} was found: the model is as that was.", style="yellow")
    console.print(f"Model: {path}")
    if stop.is_set():
        console.print("Stopped with the best weights so far; the same command goes on from here.")
        raise typer.Exit(EXIT_STOPPED)


def benchmark_training(threads: int, *, as_json: bool) -> None:
    """Measure how fast networks learn on this machine's processor, and print it."""
    from mia_core.training.training_benchmark import measure_training

    outcome = measure_training(threads)
    if as_json:
        sys.stdout.write(json.dumps({**asdict(outcome), "bfloat16_gain": outcome.bfloat16_gain}, indent=2) + "\n")
        return
    headings = ("windows/s", "x eager", "processor ms/window", "x eager")
    table = Table(f"threads: {outcome.threads}", *(Column(heading, justify="right") for heading in headings))
    for name, speed in outcome.speeds.items():
        numbers = (speed.windows_per_s, speed.speed_ratio, speed.processor_ms, speed.processor_ratio)
        table.add_row(name, f"{numbers[0]:.0f}", *(f"{number:.2f}" for number in numbers[1:]))
    console = plain_console()
    console.print(table)
    console.print(f"bfloat16 is {outcome.bfloat16_gain:.2f} x as fast as float32 here.")


def benchmark_neighbour(*, as_json: bool) -> None:
    """Measure the nearest-neighbour search on this machine's processor, and print it."""
    from mia_core.laboratory.nearest_neighbour_benchmark import measure_nearest

    found = measure_nearest()
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n")
        return
    console = plain_console()
    console.print(
        f"{found.gallery:,} windows searched for {found.queries:,}, {found.dimensions:,} numbers each (simulated)"
    )
    console.print(f"search      {found.search_s:8.2f} s")
    console.print(
        f"row by row  {found.loop_s:8.1f} s, extrapolated from {found.loop_rows} rows of {found.loop_row_ms:.1f} ms"
    )
    console.print(f"ratio       {found.speed_up:8.1f} x; {found.processor_speed_up:.1f} x in processor time")
    console.print(f"same index as an exhaustive search in float64: {found.agreeing} of {found.checked} checked")
