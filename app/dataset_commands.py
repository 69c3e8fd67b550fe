"""`mia dataset`: import sets of windows, look at them, check them, split them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from app.data_sources import LABELS, Layout
from app.terminal import plain_console

if TYPE_CHECKING:
    from mia_core.dataset.splits import Split
    from mia_core.dataset.window_import import ImportProgress, ImportReport

EXIT_FINDINGS = 1
_SHOWN = 10
_NAMES_WIDTH = 30

SetArgument = Annotated[Path, typer.Argument(metavar="SET", help="A NAME.windows that `mia dataset import` wrote.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

datasets = typer.Typer(help="Sets of windows: import, look, check, split.", no_args_is_help=True)


@datasets.command("import")
def import_command(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="Published data, simulated data, or session folders.")
    ],
    out: Annotated[Path, typer.Option("--out", help="NAME.windows; an interrupted one is continued.")],
    layout: Annotated[Layout | None, typer.Option("--layout", help="What it is; guessed when not given.")] = None,
    stride: Annotated[
        int | None, typer.Option("--stride", min=1, help="Steps of 0.1 s from window to window; 30 when not given.")
    ] = None,
    unit: Annotated[
        Literal["sensor", "percent"],
        typer.Option("--unit", help="Of recorded sEMG: the sensor's, or percent of the maximal contraction."),
    ] = "sensor",
    as_json: JsonOption = False,
) -> None:
    """Read windows of any layout into one folder that opens at once. Broken windows are left out and told."""
    from app.data_sources import check_outside, layout_of, open_source
    from app.interruption import EXIT_STOPPED, stopped_by_ctrl_c
    from app.work_bar import work_bar
    from mia_core.dataset.window_import import import_windows

    console = plain_console(stderr=as_json)
    check_outside(out, sources)
    found = layout or layout_of(sources)
    console.print(f"Reading {LABELS[found]}{'' if layout else ' (guessed)'}.")
    source = open_source(sources, found, stride, in_percent=unit == "percent")
    with stopped_by_ctrl_c() as stop, work_bar() as bar:

        def show(state: ImportProgress) -> None:
            bar.show(state.done, state.doing, total=state.total, amount=f"{state.done}/{state.total}")

        report = import_windows(source, out, show, stop.is_set)
    if report is None:
        console.print("Stopped; the same command goes on from here.")
        raise typer.Exit(EXIT_STOPPED)
    if as_json:
        sys.stdout.write(report.as_json() + "\n")
    else:
        _tell_report(console, report)
        console.print(f"{report.windows} windows, {report.minutes:.1f} minutes: {out}")


def _tell_report(console: Console, report: ImportReport) -> None:
    by_reason: dict[str, list[str]] = {}
    for skipped in report.skipped:
        by_reason.setdefault(skipped.why, []).append(skipped.what)
    for why, what in list(by_reason.items())[:_SHOWN]:
        others = f" and {len(what) - 1} more" if len(what) > 1 else ""
        console.print(f"Left out: {what[0]}{others}: {why}", style="yellow")
    if len(by_reason) > _SHOWN:
        console.print(
            f"Left out for {len(by_reason) - _SHOWN} other reasons: see import.json in the set.", style="yellow"
        )
    for note in report.notes:
        console.print(f"Note: {note}")


@datasets.command("info")
def info_command(path: SetArgument, as_json: JsonOption = False) -> None:
    """Say what a set holds: windows by subject and exercise, minutes, channels, unit, where it comes from, its hash."""
    from mia_core.dataset.window_import import counts_of
    from mia_core.dataset.window_set import TRAIN, VAL, open_window_set

    windows = open_window_set(path)
    about, counts = windows.about, counts_of(windows)
    parts = {"train": int((windows.part == TRAIN).sum()), "val": int((windows.part == VAL).sum())}
    if as_json:
        told = {**asdict(about), "windows": len(windows), "steps": windows.n_steps, "minutes": windows.minutes}
        sys.stdout.write(json.dumps({**told, "parts": parts, "counts": counts}, indent=2) + "\n")
        return
    subjects = sorted(about.subjects)
    console = plain_console()
    console.width = max(console.width, sum(len(name) + 3 for name in subjects) + _NAMES_WIDTH)  # numbers are never cut
    table = Table("exercise", *(Column(name, justify="right") for name in (*subjects, "all")))
    for exercise in sorted(about.exercises):
        numbers = [counts[subject].get(exercise, 0) for subject in subjects]
        table.add_row(exercise, *(str(number) if number else "-" for number in (*numbers, sum(numbers))))
    totals = [sum(counts[subject].values()) for subject in subjects]
    table.add_section()
    table.add_row("windows", *(str(number) for number in (*totals, sum(totals))))
    minutes = [windows.take(windows.subject == about.subjects.index(subject)).minutes for subject in subjects]
    table.add_row("minutes", *(f"{number:.1f}" for number in (*minutes, windows.minutes)))
    console.print(table)
    published = f", {parts['train']} in train and {parts['val']} in val" if any(parts.values()) else ""
    joints = "with" if windows.joints is not None else "without"
    console.print(f"{windows.n_steps} steps at {about.step_hz:g} Hz, {joints} 3-D joints{published}")
    console.print(f"Channels, in {about.unit}: {', '.join(about.channels)}")
    console.print(f"The sEMG is {about.provenance}; layout {about.layout}")
    console.print(f"SHA-256 of the content {about.sha256}")
    console.print(f"SHA-256 of the source  {about.source_sha256}")


@datasets.command("validate")
def validate_command(
    path: SetArgument,
    split: Annotated[Path | None, typer.Option("--split", help="Also look for leaks in a saved split.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what would make numbers wrong; problems end with exit code 1, things to know do not."""
    from mia_core.dataset.data_set_check import check_content, check_windows
    from mia_core.dataset.split_check import check_split
    from mia_core.dataset.splits import Split
    from mia_core.dataset.window_set import open_window_set

    windows = open_window_set(path)
    findings = [
        *check_content(path),
        *check_windows(windows),
        *(check_split(windows, Split.load(split)) if split else ()),
    ]
    problems = sum(finding.is_problem for finding in findings)
    if as_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2) + "\n")
    else:
        console = plain_console()
        for finding in findings:
            word, style = ("Problem", "red") if finding.is_problem else ("Note", "")
            console.print(f"{word}: {finding.what}", style=style)
        console.print(f"{len(windows)} windows, {problems} problem{'s' * (problems != 1)}.")
    if problems:
        raise typer.Exit(EXIT_FINDINGS)


@datasets.command("split")
def split_command(
    path: SetArgument,
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.")],
    kind: Annotated[
        Literal["in-distribution", "leave-exercise-out", "leave-subject-out", "cross-subject", "lists"],
        typer.Option("--kind", help="What is held out; lists takes --train-list and --test-list."),
    ] = "in-distribution",
    exercise: Annotated[str, typer.Option("--exercise", help="The exercise to leave out.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="The subject to leave out.")] = "",
    learn: Annotated[str, typer.Option("--from", help="The subject to learn from.")] = "",
    judge: Annotated[str, typer.Option("--to", help="The subject to judge by.")] = "",
    train_list: Annotated[Path | None, typer.Option("--train-list", help="Paths of windows to learn from.")] = None,
    test_list: Annotated[Path | None, typer.Option("--test-list", help="Paths of windows to judge by.")] = None,
) -> None:
    """Decide which windows are learned from and which judge, and save it."""
    from mia_core.dataset.published_lists import split_from_lists
    from mia_core.dataset.splits import cross_subject, in_distribution, leave_exercise_out, leave_subject_out
    from mia_core.dataset.window_set import open_window_set

    windows = open_window_set(path)
    if kind == "in-distribution":
        split = in_distribution(windows)
    elif kind == "leave-exercise-out":
        split = leave_exercise_out(windows, _given(exercise, "--exercise"))
    elif kind == "leave-subject-out":
        split = leave_subject_out(windows, _given(subject, "--subject"))
    elif kind == "cross-subject":
        split = cross_subject(windows, _given(learn, "--from"), _given(judge, "--to"))
    else:
        train, test = (_given_path(file, name) for file, name in ((train_list, "train"), (test_list, "test")))
        split = split_from_lists(path, train, test)
    split.save(out)
    _tell_split(split, out)


def _tell_split(split: Split, out: Path) -> None:
    console = plain_console()
    console.print(f"{split.name}: {len(split.train)} windows to learn from, {len(split.test)} to judge by.")
    console.print(f"{split.note[:1].upper()}{split.note[1:]}.")
    console.print(f"Split: {out}")


def _given(value: str, option: str) -> str:
    if not value:
        raise typer.BadParameter("is needed for this kind of split", param_hint=option)
    return value


def _given_path(value: Path | None, name: str) -> Path:
    if value is None:
        raise typer.BadParameter("is needed for this kind of split", param_hint=f"--{name}-list")
    return value
