"""`mia evaluate` as a user runs it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from mia_core.exercises import EXERCISE_NAMES
from mia_core.laboratory import jobs, presets
from mia_core.muscles import MONTAGE
from tests.laboratory.some_windows import some_windows
from tests.laboratory.stored_set import stored

MIA = Path(sys.executable).with_name("mia")
ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
HASTY = {name: replace(how, most_steps=1, batch_size=4) for name, how in presets.QUICK.networks.items()}
TINY = replace(presets.QUICK, networks=HASTY, transfer=HASTY[presets.TRANSFORMER], transfer_counts=(2,))


def small_set(folder: Path, subjects: tuple[str, ...] = ("anna", "ben")) -> Path:
    size = {"per_exercise": 10, "n_steps": 10, "exercises": ("squat", "running")}
    return stored(folder / "some.windows", some_windows(channels=MONTAGE.names, subjects=subjects, **size))


def evaluate(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def test_a_figure_is_made_with_two_workers_and_made_again_from_its_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(presets.PRESETS, "quick", TINY)
    data, out = small_set(tmp_path), tmp_path / "out"
    outcome = evaluate("qualitative", "--data", data, "--out", out, "--workers", "2")
    assert outcome.exit_code == 0, outcome.output
    assert "not the paper's setting" in outcome.output
    page = (out / "report.html").read_text()
    assert "not the paper&#x27;s setting" in page or "not the paper's setting" in page
    told = json.loads((out / "report.json").read_text())
    assert told["configuration"]["preset"] == "quick"
    assert told["seconds"]["Transformer"] > 0
    numbers = (out / "figure6.csv").read_bytes()
    results = {path: path.stat().st_mtime_ns for path in (out / "jobs").glob("*.npz")}
    assert len(results) == 2
    again = evaluate("qualitative", "--data", data, "--out", out)
    assert again.exit_code == 0, again.output
    assert (out / "figure6.csv").read_bytes() == numbers
    assert {path: path.stat().st_mtime_ns for path in (out / "jobs").glob("*.npz")} == results


def test_what_can_not_be_evaluated_is_told_in_a_sentence(tmp_path: Path) -> None:
    data, out = small_set(tmp_path, ("anna",)), tmp_path / "out"
    for arguments, sentence in (
        (("all", "--data", tmp_path / "none.windows"), "none.windows"),
        (("table1", "--data", data, "--subject", "carla"), "no subject carla"),
        (("transfer", "--data", data), "one subject"),
    ):
        outcome = evaluate(*arguments, "--out", out)
        assert outcome.exit_code == 1
        assert sentence in str(outcome.exception)
        assert not out.exists()
    assert evaluate("table3", "--data", data, "--out", out).exit_code == 2
    assert evaluate("table2", "--data", data, "--out", out, "--seed", 2**64).exit_code == 2


def test_workers_are_told_where_results_go_wherever_they_start_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(jobs, "run_jobs", lambda _jobs, _work, folder, **_: seen.append(folder.path))
    monkeypatch.chdir(tmp_path)
    assert evaluate("table2", "--data", small_set(tmp_path), "--out", "out").exit_code == 130
    assert seen == [tmp_path / "out" / "jobs"]


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the workers of a process")
def test_ctrl_c_ends_an_evaluation_in_order(tmp_path: Path) -> None:
    data, out = small_set(tmp_path), tmp_path / "out"
    command = [MIA, "evaluate", "table1", "--data", data, "--out", out, "--workers", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True
    )
    pause = threading.Event()
    try:
        while len(_children(process.pid)) < 2:  # a worker, and what looks after shared resources
            assert process.poll() is None, process.communicate()
            pause.wait(0.02)
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers, too
        said, errors = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 130, errors
    assert "goes on from here" in said
    assert "Traceback" not in errors
    assert not (out / "report.html").exists()


@pytest.mark.heavy
@pytest.mark.timeout(7200)
def test_the_quick_preset_repeats_the_paper_within_twenty_minutes(tmp_path: Path) -> None:
    """Two subjects, twenty exercises, two idle cores; then once more, for the same numbers."""
    how = "--hours 1.334 --subjects 2 --seed 61 --workers 2 --exercises all"
    mix = "exercise=1,body_babble=0,arm_babble=0,standing=0"
    made = _mia("simulate", *how.split(), "--mix", mix, "--out", tmp_path / "clips")
    assert made.returncode == 0, made.stderr
    data = tmp_path / "clips.windows"
    imported = _mia("dataset", "import", tmp_path / "clips", "--out", data, "--stride", "10")
    assert imported.returncode == 0, imported.stderr
    began = time.monotonic()
    for out in (tmp_path / "first", tmp_path / "second"):
        done = _mia("evaluate", "all", "--data", data, "--out", out, "--preset", "quick", "--workers", "2")
        assert done.returncode == 0, done.stderr
        if out.name == "first":
            assert time.monotonic() - began <= 20 * 60
    numbers = {path.name: path.read_bytes() for path in (tmp_path / "first").glob("*.csv")}
    assert {path.name: path.read_bytes() for path in (tmp_path / "second").glob("*.csv")} == numbers
    table1 = _rows(tmp_path / "first" / "table1.csv")
    assert len(table1) == len(EXERCISE_NAMES) + 2
    for row in table1[-2:]:
        transformer, cnn, nearest, chance = (
            float(row[f"In-distribution: {name}"]) for name in ("Transformer", "CNN", "NN", "Random")
        )
        assert transformer <= cnn < nearest < chance
    assert len(_rows(tmp_path / "first" / "table2.csv")) == 7
    curve = _rows(tmp_path / "first" / "figure7-table.csv")
    learned = [row for row in curve if row["From scratch: RMSE"]]
    assert [row["Exercises"] for row in learned] == ["1", "2", "5", "10", "20"]
    assert all(float(row["Fine-tuned: RMSE"]) < float(row["From scratch: RMSE"]) for row in learned)
    fine_tuned = [float(row["Fine-tuned: RMSE"]) for row in curve]
    assert max(fine_tuned[1:]) < fine_tuned[0], "adapting does no harm, with however little"
    assert all("not the paper's setting" in row["setting"] for row in table1)


def _mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MIA, *arguments], capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=3600)


def _rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
