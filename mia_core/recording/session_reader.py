"""Read a session folder back, with suspicion: folders come from other people."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import SessionFormatError
from mia_core.muscles import MONTAGE
from mia_core.recording import session as form
from mia_core.recording.emg_binary import read_emg_binary
from mia_core.recording.event_log import Event, read_events
from mia_core.recording.recording_manifest import SCHEMA_VERSION, RecordingManifest
from mia_core.recording.session_json import read_json
from mia_core.sensors.emg_csv import EmgFileError, EmgRecording, read_emg_csv
from mia_core.skeleton import N_KEYPOINTS

_NO_NUMBER: Final = re.compile(rb"[^0-9eE+\-.,\n]|\n\n")
_LARGEST: Final = 1e15
"""Numbers in tables are smaller by far (times in ns apart, which are whole); a larger one would overflow later."""


@dataclass(frozen=True, slots=True)
class CapturedFrames:
    """The frames that a camera delivered, oldest first, estimated or not.

    Attributes:
        index: (n,) int64 the camera's numbering; a gap means lost frames.
        timestamps_s: (n,) float64 on the source's time line.
        captured_ns: (n,) int64 raw arrivals on the monotonic clock; -1 for a file that did not play at its own pace.
        in_video: (n,) bool whether the video has a picture of it: the k-th of these is the video's k-th picture.
    """

    index: NDArray[np.int64]
    timestamps_s: NDArray[np.float64]
    captured_ns: NDArray[np.int64]
    in_video: NDArray[np.bool_]


def _no_frames() -> CapturedFrames:
    return CapturedFrames(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.bool_))


@dataclass(frozen=True, slots=True)
class Session:
    """A session in memory.

    Attributes:
        manifest: The content of `session.json` as it is.
        recording: The same in its form.
        frame_index: (n_frames,) int64 the frames that were estimated.
        frame_timestamps_s: (n_frames,) float64.
        keypoints_px: (n_frames, 25, 2) float64, NaN where nobody was found.
        confidence: (n_frames, 25) float64, NaN where nobody was found.
        step_timestamps_s: (n_steps,) float64.
        activation: (n_steps, 8) float64, NaN where unknown.
        warming_up: (n_steps,) bool.
        low: (n_steps, 8) float64 lower ends of the 80 % intervals, NaN where unknown: all of them in a session of a
            model that does not know its spread.
        high: (n_steps, 8) float64, the upper ends.
        captured: All frames.
        emg: What the sensors sent, None without sensors.
        events: What happened, in order.
        video: The pictures, None where there are none.
    """

    manifest: dict[str, Any]
    recording: RecordingManifest
    frame_index: NDArray[np.int64]
    frame_timestamps_s: NDArray[np.float64]
    keypoints_px: NDArray[np.float64]
    confidence: NDArray[np.float64]
    step_timestamps_s: NDArray[np.float64]
    activation: NDArray[np.float64]
    warming_up: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    captured: CapturedFrames = field(default_factory=_no_frames)
    emg: EmgRecording | None = None
    events: tuple[Event, ...] = ()
    video: Path | None = None


def read_session(folder: Path) -> Session:
    """Read a session folder. A torn last line is left out where the session was not completed.

    Raises:
        SessionFormatError: A file is missing, a link, of a future schema version, or does not have the form it should.
    """
    manifest = read_manifest(folder)
    recording = recording_manifest(folder, manifest)
    may_be_torn = manifest.get("complete") is not True
    pose = _read_table(folder / form.POSE, may_be_torn, form.POSE_COLUMNS)
    activation = _read_table(folder / form.ACTIVATION, may_be_torn, form.ACTIVATION_COLUMNS)
    n_muscles = len(MONTAGE)
    n_plain = 2 + n_muscles  # before the intervals
    keypoints = pose[:, 2:].reshape(len(pose), N_KEYPOINTS, 3)
    return Session(
        manifest,
        recording,
        _whole(pose[:, 0], folder / form.POSE),
        _known(pose[:, 1], folder / form.POSE),
        keypoints[:, :, :2],
        keypoints[:, :, 2],
        _known(activation[:, 0], folder / form.ACTIVATION),
        activation[:, 1 : 1 + n_muscles],
        _known(activation[:, n_plain - 1], folder / form.ACTIVATION).astype(bool),
        activation[:, n_plain : n_plain + n_muscles],
        activation[:, n_plain + n_muscles :],
        _read_captured(folder / form.FRAMES, may_be_torn),
        _read_emg(folder),
        _read_events(folder / form.EVENTS),
        _file(folder / form.VIDEO) if (folder / form.VIDEO).exists() else None,
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the content of `session.json`.

    Raises:
        SessionFormatError: It is missing, damaged, a link, or of another version.
    """
    if folder.is_symlink():
        raise SessionFormatError(folder, "a folder", "a link")
    try:
        manifest = read_json(folder / form.MANIFEST)
    except (OSError, ValueError) as error:
        raise SessionFormatError(folder, f"a JSON file {form.MANIFEST}", str(error)) from error
    version = manifest.get("schema_version")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise SessionFormatError(folder, f"schema version {SCHEMA_VERSION}", repr(version))
    return manifest


def recording_manifest(folder: Path, manifest: dict[str, Any]) -> RecordingManifest:
    """Return a manifest in its form.

    Raises:
        SessionFormatError: It does not have the form.
    """
    try:
        return RecordingManifest.from_json(manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SessionFormatError(folder, f"a whole {form.MANIFEST}", str(error)) from error


def _read_captured(path: Path, may_be_torn: bool) -> CapturedFrames:
    lines = _lines(path, may_be_torn)
    if not lines or tuple(lines[0]) != form.CAPTURED_COLUMNS:
        raise _other_columns(path, form.CAPTURED_COLUMNS)
    try:
        index = np.array([int(index) for index, _, _, _ in lines[1:]], np.int64)
        timestamps_s = np.array([float(timestamp_s) for _, timestamp_s, _, _ in lines[1:]], np.float64)
        captured_ns = np.array([int(captured_ns) for _, _, captured_ns, _ in lines[1:]], np.int64)
        in_video = np.array([("0", "1").index(in_video) for _, _, _, in_video in lines[1:]], np.bool_)
    except (ValueError, OverflowError) as error:
        raise SessionFormatError(path.parent, f"a whole table {path.name}", str(error)) from error
    # Rows of frames that an overfull queue kept out of the video come before those that waited in it.
    order = np.argsort(index, kind="stable")
    captured = CapturedFrames(index[order], timestamps_s[order], captured_ns[order], in_video[order])
    _known(captured.timestamps_s, path)
    return captured


def _read_emg(folder: Path) -> EmgRecording | None:
    try:
        if (folder / form.EMG_BINARY).exists():
            return read_emg_binary(_file(folder / form.EMG_BINARY))
        return read_emg_csv(_file(folder / form.EMG_CSV)) if (folder / form.EMG_CSV).exists() else None
    except EmgFileError as error:
        raise SessionFormatError(folder, "sEMG that can be read", str(error)) from error


def _read_events(path: Path) -> tuple[Event, ...]:
    try:
        return read_events(_file(path)).events
    except (OSError, ValueError) as error:
        raise SessionFormatError(path.parent, f"a log {path.name}", str(error)) from error


def _read_table(path: Path, may_be_torn: bool, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the rows as (n, len(columns)) float64, NaN where a cell is empty."""
    head, _, body = _content(path, may_be_torn).replace(b"\r\n", b"\n").partition(b"\n")
    if tuple(head.decode("utf-8", errors="replace").split(",")) != columns:
        raise _other_columns(path, columns)
    if _NO_NUMBER.search(body):
        raise SessionFormatError(path.parent, f"numbers in {path.name}", "something else")
    for empty, filled in ((b",,", b",nan,"), (b",,", b",nan,"), (b",\n", b",nan\n")):  # cells share their commas
        body = body.replace(empty, filled)
    try:
        table = np.loadtxt(BytesIO(body), delimiter=",", comments=None, ndmin=2) if body else np.empty(0)
        table = table.reshape(-1, len(columns))
    except ValueError as error:
        raise SessionFormatError(path.parent, f"a whole table {path.name}", str(error)) from error
    if (np.abs(table) > _LARGEST).any():
        raise SessionFormatError(path.parent, f"numbers in {path.name}", "some out of all bounds")
    return table


def _content(path: Path, may_be_torn: bool) -> bytes:
    """Return the bytes of a file, without a last line that is torn where it may be."""
    try:
        content = _file(path).read_bytes()
    except OSError as error:
        raise SessionFormatError(path.parent, f"a file {path.name}", str(error)) from error
    return content[: content.rfind(b"\n") + 1] if may_be_torn else content


def _lines(path: Path, may_be_torn: bool) -> list[list[str]]:
    """Return the cells of each line."""
    try:
        return [line.split(",") for line in _content(path, may_be_torn).decode("utf-8").splitlines()]
    except ValueError as error:
        raise SessionFormatError(path.parent, f"a whole table {path.name}", str(error)) from error


def _file(path: Path) -> Path:
    """Return the path, if it is a file and no link that leads elsewhere."""
    if path.is_symlink() or not path.is_file():
        raise SessionFormatError(path.parent, f"a file {path.name}", "a link" if path.is_symlink() else "none")
    return path


def _known(column: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    if not np.isfinite(column).all():
        raise SessionFormatError(path.parent, f"a whole table {path.name}", "empty cells where none may be")
    return column


def _whole(column: NDArray[np.float64], path: Path) -> NDArray[np.int64]:
    return _known(column, path).astype(np.int64)


def _other_columns(path: Path, columns: tuple[str, ...]) -> SessionFormatError:
    return SessionFormatError(path.parent, f"the columns {columns[0]}, {columns[1]}, … in {path.name}", "others")
