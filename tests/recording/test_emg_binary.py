"""sEMG of fast sensors: what is written is read back, and no bytes break the reader."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.errors import RecordingError
from mia_core.recording.emg_binary import EmgBinaryWriter, read_emg_binary, whole_bytes
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_csv import EmgFileError
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import RAW, ScriptedSensors

SENSORS = ScriptedSensors(RAW, (0, 3, 7))
ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 3, 7]),
        st.floats(-2048, 2047, width=32),
        st.integers(0, 2**50),
        st.integers(-1, 2**60),
        st.integers(0, 2**31 - 1),
        st.integers(0, 255),
    ),
    max_size=20,
)


def chunk_of(rows: list[tuple[int, float, int, int, int, int]]) -> EmgChunk:
    channels, values, arrivals_us, counters, segments, flags = zip(*rows, strict=True) if rows else ((),) * 6
    arrivals_s = np.array(arrivals_us, np.float64) / 1e6
    return EmgChunk(
        np.array(channels, np.intp),
        np.array(values, np.float32),
        arrivals_s,
        arrivals_s,
        np.array(counters, np.int64),
        np.array(segments, np.int32),
        np.array(flags, np.uint8),
    )


def of_size(n: int, first: int) -> EmgChunk:
    """A chunk of one channel whose counters tell the rows."""
    counters, zeros = np.arange(first, first + n), np.zeros(n)
    return EmgChunk(
        zeros.astype(np.intp),
        zeros.astype(np.float32),
        zeros,
        zeros,
        counters,
        zeros.astype(np.int32),
        zeros.astype(np.uint8),
    )


def write(path: Path, chunks: list[EmgChunk]) -> Path:
    writer = EmgBinaryWriter(path, SENSORS, FakeClock())
    for chunk in chunks:
        writer.write(chunk)
    writer.file.close()
    return path


@given(st.lists(ROWS, max_size=4))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[int, float, int, int, int, int]]]
) -> None:
    chunks = [chunk_of(some) for some in rows]
    recording = read_emg_binary(write(tmp_path_factory.mktemp("emg") / "emg.bin", chunks))
    assert recording.header.montage == SENSORS.montage
    assert recording.header.label == "simulated sEMG"
    assert (recording.is_torn, recording.n_bad_lines) == (False, 0)
    for name in ("channels", "values", "counters", "segments", "flags"):
        written = np.concatenate([np.empty(0), *(getattr(chunk, name) for chunk in chunks)])
        assert np.array_equal(getattr(recording, name), written)
    arrivals_s = np.concatenate([np.empty(0), *(chunk.arrivals_s for chunk in chunks)])
    assert np.array_equal(recording.arrivals_ns, np.rint(arrivals_s * 1e9).astype(np.int64))


@given(st.integers(1, 10_000), st.integers(1, 30))
def test_a_torn_tail_costs_the_last_packet_at_most(
    tmp_path_factory: pytest.TempPathFactory, cut: int, n_packets: int
) -> None:
    path = write(
        tmp_path_factory.mktemp("emg") / "emg.bin",
        [chunk_of([(0, float(n), n, n, 0, 0)] * 5) for n in range(n_packets)],
    )
    whole = path.read_bytes()
    body = len(whole) - whole.index(b"\n") - 1
    path.write_bytes(whole[: len(whole) - min(cut, body)])
    recording = read_emg_binary(path)
    kept = (body - min(cut, body)) // (12 + 5 * 26)
    assert len(recording) == 5 * kept
    assert recording.is_torn == ((body - min(cut, body)) % (12 + 5 * 26) != 0)
    assert whole_bytes(path) == len(whole) - body + kept * (12 + 5 * 26)


def test_a_damaged_packet_is_left_out_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "emg.bin", [chunk_of([(0, float(n), n, n, 0, 0)]) for n in range(3)])
    data = bytearray(path.read_bytes())
    data[-38 - 10] ^= 1  # in the rows of the second packet
    path.write_bytes(data)
    recording = read_emg_binary(path)
    assert recording.values.tolist() == [0.0, 2.0]
    assert (recording.is_torn, recording.n_bad_lines) == (False, 1)


def test_packets_across_pieces_of_a_large_file_are_found_and_it_is_in_memory_once(tmp_path: Path) -> None:
    random, n = np.random.default_rng(5), 300_000
    sizes = random.integers(1, 40_000, 100)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), n)]
    path = write(tmp_path / "emg.bin", [of_size(int(size), 1000 * number) for number, size in enumerate(sizes)])
    data = bytearray(path.read_bytes())
    ends = len(data) - np.cumsum(12 + 26 * sizes[::-1])[::-1]  # where each packet begins
    data[ends[4] + 11] ^= 1  # a head
    data[ends[7] + 12 + 26] ^= 1  # a row
    between = int(ends[9])
    path.write_bytes(data[:between] + b"EMG\xb1" * 30_000 + data[between:] + b"EMG")
    tracemalloc.start()
    try:
        recording = read_emg_binary(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    kept = np.flatnonzero(~np.isin(np.arange(len(sizes)), [4, 7]))
    assert recording.counters.tolist() == [c for k in kept for c in range(1000 * k, 1000 * k + sizes[k])]
    assert (recording.is_torn, recording.n_bad_lines) == (True, 3)
    assert whole_bytes(path) == path.stat().st_size - 3
    assert peak < 33 / 26 * path.stat().st_size + (8 << 20), "33 bytes in columns for each row of 26, and a few pieces"


@settings(max_examples=200)
@given(st.binary(max_size=400), st.booleans(), st.integers(0, 200))
def test_no_bytes_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes, keep_header: bool, at: int
) -> None:
    path = write(tmp_path_factory.mktemp("emg") / "emg.bin", [chunk_of([(0, 1.0, 1, 1, 0, 0)] * 3)])
    whole = path.read_bytes()
    begin = whole.index(b"\n") + 1 if keep_header else 0
    path.write_bytes(whole[: begin + at] + garbage + whole[begin + at :] if keep_header else garbage)
    if keep_header:
        assert len(read_emg_binary(path)) <= 3 + len(garbage) // 26
    else:
        with pytest.raises(EmgFileError):
            read_emg_binary(path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "emg.bin").write_bytes(b"precious")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        EmgBinaryWriter(tmp_path / "emg.bin", SENSORS)
    assert (tmp_path / "emg.bin").read_bytes() == b"precious"
