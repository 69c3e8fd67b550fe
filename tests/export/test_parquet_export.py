"""Parquet, read back by pyarrow alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from mia_core.errors import MissingExtraError
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.exporters import EXPORTERS
from mia_core.export.parquet_exporter import ParquetExporter
from mia_core.muscles import MONTAGE
from tests.export.made_sessions import FIRST_SAMPLE_S, ZERO_S, make_session, standing, value_of


def test_tables_hold_every_step_sample_and_frame(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", lost=[30], unseen=range(50, 80), trials=[("squat", 2.0, 4.0)])
    export([session], ParquetExporter(ExportSettings()), tmp_path / "out")
    own = tmp_path / "out" / "sub-P01_ses-20261128T141500Z"
    emg = pq.read_table(own / "emg.parquet")
    told = json.loads(emg.schema.metadata[b"session"])
    assert told["subject"]["id"] == "P01"
    assert emg.schema.metadata[b"emg"] == b"simulated"  # what is_measured says
    samples = [sample for sample in range(120) if sample != 30]
    assert emg["value"].to_pylist() == [value_of(sample, channel) for channel in range(8) for sample in samples]
    assert emg["placement"].to_pylist() == [name for name in MONTAGE.names for _ in samples]
    taken_s = np.tile(FIRST_SAMPLE_S + np.array(samples) / 10, 8)
    assert np.allclose(emg["time_s"].to_numpy(), taken_s, atol=0.003)
    arrivals_s = (emg["arrival_ns"].to_numpy() - int(ZERO_S * 1e9)) / 1e9
    assert np.abs(arrivals_s - taken_s).max() == pytest.approx(0.012, abs=1e-6)
    pose = pq.read_table(own / "pose.parquet")
    assert pose["frame_index"].to_pylist() == list(range(360))
    assert pose["neck_x_px"].null_count == 30
    assert np.isclose(pose["neck_x_px"][200].as_py(), standing(200).keypoints_px[1, 0], atol=0.011)
    merged = pq.read_table(own / "merged.parquet")
    assert merged.num_rows == 120
    assert merged["exercise"].to_pylist().count("squat") == 20


@pytest.mark.parametrize(
    ("name", "module"),
    [("parquet", "pyarrow.parquet"), ("edf", "edfio"), ("bdf", "edfio"), ("bids", "edfio"), ("c3d", "ezc3d")],
)
def test_a_missing_package_is_named_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # as if it was not installed
    with pytest.raises(MissingExtraError) as told:
        EXPORTERS[name](ExportSettings())
    assert "mia-live[export]" in told.value.advice
