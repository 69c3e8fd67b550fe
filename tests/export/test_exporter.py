"""An export appears whole or not at all, and sessions of other people are read with suspicion."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.export_commands import ExportFormat
from mia_core.export.csv_exporter import CsvExporter
from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.exporter import export
from mia_core.export.exporters import EXPORTERS
from mia_core.export.recorded_session import RecordedSession
from mia_core.export.trials import trials_of
from mia_core.recording import session as form
from mia_core.recording.event_log import Event
from mia_core.recording.session_review import SessionReview, TrialEdit, write_review
from tests.export.made_sessions import make_session

SETTINGS = ExportSettings()


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_command_offers_every_format() -> None:
    assert {kind.value for kind in ExportFormat} == set(EXPORTERS)


@pytest.mark.parametrize("name", sorted(EXPORTERS))
def test_every_format_takes_several_sessions_and_leaves_only_its_folder(tmp_path: Path, name: str) -> None:
    sessions = [
        make_session(tmp_path / number, seconds=5, session_id=f"ses-{number}", subject="P0" + number)
        for number in ("1", "2")
    ]
    before = [content_of(session) for session in sessions]
    told: list[float] = []
    out = tmp_path / "deep" / "out"
    outcome = export(sessions, EXPORTERS[name](SETTINGS), out, lambda share, _: told.append(share))
    assert outcome.refused == ()
    assert outcome.exported == ("sub-P01_ses-1", "sub-P02_ses-2")
    assert told == [0.0, 0.5, 1.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "deep"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert (out / "README.md").is_file() or name == "packed"
    assert [content_of(session) for session in sessions] == before


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=4)
    for out in (tmp_path / "full", tmp_path / "file", tmp_path / "link"):
        if out.name == "full":
            out.mkdir()
            (out / "mine").write_text("mine")
        elif out.name == "file":
            out.write_text("mine")
        else:
            (tmp_path / "elsewhere").mkdir()
            out.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ExportError, match="nothing is overwritten"):
            export([session], CsvExporter(SETTINGS), out)
    assert (tmp_path / "full" / "mine").read_text() == (tmp_path / "file").read_text() == "mine"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    assert export([session], CsvExporter(SETTINGS), empty).exported


def test_a_bad_session_does_not_stop_the_others(tmp_path: Path) -> None:
    good = make_session(tmp_path / "good", seconds=4)
    (tmp_path / "bad").mkdir()
    outcome = export([tmp_path / "bad", good, tmp_path / "gone", good], CsvExporter(SETTINGS), tmp_path / "out")
    assert outcome.exported == ("sub-P01_ses-20261128T141500Z",)
    assert [str(tmp_path / name) in why for name, why in zip(("bad", "gone", "good"), outcome.refused, strict=True)]
    assert "already exported" in outcome.refused[2]


def test_a_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    sessions = [make_session(tmp_path / name, seconds=4, session_id=f"ses-{name}") for name in "abc"]
    asked: list[int] = []

    def after_two() -> bool:
        asked.append(1)
        return len(asked) > 2

    outcome = export(sessions, CsvExporter(SETTINGS), tmp_path / "out" / "deep", should_stop=after_two)
    assert (outcome.cancelled, outcome.exported) == (True, ())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


@pytest.mark.parametrize("where", ["add", "finish"])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, where: str) -> None:
    session = make_session(tmp_path / "s", seconds=4)

    class FullDisk(CsvExporter):
        def add(self, session: RecordedSession, folder: Path) -> None:
            super().add(session, folder)
            if where == "add":
                raise OSError(28, "No space left on device")

        def finish(self, folder: Path) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match="No space left on device"):
        export([session], FullDisk(SETTINGS), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def change_manifest(folder: Path, **entries: object) -> None:
    path = folder / form.MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def change_file(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return apply


def link(name: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        elsewhere = folder.parent / f"elsewhere-{name}"
        (folder / name).rename(elsewhere)
        (folder / name).symlink_to(elsewhere)

    return apply


def event(**details: object) -> Callable[[bytes], bytes]:
    lines = [
        {"time_ns": 1_001_000_000_000, "kind": "trial_begin", **details},
        {"time_ns": 1_003_000_000_000, "kind": "trial_end", "status": "done", **details},
    ]
    return lambda old: old + "".join(json.dumps(line) + "\n" for line in lines).encode()


HOSTILE: dict[str, Callable[[Path], None]] = {
    "a link for the manifest": link(form.MANIFEST),
    "a link for the poses": link(form.POSE),
    "a link for the samples": link(form.EMG_CSV),
    "a link for the log": link(form.EVENTS),
    "a future version": lambda folder: change_manifest(folder, schema_version=3),
    "another montage": lambda folder: change_manifest(folder, montage=["left_biceps"]),
    "a path for a session id": lambda folder: change_manifest(folder, session_id="../../evil"),
    "an absolute session id": lambda folder: change_manifest(folder, session_id="/tmp/evil"),
    "a path for a subject": lambda folder: change_manifest(folder, subject={"id": "../evil", "notes": ""}),
    "a path for an exercise": change_file(form.EVENTS, event(exercise="../../evil")),
    "an absolute exercise": change_file(form.EVENTS, event(exercise="/evil")),
    "no text for an exercise": change_file(form.EVENTS, event(exercise=[1])),
    "NaN in the poses": change_file(form.POSE, lambda old: old.replace(b"0.875", b"nan", 1)),
    "NaN in the manifest": change_file(
        form.MANIFEST, lambda old: old.replace(b'"lookahead_steps": 2', b'"lookahead_steps": NaN')
    ),
    "infinite activations": change_file(form.ACTIVATION, lambda old: old.replace(b"0.1", b"inf", 1)),
    "poses in another encoding": change_file(form.POSE, lambda old: b"\xff\xfe" + old),
    "a sync offset of days": lambda folder: change_manifest(folder, sync={"offset_s": 1e5, "accepted": True}),
    "a sync offset that is none": lambda folder: change_manifest(folder, sync={"offset_s": "x", "accepted": True}),
    "a calibration upside down": lambda folder: change_manifest(
        folder,
        calibration={
            "version": 1,
            "references": {
                "left_biceps": {"rest": 2, "mvc": 1, "unit": "", "utc": "", "profile": "x", "serial": "y", "channel": 0}
            },
        },
    ),
    "a calibration that is none": lambda folder: change_manifest(folder, calibration={"version": 1, "references": []}),
    "sEMG of another format": change_file(form.EMG_CSV, lambda old: old.replace(b"mia-live sEMG", b"something else")),
    "a giant header": change_file(form.EMG_CSV, lambda old: b'# {"format": ' + b"[" * 2_000_000 + old),
    "samples of many years": change_file(form.EMG_CSV, lambda old: old + b"4000000000000000000,left_biceps,-1,5,0,0\n"),
    "counters without an end": change_file(
        form.EMG_CSV,
        lambda old: (
            old + b"1000010000000000,left_biceps,1,5,0,9\n1000020000000000,left_biceps,4000000000000000000,5,0,9\n"
        ),
    ),
}


@pytest.mark.parametrize("how", sorted(HOSTILE))
def test_hostile_sessions_are_refused_with_a_sentence(tmp_path: Path, how: str) -> None:
    session = make_session(tmp_path / "in" / "s", seconds=4)
    HOSTILE[how](session)
    names = sorted(str(path) for path in tmp_path.rglob("*"))
    outside = content_of(tmp_path / "in")
    with pytest.raises(ExportError) as told:
        export([session], CsvExporter(SETTINGS), tmp_path / "out")
    assert str(session) in str(told.value)
    assert str(told.value).rstrip().endswith(".")
    assert sorted(str(path) for path in tmp_path.rglob("*")) == names
    assert content_of(tmp_path / "in") == outside


def test_a_session_is_not_exported_into_itself(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=4)
    before = content_of(tmp_path)
    with pytest.raises(ExportError, match="lies in"):
        export([session], CsvExporter(SETTINGS), session / "new" / "out")
    assert content_of(tmp_path) == before


def test_why_the_only_session_is_refused_is_told_with_its_own_advice(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="none is not a readable session") as told:
        export([tmp_path / "none"], CsvExporter(SETTINGS), tmp_path / "out")
    assert "mia record" in told.value.advice
    with pytest.raises(ExportError, match=r"No session .*none is .*some is") as told:
        export([tmp_path / "none", tmp_path / "some"], CsvExporter(SETTINGS), tmp_path / "out")
    assert "other sessions" in told.value.advice


def test_a_link_for_the_folder_is_refused(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=4)
    (tmp_path / "link").symlink_to(session)
    with pytest.raises(ExportError, match="a link"):
        export([tmp_path / "link"], CsvExporter(SETTINGS), tmp_path / "out")


@pytest.mark.parametrize("how", ["repeated", "reversed", "years apart"])
def test_times_of_frames_that_can_not_be_do_no_harm(tmp_path: Path, how: str) -> None:
    session = make_session(tmp_path / "s", seconds=4)
    lines = (session / form.POSE).read_text().splitlines()
    if how == "years apart":
        lines.append(lines[-1].replace("119,3.966667", "120,99999999.000000"))
    else:
        row = lines[50] if how == "reversed" else lines[100]
        lines.insert(101, row)
    (session / form.POSE).write_text("\n".join(lines) + "\n")
    recorded = RecordedSession.read(session)
    times_s = recorded.steps.timestamps_s
    assert (np.diff(times_s) > 0).all()
    assert len(times_s) < 60
    refused = {name for name in EXPORTERS if refusal(session, name, tmp_path / name)}
    assert refused <= {"mia", *(("trc", "c3d", "bids", "edf", "bdf") if how == "years apart" else ())}
    assert {path.name for path in tmp_path.iterdir()} == {"s", *(set(EXPORTERS) - refused)}


def refusal(session: Path, name: str, out: Path) -> str:
    """Export, and return why that was not done, empty when it was."""
    try:
        export([session], EXPORTERS[name](SETTINGS), out)
    except ExportError as error:
        return str(error).rstrip()
    return ""


@pytest.mark.parametrize(
    "changes",
    [
        {"high": 1e300, "low": -1e300},
        {"high": 1e-300, "low": 0.0},
        {"rate_hz": 0.01},
        {"rate_hz": 99_999.123},
        {"unit": "a\tb\nc" + "x" * 500, "name": "\x00\x14\n" * 50},
        {"kind": "raw", "rate_hz": 123.4},
    ],
)
def test_sensors_that_can_not_be_do_no_harm(tmp_path: Path, changes: dict[str, object]) -> None:
    session = make_session(tmp_path / "s", seconds=5)
    header, rest = (session / form.EMG_CSV).read_text().split("\n", 1)
    told = json.loads(header.removeprefix("#"))
    for sensor in told["sensors"]:
        sensor["profile"] |= changes
    (session / form.EMG_CSV).write_text(f"# {json.dumps(told)}\n{rest}")
    for name in sorted(EXPORTERS):
        why = refusal(session, name, tmp_path / name)
        assert why == "" or why.endswith(".")
        assert (tmp_path / name).exists() == (why == "")
    assert (tmp_path / "csv").is_dir() == (tmp_path / "parquet").is_dir()


def test_only_takes_that_were_done_are_trials() -> None:
    def log(*entries: tuple[str, str, int, str]) -> list[Event]:
        return [
            Event(number * 10**9, kind, {"exercise": exercise, "take": take, "status": status})
            for number, (kind, exercise, take, status) in enumerate(entries)
        ]

    events = log(
        ("trial_begin", "squat", 1, ""),
        ("trial_end", "squat", 1, "redo"),
        ("trial_begin", "squat", 1, ""),
        ("trial_end", "squat", 1, "done"),
        ("trial_end", "twist", 1, "skipped"),
        ("trial_begin", "skater", 1, ""),
        ("trial_end", "skater", 1, "done"),
        ("trial_redo", "skater", 1, ""),
        ("trial_begin", "skater", 1, ""),
        ("trial_end", "skater", 1, "done"),
        ("trial_begin", "running", 1, ""),
        ("trial_end", "running", 1, "done"),
        ("trial_end", "batting", 1, "skipped"),
        ("trial_redo", "batting", 1, ""),
        ("trial_begin", "woodchop", 1, ""),
    )
    trials = trials_of(events, zero_s=1.0)
    assert [(trial.exercise, trial.start_s, trial.end_s) for trial in trials] == [
        ("squat", 1.0, 2.0),
        ("skater", 7.0, 8.0),
        ("running", 9.0, 10.0),
    ]


def test_trials_are_as_people_put_them_right(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=8, trials=[("squat", 1.0, 3.0), ("twist", 4.0, 6.0)])
    begin_ns = json.loads((session / form.EVENTS).read_text().splitlines()[2])["time_ns"]
    edit = TrialEdit("side_lunge", begin_ns + 500_000_000, begin_ns + 1_500_000_000)
    write_review(session, SessionReview().with_edit(begin_ns, edit))
    trials = RecordedSession.read(session).trials
    assert [trial.exercise for trial in trials] == ["squat", "side_lunge"]
    assert (trials[1].start_s, trials[1].end_s) == pytest.approx((4.5, 5.5))
    export([session], CsvExporter(SETTINGS), tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("review.json"))) == 1
    (session / "review.json").write_text('{"schema_version": 2}')
    with pytest.raises(ExportError, match="schema version 2"):
        export([session], CsvExporter(SETTINGS), tmp_path / "not")


def test_an_accepted_offset_moves_the_samples_and_nothing_else(tmp_path: Path) -> None:
    plain = RecordedSession.read(make_session(tmp_path / "a", seconds=6))
    late = RecordedSession.read(make_session(tmp_path / "b", seconds=6, delay_s=0.25))
    assert late.zero_s == pytest.approx(plain.zero_s + 0.25)
    inside = slice(2, 58)
    assert np.allclose(late.steps.emg[inside], plain.steps.emg[inside], atol=1e-3)
    assert np.array_equal(late.steps.keypoints_px, plain.steps.keypoints_px)
    refused = make_session(tmp_path / "c", seconds=6, delay_s=0.25, sync={"offset_s": 0.25, "accepted": False})
    assert np.abs(RecordedSession.read(refused).steps.emg[inside] - plain.steps.emg[inside]).max() > 10


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ExportError):
        ExportSettings(stride_steps=0)
    with pytest.raises(ExportError):
        ExportSettings(held_out_share=1.0)


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
def test_the_folder_has_the_usual_permissions(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=4)
    export([session], CsvExporter(SETTINGS), tmp_path / "out")
    (tmp_path / "usual").mkdir()
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode
