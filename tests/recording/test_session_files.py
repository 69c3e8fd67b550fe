from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mia_core.errors import RecordingError, SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.session import SessionManifest
from mia_core.recording.session_reader import read_session
from mia_core.recording.session_writer import SessionWriter
from mia_core.samples import Frame, MuscleActivation, Pose

MANIFEST = SessionManifest("mia-live 0", "2026-01-01T00:00:00+00:00", {}, {"name": "a"}, {"name": "m"}, 2)
IMAGE = np.zeros((4, 4, 3), np.uint8)
PIXELS = arrays(np.float32, (25, 2), elements=st.floats(-5000, 5000, width=32))
SHARES = arrays(np.float32, (25,), elements=st.floats(0, 1, width=32))
VALUES = arrays(np.float32, (8,), elements=st.floats(0, 10, width=32) | st.just(float("nan")))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(PIXELS, SHARES) | st.none(), max_size=5),
    st.lists(st.tuples(VALUES, VALUES | st.none(), VALUES | st.none()), max_size=5),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    people: list[tuple[np.ndarray, np.ndarray] | None],
    rows: list[tuple[np.ndarray, np.ndarray | None, np.ndarray | None]],
) -> None:
    folder = tmp_path_factory.mktemp("sessions") / "one"
    writer = SessionWriter(folder, MANIFEST)
    for index, person in enumerate(people):
        pose = None if person is None else Pose(person[0], person[1], index / 30, index)
        writer.write_frame(Frame(IMAGE, index / 30, 0.0, index), pose)
    for index, (values, low, high) in enumerate(rows):
        writer.write_activation(MuscleActivation(values, index / 10, index < 2, low, high))
    writer.finish(skipped=1, lost=2)
    session = read_session(folder)
    assert session.manifest["counts"] == {
        "frames": len(people),
        "detected": sum(person is not None for person in people),
        "steps": len(rows),
        "skipped": 1,
        "lost": 2,
        "reacquired": 0,
    }
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
    writer = SessionWriter(tmp_path / "one", MANIFEST)
    values = np.array([0.1, np.nan, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], np.float32)
    writer.write_activation(MuscleActivation(values, 0.1, True, values - 0.05, values + 0.05))
    writer.finish(skipped=0, lost=0)
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
    assert (tmp_path / "one" / form.FRAMES).read_text().splitlines() == ["frame_index,timestamp_s,detected"]


def test_a_session_from_before_has_no_intervals(tmp_path: Path) -> None:
    SessionWriter(tmp_path / "one", MANIFEST).finish(skipped=0, lost=0)
    plain = f"{','.join(form.PLAIN_ACTIVATION_COLUMNS)}\n0.100,0.1,0.2,0.3,0.4,0.5,0.6,,0.8,1\n"
    (tmp_path / "one" / form.ACTIVATION).write_text(plain)
    session = read_session(tmp_path / "one")
    assert session.activation[0, :6].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert session.warming_up.tolist() == [True]
    assert session.low.shape == session.high.shape == (1, 8)
    assert np.isnan(session.low).all()
    assert np.isnan(session.high).all()


def test_the_manifest_is_there_from_the_start_and_complete_only_at_the_end(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "one", MANIFEST)
    path = tmp_path / "one" / form.MANIFEST
    assert json.loads(path.read_text())["complete"] is False
    writer.finish(skipped=0, lost=0)
    assert json.loads(path.read_text())["complete"] is True


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        SessionWriter(tmp_path, MANIFEST)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
    with pytest.raises(RecordingError):
        SessionWriter(tmp_path / "precious.txt", MANIFEST)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (form.MANIFEST, "not json"),
        (form.MANIFEST, "[]"),
        (form.MANIFEST, '{"schema_version": 99}'),
        (form.POSE, "a,b,c\n1,2,3\n"),
        (form.ACTIVATION, ""),
        (form.ACTIVATION, ",".join(form.ACTIVATION_COLUMNS) + "\n0.1,0.2\n"),
        (form.ACTIVATION, ",".join(form.ACTIVATION_COLUMNS) + "\n" + ",".join(["x"] * 10) + "\n"),
    ],
)
def test_damaged_sessions_are_refused_with_a_sentence(tmp_path: Path, name: str, content: str) -> None:
    SessionWriter(tmp_path / "one", MANIFEST).finish(skipped=0, lost=0)
    (tmp_path / "one" / name).write_text(content)
    with pytest.raises(SessionFormatError) as caught:
        read_session(tmp_path / "one")
    assert caught.value.advice


def test_a_missing_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionFormatError):
        read_session(tmp_path / "none")
