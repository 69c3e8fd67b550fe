"""What disks, other programs and people do to a session while it is written costs no more than it must."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mia_core.clock import SystemClock
from mia_core.errors import RecordingError
from mia_core.recording import session as form
from mia_core.recording import session_files
from mia_core.recording.disk_guard import DiskGuard
from mia_core.recording.found_sessions import SessionState, find_sessions
from mia_core.recording.recording_health import RecordingState
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.recovery import recover_session
from mia_core.recording.session_files import SessionFiles
from mia_core.recording.session_json import read_json, write_json
from mia_core.recording.session_library import LibraryError, SessionLibrary
from mia_core.recording.session_reader import read_session
from mia_core.recording.session_recording import RecordingSettings, SessionRecording
from mia_core.recording.session_writers import claim
from tests.fakes.numbered_streams import numbered_frame
from tests.fakes.people import make_pose
from tests.fakes.waiting import wait_until

MANIFEST = RecordingManifest("mia-live 0", "2026-01-01T00:00:00+00:00", "one", Subject("P01"))
SETTINGS = RecordingSettings(sync_every_s=0.0, disk=DiskGuard(free_bytes=lambda _: 10**12))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sub-P01" / "ses-1"


@pytest.fixture
def recording(folder: Path) -> Iterator[SessionRecording]:
    """A recording of five frames that goes on."""
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    for index in range(5):
        frame = numbered_frame(index)
        recording.put_frame(frame)
        recording.put_estimate(frame, make_pose(index, frame.timestamp_s), ())
    wait_until(lambda: recording.health().counts.in_video == 5 and recording.health().counts.estimated == 5)
    yield recording
    recording.finish()


def is_whole(folder: Path) -> bool:
    """Whether a session has the five frames with their pictures and poses."""
    session = read_session(folder)
    frames = session.captured.index.tolist()
    return frames == session.frame_index.tolist() == list(range(5)) and bool(session.captured.in_video.all())


def test_a_folder_that_is_moved_away_ends_the_take_with_a_sentence_and_keeps_what_was_written(
    recording: SessionRecording, folder: Path
) -> None:
    moved = folder.with_name("ses-moved")
    folder.rename(moved)
    wait_until(lambda: recording.health().state is RecordingState.FAILED)
    assert "Nothing can be written" in recording.health().error
    assert recording.finish() is None
    assert not folder.exists(), "nothing was begun anew in its place"
    (moved / "writing.json").unlink()  # as after the end of the program
    recover_session(moved)
    assert is_whole(moved)


def test_a_drive_that_goes_and_comes_back_can_be_repaired_at_once(
    recording: SessionRecording, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_gone = threading.Event()
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if is_gone.is_set():
            raise OSError(5, "Input/output error")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    is_gone.set()
    wait_until(lambda: recording.health().state is RecordingState.FAILED)
    is_gone.clear()
    assert "Input/output error" in recording.health().error
    assert find_sessions(folder)[0].state is SessionState.UNFINISHED
    recover_session(folder)
    assert is_whole(folder)


def test_a_sensor_file_that_can_not_be_closed_leaves_no_claim(
    recording: SessionRecording, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RecordingError("The drive is gone.", "Plug it in.")

    close = SessionFiles.close
    monkeypatch.setattr(SessionFiles, "sync", refuse)
    monkeypatch.setattr(SessionFiles, "close", lambda self: (close(self), refuse()))
    wait_until(lambda: recording.health().state is RecordingState.FAILED)
    assert find_sessions(folder)[0].state is SessionState.UNFINISHED


def test_a_folder_in_which_not_all_files_can_be_made_is_left_unclaimed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RecordingError("The disk is full.", "Make room.")

    monkeypatch.setattr(session_files, "EventLog", refuse)
    with pytest.raises(RecordingError, match="full"):
        SessionFiles(folder, MANIFEST, None, SystemClock())
    assert find_sessions(folder)[0].state is SessionState.UNFINISHED


def test_two_programs_never_write_one_folder(folder: Path) -> None:
    folder.mkdir(parents=True)
    claim(folder)  # the other one was faster by a moment, and its files are still to come
    with pytest.raises(RecordingError):
        SessionFiles(folder, MANIFEST, None, SystemClock())
    assert [path.name for path in folder.iterdir()] == ["writing.json"]


def test_the_size_of_a_session_that_is_gone_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    files = SessionFiles(tmp_path / "one", MANIFEST, None, SystemClock())
    assert files.n_bytes > 0
    shutil.rmtree(tmp_path / "one")
    with pytest.raises(RecordingError, match="Nothing can be written"):
        _ = files.n_bytes
    files.close()


def test_what_is_being_recorded_is_neither_thrown_away_nor_deleted(
    recording: SessionRecording, folder: Path, tmp_path: Path
) -> None:
    other = folder.with_name("ses-0")
    SessionFiles(other, MANIFEST, None, SystemClock()).finish((), {}, complete=True)
    library = SessionLibrary(tmp_path)
    entry = next(entry for entry in library.sessions() if entry.folder == folder)
    with pytest.raises(LibraryError, match="still being recorded"):
        library.discard(entry)
    with pytest.raises(LibraryError, match="still being recorded"):
        library.delete_subject("P01")
    assert other.exists(), "none was deleted"
    assert recording.finish() is not None
    assert is_whole(folder)
    assert library.delete_subject("P01") == 2


@pytest.mark.parametrize("n_refusals", [1, 3, 4])
def test_a_manifest_that_another_program_reads_is_replaced_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_refusals: int
) -> None:
    path = tmp_path / form.MANIFEST
    write_json(path, {"a": 1})
    replace, refusals = Path.replace, iter(range(n_refusals))

    def refused(part: Path, target: Path) -> Any:
        if next(refusals, None) is not None:
            raise PermissionError(13, "It is being used by another process")
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", refused)
    if n_refusals > 3:
        with pytest.raises(PermissionError):
            write_json(path, {"a": 2})
    else:
        write_json(path, {"a": 2})
    assert read_json(path) == {"a": 1 if n_refusals > 3 else 2}
    assert [entry.name for entry in tmp_path.iterdir()] == [form.MANIFEST]


@pytest.mark.skipif(os.name == "nt", reason="puts no folders on the disk")
def test_new_names_are_put_on_the_disk_and_where_that_can_not_be_nothing_happens(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_dir():
            synced.append(path.name)
            raise OSError(22, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    SessionFiles(folder, MANIFEST, None, SystemClock()).finish((), {}, complete=True)
    assert {"ses-1", "sub-P01", folder.parents[1].name} <= set(synced)
    assert read_session(folder).manifest["complete"] is True
