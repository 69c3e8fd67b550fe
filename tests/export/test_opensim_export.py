"""OpenSim's text files, read back by numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.opensim_exporter import StoExporter, TrcExporter
from mia_core.muscles import MONTAGE
from mia_core.skeleton import BODY_25
from tests.export.made_sessions import AT_STEPS_S, make_session, standing, value_of

TITLE = "sub-P01_ses-20261128T141500Z"


def test_keypoints_are_where_they_were_with_y_upwards(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", unseen=range(100, 131))
    export([session], TrcExporter(ExportSettings()), tmp_path / "out")
    path = tmp_path / "out" / f"{TITLE}.trc"
    lines = path.read_text().split("\n")
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert (header["DataRate"], header["NumFrames"], header["NumMarkers"], header["Units"]) == ("30", "360", "25", "px")
    assert [name for name in lines[3].split("\t")[2:] if name] == list(BODY_25)
    body = np.genfromtxt(path, delimiter="\t", skip_header=6)
    assert body.shape == (360, 2 + 75)
    assert body[:, 0].tolist() == list(range(1, 361))
    assert np.allclose(body[:, 1], np.arange(360) / 30, atol=1e-5)
    points = body[:, 2:].reshape(360, 25, 3)
    gone = np.isnan(points).all(axis=(1, 2))
    assert np.flatnonzero(gone).tolist() == list(range(100, 131))
    for frame in (0, 57, 99, 131, 359):
        assert np.allclose(points[frame, :, 0], standing(frame).keypoints_px[:, 0], atol=0.011)
        assert np.allclose(points[frame, :, 1], 480 - standing(frame).keypoints_px[:, 1], atol=0.011)
    assert (points[~gone][..., 2] == 0).all()


def test_muscles_are_those_of_their_steps(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", first_sample_s=AT_STEPS_S)
    export([session], StoExporter(ExportSettings()), tmp_path / "out")
    tables = {}
    for name in ("emg", "activation", "predicted"):
        path = tmp_path / "out" / f"{TITLE}_{name}.sto"
        lines = path.read_text().split("\n")
        end = lines.index("endheader")
        told = dict(line.split("=") for line in lines[:end] if "=" in line)
        table = np.loadtxt(path, delimiter="\t", skiprows=end + 2)
        assert lines[end + 1].split("\t") == ["time", *MONTAGE.names]
        assert table.shape == (int(told["nRows"]), int(told["nColumns"])) == (120, 9)
        assert ("simulated" in lines[1]) == (name != "predicted")
        assert np.allclose(table[:, 0], np.arange(120) / 10)
        tables[name] = table
    for number in range(2, 119):
        sent = [(value_of(number - 1, channel) + value_of(number, channel)) / 2 for channel in range(8)]
        assert np.allclose(tables["emg"][number, 1:], sent, atol=0.5)
        assert np.allclose(tables["activation"][number, 1:], np.array(sent) / 1000, atol=0.0005)
        # The model of the test says where the hips are.
        assert tables["predicted"][number, 1] == pytest.approx((100 + (3 * number - 1.5) / 4) / 1000, abs=2e-5) or (
            number > 116 and np.isnan(tables["predicted"][number, 1])
        )
