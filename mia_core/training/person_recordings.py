"""A person's recordings as training needs them: from session folders, or from a packed export."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from mia_core.dataset.recorded_set import RecordedSet, is_recorded
from mia_core.dataset.simulated_set import DataSetError
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.packed_exporter import PackedExporter
from mia_core.recording.found_sessions import find_sessions


def read_recordings(paths: Sequence[Path], progress: Callable[[float, str], None] = lambda _s, _d: None) -> RecordedSet:
    """Read sessions and packed exports into one set.

    Args:
        paths: Session folders, folders with sessions in them, folders that `mia export --to packed` wrote.
        progress: Called with the share done in [0, 1] and what comes next.

    Raises:
        DataSetError: There is none in a folder, or a session can't be used, with the reason.
        ExportError: No session can be used.
        StepClipError: A clip is damaged, or of other muscles, keypoints or steps.
    """
    sets = [RecordedSet.load(path) for path in paths if is_recorded(path)]
    folders = [folder for path in paths if not is_recorded(path) for folder in _sessions_in(path)]
    if folders:
        with TemporaryDirectory() as work:
            packed = Path(work) / "packed"
            outcome = export(folders, PackedExporter(ExportSettings()), packed, progress)
            if outcome.refused:
                raise DataSetError(outcome.refused[0], "Leave that session out, or record it again.")
            sets.append(RecordedSet.load(packed))
    if len(sets) == 1:
        return sets[0]
    hashes = "".join(one.data_sha256 for one in sets)
    return RecordedSet(tuple(clip for one in sets for clip in one.clips), hashlib.sha256(hashes.encode()).hexdigest())


def _sessions_in(path: Path) -> list[Path]:
    found = [session.folder for session in find_sessions(path)]
    if not found:
        raise DataSetError(
            f"There is no session and no packed export in {path}.",
            "Give session folders, or what `mia export --to packed` wrote.",
        )
    return found
