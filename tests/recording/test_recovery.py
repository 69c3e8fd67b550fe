"""Sessions that were cut short at any moment are whole again, and lack a second at most."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mia_core.clock import SystemClock
from mia_core.errors import RecordingError, SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.event_log import read_events
from mia_core.recording.found_sessions import SessionState, find_sessions, look_at
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.recovery import UNREADABLE, recover_session, recover_unfinished
from mia_core.recording.session_files import SessionFiles
from mia_core.recording.session_json import write_json
from mia_core.recording.session_reader import Session, read_session
from mia_core.recording.session_recording import SessionRecording
from mia_core.recording.session_writers import WRITER, is_being_written
from tests.fakes.numbered_streams import NumberedSensors, index_of, numbered_chunk
from tests.fakes.waiting import wait_until
from tests.recording.test_session_recording import MANIFEST, SETTINGS, put

N = 40


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A copy of what lies on the disk in mid-recording."""
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    folder = tmp_path / "recordings" / "sub-P01" / "ses-1"
    recording.begin(folder, MANIFEST, NumberedSensors(1.0))
    put(recording, range(N))
    recording.put_emg(numbered_chunk(0, 500))
    recording.mark("marker", {"text": "slipped"})
    wait_until(lambda: recording.health().counts.in_video == N and recording.health().queue_fill == 0)
    copy = tmp_path / "crashed" / "sub-P01" / "ses-1"
    wait_until(lambda: read_events(folder / form.EVENTS).events != ())
    shutil.copytree(folder, copy)
    recording.finish()
    (copy / WRITER).unlink()
    return copy


def check(session: Session, n_frames: int, n_samples: int) -> None:
    """Everything up to there is there, once and in order."""
    assert session.recording is not None
    assert session.recording.complete
    assert session.captured.index.tolist() == list(range(n_frames))
    assert session.captured.in_video.all()
    assert session.emg is not None
    for channel in range(8):
        assert session.emg.counters[session.emg.channels == channel].tolist() == list(range(n_samples))
    if session.video is not None:
        with av.open(str(session.video)) as container:
            assert container.duration
            found = [index_of(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]
        assert found == list(range(n_frames))
    counts = session.recording.counts
    assert (counts.frames, counts.in_video, counts.frames_lost) == (n_frames, n_frames, 0)
    assert counts.estimated == len(session.frame_index)
    assert set(counts.samples.values()) == ({n_samples} if n_samples else set())


def test_what_was_cut_short_becomes_whole(crashed: Path) -> None:
    manifest = recover_session(crashed)
    check(read_session(crashed), N, 500)
    assert manifest.recovered is not None
    assert manifest.recovered["torn_bytes"] == {}
    assert manifest.recovered["last_monotonic_s"] == pytest.approx(100 + (N - 1) / 30)
    assert "repaired" in manifest.notes[-1]
    assert find_sessions(crashed.parents[1])[0].state is SessionState.RECOVERED


def test_again_changes_nothing(crashed: Path) -> None:
    recover_session(crashed)
    before = {path.name: path.read_bytes() for path in crashed.iterdir()}
    recover_session(crashed)
    assert {path.name: path.read_bytes() for path in crashed.iterdir()} == before


@pytest.mark.parametrize("name", [form.FRAMES, form.POSE, form.ACTIVATION, form.EVENTS, form.EMG_BINARY, form.VIDEO])
@pytest.mark.parametrize(
    "tail", [b"12,0.4", b"\x1f\x43\xb6\x75\x01\x00\x00\x00\x00\x00\xff\xff{", b"EMG\xb1\x05", bytes(99)]
)
def test_a_torn_end_is_cut_off_and_counted(crashed: Path, name: str, tail: bytes) -> None:
    with (crashed / name).open("ab") as file:
        file.write(tail)
    manifest = recover_session(crashed)
    assert manifest.recovered is not None
    assert manifest.recovered["torn_bytes"] == {name: len(tail)}
    session = read_session(crashed)
    check(session, N, 500)
    assert [event.details["text"] for event in session.events] == ["slipped"]


@pytest.mark.parametrize("seed", range(6))
def test_files_cut_anywhere_still_agree(crashed: Path, seed: int) -> None:
    """What a loss of power leaves: each file ends where it wants."""
    rng = random.Random(seed)
    for name in (form.FRAMES, form.POSE, form.ACTIVATION, form.EVENTS, form.EMG_BINARY, form.VIDEO):
        path = crashed / name
        os.truncate(path, rng.randrange(path.stat().st_size))
    recover_session(crashed)
    session = read_session(crashed)
    assert session.captured.index.tolist() == list(range(len(session.captured.index)))
    assert session.frame_index.tolist() == list(range(len(session.frame_index)))
    n_pictures = 0
    if session.video is not None and session.captured.in_video.any():
        with av.open(str(session.video)) as container:
            n_pictures = len(list(container.decode(video=0)))
    assert session.captured.in_video.sum() == n_pictures
    assert (np.flatnonzero(session.captured.in_video) == np.arange(n_pictures)).all()


@pytest.mark.parametrize("name", [form.FRAMES, form.POSE, form.ACTIVATION, form.EVENTS, form.EMG_BINARY, form.VIDEO])
def test_a_file_that_is_missing_or_empty_is_no_end(crashed: Path, name: str) -> None:
    (crashed / name).write_bytes(b"")
    recover_session(crashed)
    assert read_session(crashed).recording is not None
    shutil.copy(crashed / form.MANIFEST, crashed.parent / "kept")
    content = json.loads((crashed / form.MANIFEST).read_text())
    (crashed / form.MANIFEST).write_text(json.dumps({**content, "complete": False}))
    (crashed / name).unlink(missing_ok=True)
    recover_session(crashed)
    assert read_session(crashed).recording is not None


def test_what_can_not_be_read_at_all_is_kept(crashed: Path) -> None:
    (crashed / form.VIDEO).write_bytes(b"scribble")
    recover_session(crashed)
    assert (crashed / (form.VIDEO + UNREADABLE)).read_bytes() == b"scribble"
    session = read_session(crashed)
    assert session.video is None
    assert not session.captured.in_video.any()


def test_a_repair_that_was_cut_short_is_done_again(crashed: Path) -> None:
    """The manifest is the last to change, so everything before it may be there already."""
    before = (crashed / form.MANIFEST).read_bytes()
    recover_session(crashed)
    (crashed / form.MANIFEST).write_bytes(before)
    (crashed / "session.part").write_bytes(b"half")
    recover_session(crashed)
    check(read_session(crashed), N, 500)
    assert not list(crashed.glob("*.part"))


def test_a_session_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(tmp_path / "one", MANIFEST)
    assert find_sessions(tmp_path)[0].state is SessionState.RECORDING
    with pytest.raises(RecordingError, match="is being recorded"):
        recover_session(tmp_path / "one")
    recording.finish()
    assert find_sessions(tmp_path)[0].state is SessionState.COMPLETE


def test_a_session_that_ends_while_it_is_looked_at_was_not_cut_short(tmp_path: Path) -> None:
    recordings = [SessionRecording(settings=SETTINGS) for _ in range(2)]
    for number, recording in enumerate(recordings):
        recording.start()
        recording.begin(tmp_path / str(number), MANIFEST)

    class LooksLate(SystemClock):
        """The time between the look into the manifest and the one at its writer is as long as the end takes."""

        def utc(self) -> datetime:
            recordings.pop(0).finish()
            return super().utc()

    assert look_at(tmp_path / "0", LooksLate()).state is SessionState.COMPLETE
    assert recover_session(tmp_path / "1", LooksLate()).recovered is None
    assert find_sessions(tmp_path)[1].state is SessionState.COMPLETE


def test_a_session_is_claimed_before_it_can_be_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed: list[bool] = []

    def noted(path: Path, content: dict[str, object]) -> None:
        claimed.append(is_being_written(path.parent, SystemClock()))
        write_json(path, content)

    monkeypatch.setattr("mia_core.recording.session_files.write_json", noted)
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(tmp_path / "one", MANIFEST)
    recording.finish()
    assert claimed[0]


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_a_folder_that_can_not_be_looked_into_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    """It was moved in this moment, or is the system's, as `lost+found` is."""
    SessionFiles(tmp_path / "run", MANIFEST, None, SystemClock()).finish((), {}, complete=True)
    (tmp_path / "other" / "inner").mkdir(parents=True)
    scan = os.scandir

    def refuse(folder: Path) -> Any:
        if folder.name == "other":
            raise error
        return scan(folder)

    monkeypatch.setattr("mia_core.recording.found_sessions.os.scandir", refuse)
    assert [found.folder.name for found in find_sessions(tmp_path)] == ["run"]


def test_sessions_of_all_kinds_are_found_and_links_are_not_followed(crashed: Path, tmp_path: Path) -> None:
    manifest = RecordingManifest("mia-live 0", "", "run", Subject("unknown"))
    SessionFiles(tmp_path / "run", manifest, None, SystemClock()).finish((), {}, complete=True)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / form.MANIFEST).write_text("{")
    (tmp_path / "link").symlink_to(crashed, target_is_directory=True)
    shutil.copytree(crashed, tmp_path / ".trash" / "sub-P01" / "ses-1")
    found = {session.folder.relative_to(tmp_path).as_posix(): session.state for session in find_sessions(tmp_path)}
    assert found == {
        "bad": SessionState.UNREADABLE,
        "crashed/sub-P01/ses-1": SessionState.UNFINISHED,
        "recordings/sub-P01/ses-1": SessionState.COMPLETE,
        "run": SessionState.COMPLETE,
    }


def test_all_that_were_cut_short_are_repaired_at_once(crashed: Path, tmp_path: Path) -> None:
    hopeless = tmp_path / "crashed" / "sub-P02" / "ses-1"
    shutil.copytree(crashed, hopeless)
    (hopeless / form.POSE).write_text("something else\n")
    outcomes = recover_unfinished(tmp_path)
    assert list(outcomes) == [crashed, hopeless]
    assert isinstance(outcomes[crashed], RecordingManifest)
    assert isinstance(outcomes[hopeless], SessionFormatError)
    assert list(recover_unfinished(tmp_path)) == [hopeless], "it is not taken for one that is being recorded"


@pytest.mark.parametrize("name", [form.FRAMES, form.POSE, form.ACTIVATION])
def test_bytes_that_are_no_letters_stop_the_repair_of_that_session_alone(
    crashed: Path, tmp_path: Path, name: str
) -> None:
    damaged, later = (crashed.with_name(session) for session in ("ses-2", "ses-3"))
    for folder in (damaged, later):
        shutil.copytree(crashed, folder)
    with (damaged / name).open("ab") as file:
        file.write(b"40,0.0,\xff\xfe,1\n")
    outcomes = recover_unfinished(tmp_path)
    assert list(outcomes) == [crashed, damaged, later]
    assert isinstance(outcomes[damaged], SessionFormatError)
    assert look_at(later).state is SessionState.RECOVERED


def test_a_number_in_a_manifest_that_is_infinite_is_told(crashed: Path) -> None:
    content = json.loads((crashed / form.MANIFEST).read_text(encoding="utf-8"))
    content["clock_anchor"]["far"] = 7.25
    (crashed / form.MANIFEST).write_text(json.dumps(content).replace("7.25", "1e999"), encoding="utf-8")
    with pytest.raises(SessionFormatError, match="1e999"):
        recover_session(crashed)


@pytest.mark.parametrize("name", [name for name in form.FILES if name != form.MANIFEST])
@pytest.mark.parametrize("target", ["tables", "video", "nothing"])
def test_a_link_in_an_unfinished_session_costs_nothing_outside(crashed: Path, name: str, target: str) -> None:
    outside = crashed.parent / "not mine"
    if target == "video":
        shutil.copy(crashed / form.VIDEO, outside)
    elif target == "tables":
        outside.write_bytes(b"first\nsecond\0third\nwithout an end")
    before = outside.read_bytes() if outside.exists() else None
    (crashed / name).unlink(missing_ok=True)
    (crashed / name).symlink_to(outside)
    kept = {path.name: path.read_bytes() for path in crashed.iterdir() if not path.is_symlink()}
    with pytest.raises(SessionFormatError, match=f"{name}, got a link"):
        recover_session(crashed)
    assert (outside.read_bytes() if outside.exists() else None) == before
    assert {path.name: path.read_bytes() for path in crashed.iterdir() if not path.is_symlink()} == kept


def test_links_where_unfinished_files_will_be_are_not_followed(crashed: Path) -> None:
    outside = crashed.parent / "not mine"
    outside.write_bytes(b"precious")
    for name in (*form.FILES, WRITER):
        (crashed / name).with_suffix(".part").unlink(missing_ok=True)
        (crashed / name).with_suffix(".part").symlink_to(outside)
    (crashed / form.FRAMES).write_bytes(b"")
    recover_session(crashed)
    assert outside.read_bytes() == b"precious"
    assert read_session(crashed).recording.complete
    assert not list(crashed.glob("*.part"))


def test_what_is_no_file_is_not_mended(crashed: Path) -> None:
    (crashed / form.EVENTS).unlink()
    (crashed / form.EVENTS).mkdir()
    with pytest.raises(SessionFormatError, match="something else"):
        recover_session(crashed)


def test_other_sessions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / form.MANIFEST).write_text('{"schema_version": 1}')
    with pytest.raises(SessionFormatError):
        recover_session(tmp_path / "run")
    with pytest.raises(SessionFormatError):
        recover_session(tmp_path / "none")


def kill_and_recover(folder: Path, n_frames: int) -> tuple[int, int]:
    """Record, kill after so many frames, recover; returns how many frames and milliseconds of samples are missing."""
    command = [sys.executable, "-m", "tests.recording.recorded_until_killed", str(folder), "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        handed_in = -1
        while handed_in < n_frames:
            handed_in = int(process.stdout.readline())
        process.kill()
        rest = process.stdout.read().split()
        process.wait()
    handed_in = int(rest[-1]) if rest else handed_in
    assert find_sessions(folder)[0].state is SessionState.UNFINISHED
    recover_session(folder)
    session = read_session(folder)
    n_found = len(session.captured.index)
    assert session.emg is not None
    n_samples = int((session.emg.channels == 7).sum())
    check(session, n_found, n_samples)
    assert len(session.events) <= handed_in + 2
    return handed_in + 1 - n_found, round(1000 * (handed_in + 1) / 30) - n_samples


@pytest.mark.parametrize("n_frames", [1, 17, 50])
def test_a_killed_recording_lacks_a_second_at_most(tmp_path: Path, n_frames: int) -> None:
    n_lost, lost_ms = kill_and_recover(tmp_path / "one", n_frames)
    assert n_lost <= 30
    assert lost_ms <= 1000


@pytest.mark.skipif(os.name == "nt", reason="needs limits of processes")
def test_a_disk_that_refuses_in_mid_picture_costs_that_picture(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    command = [sys.executable, "-m", "tests.recording.recorded_until_killed", str(folder), "30", "400000"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert "Nothing can be written" in said[-2]
    assert "disk with room" in said[-1]
    handed_in = int(said[-3])
    assert find_sessions(folder)[0].state is SessionState.UNFINISHED, "nobody writes it any more"
    manifest = recover_session(folder)
    assert manifest.recovered is not None
    assert manifest.recovered["torn_bytes"].get(form.VIDEO, 0) + manifest.recovered["torn_bytes"].get(
        form.EMG_BINARY, 0
    )
    session = read_session(folder)
    assert session.emg is not None
    n_found = len(session.captured.index)
    check(session, n_found, int((session.emg.channels == 7).sum()))
    assert handed_in + 1 - n_found <= 30


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    rng = random.Random(20)
    lost = [kill_and_recover(tmp_path / str(n), rng.randrange(1, 240)) for n in range(20)]
    print(f"frames lost: {[n for n, _ in lost]}; samples lost, ms: {[ms for _, ms in lost]}")
    assert max(n for n, _ in lost) <= 30
    assert max(ms for _, ms in lost) <= 1000
