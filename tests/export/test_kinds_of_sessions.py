"""Sessions of other kinds: without sensors, of fast sensors, of films, interrupted ones."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.exporter import export
from mia_core.export.exporters import EXPORTERS
from mia_core.export.recorded_session import RecordedSession
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.subject_recorder import SessionPlan, SubjectRecorder
from mia_core.recording import session as form
from mia_core.recording.emg_binary import EmgBinaryWriter
from mia_core.recording.recording_manifest import Privacy, Subject
from mia_core.recording.session_recording import SessionRecording
from mia_core.samples import EmgChunk
from mia_core.sensors.profiles import NPG_LITE
from tests.export.made_sessions import FIRST_SAMPLE_S, ZERO_S, make_session
from tests.fakes.clock import FakeClock
from tests.fakes.people import HipModel, NumberedSource, ScriptedEstimator
from tests.fakes.scripted_sensors import ScriptedSensors

SETTINGS = ExportSettings()
OF_POSES = ("csv", "parquet", "sto", "trc")
FAST = replace(NPG_LITE, key="fast", n_channels=1, low=-2048.0, high=2047.0, saturates_low=False)


@pytest.mark.parametrize("name", sorted(EXPORTERS))
def test_a_film_that_was_run_through_has_poses_and_no_semg(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "take one!"
    film = NumberedSource([frame / 30 for frame in range(120)])
    pipeline = LivePipeline(film, ScriptedEstimator, HipModel, PipelineSettings(lossless=True))
    plan = SessionPlan(tmp_path, Subject("unknown"), folder=folder)
    pipeline.record(SubjectRecorder(SessionRecording(Privacy.KEYPOINTS_ONLY), None, plan=plan))
    pipeline.start()
    assert pipeline.wait(20)
    pipeline.stop()
    if name in OF_POSES:
        outcome = export([folder], EXPORTERS[name](SETTINGS), tmp_path / "out")
        assert outcome.exported == ("sub-unknown_ses-takeone",)
    else:
        with pytest.raises(ExportError, match="no sEMG"):
            export([folder], EXPORTERS[name](SETTINGS), tmp_path / "out")
        assert not (tmp_path / "out").exists()


def fast_session(folder: Path) -> Path:
    session = make_session(folder, seconds=6, channels=[])
    (session / form.EMG_CSV).unlink(missing_ok=True)
    writer = EmgBinaryWriter(session / form.EMG_BINARY, ScriptedSensors(FAST, (0, 7)), FakeClock())
    for packet in range(297):
        counters = np.arange(10 * packet, 10 * packet + 10)
        for channel in (0, 7):
            if (packet, channel) != (100, 7):
                arrivals_s = np.full(10, ZERO_S + FIRST_SAMPLE_S + counters[-1] / 500)
                values = (617 * counters % 1000 - 500).astype(np.float32)
                zeros = np.zeros(10, np.int32)
                channels = np.full(10, channel, np.intp)
                flags = zeros.astype(np.uint8)
                writer.write(EmgChunk(channels, values, arrivals_s, arrivals_s, counters, zeros, flags))
    writer.file.close()
    return session


def test_fast_sensors_come_from_the_binary_stream(tmp_path: Path) -> None:
    session = fast_session(tmp_path / "s")
    recorded = RecordedSession.read(session)
    first, last = recorded.muscles
    assert np.allclose(np.diff(first.times_s), 1 / 500, atol=1e-6)
    # Only the newest sample of a packet arrives when it is taken; the times tell so.
    assert np.allclose(first.times_s, FIRST_SAMPLE_S + np.arange(2970) / 500, atol=0.019)
    assert len(last) == 2960
    assert last.profile.counter_modulo == 256
    export([session], EXPORTERS["csv"](SETTINGS), tmp_path / "out")
    with next((tmp_path / "out").rglob("emg.csv")).open(newline="") as file:
        assert file.readline().startswith('# {"format": "mia-live sEMG"')
        rows = list(csv.DictReader(file))
    assert len(rows) == 2970 + 2960
    of_last = [int(row["counter"]) for row in rows if row["placement"] == "right_hamstrings"]
    assert of_last == [*range(1000), *range(1010, 2970)]
    assert [float(row["value"]) for row in rows if row["placement"] == "left_biceps"] == [
        float(617 * number % 1000 - 500) for number in range(2970)
    ]


def test_a_lost_packet_of_a_fast_sensor_is_a_hole(tmp_path: Path) -> None:
    steps = RecordedSession.read(fast_session(tmp_path / "s")).steps
    # It is missing from 2.048 to 2.07 s, around two steps; the envelope is there and is not zero.
    assert steps.emg_whole[5:55, 0].all()
    assert np.flatnonzero(~steps.emg_whole[:55, 7]).tolist() == [0, 1, 20, 21]
    assert (steps.emg[5:55, [0, 7]] > 100).all()
    assert not steps.emg_whole[:, 1:7].any()


@pytest.mark.parametrize("name", ["edf", "c3d", "packed", "bids"])
def test_fast_sensors_go_into_every_format_of_samples(tmp_path: Path, name: str) -> None:
    assert export([fast_session(tmp_path / "s")], EXPORTERS[name](SETTINGS), tmp_path / "out").exported


def test_an_interrupted_session_is_exported_as_far_as_it_is_whole(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=6, complete=False)
    for name in (form.POSE, form.ACTIVATION, form.EMG_CSV, form.EVENTS):
        content = (session / name).read_bytes()
        (session / name).write_bytes(content[: len(content) - 7])
    export([session], EXPORTERS["csv"](SETTINGS), tmp_path / "out")
    with next((tmp_path / "out").rglob("merged.csv")).open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 60


SAID = {
    "csv": (b'"is_measured": false', b'"is_measured": true'),
    "edf": (b"simulated_sEMG", b"measured_sEMG"),
    "bdf": (b"simulated_sEMG", b"measured_sEMG"),
    "bids": (b"\tsimulated", b"\tmeasured"),
}


@pytest.mark.parametrize("name", sorted(set(EXPORTERS) - {"trc", "parquet"}))
def test_measured_semg_is_called_measured_and_no_other(tmp_path: Path, name: str) -> None:
    simulated = make_session(tmp_path / "a", seconds=5)
    measured = make_session(tmp_path / "b", seconds=5)
    text = (measured / form.EMG_CSV).read_text().replace('"is_measured": false', '"is_measured": true', 1)
    (measured / form.EMG_CSV).write_text(text)
    as_simulated, as_measured = SAID.get(name, (b"simulated", b"measured"))
    for session, said, unsaid in ((simulated, as_simulated, as_measured), (measured, as_measured, as_simulated)):
        out = tmp_path / f"out-{session.name}"
        export([session], EXPORTERS[name](SETTINGS), out)
        files = [path for path in out.rglob("*") if path.is_file() and path.name != "README.md"]
        if name == "sto":
            files = [path for path in files if not path.name.endswith("_predicted.sto")]  # it says "not measured"
        content = b"".join(path.read_bytes() for path in files)
        assert said in content
        assert unsaid not in content
