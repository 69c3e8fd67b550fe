"""`mia demo` and `mia benchmark demo`: the built-in subject, shown and measured."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.display import display_works, recordings_folder
from app.headless import run_headless
from app.live_page.source_choice import SourceChoice
from app.pipelines import Models
from app.terminal import plain_console
from mia_core.capture.demo_camera import DemoTruth
from mia_core.clock import SystemClock
from mia_core.evaluation.demo_accuracy import DemoAccuracy, demo_accuracy
from mia_core.recording.session_folder import make_empty_folder
from mia_core.recording.session_reader import Session, read_session

SCREENSHOT_AT_S = 6.5
"""The second squat at its lowest: quadriceps and hamstrings work, and the traces show the first one."""


def show_demo(models: Models, *, headless: bool, out: Path | None) -> int:
    """Open the window on the demo subject; without a display, write everything to a folder and say where.

    Args:
        models: Which models to use.
        headless: Open no window even where there is a display.
        out: The folder to write, a new one in the recordings folder when None.

    Returns:
        The exit code.
    """
    demo = SourceChoice.demo()
    if not headless and display_works():
        from app.window import open_window

        return open_window(demo, models)
    folder = out or recordings_folder() / f"demo-{SystemClock().utc():%Y%m%dT%H%M%SZ}"
    make_empty_folder(folder)
    run_headless(demo, models, folder / "session", folder / "overlay.mp4")
    console = plain_console()
    _save_screenshot(folder / "screenshot.png", models, console)
    _print_accuracy(demo_accuracy(read_session(folder / "session"), DemoTruth.load()), console)
    return 0


def _save_screenshot(path: Path, models: Models, console: Console) -> None:
    """Save a picture of the window; where Qt can't be loaded, say so and go on."""
    try:
        from app.window import take_screenshot
    except ImportError as error:
        console.print(f"No screenshot: the window's library can't be loaded ({error}).", style="yellow")
        return
    if take_screenshot(path, SourceChoice.demo(), models, SCREENSHOT_AT_S):
        console.print(f"Screenshot: {path}")
    else:
        console.print("No screenshot: the window showed no muscles in time.", style="yellow")


def benchmark_demo(models: Models, *, as_json: bool) -> None:
    """Run the demo through the whole pipeline and print how far joints and muscles are from the truth."""
    with tempfile.TemporaryDirectory() as folder:
        session_folder = Path(folder) / "session"
        run_headless(SourceChoice.demo(), models, session_folder, quiet=as_json)
        session = read_session(session_folder)
    accuracy = demo_accuracy(session, DemoTruth.load())
    if as_json:
        sys.stdout.write(json.dumps(_as_json(accuracy, session), indent=2) + "\n")
    else:
        _print_accuracy(accuracy, plain_console())


def _as_json(accuracy: DemoAccuracy, session: Session) -> dict[str, object]:
    muscles = {name: {**asdict(m), "beats_mean": m.beats_mean} for name, m in accuracy.muscles.items()}
    return {
        "model": session.manifest["model"],
        "lookahead_steps": session.manifest["lookahead_steps"],
        "truth": "simulated",
        **{**asdict(accuracy), "muscles": muscles},
    }


def _print_accuracy(accuracy: DemoAccuracy, console: Console) -> None:
    console.print(
        f"Person found in {100 * accuracy.detected:.1f} % of frames; median joint error "
        f"{100 * accuracy.joint_error:.2f} % of body height."
    )
    table = Table(title="Predicted against simulated activation", box=None, title_justify="left")
    for column in ("muscle", "r", "RMSE", "RMSE of always saying the mean"):
        table.add_column(column, justify="left" if column == "muscle" else "right")
    for name, muscle in accuracy.muscles.items():
        mark = "" if muscle.beats_mean else "  (no better than the mean)"
        table.add_row(name, f"{muscle.r:.2f}", f"{muscle.rmse:.3f}", f"{muscle.rmse_of_mean:.3f}{mark}")
    console.print(table)
