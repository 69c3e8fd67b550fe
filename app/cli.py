"""The command line: `mia app`, `run`, `demo`, `sensors`, `doctor`, `benchmark`, `simulate`, `train`, `model` and more.

Commands are thin; each imports what it needs when it runs, so that `mia --help` answers at once.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.dataset_commands import datasets
from app.display import has_display
from app.evaluate_commands import evaluate_command
from app.export_commands import export_command
from app.finetune_commands import finetune_command, restore_command
from app.model_commands import heldout_command, models
from app.record_commands import record_command, sessions
from app.sensor_commands import sensors as sensor_commands
from mia_core.errors import MiaError

if TYPE_CHECKING:
    from app.pipelines import Models
    from mia_core.models.devices import DeviceChoice

EXIT_ERROR = 1
_WATCH, _RECORD, _LEARN = "Watch muscles", "Record people", "Simulate, train, judge"
_LOOKAHEADS = (0, 1, 2, 4)
_MOST_HOURS = 10_000  # that no machine simulates; planning more than that would look like a program that hangs

cli = typer.Typer(
    name="mia",
    help="Shows which muscles a person uses, from an ordinary webcam.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
benchmark = typer.Typer(help="Measure this machine.", no_args_is_help=True)
models.command("restore")(restore_command)

ModelOption = Annotated[str, typer.Option("--model", help="Name of a shipped model, or path of a checkpoint.")]
PoseOption = Annotated[
    Path | None, typer.Option("--pose-model", help="Another MediaPipe pose landmarker bundle (.task).")
]
DeviceOption = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option("--device", help="Where the activation model runs; the CPU where that is not there."),
]
LookaheadOption = Annotated[
    int, typer.Option("--lookahead", help="Steps of 0.1 s of future that the read-out waits for: 0, 1, 2 or 4.")
]
SensorsOption = Annotated[
    str, typer.Option("--sensors", help="simulated, bluetooth, bluetooth:NAME of a montage, or replay:FILE.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; errors become one sentence and one of advice, unless `--debug` asks for a traceback."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    if len(arguments) == len(sys.argv) - 1:
        sys.excepthook = _say_error
        threading.excepthook = lambda _: None  # a thread's error is published, and said by whoever looks
        if not _may_show_a_window(arguments):
            _hush_native_libraries()
    sys.setswitchinterval(0.001)  # the pose call takes the lock several times; 5 ms slices would double its time
    typer.main.get_command(cli)(
        arguments, prog_name="mia"
    )  # calling `cli` itself would put its own excepthook in place


@cli.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Run 5 s of the demo through the whole pipeline and print JSON.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    if show_version:
        typer.echo(f"mia-live {version('mia-live')}")
        raise typer.Exit
    if self_test:
        from app.self_test import self_test as run_self_test

        raise typer.Exit(run_self_test())
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@cli.command("app", rich_help_panel=_WATCH)
def app_command(
    source: Annotated[str, typer.Option(help="camera:ID, a video file, or demo; empty for the last one used.")] = "",
    sensors: SensorsOption = "",
    model: ModelOption = "",
    pose_model: PoseOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Open the live window."""
    from app.live_page.source_choice import SourceChoice
    from app.sensor_choice import SensorChoice
    from app.window import open_window

    choice = SourceChoice.parse(source) if source else None
    sensor_choice = SensorChoice.parse(sensors) if sensors else None
    raise typer.Exit(open_window(choice, _models(model, pose_model, device), sensor_choice))


@cli.command("run", rich_help_panel=_WATCH)
def run_command(
    source: Annotated[str, typer.Argument(help="A video file, demo, or camera:ID.")],
    out: Annotated[Path, typer.Option("--out", help="The session folder to write; must be empty or not exist.")],
    overlay: Annotated[
        Path | None, typer.Option("--overlay", help="Also write a video with the muscles on it.")
    ] = None,
    model: ModelOption = "",
    pose_model: PoseOption = None,
    device: DeviceOption = "auto",
    lookahead: LookaheadOption = 2,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.1, help="Stop after so many seconds of the source.")
    ] = None,
) -> None:
    """Turn a video into a session: poses and muscle activations with time stamps."""
    from app.headless import run_headless
    from app.live_page.source_choice import SourceChoice

    choice = SourceChoice.parse(source)
    run_headless(choice, _models(model, pose_model, device), out, overlay, _checked_lookahead(lookahead), seconds)


@cli.command("demo", rich_help_panel=_WATCH)
def demo_command(
    headless: Annotated[bool, typer.Option("--headless", help="Open no window even where there is a display.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write without a display.")] = None,
    model: ModelOption = "",
) -> None:
    """Show the built-in demo subject; without a display, write session, overlay video and screenshot."""
    from app.demo import show_demo

    raise typer.Exit(show_demo(_models(model), headless=headless, out=out))


cli.command("record", rich_help_panel=_RECORD)(record_command)
cli.command("export", rich_help_panel=_RECORD)(export_command)
cli.add_typer(sessions, name="sessions", rich_help_panel=_RECORD)
cli.add_typer(sensor_commands, name="sensors", rich_help_panel=_RECORD)


@cli.command("simulate", rich_help_panel=_LEARN)
def simulate_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the clips; an interrupted one is continued.")],
    hours: Annotated[
        float, typer.Option("--hours", max=_MOST_HOURS, help="Hours of generated motion; 0 for --motions alone.")
    ] = 1.0,
    subjects: Annotated[int, typer.Option("--subjects", help="Number of virtual subjects.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same data.")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes; they don't change the data.")] = 1,
    motions: Annotated[
        Path | None, typer.Option("--motions", help="Folder of BVH motion capture to simulate in addition.")
    ] = None,
    varied: Annotated[
        int,
        typer.Option("--varied", min=0, help="How many more times each of them is done, with varied arms and tempo."),
    ] = 0,
    dataset: Annotated[str, typer.Option("--dataset", help="Name of that collection, for its subjects.")] = "cmu",
    exercises: Annotated[
        str, typer.Option("--exercises", help="training, held-out, all, or names with commas between.")
    ] = "training",
    mix: Annotated[
        str, typer.Option("--mix", help="Shares of generated motion: exercise=.4,body_babble=.3,arm_babble=.3")
    ] = "",
) -> None:
    """Simulate subjects: motion, muscle activation and sEMG by physics. Needs the extra `sim`."""
    from app.lab import simulate_to
    from mia_core.simulation.data_set_plan import MotionMix, SimulationSettings, exercises_named

    settings = SimulationSettings(
        hours=hours,
        subjects=subjects,
        seed=seed,
        mix=MotionMix.parse(mix) if mix else MotionMix(),
        exercises=exercises_named(exercises),
        motions=motions,
        varied=varied,
        dataset=dataset,
    )
    simulate_to(out, settings, workers)


@cli.command("train", rich_help_panel=_LEARN)
def train_command(
    data: Annotated[Path, typer.Option("--data", help="Folder that `mia simulate` or `mia export --to packed` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model; an interrupted run is continued.")],
    model: Annotated[
        Literal["modern", "paper", "cnn"], typer.Option("--model", help="Which network to train.")
    ] = "modern",
    test: Annotated[
        Path | None, typer.Option("--test", help="Data set of other subjects to judge the model on.")
    ] = None,
    init: Annotated[
        str, typer.Option("--init", help="Model to start from, by name or path: of the same network.")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="Name of the model.")] = "my-model",
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same model.")] = 1,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Optimiser steps; without it the network's own number.")
    ] = None,
) -> None:
    """Train a network on a data set; torchrun --nproc-per-node N -m app train ... does it with N processes."""
    from app.lab import train_to
    from mia_core.dataset.recorded_set import is_recorded
    from mia_core.models.checkpoint import find_model
    from mia_core.training.training_config import ModelKind, TrainingConfig

    parent = find_model(init) if init else None
    config = TrainingConfig.of(ModelKind(model), name, seed, steps)
    if is_recorded(data):
        config = config.on_recorded(steps=steps, starts_from_another=parent is not None)
    train_to(out, data, test, parent, config)


@cli.command("doctor", rich_help_panel=_WATCH)
def doctor_command(as_json: JsonOption = False) -> None:
    """Check this machine: versions, models, device, cameras, display, Bluetooth, folders."""
    from app.doctor import examine, report

    findings = examine()
    report(findings, as_json=as_json)
    raise typer.Exit(0 if findings.ready else EXIT_ERROR)


@benchmark.command("live")
def benchmark_live_command(
    source: Annotated[str, typer.Option("--source", help="A video file, or demo.")] = "demo",
    model: ModelOption = "",
    seconds: Annotated[float, typer.Option("--seconds", min=1.0, help="Seconds of the source to measure on.")] = 20.0,
    as_json: JsonOption = False,
) -> None:
    """Measure the whole pipeline against the bare pose extractor, in one run."""
    from app.benchmark import benchmark_live
    from app.live_page.source_choice import SourceChoice

    benchmark_live(SourceChoice.parse(source), _models(model), seconds, as_json=as_json)


@benchmark.command("training")
def benchmark_training_command(
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that every network computes with.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Measure how fast `mia train` learns on the processor, against the paper's recipe as its authors run it."""
    from app.lab import benchmark_training

    benchmark_training(threads, as_json=as_json)


@benchmark.command("sensors")
def benchmark_sensors_command(as_json: JsonOption = False) -> None:
    """Measure how fast packets of raw sensors become samples, against what eight sensors of 1 kHz send."""
    from app.sensor_tables import print_decode_speeds
    from mia_core.sensors.decode_benchmark import measure_decoding

    print_decode_speeds(measure_decoding(), as_json=as_json)


@benchmark.command("recording")
def benchmark_recording_command(as_json: JsonOption = False) -> None:
    """Measure what recording 1280 x 720 at 30 frames a second takes of a core, the disk, and its room."""
    from app.record_commands import benchmark_recording

    benchmark_recording(as_json=as_json)


@benchmark.command("neighbour")
def benchmark_neighbour_command(as_json: JsonOption = False) -> None:
    """Measure the nearest-neighbour search at the size of the published data, against a loop over rows."""
    from app.lab import benchmark_neighbour

    benchmark_neighbour(as_json=as_json)


@benchmark.command("demo")
def benchmark_demo_command(model: ModelOption = "", as_json: JsonOption = False) -> None:
    """Measure the accuracy of joints and muscles on the demo subject, whose truth is known."""
    from app.demo import benchmark_demo

    benchmark_demo(_models(model), as_json=as_json)


cli.command("finetune", rich_help_panel=_LEARN)(finetune_command)
cli.command("heldout", rich_help_panel=_LEARN)(heldout_command)
cli.command("evaluate", rich_help_panel=_LEARN)(evaluate_command)
cli.add_typer(models, name="model", rich_help_panel=_LEARN)
cli.add_typer(datasets, name="dataset", rich_help_panel=_LEARN)
cli.add_typer(benchmark, name="benchmark", rich_help_panel=_LEARN)


def _may_show_a_window(arguments: list[str]) -> bool:
    """Return whether Qt may be asked for a display: its native message, when there is none, is then kept."""
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    return command in ("app", "benchmark") or (command == "demo" and "--headless" not in arguments and has_display())


def _hush_native_libraries() -> None:
    """Send what C++ libraries print on standard error nowhere; our own messages still get there.

    TensorFlow Lite prints harmless warnings that no setting of it turns off, in the middle of the progress bar.
    """
    own = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    sys.stderr = os.fdopen(own, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")


def _models(model: str = "", pose_model: Path | None = None, device: DeviceChoice = "auto") -> Models:
    from app.pipelines import Models
    from mia_core.bundled import POSE_MODEL

    return Models(model, pose_model or POSE_MODEL, device)


def _checked_lookahead(steps: int) -> int:
    if steps not in _LOOKAHEADS:
        raise typer.BadParameter("use 0, 1, 2 or 4", param_hint="--lookahead")
    return steps


def _say_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, MiaError):
        typer.secho(str(error), fg="red", err=True)
        typer.secho(error.advice, err=True)
    elif isinstance(error, OSError) and error.strerror:  # a disk may be full at any moment
        typer.secho(f"{error.filename or 'A file'} can't be read or written ({error.strerror}).", fg="red", err=True)
        typer.secho("See that the disk has room and that you may write there; --debug tells where it was.", err=True)
    else:
        typer.secho(f"Something unexpected went wrong: {kind.__name__}: {error}", fg="red", err=True)
        typer.secho("Run the same command with --debug, and report what it prints.", err=True)
