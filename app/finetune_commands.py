"""`mia finetune`: a model adapted to one person by their own recordings, and the way back."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.terminal import plain_console

if TYPE_CHECKING:
    from mia_core.dataset.recorded_set import RecordedSet
    from mia_core.evaluation.person_model import PersonModel
    from mia_core.training.adaptation import AdaptationSettings

_REPORT_WIDTH = 140


def finetune_command(
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="A session, a folder of sessions, or a packed export; more may follow."),
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(metavar="[SESSION]...", help="More of them.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the model and its report.")] = None,
    model: Annotated[str, typer.Option("--model", help="Model to start from, by name or path.")] = "",
    name: Annotated[str, typer.Option("--name", help="Name of the model; MODEL-SUBJECT without it.")] = "",
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=5, help="Use no more than so many seconds of the person's data.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same model.")] = 1,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Optimiser steps at most.")] = 150,
    curve: Annotated[
        bool, typer.Option("--curve", help="Also adapt, and train from nothing, with 15, 30, 60 and 120 s.")
    ] = False,
    use: Annotated[bool, typer.Option("--use", help="Let the application use it from its next start on.")] = False,
    undo: Annotated[
        str, typer.Option("--undo", metavar="MODEL", help="Throw an adapted model away, and use its parent again.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Adapt a model to one person by a minute or two of their own recordings; judge it on time it never saw.

    The model that was there stays; `--undo` goes back to it.
    """
    if undo:
        _undo(undo, out)
        return
    if not data or out is None:
        raise typer.BadParameter("give --data and --out, or --undo", param_hint="--data, --out")
    from app.app_settings import own_settings
    from app.chosen_model import choose
    from app.interruption import EXIT_STOPPED
    from mia_core.models.checkpoint import DEFAULT_MODEL, find_model
    from mia_core.training.adaptation import AdaptationSettings
    from mia_core.training.loss_curve import can_draw
    from mia_core.training.person_recordings import read_recordings
    from mia_core.whole_file import whole_file

    parent = find_model(model or DEFAULT_MODEL)
    recordings = read_recordings([*data, *(more or ())])
    name = name or f"{parent.stem}-{'-'.join(recordings.subjects)}"[:100]
    made = _make(parent, recordings, AdaptationSettings(name, seed, seconds, steps), out, curve=curve)
    console = plain_console()
    if made is None:
        console.print("Stopped; nothing was written.")
        raise typer.Exit(EXIT_STOPPED)
    text = StringIO()
    _print_outcome(made, plain_console(file=text, width=_REPORT_WIDTH))
    with whole_file(made.path.with_name(f"{name}-report.txt")) as file:
        file.write(text.getvalue().encode())
    if use:
        choose(own_settings(), made.path)
    if as_json:
        told = {"report": asdict(made.report), "curve": None if made.curve is None else asdict(made.curve)}
        sys.stdout.write(json.dumps({"model": str(made.path), **told}, indent=2) + "\n")
        return
    _print_outcome(made, console)
    console.print(f"Model: {made.path}; its report lies beside it.")
    if not can_draw():
        console.print("There is no picture of it: Matplotlib is not installed; the extra `train` brings it.")
    console.print("The application uses it from its next start on." if use else "--use lets the application use it.")


def restore_command(
    path: Annotated[Path, typer.Argument(metavar="MODEL", help="Where the model's .safetensors was.")],
) -> None:
    """Bring a model back that `mia finetune --undo` threw away."""
    from mia_core.models.model_bin import restore_model

    typer.echo(f"Model: {restore_model(path)}")


def _make(
    parent: Path, recordings: RecordedSet, settings: AdaptationSettings, out: Path, *, curve: bool
) -> PersonModel | None:
    from app.interruption import stopped_by_ctrl_c
    from app.work_bar import work_bar
    from mia_core.evaluation.adaptation_curve import CURVE_S
    from mia_core.evaluation.person_model import make_person_model

    with stopped_by_ctrl_c() as stop, work_bar() as bar:
        return make_person_model(
            parent,
            recordings,
            settings,
            out,
            CURVE_S if curve else (),
            bar.show,
            stop.is_set,
        )


def _print_outcome(made: PersonModel, console: Console) -> None:
    from app.adaptation_text import print_curve, print_report

    print_report(made.report, console)
    if made.curve is not None:
        console.print()
        print_curve(made.curve, console)


def _undo(wanted: str, out: Path | None) -> None:
    """Throw a model away that is named by its path, by its name in `out`, or by that of the one in use."""
    from app.app_settings import own_settings
    from app.chosen_model import undo_adaptation
    from mia_core.errors import ModelNotFoundError
    from mia_core.models.checkpoint import find_model

    store = own_settings()
    settings = store.load()
    path = Path(wanted)
    candidates = [] if out is None else [out / f"{wanted}.safetensors"]
    candidates += [Path(used) for used in (settings.activation_model, settings.activation_model_before) if used]
    for candidate in candidates:
        if candidate.stem == wanted and candidate.is_file():
            path = candidate
    with suppress(ModelNotFoundError):
        path = find_model(path)
    lies, parent = undo_adaptation(store, path)
    typer.echo(f"Thrown away: {lies}")
    if parent:
        typer.echo(f"The application uses {parent} again.")
    typer.echo(f"`mia model restore {path}` brings it back.")
