"""`mia dataset`: each layout is recognised, Ctrl-C leaves something to go on with, and findings are an exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.data_sources import DataSourceError, Layout, layout_of
from mia_core.dataset.splits import Split
from mia_core.dataset.window_set import open_window_set, window_names
from mia_core.dataset.window_set_writer import WindowSetWriteError
from tests.export.made_sessions import make_session
from tests.fakes.motion_clips import save_set
from tests.fakes.published_sets import write_first_version, write_iccv2023


def mia(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["dataset", *map(str, arguments)])


@pytest.fixture
def published(tmp_path: Path) -> Path:
    result = mia("import", write_iccv2023(tmp_path / "data"), "--out", tmp_path / "x.windows")
    assert result.exit_code == 0, result.output
    assert "published with the ICCV 2023 paper (guessed)" in result.output
    assert "40 windows, 1.3 minutes" in result.output
    assert "val holds Subject0" in result.output
    return tmp_path / "x.windows"


def test_every_layout_is_recognised(tmp_path: Path) -> None:
    session = make_session(tmp_path / "session", seconds=5)
    assert layout_of([write_iccv2023(tmp_path / "iccv", subjects=(1,))]) is Layout.ICCV2023
    assert layout_of([tmp_path / "iccv"]) is Layout.ICCV2023
    first = write_first_version(tmp_path / "first", seconds=6)
    assert layout_of([first]) is Layout.FIRST_VERSION
    assert layout_of([first / "val.txt", first / "train.txt"]) is Layout.FIRST_VERSION
    assert layout_of([save_set(tmp_path / "sim", n_clips=1)]) is Layout.SIMULATED
    assert layout_of([session, session]) is Layout.RECORDED
    (tmp_path / "empty").mkdir()
    for paths, says in (([tmp_path / "none"], "There is no"), ([tmp_path / "empty"], "no layout that is known")):
        with pytest.raises(DataSourceError, match=says):
            layout_of(paths)


def test_a_set_is_not_written_into_what_it_is_made_of(tmp_path: Path) -> None:
    data = save_set(tmp_path / "sim", n_clips=1)
    before = sorted(data.rglob("*"))
    assert "lies in" in str(mia("import", data, "--out", data / "x.windows").exception)
    assert sorted(data.rglob("*")) == before


def test_a_set_is_imported_looked_at_and_split(published: Path, tmp_path: Path) -> None:
    table = mia("info", published)
    assert table.exit_code == 0
    for part in ("elbow_punch", "left_latissimus", "Subject1", "32 in train and 8 in val", "published"):
        assert part in table.output
    told = json.loads(mia("info", published, "--json").output)
    windows = open_window_set(published)
    assert told["counts"]["Subject1"] == {"elbow_punch": 10, "squat": 10}
    assert told["sha256"] == windows.about.sha256
    for kind, options, n_test in (
        ("in-distribution", (), 8),
        ("leave-exercise-out", ("--exercise", "squat"), 4),
        ("leave-subject-out", ("--subject", "Subject1"), 4),
        ("cross-subject", ("--from", "Subject0", "--to", "Subject1"), 4),
    ):
        made = mia("split", published, "--kind", kind, *options, "--out", tmp_path / f"{kind}.json")
        assert made.exit_code == 0, made.output
        assert len(Split.load(tmp_path / f"{kind}.json").test) == n_test
        assert f"{n_test} to judge by" in made.output
    for part in ("train", "val"):
        names = [name for name in window_names(published) if name.startswith(f"{part}/Subject1")]
        (tmp_path / f"{part}.txt").write_text("".join(f"MIADatasetOfficial/{name}\n" for name in names))
    lists = ("--train-list", tmp_path / "train.txt", "--test-list", tmp_path / "val.txt")
    made = mia("split", published, "--kind", "lists", *lists, "--out", tmp_path / "lists.json")
    assert "16 windows to learn from, 4 to judge by" in made.output


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("leave-exercise-out", "--exercise"),
        ("leave-subject-out", "--subject"),
        ("cross-subject", "--from"),
        ("lists", "--train-list"),
    ],
)
def test_a_split_says_what_it_needs(published: Path, tmp_path: Path, kind: str, option: str) -> None:
    result = mia("split", published, "--kind", kind, "--out", tmp_path / "s.json")
    assert result.exit_code == 2
    assert option in result.output
    assert not (tmp_path / "s.json").exists()


def test_sessions_and_simulated_clips_are_imported_with_their_options(tmp_path: Path) -> None:
    session = make_session(tmp_path / "session", seconds=12)
    result = mia("import", session, "--out", tmp_path / "a.windows", "--stride", "10", "--unit", "percent", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["strides"] == {"P01": 10}
    assert any("simulated sensors" in note for note in report["notes"])
    assert open_window_set(tmp_path / "a.windows").about.unit == "percent"
    simulated = save_set(tmp_path / "sim", n_clips=2)
    assert mia("import", simulated, "--out", tmp_path / "b.windows", "--stride", "5").exit_code == 0
    assert set(np.diff(open_window_set(tmp_path / "b.windows").start_step)) >= {5}


def test_what_does_not_fit_is_refused_and_nothing_overwritten(published: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert isinstance(mia("import", data, "--out", published).exception, WindowSetWriteError)
    for options in (("--stride", "10"), ("--unit", "percent")):
        assert isinstance(mia("import", data, "--out", tmp_path / "y.windows", *options).exception, DataSourceError)
    assert isinstance(
        mia("import", data, data, "--layout", "iccv2023", "--out", tmp_path / "y").exception, DataSourceError
    )
    assert not list(tmp_path.glob("y*"))


def test_findings_are_an_exit_code(published: Path, tmp_path: Path) -> None:
    mia("split", published, "--out", tmp_path / "s.json")
    good = mia("validate", published, "--split", tmp_path / "s.json")
    assert good.exit_code == 0, good.output
    assert "40 windows, 0 problems." in good.output
    emg = np.lib.format.open_memmap(published / "emg.npy", mode="r+")
    emg[0, 0, 0] = -7
    emg.flush()
    bad = mia("validate", published)
    assert bad.exit_code == 1
    assert "Problem: 1 windows have sEMG below 0" in bad.output
    told = json.loads(mia("validate", published, "--json").output)
    assert [finding["kind"] for finding in told if finding["is_problem"]] == ["content", "numbers"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_whole_recordings_to_go_on_with(tmp_path: Path) -> None:
    exercises = tuple(f"Exercise{number}" for number in range(6))
    data = write_iccv2023(tmp_path, subjects=(1,), exercises=exercises, windows={"train": 2, "val": 1})
    # The pipe in place of an array holds the import up until Ctrl-C has been sent.
    held_up = data / "train" / "Subject1" / "Exercise3" / "6" / "emgvalues.npy"
    assert held_up.is_file()
    content = held_up.read_bytes()
    held_up.unlink()
    os.mkfifo(held_up)
    command = [Path(sys.executable).with_name("mia"), "dataset", "import", data, "--out", tmp_path / "x.windows"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with held_up.open("wb") as pipe:  # opens once the import is there to read
        process.send_signal(signal.SIGINT)
        pipe.write(b"no array")
    said, errors = process.communicate(timeout=100)
    assert process.returncode == 130, errors
    assert "the same command goes on from here" in said
    assert not (tmp_path / "x.windows").exists()
    assert (tmp_path / "x.windows.partial").is_dir()
    held_up.unlink()
    held_up.write_bytes(content)
    result = mia("import", data, "--out", tmp_path / "x.windows")
    assert result.exit_code == 0, result.output
    assert len(open_window_set(tmp_path / "x.windows")) == 17  # the array that came through the pipe was none
