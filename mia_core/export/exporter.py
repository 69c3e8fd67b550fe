"""What a format has to offer, and how sessions become a folder of it: whole, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mia_core.errors import MiaError
from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.recorded_session import RecordedSession


class SetExporter(Protocol):
    """Writes sessions in one format into one folder; for one export."""

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write the files of a session.

        Args:
            session: The session.
            folder: An empty folder; what is put there is moved to the same place below the folder of the whole set.

        Raises:
            MiaError: This session can't be written in this format; the others may.
            OSError: The disk is full or gone.
        """

    def finish(self, folder: Path) -> None:
        """Write what belongs to the whole set.

        Args:
            folder: Where all sessions that could be written are.

        Raises:
            OSError: The disk is full or gone.
        """


ExporterFactory = Callable[[ExportSettings], SetExporter]


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What came of an export.

    Attributes:
        exported: Titles of the sessions that were written.
        refused: Why each of the others was not, with its folder.
        cancelled: Whether it was stopped; then nothing was written.
    """

    exported: tuple[str, ...]
    refused: tuple[str, ...]
    cancelled: bool = False


def export(
    folders: Sequence[Path],
    exporter: SetExporter,
    out: Path,
    progress: Callable[[float, str], None] = lambda _share, _doing: None,
    should_stop: Callable[[], bool] = lambda: False,
    check: Callable[[RecordedSession], None] = lambda _session: None,
) -> ExportOutcome:
    """Write sessions into a new folder, which appears when it is whole. A session that can't be written is left out.

    Args:
        folders: Session folders.
        exporter: The format, made for this export.
        out: A folder that does not exist or is empty: nothing is ever overwritten.
        progress: Called with the share done in [0, 1] and what comes next.
        should_stop: Asked before every session; True ends the export, and nothing is left behind.
        check: Called with every session before it is written; a `MiaError` from it leaves the session out.

    Raises:
        ExportError: The folder has something in it, lies in a session, or can't be written; or no session could be
            exported.
    """
    if inside := [folder for folder in folders if out.resolve().is_relative_to(folder.resolve())]:
        raise ExportError(f"{out} lies in {inside[0]}, which is to be exported.", "Choose another folder.")
    exported: list[str] = []
    refused: list[str] = []
    last: tuple[str, str] | None = None
    with _appearing(out) as whole:
        for number, folder in enumerate(folders):
            if should_stop():
                return ExportOutcome((), tuple(refused), cancelled=True)
            progress(number / len(folders), folder.name)
            try:
                session = RecordedSession.read(folder)
                if session.title in exported:
                    raise ExportError(
                        f"{session.title} was already exported from another folder.", "Give every session once."
                    )
                check(session)
                with tempfile.TemporaryDirectory(dir=whole.parent, prefix="session-") as part:
                    exporter.add(session, Path(part))
                    _merge(Path(part), whole)
            except MiaError as error:
                named = "" if str(folder) in str(error) else f"{folder}: "
                last = f"{named}{error}", error.advice
                refused.append(" ".join(last))
            else:
                exported.append(session.title)
        if not exported and last is not None:
            alone = ("No session could be exported: " + " ".join(refused), "Choose other sessions or another format.")
            raise ExportError(*(last if len(refused) == 1 else alone))
        if not exported:
            raise ExportError("There is no session to export.", "Choose some.")
        progress(1.0, "finishing")
        exporter.finish(whole)
        if should_stop():
            return ExportOutcome((), tuple(refused), cancelled=True)
        if out.exists():
            out.rmdir()  # it is empty, else it would have been refused; should that have changed, this fails
        whole.rename(out)
    return ExportOutcome(tuple(exported), tuple(refused))


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """Give a folder to work in, beside the one that is wanted; it is gone afterwards, whatever happens."""
    made: list[Path] = []
    try:
        if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
            raise ExportError(f"{out} exists already, and nothing is overwritten.", "Choose another folder.")
        made = [parent for parent in (out.absolute().parent, *out.absolute().parent.parents) if not parent.exists()]
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=f".{out.name}-") as beside:
            whole = Path(beside) / "whole"
            whole.mkdir()
            yield whole
    except OSError as error:
        raise ExportError(
            f"Nothing can be written to {out} ({error.strerror or error}).",
            "Choose a folder that you may write to, on a disk with room.",
        ) from error
    finally:
        if not out.exists():
            for parent in made:
                if parent.is_dir() and not any(parent.iterdir()):
                    parent.rmdir()


def _merge(part: Path, whole: Path) -> None:
    """Move the files of one session to their places in the set.

    Raises:
        ExportError: Another session has put a file there.
    """
    files = sorted(path for path in part.rglob("*") if not path.is_dir())
    for path in files:
        if (whole / path.relative_to(part)).exists():
            raise ExportError(
                f"{path.relative_to(part)} is there from another session.", "Export these sessions separately."
            )
    for path in files:
        place = whole / path.relative_to(part)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
