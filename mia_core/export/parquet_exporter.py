"""Parquet: the merged table, the samples and the keypoints, typed, with what they are in their metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportSettings, require_package
from mia_core.export.merged_table import MERGED_DESCRIPTION, merged_table
from mia_core.export.recorded_session import RecordedSession
from mia_core.muscles import MONTAGE
from mia_core.recording.session import MANIFEST
from mia_core.recording.session_json import read_json
from mia_core.skeleton import BODY_25

_README: Final = f"""\
# Recorded sessions as Parquet

One folder for each session. The metadata of each file hold its `session.json` under the key `session`.

## merged.parquet

{MERGED_DESCRIPTION}
## emg.parquet

Every sample as it arrived: `arrival_ns` (raw, on the monotonic clock), `time_s` (when it was taken, as far as arrivals
tell, on the time line of the frames; an accepted sync offset is taken out), `placement`, `counter` (-1: none), `value`
(in the sensor's unit), `flags` (1 at the end of the range, 2 out of range, 4 after a loss, 8 loss only inferred),
`segment` (number of the connection).

## pose.parquet

Every frame in which a person was looked for: `frame_index`, `time_s`, and x, y in pixels and confidence of each BODY_25
keypoint; null where nobody was found.
"""


class ParquetExporter:
    """Writes Parquet.

    Args:
        settings: None of them matters here.

    Raises:
        MissingExtraError: The optional package is not installed.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings
        require_package("pyarrow.parquet", "Parquet")

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's tables: see `SetExporter`."""
        own = folder / session.title
        own.mkdir()
        said = {"session": json.dumps(read_json(session.folder / MANIFEST)), "emg": session.provenance}
        _write(own / "merged.parquet", merged_table(session), said)
        _write(own / "pose.parquet", _pose(session), said)
        if session.session.emg is not None:
            _write(own / "emg.parquet", _samples(session), said)

    def finish(self, folder: Path) -> None:
        """Write the explanation: see `SetExporter`."""
        (folder / "README.md").write_text(_README, encoding="utf-8")


def _pose(session: RecordedSession) -> dict[str, NDArray[Any]]:
    stored = session.session
    columns: dict[str, NDArray[Any]] = {"frame_index": stored.frame_index, "time_s": stored.frame_timestamps_s}
    for place, name in enumerate(BODY_25):
        columns[f"{name}_x_px"] = stored.keypoints_px[:, place, 0].astype(np.float32)
        columns[f"{name}_y_px"] = stored.keypoints_px[:, place, 1].astype(np.float32)
        columns[f"{name}_confidence"] = stored.confidence[:, place].astype(np.float32)
    return columns


def _samples(session: RecordedSession) -> dict[str, NDArray[Any]]:
    """Return every sample, muscle by muscle in the order of the montage."""
    recording = session.session.emg
    if recording is None:
        return {}
    muscles = session.muscles
    rows = np.concatenate([np.empty(0, np.intp), *(muscle.rows for muscle in muscles)])
    return {
        "arrival_ns": recording.arrivals_ns[rows],
        "time_s": np.concatenate([np.empty(0), *(muscle.times_s for muscle in muscles)]),
        "placement": np.array(MONTAGE.names)[recording.channels[rows]],
        "counter": recording.counters[rows],
        "value": recording.values[rows],
        "flags": recording.flags[rows],
        "segment": recording.segments[rows],
    }


def _write(path: Path, columns: dict[str, NDArray[Any]], said: dict[str, str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {name: pa.array(column, from_pandas=column.dtype.kind == "f") for name, column in columns.items()}
    pq.write_table(pa.table(arrays).replace_schema_metadata(said), path)
