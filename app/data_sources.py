"""Which kind of data lie in the folders that somebody named, and what reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from mia_core.errors import MiaError

if TYPE_CHECKING:
    from mia_core.dataset.window_import import WindowSource


class Layout(StrEnum):
    """What `--layout` takes."""

    ICCV2023 = "iccv2023"
    FIRST_VERSION = "first_version"
    SIMULATED = "simulated"
    RECORDED = "recorded"


LABELS = {
    Layout.ICCV2023: "the layout published with the ICCV 2023 paper",
    Layout.FIRST_VERSION: "the layout of the paper's first version",
    Layout.SIMULATED: "what `mia simulate` wrote",
    Layout.RECORDED: "sessions of this app",
}


class DataSourceError(MiaError):
    """Nothing that could be read is there, or options do not fit it."""


def check_outside(out: Path, sources: Sequence[Path]) -> None:
    """See that what is written does not become a part of what is read.

    Raises:
        DataSourceError: It would.
    """
    if inside := [path for path in sources if out.resolve().is_relative_to(path.resolve())]:
        raise DataSourceError(f"{out} lies in {inside[0]}, which is to be imported.", "Choose another folder.")


def layout_of(paths: Sequence[Path]) -> Layout:
    """Guess the layout.

    Raises:
        DataSourceError: There is nothing, or nothing that is known.
    """
    from mia_core.dataset.published_first_version import is_window_text, texts_in
    from mia_core.dataset.published_iccv2023 import root_of
    from mia_core.dataset.recorded_set import is_recorded
    from mia_core.recording.session import MANIFEST as SESSION

    if missing := [path for path in paths if not path.exists()]:
        raise DataSourceError(f"There is no file or folder {missing[0]}.", "Check the path.")
    texts = texts_in(paths)
    if all(path.is_dir() and ((path / SESSION).is_file() or is_recorded(path)) for path in paths):
        return Layout.RECORDED
    if len(paths) == 1 and _is_simulated(paths[0]):
        return Layout.SIMULATED
    if texts and (is_window_text(texts[0]) or len(texts) == len(paths) != 1):
        return Layout.FIRST_VERSION
    if len(paths) == 1 and paths[0].is_dir() and root_of(paths[0]) is not None:
        return Layout.ICCV2023
    raise DataSourceError(
        f"{paths[0]} is of no layout that is known here.",
        "Give a folder with train/ and val/, with train.txt and VIBE's output, one that `mia simulate` or "
        "`mia export --to packed` wrote, or session folders; or say --layout to learn what is missing.",
    )


def open_source(paths: Sequence[Path], layout: Layout, stride: int | None, *, in_percent: bool) -> WindowSource:
    """Open what is to be imported.

    Raises:
        DataSourceError: Options do not fit the layout.
        MiaError: It is of another layout.
    """
    from mia_core.dataset.published_first_version import FirstVersionSource
    from mia_core.dataset.published_iccv2023 import ICCV2023Source
    from mia_core.dataset.window_set_from_recorded import RecordedSource
    from mia_core.samples import WINDOW_STEPS

    if layout in (Layout.ICCV2023, Layout.FIRST_VERSION) and (stride is not None or in_percent):
        raise DataSourceError(
            "Published windows are cut already, and their sEMG is in counts.", "Leave --stride and --unit away."
        )
    if layout in (Layout.ICCV2023, Layout.SIMULATED) and len(paths) != 1:
        raise DataSourceError(f"{LABELS[layout].capitalize()} is one folder, got {len(paths)}.", "Import them apart.")
    if layout is Layout.ICCV2023:
        return ICCV2023Source(paths[0])
    if layout is Layout.FIRST_VERSION:
        return FirstVersionSource(paths)
    if layout is Layout.SIMULATED:
        from mia_core.training.window_set_from_simulated import SimulatedSource

        return SimulatedSource(paths[0], stride or WINDOW_STEPS)
    return RecordedSource(paths, stride or WINDOW_STEPS, in_percent=in_percent)


def _is_simulated(folder: Path) -> bool:
    """Return whether a folder has a manifest of clips; it may still be a damaged one."""
    from mia_core.dataset.simulated_set import MANIFEST

    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and "clips" in told
