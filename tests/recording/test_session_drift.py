"""Drifts that were put into the arrivals of a session are found again, and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from mia_core.recording import session as form
from mia_core.recording.session_drift import CAMERA, session_drifts
from mia_core.recording.session_reader import read_session
from tests.export.made_sessions import make_session
from tests.fakes.drifts import stretch


@pytest.fixture
def drifting(tmp_path: Path) -> Path:
    folder = make_session(tmp_path / "ses", seconds=60, channels=(0, 5), lost=(100, 101, 300))
    stretch(folder / form.FRAMES, 2, {"": 1000.0}, key=0)
    stretch(folder / form.EMG_CSV, 0, {"left_biceps": -400.0}, key=1)
    return folder


def test_each_device_has_its_own_drift(drifting: Path) -> None:
    drifts = {stream.device: stream.drift for stream in session_drifts(read_session(drifting))}
    assert list(drifts) == [CAMERA, "left_biceps", "right_triceps"]
    assert drifts[CAMERA].ppm == pytest.approx(-999, abs=0.5)
    assert drifts["left_biceps"].ppm == pytest.approx(400.2, abs=3)
    assert drifts["right_triceps"].ppm == pytest.approx(0, abs=3)
    assert drifts[CAMERA].n == 1800
    assert drifts["left_biceps"].jitter_s == pytest.approx(0.012 * (1 / 7 * 6 / 7) ** 0.5, rel=0.1)


def test_the_drifts_are_shown(drifting: Path) -> None:
    shown = CliRunner().invoke(cli, ["sessions", "show", str(drifting), "--json"])
    assert shown.exit_code == 0
    content = json.loads(shown.stdout)
    assert content["manifest"]["subject"]["id"] == "P01"
    assert [stream["device"] for stream in content["drifts"]] == [CAMERA, "left_biceps", "right_triceps"]
    assert content["drifts"][0]["lags_s"][-1] == pytest.approx(0.055, abs=0.006)
    words = CliRunner(env={"COLUMNS": "140"}).invoke(cli, ["sessions", "show", str(drifting)]).stdout
    assert "-999.0" in words
    assert "left biceps" in words
    assert "No sync ritual." in words


def test_a_short_session_says_nothing_of_clocks(tmp_path: Path) -> None:
    folder = make_session(tmp_path / "ses", seconds=5, delay_s=0.12)
    assert session_drifts(read_session(folder)) == ()
    words = CliRunner().invoke(cli, ["sessions", "show", str(folder)]).stdout
    assert "too short" in words
    assert "can't be read" in words


def test_a_session_without_camera_rate_or_sensors_has_no_drift(tmp_path: Path) -> None:
    folder = make_session(tmp_path / "ses", seconds=40, channels=(), camera=None)
    assert session_drifts(read_session(folder)) == ()
