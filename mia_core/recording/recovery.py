"""Repair sessions whose recording was cut short: by a crash, a loss of power, a full disk."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError, RecordingError, SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.append_file import cannot_write
from mia_core.recording.emg_binary import whole_bytes
from mia_core.recording.found_sessions import SessionState, find_sessions, manifest_and_whether_written
from mia_core.recording.matroska import MatroskaError, complete_video, cut_video, index_video
from mia_core.recording.recording_manifest import RecordedCounts, RecordingManifest
from mia_core.recording.sample_counter import SampleCounter
from mia_core.recording.session_json import write_json
from mia_core.recording.session_reader import Session, read_session
from mia_core.recording.session_writers import claim, release
from mia_core.sensors.emg_csv import EmgFileError, read_emg_header
from mia_core.whole_file import whole_file

UNREADABLE: Final = ".unreadable"
"""Appended to the name of a file of which nothing could be read; it is kept."""
_TABLES: Final = {
    form.FRAMES: form.CAPTURED_COLUMNS,
    form.POSE: form.POSE_COLUMNS,
    form.ACTIVATION: form.ACTIVATION_COLUMNS,
    form.EVENTS: (),
}


def recover_session(folder: Path, clock: Clock | None = None) -> RecordingManifest:
    """Make a whole session of one that was cut short, and return its manifest; one that is whole stays as it is.

    Torn last lines, packets and pictures are cut off and counted; all before them stays where it is, byte for byte.
    The video gets its index and length, the manifest its counts and what was repaired. When a repair is itself cut
    short, the next one does the rest.

    Raises:
        RecordingError: It is being written, or the disk refuses.
        SessionFormatError: It is no session, its files hold something else, or one of them is a link.
    """
    clock = clock or SystemClock()
    manifest, is_written = manifest_and_whether_written(folder, clock)
    if manifest.complete:
        return manifest
    if is_written:
        raise RecordingError(f"{folder} is being recorded.", "Wait until the recording has ended.")
    try:
        _check_files(folder)
        claim(folder)
        try:
            torn = _mend(folder)
            manifest = _described(manifest, read_session(folder), torn, clock)
            write_json(folder / form.MANIFEST, manifest.to_json())
        finally:
            release(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    except (ValueError, ArithmeticError) as error:  # numbers and letters that no recording writes
        raise SessionFormatError(folder, "what a recording wrote", str(error)) from error
    return manifest


def recover_unfinished(folder: Path, clock: Clock | None = None) -> dict[Path, RecordingManifest | MiaError]:
    """Repair all sessions at or below a folder that were cut short; those that are being recorded are left alone.

    Returns:
        For each of them its manifest, or why it can't be repaired.
    """
    outcomes: dict[Path, RecordingManifest | MiaError] = {}
    for found in find_sessions(folder, clock):
        if found.state is SessionState.UNFINISHED:
            try:
                outcomes[found.folder] = recover_session(found.folder, clock)
            except MiaError as error:
                outcomes[found.folder] = error
    return outcomes


def _check_files(folder: Path) -> None:
    """Refuse links before anything is cut off: they would lead out of the folder."""
    for name in form.FILES:
        path = folder / name
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise SessionFormatError(folder, f"a file {name}", "a link" if path.is_symlink() else "something else")


def _mend(folder: Path) -> dict[str, int]:
    """Cut off what is torn in every file; returns how many bytes of each, which is most often one line."""
    torn = {name: _mend_table(folder / name, columns) for name, columns in _TABLES.items()}
    torn[form.EMG_CSV] = _mend_emg(folder / form.EMG_CSV)
    torn[form.EMG_BINARY] = _mend_emg(folder / form.EMG_BINARY)
    torn[form.VIDEO] = _mend_video(folder)
    for part in folder.glob("*.part"):
        part.unlink()
    return {name: n for name, n in torn.items() if n}


def _mend_table(path: Path, columns: tuple[str, ...]) -> int:
    """Cut off a last line without an end; a table without even its head, which held nothing, gets it."""
    if not path.exists() or (columns and b"\n" not in path.read_bytes()):
        n_torn = path.stat().st_size if path.exists() else 0
        with whole_file(path) as file:
            file.write(f"{','.join(columns)}\n".encode() if columns else b"")
        return n_torn
    data = path.read_bytes().partition(b"\0")[0]  # a loss of power may leave zeros
    return _cut(path, data.rfind(b"\n") + 1)


def _mend_emg(path: Path) -> int:
    """Cut off a torn line or packet; a file without its head held nothing, and is set aside."""
    if not path.exists():
        return 0
    try:
        read_emg_header(path)
        is_binary = path.name == form.EMG_BINARY
        return _cut(path, whole_bytes(path) if is_binary else path.read_bytes().rfind(b"\n") + 1)
    except EmgFileError:
        return _set_aside(path)


def _mend_video(folder: Path) -> int:
    """Cut off a torn picture, have rows and pictures agree, and add the index."""
    path = folder / form.VIDEO
    rows = (folder / form.FRAMES).read_bytes().splitlines()[1:]
    n_rows = sum(row.endswith(b",1") for row in rows)
    if not path.exists():
        _keep_pictures(folder, 0, n_rows)
        return 0
    try:
        n_pictures = len(index_video(path))
        n_torn = 0
        if n_pictures > n_rows:  # the picture comes first, so one may have no row
            before = path.stat().st_size
            cut_video(path, n_rows)
            n_torn = before - path.stat().st_size
        n_torn += complete_video(path)[1]
    except MatroskaError:
        n_pictures, n_torn = 0, _set_aside(path)
    _keep_pictures(folder, n_pictures, n_rows)
    return n_torn


def _keep_pictures(folder: Path, n_pictures: int, n_rows: int) -> None:
    """Have the rows say which frames have pictures, where a loss of power took some."""
    if n_pictures >= n_rows:
        return
    lines = (folder / form.FRAMES).read_bytes().splitlines()
    seen = 0
    for number, line in enumerate(lines):
        if line.endswith(b",1"):
            seen += 1
            if seen > n_pictures:
                lines[number] = line[:-1] + b"0"
    with whole_file(folder / form.FRAMES) as file:
        file.writelines(line + b"\n" for line in lines)


def _cut(path: Path, n_bytes: int) -> int:
    n_torn = path.stat().st_size - n_bytes
    if n_torn:
        with path.open("r+b") as file:
            file.truncate(n_bytes)
            os.fsync(file.fileno())  # before a manifest says that it is whole
    return n_torn


def _set_aside(path: Path) -> int:
    n_torn = path.stat().st_size
    path.replace(path.with_name(path.name + UNREADABLE))
    return n_torn


def _described(manifest: RecordingManifest, session: Session, torn: dict[str, int], clock: Clock) -> RecordingManifest:
    """Return the manifest of a session that was mended."""
    captured, counter = session.captured, SampleCounter()
    last_ns = captured.captured_ns[-1:].tolist()
    if session.emg is not None:
        counter.add(session.emg)
        last_ns += session.emg.arrivals_ns[-1:].tolist()
    n_sent = int(captured.index[-1] - captured.index[0]) + 1 if len(captured.index) else 0
    n_frames, n_estimated = len(captured.index), len(session.frame_index)
    overflows: dict[str, int] = {}
    for event in session.events:
        if event.kind == "overflow" and isinstance(event.details.get("n"), int):
            stream = str(event.details.get("stream"))
            overflows[stream] = overflows.get(stream, 0) + event.details["n"]
    counts = RecordedCounts(
        frames=n_frames,
        in_video=int(captured.in_video.sum()),
        estimated=n_estimated,
        detected=int(np.count_nonzero(~np.isnan(session.confidence[:, 0]))),
        skipped=max(n_frames - n_estimated, 0),
        frames_lost=max(n_sent - n_frames, 0),
        steps=len(session.step_timestamps_s),
        samples=counter.samples(),
        samples_lost=counter.lost(),
        overflows=overflows,
    )
    recovered: dict[str, Any] = {
        "utc": clock.utc().isoformat(timespec="seconds"),
        "torn_bytes": torn,
        "last_monotonic_s": max(last_ns) / 1e9 if last_ns else None,
    }
    note = "The recording was cut short and was repaired."
    return replace(manifest.noting(note), counts=counts, recovered=recovered, complete=True)
