"""`mia export`: recorded sessions in the formats of other programs."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal import plain_console

if TYPE_CHECKING:
    from app.work_bar import WorkBar
    from mia_core.export.recorded_session import RecordedSession

EXIT_REFUSED = 1


class ExportFormat(StrEnum):
    """What `--to` takes: the keys of `EXPORTERS`, without loading any of them."""

    MIA = "mia"
    PACKED = "packed"
    CSV = "csv"
    PARQUET = "parquet"
    BIDS = "bids"
    EDF = "edf"
    BDF = "bdf"
    TRC = "trc"
    STO = "sto"
    C3D = "c3d"


def export_command(
    sessions: Annotated[list[Path], typer.Argument(metavar="SESSION...", help="Session folders.")],
    to: Annotated[ExportFormat, typer.Option("--to", help="The format.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write; must be empty or not exist.")],
    stride: Annotated[
        int, typer.Option("--stride", min=1, help="Steps of 0.1 s from one window to the next (mia).")
    ] = 30,
    held_out: Annotated[
        float, typer.Option("--held-out", min=0.0, max=0.99, help="Share of each exercise's windows for val (mia).")
    ] = 0.2,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Run each session's model again, and leave out a session where it says else."),
    ] = False,
    model: Annotated[
        str, typer.Option("--model", help="For --verify: where the model is, if it is not a shipped one.")
    ] = "",
) -> None:
    """Write recorded sessions as training data, tables, BIDS, EDF+, BDF+, OpenSim files or C3D.

    A session that can't be exported is left out and told; the command then ends with 1.
    """
    from app.interruption import EXIT_STOPPED, stopped_by_ctrl_c
    from app.work_bar import work_bar
    from mia_core.export.export_settings import ExportSettings
    from mia_core.export.exporter import export
    from mia_core.export.exporters import EXPORTERS

    console = plain_console()
    exporter = EXPORTERS[to](ExportSettings(stride, held_out))
    with stopped_by_ctrl_c() as stop, work_bar() as bar:
        outcome = export(
            sessions,
            exporter,
            out,
            bar.show,
            stop.is_set,
            partial(_verify, bar, model) if verify else lambda _session: None,
        )
    for why in outcome.refused:
        console.print(f"Left out: {why}", style="yellow")
    if outcome.cancelled:
        console.print("Stopped; nothing was written.")
        raise typer.Exit(EXIT_STOPPED)
    n = len(outcome.exported)
    console.print(f"{n} session{'s' * (n != 1)} as {to}: {out}")
    if outcome.refused:
        raise typer.Exit(EXIT_REFUSED)


def _verify(bar: WorkBar, model: str, session: RecordedSession) -> None:
    """Hold a session to its model.

    Raises:
        MiaError: The model is another one or can't be found, or says something else now.
    """
    from mia_core.evaluation.replayed_session import verify_session

    said = verify_session(session, model)
    bar.print(f"{session.title}: {said}")
