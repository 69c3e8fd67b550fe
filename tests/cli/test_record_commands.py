"""`mia record` and `mia sessions` on the demo subject with simulated sensors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from mia_core.errors import MiaError
from mia_core.recording.found_sessions import SessionState, find_sessions
from mia_core.recording.recording_manifest import Privacy
from mia_core.recording.session_reader import Session, read_session
from tests.export.made_sessions import make_session
from tests.fakes.waiting import wait_until

MIA = Path(sys.executable).with_name("mia")
RECORD = ("record", "--source", "demo", "--subject", "P01")


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen([MIA, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MIA, *arguments], capture_output=True, text=True, check=False, timeout=110)


def only_session(folder: Path) -> Session:
    (found,) = find_sessions(folder)
    return read_session(found.folder)


def wait_for_frames(folder: Path, n_bytes: int = 2000) -> None:
    def has_frames() -> bool:
        return any(path.stat().st_size > n_bytes for path in folder.glob("sub-P01/*/frames.csv"))

    wait_until(has_frames, timeout_s=60)


def test_a_subject_is_led_through_a_protocol_and_recorded(tmp_path: Path) -> None:
    protocol, out = tmp_path / "short.toml", tmp_path / "out"
    protocol.write_text(
        'name = "Short"\ncountdown_s = 0.5\nwork_s = 1.0\nrest_s = 0.5\n'
        '[[exercises]]\nname = "squat"\ntakes = 2\n[[exercises]]\nname = "own"\nlabel = "Own"\nprompt = "Do it."\n'
    )
    options = ("--sensors", "simulated", "--privacy", "face_blurred", "--consent", "--tag", "pilot")
    outcome = mia(*RECORD, *options, "--protocol", protocol, "--out", out)
    assert outcome.returncode == 0, outcome.stderr
    session = only_session(out)
    manifest = session.recording
    assert manifest is not None
    assert manifest.complete
    assert manifest.consent.given
    assert manifest.privacy is Privacy.FACE_BLURRED
    assert manifest.tags == ("pilot",)
    assert manifest.protocol["name"] == "Short"
    assert manifest.counts.frames == manifest.counts.in_video > 60
    assert manifest.counts.estimated > 0
    assert dict(manifest.counts.overflows) == {}
    assert session.emg is not None
    assert session.emg.header.label == "simulated sEMG"
    assert not session.emg.header.is_measured
    check_trials(session)
    assert "Do it." in outcome.stderr
    assert "simulated sEMG" in outcome.stdout
    assert str(next((out / "sub-P01").iterdir())) in outcome.stdout.replace("\n", "")
    listed = json.loads(mia("sessions", "list", out, "--json").stdout)
    assert [(one["subject"], one["state"]) for one in listed] == [("P01", "complete")]


def check_trials(session: Session) -> None:
    """Every trial of the protocol is marked where it was."""
    trials = [
        (event.kind, event.details["exercise"], event.details["take"], event.details.get("status"))
        for event in session.events
        if event.kind.startswith("trial")
    ]
    assert trials == [
        (kind, exercise, take, status)
        for exercise, take in (("squat", 1), ("squat", 2), ("own", 1))
        for kind, status in (("trial_begin", None), ("trial_end", "done"))
    ]
    begins = [event.time_ns for event in session.events if event.kind == "trial_begin"]
    assert session.captured.captured_ns[0] < begins[0] < begins[-1] < session.captured.captured_ns[-1]


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_ctrl_c_ends_in_order(tmp_path: Path) -> None:
    with start(*RECORD, "--out", tmp_path) as process:
        wait_for_frames(tmp_path)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Session:" in out
    assert only_session(tmp_path).recording.complete


def test_a_killed_recording_is_found_and_repaired(tmp_path: Path) -> None:
    with start(*RECORD, "--sensors", "simulated", "--out", tmp_path) as process:
        wait_for_frames(tmp_path)
        assert find_sessions(tmp_path)[0].state is SessionState.RECORDING
        process.kill()
        process.communicate()
    assert find_sessions(tmp_path)[0].state is SessionState.UNFINISHED
    outcome = mia("sessions", "recover", tmp_path)
    assert outcome.returncode == 0, outcome.stderr
    session = only_session(tmp_path)
    assert session.recording.recovered is not None
    assert session.captured.in_video.all()
    assert "Everything is whole." in outcome.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--subject", "../evil"),
        ("--sensors", "toaster"),
        ("--protocol", "none.toml"),
        ("--light-sync", "toe"),
        ("--light-sync", "left_biceps"),
    ],
)
def test_bad_input_is_refused_before_anything_is_made(tmp_path: Path, arguments: tuple[str, str]) -> None:
    outcome = CliRunner().invoke(cli, [*RECORD, "--out", str(tmp_path / "out"), *arguments])
    assert outcome.exit_code != 0
    assert isinstance(outcome.exception, (MiaError, SystemExit))
    assert list(tmp_path.iterdir()) == []


def test_names_of_sessions_are_listed_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = "sub-P01/ses-20261128T141500Z-2"
    make_session(tmp_path / name, seconds=1)
    assert name in CliRunner().invoke(cli, ["sessions", "list", str(tmp_path)]).stdout


@pytest.mark.parametrize("command", ["list", "recover"])
def test_a_folder_that_is_none_holds_no_whole_sessions(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    for name in ("none", "file"):
        outcome = CliRunner().invoke(cli, ["sessions", command, str(tmp_path / name)])
        assert outcome.exit_code == 1
        assert "There is no folder" in str(outcome.exception)
    assert "There are no sessions." in CliRunner().invoke(cli, ["sessions", command, str(tmp_path)]).stdout


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "session.json").write_text("{")
    outcome = CliRunner().invoke(cli, ["sessions", "recover", str(tmp_path)])
    assert outcome.exit_code == 1
    assert "not a readable session" in outcome.stdout
