"""The manifest of a recorded subject, read from friends and from strangers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.errors import SessionFormatError
from mia_core.recording import session as form
from mia_core.recording.event_log import Event
from mia_core.recording.recording_manifest import Consent, Privacy, RecordedCounts, RecordingManifest, Subject
from mia_core.recording.session_json import write_json
from mia_core.recording.session_reader import read_session

MANIFEST = RecordingManifest("mia-live 0", "2026-01-01T00:00:00+00:00", "ses-20260101T000000Z", Subject("P01"))
EVENT = b'{"time_ns": 5, "kind": "marker", "text": "slipped"}\n'


def write_session(folder: Path, manifest: RecordingManifest = MANIFEST) -> Path:
    folder.mkdir()
    (folder / form.FRAMES).write_text(
        ",".join(form.CAPTURED_COLUMNS) + "\n0,0.000000,9223372036854775,1\n2,0.066667,9223372036854776,0\n"
    )
    (folder / form.POSE).write_text(",".join(form.POSE_COLUMNS) + "\n0,0.0" + "," * 75 + "\n")
    (folder / form.ACTIVATION).write_text(",".join(form.ACTIVATION_COLUMNS) + "\n")
    (folder / form.EVENTS).write_bytes(EVENT)
    write_json(folder / form.MANIFEST, manifest.to_json())
    return folder


def change(folder: Path, **entries: object) -> None:
    path = folder / form.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True),
    st.lists(st.text(max_size=20), max_size=3),
    st.sampled_from(Privacy),
    st.integers(0, 2**50),
    st.dictionaries(st.text(max_size=5), st.integers(0, 2**50), max_size=3),
)
def test_what_is_written_is_read_back(
    subject: str, tags: list[str], privacy: Privacy, frames: int, samples: dict[str, int]
) -> None:
    manifest = replace(
        MANIFEST,
        subject=Subject(subject, "left-handed"),
        consent=Consent(True, "2026-01-01T00:00:00+00:00"),
        privacy=privacy,
        tags=tuple(tags),
        counts=RecordedCounts(frames=frames, samples=samples),
        sync={"offset_s": 0.01, "accepted": True},
    )
    assert RecordingManifest.from_json(json.loads(json.dumps(manifest.to_json()))) == manifest


def test_a_session_is_read_with_every_table(tmp_path: Path) -> None:
    session = read_session(write_session(tmp_path / "one"))
    assert session.recording == MANIFEST
    assert session.captured.index.tolist() == [0, 2]
    assert session.captured.captured_ns.tolist() == [9223372036854775, 9223372036854776], "whole, not as a float"
    assert session.captured.in_video.tolist() == [True, False]
    assert session.events == (Event(5, "marker", {"text": "slipped"}),)
    assert session.emg is None
    assert session.video is None


def test_a_torn_line_is_left_out_of_an_unfinished_session_only(tmp_path: Path) -> None:
    folder = write_session(tmp_path / "one")
    with (folder / form.FRAMES).open("a") as file:
        file.write("3,0.1,92233")
    assert read_session(folder).captured.index.tolist() == [0, 2]
    change(folder, complete=True)
    with pytest.raises(SessionFormatError):
        read_session(folder)


@pytest.mark.parametrize("subject", ["", "../evil", "a/b", "a b", ".hidden", "x" * 65, "Ä1"])
def test_a_subject_has_a_name_that_is_safe_as_a_folder(subject: str) -> None:
    with pytest.raises(ValueError, match="no subject id"):
        Subject(subject)


@pytest.mark.parametrize(
    "entries",
    [
        {"schema_version": 3},
        {"schema_version": "2"},
        {"schema_version": True},
        {"subject": {"id": "../../etc", "notes": ""}},
        {"subject": "P01"},
        {"privacy": "none"},
        {"montage": ["left_biceps"]},
        {"step_s": 0.2},
        {"counts": {}},
        {"counts": {**RecordingManifest.to_json(MANIFEST)["counts"], "frames": -1}},
        {"complete": "yes"},
        {"tags": [1]},
        {"model": None},
        {"clock_anchor": {"monotonic_s": []}},
        {"surprise": 1},
    ],
)
def test_other_manifests_are_refused_with_a_sentence(tmp_path: Path, entries: dict[str, object]) -> None:
    folder = write_session(tmp_path / "one")
    change(folder, **entries)
    with pytest.raises(SessionFormatError) as caught:
        read_session(folder)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (form.MANIFEST, b'{"schema_version": 2, "step_s": NaN}'),
        (form.MANIFEST, b"\xff\xfe\x00"),
        (form.MANIFEST, b"[" * 100_000),
        (form.MANIFEST, b'{"schema_version": 2}'),
        (form.FRAMES, b"frame_index,timestamp_s\n0,0\n"),
        (form.FRAMES, ",".join(form.CAPTURED_COLUMNS).encode() + b"\n0,nan,5,1\n"),
        (form.FRAMES, ",".join(form.CAPTURED_COLUMNS).encode() + b"\n0,0,5,2\n"),
        (form.FRAMES, ",".join(form.CAPTURED_COLUMNS).encode() + b"\n" + b"9" * 40 + b",0,5,1\n"),
        (form.POSE, ",".join(form.POSE_COLUMNS).encode() + b"\n0,0" + b",nan" * 75 + b"\n"),
        (form.POSE, ",".join(form.POSE_COLUMNS).encode() + b"\n0,0" + b",inf" * 75 + b"\n"),
        (form.POSE, ",".join(form.POSE_COLUMNS).encode() + b"\n0," + b"," * 75 + b"\n"),
        (form.POSE, b"\xff\n"),
        (form.EMG_BINARY, b"nothing"),
        (form.EMG_CSV, b"nothing"),
    ],
)
def test_damaged_tables_are_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    folder = write_session(tmp_path / "one", replace(MANIFEST, complete=True))
    (folder / name).write_bytes(content)
    with pytest.raises(SessionFormatError) as caught:
        read_session(folder)
    assert caught.value.advice


@pytest.mark.parametrize("name", [form.MANIFEST, form.FRAMES, form.EVENTS, form.VIDEO, form.EMG_CSV, form.EMG_BINARY])
def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    folder = write_session(tmp_path / "one")
    secret = tmp_path / "secret"
    secret.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"secret")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(secret)
    with pytest.raises(SessionFormatError, match="link"):
        read_session(folder)


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    folder = write_session(tmp_path / "one")
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    with pytest.raises(SessionFormatError, match="link"):
        read_session(tmp_path / "link")
