"""Recordings of sEMG: what was written is read back, by others too; what is torn or damaged is left out."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mia_core.errors import RecordingError
from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.emg_csv import COLUMNS, EmgCsvWriter, EmgFileError, read_emg_csv, read_emg_header
from mia_core.sensors.profiles import M40, NPG_LITE
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import ScriptedSensors, chunk

ANY_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def _chunks(draw: st.DrawFn) -> EmgChunk:
    """Samples as they arrive: times grow, everything else is anything."""
    n = draw(st.integers(0, 12))
    arrivals_ns = np.cumsum(draw(st.lists(st.integers(0, 10**12), min_size=n, max_size=n)), dtype=np.int64)
    return EmgChunk(
        np.array(draw(st.lists(st.integers(0, 7), min_size=n, max_size=n)), np.intp),
        np.array(
            draw(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=n, max_size=n)),
            np.float32,
        ),
        arrivals_ns / 1e9,
        arrivals_ns / 1e9,
        np.array(draw(st.lists(st.integers(-1, 2**60), min_size=n, max_size=n)), np.int64),
        np.array(draw(st.lists(st.integers(0, 2**31 - 1), min_size=n, max_size=n)), np.int32),
        np.array(draw(st.lists(st.integers(0, 255), min_size=n, max_size=n)), np.uint8),
    )


def _write(path: Path, *chunks: EmgChunk, source: ScriptedSensors | None = None) -> Path:
    path.unlink(missing_ok=True)
    with EmgCsvWriter(path, source or ScriptedSensors(M40), FakeClock()) as writer:
        for one in chunks:
            writer.write(one)
    return path


@ANY_FILE
@given(one=_chunks(), other=_chunks())
def test_what_was_written_is_read_back(tmp_path, one, other):
    recording = read_emg_csv(_write(tmp_path / "emg.csv", one, other))
    written = joined([one, other])
    order = np.argsort(np.rint(written.arrivals_s * 1e9), kind="stable")
    assert recording.arrivals_ns.tolist() == np.rint(written.arrivals_s * 1e9)[order].tolist()
    for name in ("channels", "values", "counters", "flags", "segments"):
        assert getattr(recording, name).tolist() == getattr(written, name)[order].tolist()
        assert getattr(recording, name).dtype == getattr(written, name).dtype
    assert (len(recording), recording.is_torn, recording.n_bad_lines) == (len(written), False, 0)


def test_the_header_says_what_the_values_are(tmp_path):
    path = _write(tmp_path / "emg.csv", source=ScriptedSensors(NPG_LITE, (2, 5)))
    header = read_emg_header(path)
    assert (header.label, header.is_measured, header.monotonic_s) == ("simulated sEMG", False, 100.0)
    assert header.utc == "2026-01-01T00:01:40+00:00"
    assert [placement for placement, _ in header.montage.assignments] == [MONTAGE.placements[2], MONTAGE.placements[5]]
    assert header.montage.assignments == ScriptedSensors(NPG_LITE, (2, 5)).montage.assignments
    profile = header.profiles[MONTAGE.placements[2]]
    for name in ("key", "name", "kind", "rate_hz", "unit", "low", "high", "counter_modulo", "saturates_low"):
        assert getattr(profile, name) == getattr(NPG_LITE, name)


def test_others_can_read_it(tmp_path):
    """The csv module and numpy, which know nothing of the format."""
    values = np.float32([1.5, 1023, 0.1, -7e-12])
    path = _write(tmp_path / "emg.csv", chunk(3, [20.0, 20.1, 20.2, 20.3], values, segment=2))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["placement"] for row in rows] == ["left_hamstrings"] * 4
    assert [int(row["arrival_ns"]) for row in rows] == [20_000_000_000, 20_100_000_000, 20_200_000_000, 20_300_000_000]
    assert {row["segment"] for row in rows} == {"2"}
    table = np.genfromtxt(path, delimiter=",", comments="#", skip_header=1, names=True, dtype=None, encoding="utf-8")
    assert np.float32(table["value"]).tolist() == values.tolist()


@ANY_FILE
@given(share=st.floats(0, 1), one=_chunks())
def test_cut_anywhere_all_whole_lines_are_kept(tmp_path, share, one):
    path = _write(tmp_path / "emg.csv", one)
    content = path.read_bytes()
    samples_from = content.index(b"\n", content.index(b"\n") + 1) + 1
    end = samples_from + round(share * (len(content) - samples_from))
    path.write_bytes(content[:end])
    recording = read_emg_csv(path)
    assert len(recording) == content[samples_from:end].count(b"\n")
    assert recording.is_torn == (content[end - 1 : end] != b"\n")
    assert recording.n_bad_lines == 0


def test_a_file_that_was_torn_in_its_second_line_has_no_samples(tmp_path):
    path = _write(tmp_path / "emg.csv", chunk(0, [1.0], [5.0]))
    content = path.read_text(encoding="utf-8")
    path.write_text(content[: content.index("placement,")], encoding="utf-8")
    recording = read_emg_csv(path)
    assert (len(recording), recording.is_torn) == (0, True)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "100",
        "x,left_biceps,-1,5,0,0",
        "100,left_nose,-1,5,0,0",
        "100,left_biceps,-1,nan,0,0",
        "100,left_biceps,-1,-inf,0,0",
        "100,left_biceps,-1,1e39,0,0",
        "100,left_biceps,-2,5,0,0",
        "100,left_biceps,-1,5,256,0",
        "100,left_biceps,-1,5,0,-1",
        "100,left_biceps,-1,5,0,0,0",
        f"{10**30},left_biceps,-1,5,0,0",
        "1" * 6000 + ",left_biceps,-1,5,0,0",
        "\0\xff",
    ],
)
def test_a_damaged_line_costs_itself_alone(tmp_path, line):
    path = _write(tmp_path / "emg.csv", chunk(0, [1.0, 2.0], [5.0, 6.0]))
    with path.open("a", encoding="latin-1", newline="\n") as file:
        file.write(f"{line}\n3000000000,left_biceps,-1,7,0,0\n")
    recording = read_emg_csv(path)
    assert recording.values.tolist() == [5, 6, 7]
    assert (recording.n_bad_lines, recording.is_torn) == (1, False)


def test_a_file_that_somebody_sorted_otherwise_is_read_by_arrival(tmp_path):
    path = _write(tmp_path / "emg.csv", chunk(0, [3.0], [30.0]), chunk(1, [1.0, 2.0], [10.0, 20.0]))
    assert read_emg_csv(path).values.tolist() == [10, 20, 30]


def test_a_sensor_that_is_not_in_the_header_is_none(tmp_path):
    path = _write(
        tmp_path / "emg.csv", chunk(0, [1.0], [5.0]), chunk(3, [1.1], [6.0]), source=ScriptedSensors(M40, (0,))
    )
    recording = read_emg_csv(path)
    assert (recording.channels.tolist(), recording.n_bad_lines) == ([0], 1)


def _with_header(path: Path, change) -> Path:
    header, rest = path.read_text(encoding="utf-8").split("\n", 1)
    content = json.loads(header[1:])
    change(content)
    path.write_text(f"# {json.dumps(content)}\n{rest}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: content.pop("sensors"), "sensors"),
        (lambda content: content.update(version=2), "mia-live sEMG 2, not mia-live sEMG 1"),
        (lambda content: content.update(format="other"), "it says other"),
        (lambda content: content.update(sensors=7), "int"),
        (lambda content: content.update(label="measured sEMG"), "calls itself measured"),
        (lambda content: content["sensors"][0].update(placement="left_nose"), "no muscle here is called 'left_nose'"),
        (lambda content: content["sensors"][0].update(placement=content["sensors"][1]["placement"]), "twice"),
        (lambda content: content["sensors"][0].update(serial=content["sensors"][1]["serial"]), "twice"),
        (lambda content: content["sensors"][0]["profile"].update(rate_hz=0), "rate"),
        (lambda content: content["sensors"][0]["profile"].update(rate_hz=float("inf")), "rate"),
        (lambda content: content["sensors"][0]["profile"].update(kind="raw"), "rate"),
        (lambda content: content["sensors"][0]["profile"].update(kind="ecg"), "ecg"),
        (lambda content: content["sensors"][0]["profile"].update(low=2000), "range"),
        (lambda content: content["sensors"][0]["profile"].update(high=float("nan")), "range"),
        (lambda content: content["sensors"][0]["profile"].update(counter_modulo=-4), "counter"),
        (lambda content: content["sensors"][0]["profile"].update(counter_modulo=1), "counter"),
        (lambda content: content["sensors"][0]["profile"].update(counter_modulo=float("inf")), "infinity"),
    ],
)
def test_a_header_that_cannot_be_is_refused_with_its_reason(tmp_path, change, why):
    path = _with_header(_write(tmp_path / "emg.csv", chunk(0, [1.0], [5.0])), change)
    with pytest.raises(EmgFileError, match=why) as caught:
        read_emg_csv(path)
    assert "emg.csv is not a recording of sEMG" in str(caught.value)
    assert caught.value.advice


def test_columns_of_another_order_are_refused(tmp_path):
    path = _write(tmp_path / "emg.csv", chunk(0, [1.0], [5.0]))
    path.write_text(path.read_text(encoding="utf-8").replace("value,flags", "flags,value"), encoding="utf-8")
    with pytest.raises(EmgFileError, match="does not name the columns"):
        read_emg_csv(path)


@ANY_FILE
@given(st.binary(max_size=200))
def test_any_other_file_is_refused(tmp_path, content):
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(EmgFileError, match="is not a recording of sEMG"):
        read_emg_csv(path)


def test_a_missing_file_and_a_folder_say_so(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(EmgFileError, match="can't be read"):
            read_emg_csv(path)


def test_nothing_is_overwritten(tmp_path):
    path = _write(tmp_path / "emg.csv", chunk(0, [1.0], [5.0]))
    before = path.read_bytes()
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        EmgCsvWriter(path, ScriptedSensors(M40))
    assert path.read_bytes() == before
    with pytest.raises(RecordingError, match="can't be written"):
        EmgCsvWriter(tmp_path / "absent" / "emg.csv", ScriptedSensors(M40))


_WRITER = """
import sys
from pathlib import Path
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.profiles import M40
from tests.fakes.scripted_sensors import ScriptedSensors, chunk

writer = EmgCsvWriter(Path(sys.argv[1]), ScriptedSensors(M40))
for number in range(10**9):
    writer.write(chunk(number % 8, [0.001 * number] * 3, [number % 1024] * 3))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_killed_while_writing_nothing_that_was_written_is_lost(tmp_path):
    path = tmp_path / "emg.csv"
    with subprocess.Popen([sys.executable, "-c", _WRITER, path], stdout=subprocess.PIPE, text=True) as program:
        written = [int(program.stdout.readline()) for _ in range(2000)][-1]
        program.send_signal(signal.SIGKILL)
        written = max([written, *map(int, program.stdout.read().split("\n")[:-1])])
    recording = read_emg_csv(path)
    assert len(recording) >= 3 * (written + 1)
    assert recording.n_bad_lines == 0
    numbers = np.arange(len(recording)) // 3
    assert recording.values.tolist() == (numbers % 1024).tolist()
    assert recording.arrivals_ns.tolist() == (numbers * 1_000_000).tolist()


_FULL = """
import resource, signal, sys
from pathlib import Path
from mia_core.errors import RecordingError
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.profiles import M40
from tests.fakes.scripted_sensors import ScriptedSensors, chunk

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
writer = EmgCsvWriter(Path(sys.argv[1]), ScriptedSensors(M40))
try:
    for number in range(1000):
        writer.write(chunk(0, [0.1 * number], [number]))
except RecordingError as error:
    print(error, "|", error.advice, "|", number)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to a file's size")
def test_a_full_disk_is_told_and_costs_nothing_that_was_written(tmp_path):
    path = tmp_path / "emg.csv"
    done = subprocess.run([sys.executable, "-c", _FULL, path], capture_output=True, text=True, check=False)
    message, advice, number = done.stdout.split("|")
    assert "can't be written" in message
    assert "disk" in advice
    recording = read_emg_csv(path)
    assert recording.values.tolist() == list(range(int(number)))
