"""C3D, read back by ezc3d, and its header by hand."""

from __future__ import annotations

import struct
from pathlib import Path

import ezc3d
import numpy as np
import pytest

from mia_core.export.c3d_exporter import C3dExporter
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind
from mia_core.skeleton import BODY_25
from tests.export.made_sessions import FIRST_SAMPLE_S, make_session, standing, value_of

NAME = "sub-P01_ses-20261128T141500Z.c3d"


def test_points_and_muscles_share_a_time_line(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", unseen=range(100, 131), trials=[("squat", 2.0, 4.0)])
    export([session], C3dExporter(ExportSettings()), tmp_path / "out")
    found = ezc3d.c3d(str(tmp_path / "out" / NAME))
    assert found["parameters"]["POINT"]["LABELS"]["value"] == list(BODY_25)
    assert found["parameters"]["POINT"]["UNITS"]["value"] == ["px"]
    points, analogs = found["data"]["points"], found["data"]["analogs"][0]
    assert points.shape == (4, 25, 360)
    assert analogs.shape == (8, 360)
    assert found["parameters"]["ANALOG"]["RATE"]["value"][0] == 30.0
    for frame in (0, 99, 131, 359):
        assert np.allclose(points[0, :, frame], standing(frame).keypoints_px[:, 0], atol=0.011)
        assert np.allclose(points[2, :, frame], 480 - standing(frame).keypoints_px[:, 1], atol=0.011)
    assert np.isnan(points[0, :, 100:131]).all()
    # A 10 Hz sample stands for the 0.1 s before it: of three analog samples two lie in it whole, one in two.
    for sample in range(1, 118):
        at = round((FIRST_SAMPLE_S + sample / 10) * 30 - 0.5)
        assert np.allclose(analogs[:, at - 1], [value_of(sample, channel) for channel in range(8)], atol=0.5)
    events = found["parameters"]["EVENT"]
    assert [label.strip() for label in events["LABELS"]["value"]] == ["marker: slipped", "squat take 1"]
    assert np.allclose(events["TIMES"]["value"], [[0, 0], [1, 2]], atol=1e-5)


def test_a_fast_sensor_gets_a_whole_number_of_samples_in_each_frame(tmp_path: Path) -> None:
    raw = SensorProfile("raw", "Raw", SignalKind.RAW, 1000.0, "counts", 0.0, 1023.0, lambda _: None)
    session = make_session(tmp_path / "s", seconds=4, channels=[3], profile=raw, calibrated=False)
    export([session], C3dExporter(ExportSettings()), tmp_path / "out")
    header = (tmp_path / "out" / NAME).read_bytes()[:24]
    n_points, per_frame = struct.unpack_from("<HH", header, 2)
    rate_hz = struct.unpack_from("<f", header, 20)[0]
    assert (n_points, per_frame, rate_hz) == (25, 33, 30.0)
    analogs = ezc3d.c3d(str(tmp_path / "out" / NAME))["data"]["analogs"][0, 0]
    assert len(analogs) == 120 * 33
    times_s = np.arange(len(analogs)) / 990
    inside = (times_s > FIRST_SAMPLE_S + 0.002) & (times_s < 0.15)
    # The sent values rise by 8 each ms: so does what lies between them.
    assert np.allclose(analogs[inside], 8000 * (times_s[inside] - FIRST_SAMPLE_S) + 3, atol=2.0)
    assert analogs[: int(FIRST_SAMPLE_S * 990) - 2] == pytest.approx(0.0)
