"""`mia simulate`, `mia train` and `mia run` one after the other, and Ctrl-C in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.fakes.motion_clips import save_set

MIA = Path(sys.executable).with_name("mia")
ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}


def mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [MIA, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=110)


@pytest.mark.heavy
def test_a_model_can_be_made_from_nothing_and_used(tmp_path: Path) -> None:
    for name, seed in (("train", "5"), ("test", "6")):
        made = mia("simulate", "--hours", "0.01", "--subjects", "1", "--seed", seed, "--out", tmp_path / name)
        assert made.returncode == 0, made.stderr
    trained = mia(
        *("train", "--data", tmp_path / "train", "--test", tmp_path / "test", "--out", tmp_path / "model"),
        *("--name", "small", "--steps", "4"),
    )
    assert trained.returncode == 0, trained.stderr
    card = json.loads((tmp_path / "model" / "small.json").read_text())
    assert card["training"]["recipe"]["seed"] == 5
    assert '"seed": 6' in card["metrics"]["data"]
    model = tmp_path / "model" / "small.safetensors"
    ran = mia("run", "demo", "--seconds", "2", "--model", model, "--out", tmp_path / "session")
    assert ran.returncode == 0, ran.stderr


def test_simulating_stops_in_order_with_ctrl_c_and_says_what_it_made(tmp_path: Path) -> None:
    out = tmp_path / "data"
    for sign_of_work in ("clips.jsonl", "*.npz"):  # while the workers start, then in the midst of clips
        said, errors = _simulation_stopped_at(out, sign_of_work)
        assert "goes on from here" in said
        assert "Traceback" not in errors
        manifest = json.loads((out / "manifest.json").read_text())
        assert not manifest["complete"]
        assert {clip["file"] for clip in manifest["clips"]} == {path.name for path in out.glob("*.npz")}
        assert all(row["kind"].replace("_", " ") in said for row in manifest["report"])
    assert manifest["clips"]


def _simulation_stopped_at(out: Path, sign_of_work: str) -> tuple[str, str]:
    """Return what a simulation says on both streams that is stopped when it has made such a file."""
    before = set(out.glob(sign_of_work))
    command = [MIA, "simulate", "--hours", "3", "--workers", "2", "--seed", "5", "--out", out]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, start_new_session=True
    )
    pause = threading.Event()
    try:
        while set(out.glob(sign_of_work)) <= before:
            assert process.poll() is None, process.communicate()
            pause.wait(0.02)
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers, too
        said, errors = process.communicate(timeout=100)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # hours of simulation would slow down whatever runs next
            process.communicate()
    assert process.returncode == 130, errors
    return said, errors


def test_senseless_wishes_for_a_simulation_are_refused(tmp_path: Path) -> None:
    for arguments, sentence in (
        (("--hours", "0"), "0.0 hours"),
        (("--mix", "walking=1"), "'walking'"),
        (("--exercises", "handstand"), "'handstand'"),
        (("--motions", tmp_path), "no motions"),
        (("--hours", "1e9"), "--hours"),
    ):
        outcome = mia("simulate", "--out", tmp_path / "data", *arguments)
        assert outcome.returncode in (1, 2)
        assert sentence in outcome.stderr


def test_ctrl_c_ends_a_training_in_order_and_the_same_command_goes_on(tmp_path: Path) -> None:
    data = save_set(tmp_path / "data")
    command = [MIA, "train", "--data", data, "--out", tmp_path / "model", "--name", "small", "--steps", "100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    pause = threading.Event()
    while not (tmp_path / "model").is_dir():  # made when the work begins, after Ctrl-C has been taken over
        assert process.poll() is None, process.communicate()
        pause.wait(0.02)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=100)
    assert process.returncode == 130, errors
    assert "goes on from here" in said
    assert "windows/s" in errors or "starting" in errors  # before the first step
    assert "error over the mean's: virtual subjects" in errors
    assert (tmp_path / "model" / "small.safetensors").is_file()
    assert (tmp_path / "model" / "loss_curve.png").is_file()


def test_a_training_can_not_start_from_another_network(tmp_path: Path) -> None:
    data = save_set(tmp_path / "data")
    outcome = mia("train", "--data", data, "--out", tmp_path / "model", "--init", "modern-sim-1", "--model", "paper")
    assert outcome.returncode == 1
    assert "its network is modern, not motion_transformer" in outcome.stderr
    assert "--init" in outcome.stderr
    assert not (tmp_path / "model").exists()


def test_a_data_set_that_is_none_is_refused(tmp_path: Path) -> None:
    outcome = mia("train", "--data", tmp_path, "--out", tmp_path / "model")
    assert outcome.returncode == 1
    assert "not a simulated data set" in outcome.stderr
    assert "mia simulate" in outcome.stderr
    assert not (tmp_path / "model").exists()


def test_motions_that_are_none_are_refused_and_leave_no_folder_behind(tmp_path: Path) -> None:
    out = tmp_path / "data"
    outcome = mia("simulate", "--hours", "0", "--motions", tmp_path / "none", "--out", out)
    assert outcome.returncode == 1
    assert "holds no motions" in outcome.stderr
    assert not out.exists()


def test_a_model_can_not_be_trained_into_a_file(tmp_path: Path) -> None:
    data = save_set(tmp_path / "data")
    (tmp_path / "taken").touch()
    outcome = mia("train", "--data", data, "--out", tmp_path / "taken", "--model", "cnn")
    assert outcome.returncode == 1
    assert "can't be written to" in outcome.stderr


def test_a_folder_of_damaged_motions_is_said_to_be_of_no_use(tmp_path: Path) -> None:
    motions = tmp_path / "motions" / "01"
    motions.mkdir(parents=True)
    (motions / "01_01.bvh").write_text("HIERARCHY\nno skeleton\n")
    outcome = mia("simulate", "--hours", "0", "--motions", motions.parent, "--out", tmp_path / "data")
    assert outcome.returncode == 1
    assert "None of the recorded motions could be used" in outcome.stderr
    assert "01_01.bvh" in outcome.stdout
