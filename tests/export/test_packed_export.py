"""The packed training set, read by the data set's reader and by numpy alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.packed_exporter import PackedExporter
from mia_core.step_clip import StepClip, StepClipError
from tests.export.made_sessions import AT_STEPS_S, make_session, value_of


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    trials = [("squat", 4.0, 8.0)]
    session = make_session(tmp_path / "s", trials=trials, channels=[0, 5], lost=[50], first_sample_s=AT_STEPS_S)
    export([session], PackedExporter(ExportSettings()), tmp_path / "out")
    return tmp_path / "out"


def test_the_data_set_reads_what_was_recorded(packed: Path) -> None:
    found = RecordedSet.load(packed)
    assert found.subjects == ("P01",)
    assert found.provenance == "simulated"
    assert [clip.exercise for clip in found.clips] == ["unlabelled", "squat", "unlabelled"]
    assert found.minutes == pytest.approx(12 / 60)
    squat = found.clips[1]
    assert (squat.start_s, len(squat), squat.image_size_px) == (pytest.approx(4.0), 40, (640, 480))
    assert squat.units == ("counts", "", "", "", "", "counts", "", "")
    assert np.isnan(squat.emg[:, 1]).all()
    for number in range(40):
        k = 41 + number
        assert np.isclose(squat.keypoints_px[number, 8, 0], 100 + (3 * k - 1.5) / 4, atol=0.02)
        if squat.emg_whole[number, 5]:
            assert np.isclose(squat.emg[number, 5], (value_of(k - 1, 5) + value_of(k, 5)) / 2, atol=0.5)
            assert np.isclose(squat.activation[number, 5], squat.emg[number, 5] / 1000, atol=1e-6)
    # Sample 50 is of 5.1 s: it is missing around 5.0, 5.1 and 5.2 s.
    assert np.flatnonzero(~squat.emg_whole[:, 5]).tolist() == [9, 10, 11]


def test_numpy_alone_reads_it(packed: Path) -> None:
    listed = json.loads((packed / "manifest.json").read_text())["clips"]
    with np.load(packed / listed[0]["file"], allow_pickle=False) as data:
        assert data["keypoints_px"].shape == (listed[0]["steps"], 25, 2)
        assert json.loads(str(data["meta"]))["provenance"] == "simulated"


def test_a_changed_clip_or_manifest_is_refused(packed: Path) -> None:
    manifest = packed / "manifest.json"
    told = json.loads(manifest.read_text())
    name = told["clips"][0]["file"]
    (packed / name).write_bytes((packed / name).read_bytes()[:-1])
    with pytest.raises(DataSetError, match="not the one"):
        RecordedSet.load(packed)
    with pytest.raises(StepClipError):
        StepClip.load(packed / name)
    for changed in (
        {**told, "schema_version": 2},
        {**told, "clips": [{**told["clips"][0], "file": f"../{name}"}]},
        {**told, "complete": False},
        [],
    ):
        manifest.write_text(json.dumps(changed))
        with pytest.raises(DataSetError):
            RecordedSet.load(packed)
