"""CSV: a merged table of 10 Hz, and everything raw as it was recorded."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.export.export_settings import ExportSettings
from mia_core.export.merged_table import MERGED_DESCRIPTION, merged_table
from mia_core.export.recorded_session import RecordedSession
from mia_core.muscles import MONTAGE
from mia_core.recording import session as form
from mia_core.recording.session_review import REVIEW
from mia_core.sensors.emg_csv import COLUMNS, EmgRecording

_COPIED: Final = (form.MANIFEST, form.FRAMES, form.POSE, form.ACTIVATION, form.EVENTS, REVIEW)
_ROWS_AT_ONCE: Final = 50_000
_README: Final = f"""\
# Recorded sessions as CSV

One folder for each session: `merged.csv`, and in `raw/` the tables as they were recorded, unchanged.

## merged.csv

{MERGED_DESCRIPTION}
## raw/

- `session.json`: who, when, with what; `sensors` says whether the sEMG was measured or simulated.
- `frames.csv`: every frame that was captured, with its raw arrival on the monotonic clock in nanoseconds.
- `pose.csv`: the keypoints of every frame in which a person was looked for.
- `activation.csv`: what the model predicted at each step.
- `emg.csv`: every sample as it arrived: arrival, muscle, the sensor's counter (-1: none), value, flags (1 at the end of
  the range, 2 out of range, 4 after a loss, 8 loss only inferred), number of the connection. Its first line is a
  comment with the sensors' serial numbers, kinds, rates and units: `pandas.read_csv(path, comment="#")`.
- `events.jsonl`: what happened, one JSON object per line, on the same monotonic clock.
- `review.json`: what people put right afterwards in trials, if anything; `merged.csv` has it applied.
"""


class CsvExporter:
    """Writes CSV.

    Args:
        settings: None of them matters here.
    """

    def __init__(self, settings: ExportSettings) -> None:
        del settings

    def add(self, session: RecordedSession, folder: Path) -> None:
        """Write a session's tables: see `SetExporter`."""
        own = folder / session.title
        raw = own / "raw"
        raw.mkdir(parents=True)
        write_table(own / "merged.csv", merged_table(session))
        for name in _COPIED:
            if (session.folder / name).is_file() and not (session.folder / name).is_symlink():
                shutil.copyfile(session.folder / name, raw / name)
        if session.session.emg is not None:
            _write_emg(raw / form.EMG_CSV, session.folder / form.EMG_CSV, session.session.emg)

    def finish(self, folder: Path) -> None:
        """Write the explanation: see `SetExporter`."""
        (folder / "README.md").write_text(_README, encoding="utf-8")


def write_table(path: Path, columns: dict[str, NDArray[Any]], delimiter: str = ",", nothing: str = "") -> None:
    """Write a table whose cells say `nothing` where a number is NaN."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        table.writerow(columns)
        table.writerows(zip(*(_cells(column, nothing) for column in columns.values()), strict=True))


def _cells(column: NDArray[Any], nothing: str) -> Iterable[str]:
    if column.dtype.kind == "f":
        column = np.where(np.isnan(column), nothing, column.astype("U32"))  # the shortest text that is exact
    return map(str, column.tolist())


def _write_emg(path: Path, recorded: Path, recording: EmgRecording) -> None:
    """Copy the table of samples, or make the same of a binary recording."""
    if recorded.is_file():
        shutil.copyfile(recorded, path)
        return
    with (recorded.with_name(form.EMG_BINARY)).open("rb") as file:
        header = json.loads(file.readline().decode("utf-8").removeprefix("#"))
    columns: Sequence[NDArray[Any]] = (
        recording.arrivals_ns,
        recording.channels,
        recording.counters,
        recording.values,
        recording.flags,
        recording.segments,
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# {json.dumps(header)}\n{','.join(COLUMNS)}\n")
        for first in range(0, len(recording), _ROWS_AT_ONCE):
            rows = zip(*(column[first : first + _ROWS_AT_ONCE].tolist() for column in columns), strict=True)
            file.writelines(
                f"{arrival_ns},{MONTAGE.names[channel]},{counter},{value:.9g},{flags},{segment}\n"
                for arrival_ns, channel, counter, value, flags, segment in rows
            )
