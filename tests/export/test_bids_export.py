"""BIDS, held to the official validator and read back by MNE-BIDS."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import mne_bids
import numpy as np
import pytest

from mia_core.export.bids_exporter import BidsExporter
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.muscles import MONTAGE
from mia_core.skeleton import BODY_25
from tests.export.made_sessions import make_session, standing, value_of

NAMED = "sub-P01_ses-20261128T141500Z_task-free"


@pytest.fixture
def bids(tmp_path: Path) -> Path:
    one = make_session(tmp_path / "a", trials=[("squat", 2.0, 5.0)], lost=[60], unseen=range(90, 120))
    two = make_session(tmp_path / "b", subject="left-handed_2", session_id="ses-2", channels=[0, 3])
    outcome = export([one, two], BidsExporter(ExportSettings()), tmp_path / "out")
    assert outcome.refused == ()
    return tmp_path / "out"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_validator_finds_no_error(bids: Path) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    command = [validator, bids, "--format", "json"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    told = json.loads(outcome.stdout)
    issues = told["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    assert set(told["summary"]["modalities"]) == {"emg", "motion"}
    assert outcome.returncode == 0
    # What it warns of is left open on purpose: who the authors are, and what nobody told.
    assert {issue["code"] for issue in issues} <= {
        "JSON_KEY_RECOMMENDED",
        "NO_AUTHORS",
        "TOO_FEW_AUTHORS",
        "SIDECAR_KEY_RECOMMENDED",
    }


def test_mne_bids_reads_the_very_counts_and_the_trials(bids: Path) -> None:
    path = mne_bids.BIDSPath("P01", "20261128T141500Z", "free", root=bids, datatype="emg", suffix="emg")
    raw = mne_bids.read_raw_bids(path, verbose="error")
    assert raw.get_channel_types() == ["emg"] * 8
    assert raw.ch_names == list(MONTAGE.names)
    sent = [[value_of(59 if sample == 60 else sample, channel) for sample in range(120)] for channel in range(8)]
    assert np.array_equal(np.rint(raw.get_data()[:, :120]), sent)
    told = [(a["onset"], a["duration"]) for a in raw.annotations if a["description"] == "trial"]
    assert np.allclose(told, [(2.0, 3.0)], atol=1e-6)


def test_keypoints_are_those_of_their_frames(bids: Path) -> None:
    motion = bids / "sub-P01" / "ses-20261128T141500Z" / "motion"
    named = f"{NAMED}_tracksys-camera"
    channels = rows_of(motion / f"{named}_channels.tsv")
    assert [row["name"] for row in channels[:3]] == ["nose_x", "nose_y", "nose_confidence"]
    assert [row["tracked_point"] for row in channels[::3]] == list(BODY_25)
    table = np.genfromtxt(motion / f"{named}_motion.tsv", delimiter="\t", missing_values="n/a", filling_values=np.nan)
    assert table.shape == (360, 75)
    for frame in (0, 89, 120, 359):
        assert np.allclose(table[frame].reshape(25, 3)[:, :2], standing(frame).keypoints_px, atol=0.011)
    assert np.isnan(table[90:120].reshape(-1, 25, 3)[..., :2]).all()
    assert json.loads((motion / f"{named}_motion.json").read_text())["SamplingFrequency"] == 30.0
    begins = {row["filename"]: row["acq_time"] for row in rows_of(motion.parent / f"{NAMED[:-10]}_scans.tsv")}
    assert begins[f"motion/{named}_motion.tsv"] == "2026-11-28T14:15:00.000000Z"


def test_subjects_say_what_they_were_called_and_what_their_data_are(bids: Path) -> None:
    assert rows_of(bids / "participants.tsv") == [
        {"participant_id": "sub-P01", "recorded_as": "P01", "provenance": "simulated"},
        {"participant_id": "sub-lefthanded2", "recorded_as": "left-handed_2", "provenance": "simulated"},
    ]
    emg = bids / "sub-P01" / "ses-20261128T141500Z" / "emg"
    lost = {row["name"]: row["lost_s"] for row in rows_of(emg / f"{NAMED}_channels.tsv")}
    assert lost == dict.fromkeys(MONTAGE.names, "0.1")


def test_two_subjects_that_would_be_one_are_told(tmp_path: Path) -> None:
    one = make_session(tmp_path / "a", subject="P-1", seconds=4)
    two = make_session(tmp_path / "b", subject="P1", seconds=4)
    outcome = export([one, two], BidsExporter(ExportSettings()), tmp_path / "out")
    assert len(outcome.exported) == 1
    assert "the same subject" in outcome.refused[0]
