from __future__ import annotations

import csv
import json
from math import nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mia_core.errors import RecordingError, SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.recorded_items import CapturedFrame, EstimatedFrame
from mia_core.recording.recording_manifest import Privacy, RecordingManifest, Subject
from mia_core.recording.session_files import SessionFiles
from mia_core.recording.session_reader import read_session
from mia_core.samples import MuscleActivation, Pose
from mia_core.sensors.emg_chunks import joined
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import ScriptedSensors, chunk

MANIFEST = RecordingManifest(
    "mia-live 0", "2026-01-01T00:00:00+00:00", "one", Subject("P01"), privacy=Privacy.KEYPOINTS_ONLY
)
PIXELS = arrays(np.float32, (25, 2), elements=st.floats(-5000, 5000, width=32))
SHARES = arrays(np.float32, (25,), elements=st.floats(0, 1, width=32))
VALUES = arrays(np.float32, (8,), elements=st.floats(0, 10, width=32) | st.just(float("nan")))


def empty_session(folder: Path) -> SessionFiles:
    return SessionFiles(folder, MANIFEST, None, FakeClock())


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(PIXELS, SHARES) | st.none(), max_size=5),
    st.lists(st.tuples(VALUES, VALUES | st.none(), VALUES | st.none()), max_size=5),
    st.booleans(),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[np.ndarray, np.ndarray] | None],
    rows: list[tuple[np.ndarray, np.ndarray | None, np.ndarray | None]],
    is_file: bool,
) -> None:
    folder = tmp_path_factory.mktemp("sessions") / "one"
    files = empty_session(folder)
    for index, person in enumerate(people):
        pose = None if person is None else Pose(person[0], person[1], index / 30, index)
        files.write(CapturedFrame(index, index / 30, nan if is_file else 100 + index / 30, None, (4, 4)))
        files.write(EstimatedFrame(index, index / 30, pose, ()))
    files.write(CapturedFrame(len(people), len(people) / 30, nan if is_file else 200.0, None, (4, 4)))
    for index, (values, low, high) in enumerate(rows):
        files.write(EstimatedFrame(None, 0.0, None, (MuscleActivation(values, index / 10, index < 2, low, high),)))
    files.finish(("a note",), {}, complete=True)
    session = read_session(folder)
    counts = session.recording.counts
    assert (counts.frames, counts.estimated, counts.skipped) == (len(people) + 1, len(people), 1)
    assert (counts.detected, counts.steps) == (sum(person is not None for person in people), len(rows))
    assert (session.recording.notes, session.recording.complete) == (("a note",), True)
    assert ((session.captured.captured_ns == -1) == is_file).all()
    assert ("source_zero_monotonic_s" in session.recording.clock_anchor) != is_file
    for index, person in enumerate(people):
        if person is None:
            assert np.isnan(session.keypoints_px[index]).all()
        else:
            assert np.allclose(session.keypoints_px[index], person[0], atol=0.006)
            assert np.allclose(session.confidence[index], person[1], atol=0.0006)
    for index, row in enumerate(rows):
        for written, read in zip(row, (session.activation, session.low, session.high), strict=True):
            expected = np.full(8, np.nan) if written is None else written
            assert np.allclose(read[index], expected, atol=6e-6, equal_nan=True)
    assert session.warming_up.tolist() == [index < 2 for index in range(len(rows))]


def test_the_columns_are_those_that_are_documented(tmp_path: Path) -> None:
    files = empty_session(tmp_path / "one")
    files.write(CapturedFrame(0, 0.1, 100.0, None, (4, 4)))
    values = np.array([0.1, np.nan, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], np.float32)
    step = MuscleActivation(values, 0.1, True, values - 0.05, values + 0.05)
    files.write(EstimatedFrame(0, 0.1, None, (step,)))
    files.finish((), {}, complete=True)
    with (tmp_path / "one" / form.ACTIVATION).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "timestamp_s",
        "left_biceps",
        "left_triceps",
        "left_quadriceps",
        "left_hamstrings",
        "right_biceps",
        "right_triceps",
        "right_quadriceps",
        "right_hamstrings",
        "warming_up",
        "left_biceps_low",
        "left_triceps_low",
        "left_quadriceps_low",
        "left_hamstrings_low",
        "right_biceps_low",
        "right_triceps_low",
        "right_quadriceps_low",
        "right_hamstrings_low",
        "left_biceps_high",
        "left_triceps_high",
        "left_quadriceps_high",
        "left_hamstrings_high",
        "right_biceps_high",
        "right_triceps_high",
        "right_quadriceps_high",
        "right_hamstrings_high",
    ]
    assert (rows[0]["left_biceps_low"], rows[0]["left_biceps_high"]) == ("0.05000", "0.15000")
    assert rows[0]["left_triceps_high"] == ""
    assert rows[0]["left_triceps"] == "", "unknown is empty, never zero"
    assert rows[0]["warming_up"] == "1"
    assert (tmp_path / "one" / form.FRAMES).read_text().splitlines() == [
        "frame_index,timestamp_s,captured_ns,in_video",
        "0,0.100000,100000000000,0",
    ]


def test_the_manifest_is_there_from_the_start_and_complete_only_at_the_end(tmp_path: Path) -> None:
    files = empty_session(tmp_path / "one")
    path = tmp_path / "one" / form.MANIFEST
    assert json.loads(path.read_text())["complete"] is False
    files.finish((), {}, complete=True)
    assert json.loads(path.read_text())["complete"] is True


def test_silence_of_a_sensor_is_a_gap_between_chunks_and_within_one(tmp_path: Path) -> None:
    sensors = ScriptedSensors(channels=(0, 1))
    files = SessionFiles(tmp_path / "s", MANIFEST, sensors, FakeClock())
    files.write(joined([chunk(0, [1.0, 1.1, 1.8, 1.9], [0] * 4), chunk(1, [1.0, 1.4, 1.8], [0] * 3)]))
    files.write(chunk(0, [2.0, 3.0], [0] * 2))
    files.write(chunk(0, [3.6], [0]))
    files.finish((), {}, complete=True)
    told = [json.loads(line) for line in (tmp_path / "s" / form.EVENTS).read_text().splitlines()]
    gaps = [(event["time_ns"] / 1e9, event["stream"], event["seconds"]) for event in told if event["kind"] == "gap"]
    assert gaps == [(1.1, "left_biceps", 0.7), (2.0, "left_biceps", 1.0), (3.0, "left_biceps", 0.6)]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        empty_session(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
    with pytest.raises(RecordingError):
        empty_session(tmp_path / "precious.txt")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (form.MANIFEST, "not json"),
        (form.MANIFEST, "[]"),
        (form.MANIFEST, '{"schema_version": 99}'),
        (form.MANIFEST, '{"schema_version": 1}'),
        (form.POSE, "a,b,c\n1,2,3\n"),
        (form.ACTIVATION, ""),
        (form.ACTIVATION, ",".join(form.ACTIVATION_COLUMNS) + "\n0.1,0.2\n"),
        (form.ACTIVATION, ",".join(form.ACTIVATION_COLUMNS) + "\n" + ",".join(["x"] * 10) + "\n"),
    ],
)
def test_damaged_sessions_are_refused_with_a_sentence(tmp_path: Path, name: str, content: str) -> None:
    empty_session(tmp_path / "one").finish((), {}, complete=True)
    (tmp_path / "one" / name).write_text(content)
    with pytest.raises(SessionFormatError) as caught:
        read_session(tmp_path / "one")
    assert caught.value.advice


def test_a_missing_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionFormatError):
        read_session(tmp_path / "none")
