"""Whatever is thrown at the command line: one sentence, one piece of advice, an exit code, and nothing left behind."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import _say_error
from tests.fakes.untrained_model import save_untrained
from tests.fakes.videos import write_audio, write_video

MIA = Path(sys.executable).with_name("mia")


def mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [MIA, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=110)


def assert_refused(outcome: subprocess.CompletedProcess[str], *words: str) -> None:
    assert outcome.returncode not in (0, 2), outcome.stderr
    said = outcome.stderr.strip().splitlines()
    for word in words:
        assert word in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert len([line for line in said if line and "━" not in line]) == 2, "what happened, and what to do"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_untrained(tmp_path / "models")


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "text", "empty", "cut", "without frames", "audio only", "no camera"]
)
def test_sources_that_are_none(tmp_path: Path, model: Path, kind: str) -> None:
    source: str | Path = tmp_path / "input.mp4"
    if kind == "folder":
        source = tmp_path
    elif kind == "text":
        (tmp_path / "input.mp4").write_text("hello")
    elif kind == "empty":
        (tmp_path / "input.mp4").touch()
    elif kind == "cut":
        whole = write_video(tmp_path / "whole.mp4", range(0, 3000, 33)).read_bytes()
        (tmp_path / "input.mp4").write_bytes(whole[: len(whole) // 2])
    elif kind == "without frames":
        write_video(tmp_path / "input.mp4", [])
    elif kind == "audio only":
        source = write_audio(tmp_path / "input.m4a")
    elif kind == "no camera":
        source = "camera:none-such"
    out = tmp_path / "out"
    assert_refused(mia("run", source, "--out", out, "--model", model))
    assert not out.exists(), "nothing half-made is left"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, model: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    video = write_video(tmp_path / "input.mp4", range(0, 300, 33))
    assert_refused(mia("run", video, "--out", tmp_path / "out", "--model", model), "nothing is overwritten")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_an_out_folder_that_can_not_be_made(tmp_path: Path, model: Path) -> None:
    video = write_video(tmp_path / "input.mp4", range(0, 300, 33))
    (tmp_path / "file").touch()
    assert_refused(mia("run", video, "--out", tmp_path / "file" / "out", "--model", model), "Nothing can be written")


@pytest.mark.parametrize(("name", "word"), [("none/o.mp4", "no folder"), ("o.avi", ".mp4"), ("input.mp4", "exists")])
def test_an_overlay_that_can_not_be_written(tmp_path: Path, model: Path, name: str, word: str) -> None:
    video = write_video(tmp_path / "input.mp4", range(0, 300, 33))
    before = video.read_bytes()
    arguments = ("run", video, "--out", tmp_path / "out", "--model", model, "--overlay", tmp_path / name)
    assert_refused(mia(*arguments), word)
    assert not (tmp_path / "out").exists()
    assert video.read_bytes() == before


def test_an_unknown_model_lists_the_known_ones(tmp_path: Path) -> None:
    video = write_video(tmp_path / "input.mp4", range(0, 300, 33))
    assert_refused(mia("run", video, "--out", tmp_path / "out", "--model", "nonsense"), "nonsense", "modern-sim-1")


def test_a_pose_model_that_is_none(tmp_path: Path, model: Path) -> None:
    video = write_video(tmp_path / "input.mp4", range(0, 300, 33))
    (tmp_path / "pose.task").write_text("nonsense")
    arguments = ("run", video, "--out", tmp_path / "out", "--model", model, "--pose-model", tmp_path / "pose.task")
    assert_refused(mia(*arguments), "pose.task")


def test_a_video_with_nobody_in_it_is_a_session_with_nobody_in_it(tmp_path: Path, model: Path) -> None:
    video = write_video(tmp_path / "input.mp4", range(0, 1000, 50), size=(240, 320))
    outcome = mia("run", video, "--out", tmp_path / "out", "--model", model)
    assert outcome.returncode == 0, outcome.stderr
    assert "Nobody was seen" in outcome.stdout
    counts = json.loads((tmp_path / "out" / "session.json").read_text())["counts"]
    assert (counts["frames"], counts["detected"]) == (20, 0)
    rows = (tmp_path / "out" / "activation.csv").read_text().splitlines()[1:]
    assert len(rows) == 10
    assert all(",,,,,,,," in row for row in rows), "unknown is empty"


def test_a_file_that_ends_early_is_kept_as_far_as_it_goes_with_a_note(tmp_path: Path, model: Path) -> None:
    whole = write_video(tmp_path / "whole.avi", range(0, 6000, 100), size=(240, 320)).read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 3])
    outcome = mia("run", tmp_path / "cut.avi", "--out", tmp_path / "out", "--model", model)
    assert outcome.returncode == 0, outcome.stderr
    assert "damaged" in outcome.stdout
    assert "damaged" in json.loads((tmp_path / "out" / "session.json").read_text())["notes"][0]


@pytest.mark.heavy
def test_an_8k_frame_goes_through(tmp_path: Path, model: Path) -> None:
    video = write_video(tmp_path / "8k.mp4", range(0, 300, 33), size=(4320, 7680))
    outcome = mia("run", video, "--out", tmp_path / "out", "--model", model, "--overlay", tmp_path / "o.mp4")
    assert outcome.returncode == 0, outcome.stderr


def test_without_a_display_the_window_says_so() -> None:
    assert_refused(mia("app"), "no display")


def test_help_and_version_answer_without_loading_anything() -> None:
    told = mia("--help").stdout
    assert "muscles" in told
    assert told.index("Watch muscles") < told.index("Record people") < told.index("Simulate, train, judge")
    assert mia("--version").stdout.startswith("mia-live ")


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    outcome = mia("--debug", "run", tmp_path / "none.mp4", "--out", tmp_path / "out")
    assert outcome.returncode != 0
    assert "Traceback" in outcome.stderr


def test_a_disk_that_is_full_in_mid_work_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    _say_error(type(error), error, None)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"A file can't be read or written ({os.strerror(errno.ENOSPC)})."
    assert "the disk has room" in said[1]
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "none").read_text()
    _say_error(type(caught.value), caught.value, None)
    assert str(tmp_path / "none") in capsys.readouterr().err
