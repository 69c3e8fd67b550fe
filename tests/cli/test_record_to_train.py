"""From a recording to a model that knows its subject better: record, export, train, compare."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.recorded_demo import make_demo_session

MIA = Path(sys.executable).with_name("mia")
ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
BEFORE = "modern-sim-1"


def mia(*arguments: str | Path, timeout: float = 110) -> str:
    command = [MIA, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_model_becomes_better_for_a_subject_who_is_twice_as_strong(tmp_path: Path) -> None:
    session, data, after = make_demo_session(tmp_path / "s", effort=0.5), tmp_path / "data", tmp_path / "model"
    mia("export", session, "--to", "packed", "--out", data)
    mia("train", "--data", data, "--init", BEFORE, "--out", after, "--name", "mine", "--steps", "20")
    model = after / "mine.safetensors"
    outcome = json.loads(mia("model", "compare", BEFORE, model, "--data", data, "--json"))
    everything = outcome["rows"][0]
    assert outcome["part"] == "held-out"
    assert everything["after"] < 0.9 * everything["before"]
    assert everything["change95"][1] < 0
    assert outcome["film_s"] == 60.0
    assert "simulated sEMG, not measured" in outcome["warnings"][0]
    check_card(model, data)


def check_card(model: Path, data: Path) -> None:
    card = json.loads(model.with_suffix(".json").read_text())
    record = card["training"]
    assert card["provenance"] == "simulated, not measured"
    assert record["recipe"]["kind"] == "recorded steps"
    assert record["recipe"]["semg"] == "simulated"
    assert record["recipe"]["intervals"].startswith("calibrated on the recorded motion")
    assert "P01" in record["subjects"]
    assert record["settings"]["init"] == BEFORE
    assert "motion that was not learned from; sEMG simulated" in card["metrics"]["data"]
    said = mia("model", "card", model)
    assert "min of recorded motion" in said
    assert "P01" in said
    told = mia("model", "compare", BEFORE, model, "--data", data)
    assert "Judged on held-out motion of P01" in told
    assert "not measured" in told


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_five_minutes_of_the_demo_subject_make_the_model_better_for_it(tmp_path: Path) -> None:
    out, data, after = tmp_path / "recordings", tmp_path / "data", tmp_path / "model"
    options = ("--source", "demo", "--sensors", "simulated", "--subject", "demo-0", "--minutes", "5")
    mia("record", *options, "--privacy", "keypoints_only", "--out", out, timeout=500)
    (session,) = out.glob("sub-demo-0/ses-*")
    mia("export", session, "--to", "packed", "--out", data)
    mia("train", "--data", data, "--init", BEFORE, "--out", after, "--name", "mine", timeout=1200)
    compared = mia("model", "compare", BEFORE, after / "mine.safetensors", "--data", data, "--json")
    sys.stdout.write(compared)
    outcome = json.loads(compared)
    everything = outcome["rows"][0]
    assert outcome["stretches"] >= 8
    assert outcome["provenance"] == "simulated"
    assert everything["after"] < everything["before"]
    assert everything["change95"][1] < 0
