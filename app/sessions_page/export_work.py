"""The export of some sessions in some formats, as one piece of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from app.background_task import Work
from app.export_commands import ExportFormat

FORMAT_WORDS: Final = {
    ExportFormat.MIA: ("MIA data set", "the layout of the published data, to train on"),
    ExportFormat.PACKED: ("Packed training set", "one file for our own training"),
    ExportFormat.CSV: ("CSV tables", "for spreadsheets"),
    ExportFormat.PARQUET: ("Parquet tables", "for pandas and R"),
    ExportFormat.BIDS: ("BIDS-EMG", "sEMG with keypoints as motion"),
    ExportFormat.EDF: ("EDF+", "sEMG, 16 bit"),
    ExportFormat.BDF: ("BDF+", "sEMG, 24 bit"),
    ExportFormat.TRC: ("OpenSim .trc", "keypoints"),
    ExportFormat.STO: ("OpenSim .sto", "muscles"),
    ExportFormat.C3D: ("C3D", "keypoints and sEMG"),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it.

    Attributes:
        out: The folder.
        written: Each format that was written, with the number of its sessions.
        left_out: Why a session was left out, or a format failed, one sentence each.
        is_cancelled: Whether it was stopped; formats that were whole by then stay.
    """

    out: Path
    written: dict[ExportFormat, int]
    left_out: tuple[str, ...]
    is_cancelled: bool = False


def new_folder(recordings: Path, now: datetime) -> Path:
    """Return where an export goes unless another folder is chosen: beside the recordings, not there yet."""
    return recordings.parent / "exports" / f"export-{now:%Y%m%dT%H%M%S}"


def export_sessions(work: Work, folders: Sequence[Path], formats: Sequence[ExportFormat], out: Path) -> Exported:
    """Write sessions in each format into a folder of its own.

    A format that can't be written is told and the others are written; an error is raised when there is nothing at all
    to show.

    Args:
        work: Told how far it has come.
        folders: Sessions.
        formats: At least one.
        out: Gets one folder a format.

    Raises:
        MiaError: Nothing could be written in any format.
    """
    from mia_core.errors import MiaError
    from mia_core.export.export_settings import ExportSettings
    from mia_core.export.exporter import export
    from mia_core.export.exporters import EXPORTERS

    written: dict[ExportFormat, int] = {}
    left_out: list[str] = []
    first_error: MiaError | None = None
    for number, chosen in enumerate(formats):
        name = FORMAT_WORDS[chosen][0]

        def progress(share: float, doing: str, number: int = number, name: str = name) -> None:
            work.report((number + share) / len(formats), f"{name}: {doing}")

        try:
            outcome = export(folders, EXPORTERS[chosen](ExportSettings()), out / chosen, progress, work.is_cancelled)
        except MiaError as error:
            first_error = first_error or error
            left_out.append(f"{name}: {error} {error.advice}")
            continue
        if outcome.cancelled:
            return Exported(out, written, tuple(left_out), is_cancelled=True)
        written[chosen] = len(outcome.exported)
        left_out += [f"{name}: {why}" for why in outcome.refused]
    if not written and first_error is not None:
        raise first_error
    return Exported(out, written, tuple(left_out))
