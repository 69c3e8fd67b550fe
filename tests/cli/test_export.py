"""`mia export` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mia_core.models.runtime import load_runtime
from tests.export.made_sessions import make_session
from tests.fakes.untrained_model import save_untrained

MIA = Path(sys.executable).with_name("mia")


def mia(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200"}
    command = [MIA, "export", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=110)


def test_a_batch_is_written_and_what_was_left_out_is_told(tmp_path: Path) -> None:
    good = make_session(tmp_path / "good", seconds=8)
    bad = tmp_path / "bad"
    bad.mkdir()
    outcome = mia(good, bad, "--to", "mia", "--out", tmp_path / "out", "--held-out", "0", "--stride", "10")
    assert outcome.returncode == 1, outcome.stderr
    assert "1 session as mia" in outcome.stdout
    assert f"Left out: {bad} is not a readable session" in outcome.stdout
    assert "Traceback" not in outcome.stderr
    assert len((tmp_path / "out" / "train.txt").read_text().splitlines()) == 5


def test_verify_says_how_close_live_and_stored_are(tmp_path: Path) -> None:
    model = save_untrained(tmp_path)
    good = make_session(tmp_path / "s", seconds=5, model=load_runtime(model, "cpu"))
    outcome = mia(good, "--to", "csv", "--out", tmp_path / "out", "--verify", "--model", model)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "48 steps as they were live" in outcome.stdout + outcome.stderr


def test_bad_choices_are_told_in_a_sentence(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=4)
    assert mia(session, "--to", "xlsx", "--out", tmp_path / "out").returncode == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    outcome = mia(session, "--to", "csv", "--out", tmp_path / "full")
    assert outcome.returncode == 1
    assert "nothing is overwritten" in outcome.stderr
    assert "Traceback" not in outcome.stderr
