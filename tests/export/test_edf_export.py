"""EDF+ and BDF+, read back by MNE."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import edfio
import mne
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.export.edf_exporter import BdfExporter, EdfExporter, even_samples
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.muscle_samples import MuscleSamples
from mia_core.muscles import MONTAGE
from mia_core.recording import session as form
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind
from tests.export.made_sessions import FIRST_SAMPLE_S, ZERO_S, make_session, value_of
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import COUNTS, ScriptedSensors, chunk

TITLE = "sub-P01_ses-20261128T141500Z"
EXPORTERS = {"edf": EdfExporter, "bdf": BdfExporter}
READ = {"edf": mne.io.read_raw_edf, "bdf": mne.io.read_raw_bdf}


@pytest.mark.parametrize("kind", ["edf", "bdf"])
def test_counts_are_kept_exactly_at_their_times(tmp_path: Path, kind: str) -> None:
    session = make_session(tmp_path / "s", seconds=30, trials=[("squat", 4.0, 9.0)])
    export([session], EXPORTERS[kind](ExportSettings()), tmp_path / "out")
    raw = READ[kind](tmp_path / "out" / f"{TITLE}.{kind}", preload=True, verbose="error")
    assert raw.ch_names == list(MONTAGE.names)
    assert raw.info["sfreq"] == 10.0
    begin = datetime(2026, 11, 28, 14, 15, tzinfo=UTC)
    assert abs(raw.info["meas_date"] - begin) < timedelta(milliseconds=1)
    data = raw.get_data()
    sent = np.array([[value_of(sample, channel) for sample in range(300)] for channel in range(8)])
    assert np.array_equal(np.rint(data[:, :300]), sent)
    assert np.abs(data[:, :300] - sent).max() < 1e-9
    assert np.abs(raw.times[:300] - (FIRST_SAMPLE_S + np.arange(300) / 10)).max() <= 0.051
    found = {text: (onset, duration) for onset, duration, text in zip(*annotations(raw), strict=True)}
    assert found["squat take 1"] == pytest.approx((4.0, 5.0))
    assert found["marker: slipped"] == pytest.approx((1.0, 0.0))


def test_lost_samples_are_held_and_told(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", lost=[40, 41, 80], channels=[0, 6])
    export([session], EdfExporter(ExportSettings()), tmp_path / "out")
    raw = mne.io.read_raw_edf(tmp_path / "out" / f"{TITLE}.edf", preload=True, verbose="error")
    data = np.rint(raw.get_data()).astype(int)
    for row, channel in enumerate((0, 6)):
        sent = [
            value_of(39 if sample in (40, 41) else 79 if sample == 80 else sample, channel) for sample in range(120)
        ]
        assert data[row].tolist() == sent
    bad = [a for a in raw.annotations if a["description"] == "BAD_lost"]
    assert np.allclose([(a["onset"], a["duration"]) for a in bad], [(4.0, 0.2), (8.0, 0.1)], atol=1e-6)
    assert {a["ch_names"] for a in bad} == {("left_biceps", "right_quadriceps")}


def test_sensors_of_two_rates_keep_their_rates(tmp_path: Path) -> None:
    fast = replace(COUNTS, key="fast", rate_hz=50.0, high=4095.0)
    session = make_session(tmp_path / "s", seconds=5, channels=[0, 1])
    (session / form.EMG_CSV).unlink()

    class TwoKinds(ScriptedSensors):
        def profile_of(self, placement: object) -> SensorProfile:
            return fast if placement == MONTAGE.placements[1] else COUNTS

    montage = SensorMontage(
        "two", ((MONTAGE.placements[0], SensorId("counts", "0")), (MONTAGE.placements[1], SensorId("fast", "1")))
    )
    with EmgCsvWriter(session / form.EMG_CSV, TwoKinds(montage=montage), FakeClock()) as writer:
        for sample in range(250):
            at = [ZERO_S + 0.01 + sample / 50]
            writer.write(chunk(1, at, [sample * 16.0]))
            if sample % 5 == 0:
                writer.write(chunk(0, at, [sample / 5]))
    export([session], EdfExporter(ExportSettings()), tmp_path / "out")
    found = edfio.read_edf(tmp_path / "out" / f"{TITLE}.edf")
    assert [(signal.label, signal.sampling_frequency) for signal in found.signals] == [
        ("left_biceps", 10.0),
        ("left_triceps", 50.0),
    ]
    # MNE brings all signals to one rate; this is the file's own numbers.
    raw = (tmp_path / "out" / f"{TITLE}.edf").read_bytes()
    header = 256 * 4
    per_record = [10, 50]
    annotation = (len(raw) - header) // 5 // 2 - sum(per_record)
    numbers = np.frombuffer(raw[header:], "<i2").reshape(5, sum(per_record) + annotation)
    assert numbers[:, :10].ravel().tolist() == list(range(50))
    assert numbers[:, 10:60].ravel().tolist() == [16 * sample for sample in range(250)]


def test_raw_floats_are_within_one_level(tmp_path: Path) -> None:
    micro = SensorProfile("raw", "Raw", SignalKind.RAW, 250.0, "µV", -1500.0, 1500.0, lambda _: None)
    session = make_session(tmp_path / "s", seconds=4, channels=[2], profile=micro, calibrated=False)
    text = (session / "emg.csv").read_text().splitlines()
    half = [
        ",".join([*line.split(",")[:3], f"{float(line.split(',')[3]) + 0.25:.9g}", *line.split(",")[4:]])
        for line in text[2:]
    ]
    (session / "emg.csv").write_text("\n".join([*text[:2], *half]) + "\n")
    for kind, step in (("edf", 3000 / 65535), ("bdf", 3000 / 16777215)):
        export([session], EXPORTERS[kind](ExportSettings()), tmp_path / kind)
        raw = READ[kind](tmp_path / kind / f"{TITLE}.{kind}", preload=True, verbose="error")
        sent = np.array([value_of(sample, 2) + 0.25 for sample in range(980)])
        found = raw.get_data()[0] * 1e6
        first = int(np.flatnonzero(np.diff(found))[0])  # before the first sample it is held
        assert raw.times[first] == pytest.approx(FIRST_SAMPLE_S, abs=0.0041)
        assert np.abs(found[first : first + 980] - sent).max() <= step


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 300),
    st.sampled_from([10, 50, 250]),
    st.floats(-0.01, 0.01),
    st.floats(0, 0.3),
    st.sets(st.integers(1, 299), max_size=40),
)
def test_every_place_holds_the_sample_of_its_time_or_is_told(
    n: int, rate_hz: int, off_pace: float, late_s: float, lost: set[int]
) -> None:
    kept = np.array([sample for sample in range(n) if sample not in lost])
    times_s = late_s + kept / (rate_hz * (1 + off_pace))  # on a line: what is left after `dejitter`
    values = kept.astype(np.float32)
    placement = MONTAGE.placements[0]
    muscle = MuscleSamples(
        placement, SensorId("counts", "1"), COUNTS, times_s, values, values, np.zeros(len(kept), np.uint8), kept
    )
    n_places = int((late_s + n / rate_hz) * rate_hz * 1.02) + 2
    even = even_samples(muscle, Fraction(rate_hz), 0.0, n_places)
    assert len(even.values) == n_places
    in_gap = np.zeros(n_places, bool)
    for first, last in even.gaps:
        in_gap[first:last] = True
    at_s = np.arange(n_places) / rate_hz
    taken_s = dict(zip(values.tolist(), times_s.tolist(), strict=True))
    away = np.array([abs(taken_s[value] - moment) for value, moment in zip(even.values.tolist(), at_s, strict=True)])
    # At most half a period of phase and one of rounding, and one more where an early sensor skips a place.
    assert (away[~in_gap] * rate_hz).max() <= 2.0
    assert len(set(even.values.tolist())) == len(kept) - even.n_left_out
    assert even.n_left_out <= 1 + abs(off_pace) * n
    if off_pace == 0:
        assert even.n_left_out == 0


def annotations(raw: mne.io.BaseRaw) -> tuple[list[float], list[float], list[str]]:
    found = [(a["onset"], a["duration"], a["description"]) for a in raw.annotations]
    onsets, durations, texts = zip(*found, strict=True)
    return list(onsets), list(durations), list(texts)
