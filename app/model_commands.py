"""`mia heldout` and `mia model`: make held-out sets, judge models on them, and print what their cards say."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.terminal import plain_console

if TYPE_CHECKING:
    from mia_core.models.checkpoint import Checkpoint

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="Name of a shipped model, or path of a checkpoint.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

models = typer.Typer(help="Look at models, and judge them.", no_args_is_help=True)


def heldout_command(
    out: Annotated[Path, typer.Option("--out", help="Folder for the sets; an interrupted run is continued.")],
    motions: Annotated[
        Path | None, typer.Option("--motions", help="Folder of BVH motion capture, with the people kept for judging.")
    ] = None,
    walk: Annotated[Path | None, typer.Option("--walk", help="Folder with the measured walk.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same sets.")] = 2026,
    exact_keypoints: Annotated[
        bool, typer.Option("--exact-keypoints", help="Leave out the detector's errors, to see what they cost.")
    ] = False,
) -> None:
    """Make the held-out sets that models are judged on. Needs the extra `sim`."""
    from app.interruption import EXIT_STOPPED, stopped_by_ctrl_c
    from app.work_bar import work_bar
    from mia_core.evaluation.heldout_recipes import HeldOutSettings
    from mia_core.evaluation.heldout_sets import make_heldout

    settings = HeldOutSettings(seed=seed, motions=motions, walk=walk, exact_keypoints=exact_keypoints)
    with stopped_by_ctrl_c() as stop, work_bar() as bar:
        outcome = make_heldout(settings, out, bar.show, stop.is_set)
    console = plain_console()
    for name, filmed in outcome.sets.items():
        people = ", ".join(filmed.subjects)
        console.print(f"{name}: {filmed.minutes:.1f} minutes of film, {len(filmed.clips)} clips of {people}.")
    for name, reason in outcome.absent.items():
        console.print(f"{name}: absent, because {reason}.")
    for motion in outcome.left_out:
        console.print(f"Left out, because it can't be used: {motion}.")
    console.print(f"Labels are simulated, not measured. Sets: {out}")
    if not outcome.complete:
        console.print("Stopped; the same command goes on from here.")
        raise typer.Exit(EXIT_STOPPED)


@models.command("evaluate")
def evaluate_command(
    names: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Names or paths; several must differ in their seed alone.")
    ],
    heldout: Annotated[Path, typer.Option("--heldout", help="Folder that `mia heldout` wrote.")],
    as_json: JsonOption = False,
) -> None:
    """Judge models on held-out sets, and write the outcome into their cards; print the first one's card.

    What comes of exact keypoints is printed, not written: no camera gives such.
    """
    from app.work_bar import work_bar
    from mia_core.evaluation.heldout_recipes import EXACT_CAMERAS
    from mia_core.evaluation.judge_model import judge_model, load_heldout, with_heldout
    from mia_core.evaluation.seeds import across_seeds
    from mia_core.models.checkpoint import find_model, load_checkpoint, replace_card
    from mia_core.models.runtime import load_runtime

    paths = [find_model(name) for name in names]
    sets = load_heldout(heldout)
    scores = []
    with work_bar() as bar:
        for number, path in enumerate(paths):

            def show(share: float, doing: str, number: int = number, name: str = path.stem) -> None:
                bar.show(number + share, f"{name}: {doing}", total=len(paths))

            scores.append(judge_model(load_runtime(path), sets, show))
    checkpoints = [load_checkpoint(path) for path in paths]
    cards = [checkpoint.card for checkpoint in checkpoints]
    of_models = across_seeds(cards, scores) if len(paths) > 1 else scores
    if any(filmed.keypoints == EXACT_CAMERAS for filmed in sets.values()):
        card = replace(cards[0], heldout=of_models[0])
        _print_card(replace(checkpoints[0], card=card), as_json=as_json)
        return
    for path, card, of_model in zip(paths, cards, of_models, strict=True):
        replace_card(path, with_heldout(card, of_model))
    _print_card(load_checkpoint(paths[0]), as_json=as_json)


@models.command("compare")
def compare_command(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Name or path of the model that was there before.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Name or path of the one that was fitted.")],
    data: Annotated[Path, typer.Option("--data", help="Folder that `mia export --to packed` wrote.")],
    part: Annotated[
        Literal["held-out", "chosen-on", "learned-from"],
        typer.Option("--part", help="Motion that was kept for judging, that chose the weights, or was learned from."),
    ] = "held-out",
    as_json: JsonOption = False,
) -> None:
    """Compare two models on recorded motion that neither has learned from."""
    from app.model_comparison_text import print_comparison
    from mia_core.dataset.recorded_parts import Part
    from mia_core.dataset.recorded_set import RecordedSet
    from mia_core.evaluation.model_comparison import compare
    from mia_core.models.runtime import load_runtime

    outcome = compare(load_runtime(before, "cpu"), load_runtime(after, "cpu"), RecordedSet.load(data), Part(part))
    if as_json:
        sys.stdout.write(json.dumps(asdict(outcome), indent=2) + "\n")
    else:
        print_comparison(outcome, plain_console())


@models.command("ablate")
def ablate_command(
    name: ModelArgument,
    data: Annotated[Path, typer.Option("--data", help="Data set to train on, the model's own.")],
    heldout: Annotated[Path, typer.Option("--heldout", help="Folder that `mia heldout` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the variants; an interrupted run is continued.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Optimiser steps of each variant.")] = 1500,
) -> None:
    """Train variants of a model, each without one ingredient; write what each is worth into its card, and print it."""
    from dataclasses import replace

    from app.interruption import EXIT_STOPPED, stopped_by_ctrl_c
    from app.work_bar import work_bar
    from mia_core.evaluation.ablation import ablate, ablations
    from mia_core.evaluation.judge_model import load_heldout
    from mia_core.models.checkpoint import find_model, load_checkpoint, replace_card
    from mia_core.training.training_config import ModelKind, TrainingConfig

    path, sets = find_model(name), load_heldout(heldout)
    base = TrainingConfig.of(ModelKind.MODERN, "variant", steps=steps)
    with stopped_by_ctrl_c() as stop, work_bar() as bar:
        rows = ablate(ablations(base), data, sets, out, bar.show, stop.is_set)
    from app.model_card_text import print_ablations

    print_ablations(rows, plain_console())
    if stop.is_set():
        typer.echo("Stopped; the same command goes on from here.")
        raise typer.Exit(EXIT_STOPPED)
    replace_card(path, replace(load_checkpoint(path).card, ablations=rows))


@models.command("published")
def published_command(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A checkpoint that the paper's authors published.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="A NAME.windows of their data; judges the model on its held-out part.")
    ] = None,
) -> None:
    """Read the authors' own checkpoint, say what of it was never used, and judge it on their data."""
    from mia_core.dataset.splits import in_distribution
    from mia_core.dataset.window_set import open_window_set
    from mia_core.laboratory.metrics import rmse_by_exercise
    from mia_core.laboratory.published_network import published_network

    predictor, read = published_network(path)
    console = plain_console()
    console.print(read.summary)
    if data is None:
        return
    windows = open_window_set(data)
    split = in_distribution(windows)
    test = windows.take(split.test)
    errors = rmse_by_exercise(test.emg, predictor.predict(test), test.exercise)
    for number, error in errors.by_exercise.items():
        console.print(f"{windows.about.exercises[number]:16} {error:6.1f}")
    console.print(f"{'pooled':16} {errors.pooled:6.1f}")
    console.print(f"{'mean':16} {errors.mean_of_exercises:6.1f}")
    console.print(
        f"Root mean squared error in {windows.about.unit}, {windows.about.provenance}, on {len(split.test)} windows:"
        f" {split.note}. Whether the authors' model learned from them, only they know.",
    )


@models.command("card")
def card_command(name: ModelArgument, as_json: JsonOption = False) -> None:
    """Print what a model is, what it was trained on, and how good it is on motion that it never saw."""
    from mia_core.models.checkpoint import find_model, load_checkpoint

    _print_card(load_checkpoint(find_model(name)), as_json=as_json)


@models.command("list")
def list_command() -> None:
    """Print the names of the shipped models."""
    from mia_core.models.checkpoint import DEFAULT_MODEL, available_models

    for name in available_models():
        typer.echo(f"{name} (used when none is named)" if name == DEFAULT_MODEL else name)


def _print_card(checkpoint: Checkpoint, *, as_json: bool) -> None:
    card = checkpoint.card
    if as_json:
        plain = {**json.loads(card.to_json(checkpoint.weights_sha256)), "low_confidence": list(card.low_confidence)}
        sys.stdout.write(json.dumps(plain, indent=2) + "\n")
        return
    from app.model_card_text import print_card

    print_card(checkpoint, plain_console())
