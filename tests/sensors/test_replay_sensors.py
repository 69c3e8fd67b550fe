"""A recording as sensors: the same samples at the same pace, never called more than they are."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.samples import EmgChunk
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.emg_csv import EmgCsvWriter, EmgFileError
from mia_core.sensors.profiles import M40, NPG_LITE
from mia_core.sensors.replay_sensors import MAX_ROWS, ReplaySensors
from mia_core.sensors.sample_stream import SampleStream
from mia_core.sensors.sensor_state import Light, SensorPhase
from mia_core.streams import EndOfStream
from tests.fakes.clock import FakeClock
from tests.fakes.recordings import record, record_simulated
from tests.fakes.scripted_sensors import ScriptedSensors, chunk

COLUMNS = ("channels", "values", "counters", "segments", "flags")


def _npg(path: Path) -> EmgChunk:
    """Record two electrode pairs of an NPG Lite over several turns of its counter; some packets are missing."""
    stream = SampleStream(NPG_LITE, {0: 1, 2: 4})
    stream.new_segment()
    chunks = []
    for number in range(100):
        if number in (20, 21, 60):
            continue
        rows = range(10 * number, 10 * number + 10)
        payload = b"".join(struct.pack(">B3h", row % 256, row, 0, row % 100) for row in rows)
        chunks.append(stream.add(30.0 + 0.02 * number + 0.003 * (number % 3), payload))
    return record(path, ScriptedSensors(NPG_LITE, (1, 4)), chunks)


def test_a_slow_sensor_is_not_stale_between_two_of_its_samples(tmp_path: Path) -> None:
    hertz = replace(M40, key="hertz", rate_hz=1.0)
    stream = SampleStream(hertz, {0: 0})
    stream.new_segment()
    chunks = [stream.add(30.0 + number, struct.pack("<H", 20 + number)) for number in range(12)]
    record(tmp_path / "emg.csv", ScriptedSensors(hertz, (0,)), chunks)
    clock = FakeClock()
    sensors = ReplaySensors(tmp_path / "emg.csv", clock=clock)
    sensors.open()
    phases = set()
    for _ in range(110):
        sensors.read()
        phases.add(sensors.states()[0].phase)
    assert phases == {SensorPhase.STREAMING}
    clock.advance(4.0)
    assert sensors.states()[0].phase is SensorPhase.STALE
    clock.advance(6.0)
    assert sensors.states()[0].phase is SensorPhase.LOST


def _read_all(sensors: ReplaySensors) -> tuple[list[EmgChunk], str]:
    chunks = []
    try:
        while True:
            one = sensors.read()
            chunks += [one] if one is not None else []
    except EndOfStream as end:
        return chunks, str(end)


def _rows(one: EmgChunk) -> list[tuple]:
    """Return the samples of a chunk, those that arrived together by their channel."""
    columns = [np.rint(one.arrivals_s * 1e9).astype(np.int64), *(getattr(one, name) for name in COLUMNS)]
    return sorted(zip(*(column.tolist() for column in columns), strict=True), key=lambda row: row[:2])


@pytest.mark.parametrize("make", [record_simulated, _npg])
def test_as_fast_as_it_is_read_it_is_what_was_recorded(tmp_path, make):
    recorded = make(tmp_path / "emg.csv")
    sensors = ReplaySensors(tmp_path / "emg.csv", realtime=False)
    info = sensors.open()
    chunks, note = _read_all(sensors)
    assert _rows(joined(chunks)) == _rows(recorded)
    assert (info.is_live, note) == (False, "")
    assert info.duration_s == pytest.approx(np.ptp(recorded.arrivals_s))


def test_its_times_are_those_that_were_live(tmp_path):
    recorded = record_simulated(tmp_path / "emg.csv")
    sensors = ReplaySensors(tmp_path / "emg.csv", realtime=False)
    sensors.open()
    replayed = joined(_read_all(sensors)[0])
    for channel in range(8):
        ours, theirs = (one.timestamps_s[one.channels == channel] for one in (replayed, recorded))
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_at_its_own_pace_it_is_moved_to_the_present(tmp_path):
    recorded = record_simulated(tmp_path / "emg.csv")
    clock = FakeClock()
    clock.advance(5000.0)
    sensors = ReplaySensors(tmp_path / "emg.csv", clock=clock)
    assert sensors.open().is_live
    opened_s, late_s, chunks = clock.now(), 0.0, []
    while clock.now() < opened_s + 15.0:
        before_s = clock.now()
        one = sensors.read()
        assert clock.now() - before_s <= 0.1 + 1e-9
        if one is not None:
            late_s = max(late_s, clock.now() - one.arrivals_s.min())
            chunks.append(one)
    replayed = joined(chunks)
    assert late_s < 1e-6
    moved_s = replayed.arrivals_s - recorded.arrivals_s[: len(replayed)]
    assert moved_s == pytest.approx(opened_s - recorded.arrivals_s[0], abs=1e-6)
    assert replayed.values.tolist() == recorded.values[: len(replayed)].tolist()


def test_states_are_those_of_this_place_of_the_recording(tmp_path):
    record_simulated(tmp_path / "emg.csv", 12.0)
    clock = FakeClock()
    sensors = ReplaySensors(tmp_path / "emg.csv", clock=clock)
    assert {state.phase for state in sensors.states()} == {SensorPhase.CLOSED}
    sensors.open()
    seen, looked_s = [], 0.0
    with pytest.raises(EndOfStream):  # noqa: PT012 - until it ends
        while True:
            sensors.read()
            if clock.now() - looked_s >= 0.2:
                looked_s = clock.now()
                (first, *others) = sensors.states()
                if not seen or seen[-1] != first.phase:
                    seen.append(first.phase)
    streaming, stale, lost, searching = (
        SensorPhase.STREAMING,
        SensorPhase.STALE,
        SensorPhase.LOST,
        SensorPhase.SEARCHING,
    )
    assert [phase for phase in seen if phase != searching] == [streaming, stale, lost, streaming]
    assert first.reconnects == 1
    assert {(state.quality.light, state.quality.reason) for state in others} == {(Light.GREEN, "")}
    sensors.close()
    assert {state.phase for state in sensors.states()} == {SensorPhase.CLOSED}


def test_simulated_stays_simulated_and_measured_measured(tmp_path):
    record(tmp_path / "a.csv", ScriptedSensors(M40), [chunk(0, [1.0], [5.0])])
    measured = ScriptedSensors(M40)
    measured.label, measured.is_measured = "measured sEMG", True
    record(tmp_path / "b.csv", measured, [chunk(0, [1.0], [5.0])])
    labels = [(one.label, one.is_measured) for one in map(ReplaySensors, (tmp_path / "a.csv", tmp_path / "b.csv"))]
    assert labels == [("replayed simulated sEMG", False), ("replayed measured sEMG", True)]


def test_chunks_have_an_end_and_never_cut_a_packet(tmp_path):
    n = 3 * MAX_ROWS
    packets = [chunk(0, [10.0 + 0.02 * k] * 7, np.arange(7)) for k in range(n // 7)]
    record(tmp_path / "emg.csv", ScriptedSensors(M40), packets)
    sensors = ReplaySensors(tmp_path / "emg.csv", realtime=False)
    sensors.open()
    sizes = [len(one) for one in _read_all(sensors)[0]]
    assert max(sizes) < MAX_ROWS + 7
    assert all(size % 7 == 0 for size in sizes)
    assert sum(sizes) == 7 * (n // 7)


def test_damage_is_told_at_the_end(tmp_path):
    record(tmp_path / "emg.csv", ScriptedSensors(M40), [chunk(0, [1.0, 1.1], [5.0, 6.0])])
    with (tmp_path / "emg.csv").open("a") as file:
        file.write("nonsense\n1200000000,left_bic")
    sensors = ReplaySensors(tmp_path / "emg.csv", realtime=False)
    sensors.open()
    chunks, note = _read_all(sensors)
    assert joined(chunks).values.tolist() == [5, 6]
    assert note == "The file is damaged: 2 of its lines were no samples and were left out."


def test_a_packet_that_somebody_doubled_is_dropped(tmp_path):
    _npg(tmp_path / "emg.csv")
    header, columns, first, *_ = (tmp_path / "emg.csv").read_text().splitlines(keepends=True)
    again = first.replace("30000000000,", "30000000500,")
    (tmp_path / "emg.csv").write_text(header + columns + first + again)
    clock = FakeClock()
    sensors = ReplaySensors(tmp_path / "emg.csv", clock=clock)
    sensors.open()
    read = [sensors.read()]
    clock.advance(1e-6)
    read.append(sensors.read())
    assert [None if one is None else len(one) for one in read] == [1, None]


def test_an_empty_recording_ends_at_once(tmp_path):
    with EmgCsvWriter(tmp_path / "emg.csv", ScriptedSensors(M40)):
        pass
    sensors = ReplaySensors(tmp_path / "emg.csv")
    assert sensors.open().duration_s == 0
    with pytest.raises(EndOfStream):
        sensors.read()


def test_opened_again_it_begins_again(tmp_path):
    record_simulated(tmp_path / "emg.csv", 8.0)
    sensors = ReplaySensors(tmp_path / "emg.csv", realtime=False)
    runs = []
    for _ in range(2):
        sensors.open()
        runs.append(joined(_read_all(sensors)[0]))
        sensors.close()
    assert _rows(runs[0]) == _rows(runs[1])
    assert runs[0].timestamps_s.tolist() == runs[1].timestamps_s.tolist()


def test_a_missing_file_says_so_when_it_is_chosen_and_one_that_vanished_when_it_is_opened(tmp_path):
    with pytest.raises(EmgFileError, match="can't be read"):
        ReplaySensors(tmp_path / "absent.csv")
    record_simulated(tmp_path / "emg.csv", 2.0)
    sensors = ReplaySensors(tmp_path / "emg.csv")
    (tmp_path / "emg.csv").unlink()
    with pytest.raises(EmgFileError, match="can't be read"):
        sensors.open()
