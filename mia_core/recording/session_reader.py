"""Read a session folder back."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import SessionFormatError
from mia_core.muscles import MONTAGE
from mia_core.recording import session as form
from mia_core.skeleton import N_KEYPOINTS


@dataclass(frozen=True, slots=True)
class Session:
    """A session in memory.

    Attributes:
        manifest: The content of `session.json`.
        frame_index: (n_frames,) int.
        frame_timestamps_s: (n_frames,) float64.
        keypoints_px: (n_frames, 25, 2) float64, NaN where nobody was found.
        confidence: (n_frames, 25) float64, NaN where nobody was found.
        step_timestamps_s: (n_steps,) float64.
        activation: (n_steps, 8) float64, NaN where unknown.
        warming_up: (n_steps,) bool.
        low: (n_steps, 8) float64 lower ends of the 80 % intervals, NaN where unknown: all of them in a session of a
            model that does not know its spread.
        high: (n_steps, 8) float64, the upper ends.
    """

    manifest: dict[str, Any]
    frame_index: NDArray[np.int64]
    frame_timestamps_s: NDArray[np.float64]
    keypoints_px: NDArray[np.float64]
    confidence: NDArray[np.float64]
    step_timestamps_s: NDArray[np.float64]
    activation: NDArray[np.float64]
    warming_up: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def read_session(folder: Path) -> Session:
    """Read a session folder.

    Raises:
        SessionFormatError: A file is missing, of another schema version, or does not have the columns it should.
    """
    manifest = _read_manifest(folder / form.MANIFEST)
    pose = _read_table(folder / form.POSE, form.POSE_COLUMNS)
    activation = _read_table(folder / form.ACTIVATION, form.ACTIVATION_COLUMNS, form.PLAIN_ACTIVATION_COLUMNS)
    n_plain, n_muscles = len(form.PLAIN_ACTIVATION_COLUMNS), len(MONTAGE)
    keypoints = pose[:, 2:].reshape(len(pose), N_KEYPOINTS, 3)
    return Session(
        manifest,
        pose[:, 0].astype(np.int64),
        pose[:, 1],
        keypoints[:, :, :2],
        keypoints[:, :, 2],
        activation[:, 0],
        activation[:, 1 : 1 + n_muscles],
        activation[:, n_plain - 1].astype(bool),
        activation[:, n_plain : n_plain + n_muscles],
        activation[:, n_plain + n_muscles :],
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SessionFormatError(path.parent, f"a JSON file {path.name}", str(error)) from error
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version != form.SCHEMA_VERSION:
        raise SessionFormatError(path.parent, f"schema version {form.SCHEMA_VERSION}", repr(version))
    return dict(manifest)


def _read_table(path: Path, columns: tuple[str, ...], fewer: tuple[str, ...] = ()) -> NDArray[np.float64]:
    """Return the rows as (n, len(columns)) float64, NaN where a cell is empty.

    A table that has only the first, `fewer` columns is NaN in the others.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        found = tuple(rows[0]) if rows else ()
        if not found or found not in (columns, fewer):
            raise SessionFormatError(path.parent, f"the columns {columns[0]}, {columns[1]}, … in {path.name}", "others")
        cells = [[float(cell) if cell else np.nan for cell in row] for row in rows[1:]]
        table = np.array(cells, np.float64).reshape(len(cells), len(found))
        return np.pad(table, ((0, 0), (0, len(columns) - len(found))), constant_values=np.nan)
    except (OSError, ValueError) as error:
        raise SessionFormatError(path.parent, f"a whole table {path.name}", str(error)) from error
