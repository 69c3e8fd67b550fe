"""CSV, read back by the csv module alone."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from mia_core.export.csv_exporter import CsvExporter
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.muscles import MONTAGE
from tests.export.made_sessions import AT_STEPS_S, make_session, value_of

TITLE = "sub-P01_ses-20261128T141500Z"


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / TITLE / "merged.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_step_has_the_pose_and_the_samples_of_its_time(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", trials=[("squat", 2.0, 6.0)], first_sample_s=AT_STEPS_S)
    export([session], CsvExporter(ExportSettings()), tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 120
    for number, row in enumerate(rows[1:-1], start=1):
        assert np.isclose(float(row["time_s"]), number / 10)
        # A step is the mean over its 0.1 s: of straight motion that is the place in its middle.
        frame = 3 * number - 1.5
        assert np.isclose(float(row["mid_hip_x_px"]), 100 + frame / 4, atol=0.02)
        assert row["exercise"] == ("squat" if 21 <= number <= 60 else "")
        for channel, name in enumerate(MONTAGE.names):
            # Half of the span around a step belongs to the sample that was taken at it, half to the next one.
            taken = number - round(10 * AT_STEPS_S)
            expected = np.mean([value_of(taken, channel), value_of(taken + 1, channel)])
            assert np.isclose(float(row[f"emg_{name}"]), expected, atol=0.5), (number, name)
            assert np.isclose(float(row[f"measured_{name}"]), float(row[f"emg_{name}"]) / 1000, atol=1e-6)


def test_a_lost_sample_is_marked_and_a_missing_person_leaves_cells_empty(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", lost=[40], unseen=range(200, 240), first_sample_s=AT_STEPS_S)
    export([session], CsvExporter(ExportSettings()), tmp_path / "out")
    rows = rows_of(tmp_path / "out")
    not_whole = [number for number, row in enumerate(rows) if row["whole_left_biceps"] == "0"]
    # Nothing is known before the first sample and after the last; sample 40 is of 4.1 s.
    assert not_whole == [0, 1, 40, 41, 42, 119]
    empty = [number for number, row in enumerate(rows) if not row["mid_hip_x_px"]]
    assert empty == [number for number, row in enumerate(rows) if row["seen"] == "0"]
    assert 70 in empty
    assert 60 not in empty


def test_raw_tables_are_copied_unchanged(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s")
    export([session], CsvExporter(ExportSettings()), tmp_path / "out")
    raw = tmp_path / "out" / TITLE / "raw"
    for name in ("session.json", "frames.csv", "pose.csv", "activation.csv", "emg.csv", "events.jsonl"):
        assert (raw / name).read_bytes() == (session / name).read_bytes()
    assert (tmp_path / "out" / "README.md").is_file()
