"""Recorded sessions as windows: from their folders, from packed sets, and from the published layout, the same ones."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.published_iccv2023 import ICCV2023Source
from mia_core.dataset.window_import import import_windows
from mia_core.dataset.window_set import WindowSet, WindowSetError, open_window_set
from mia_core.dataset.window_set_from_recorded import RecordedSource
from mia_core.export.export_settings import ExportSettings
from mia_core.export.exporter import export
from mia_core.export.exporters import EXPORTERS
from mia_core.muscles import MONTAGE
from mia_core.step_clip import StepClip
from tests.export.made_sessions import AT_STEPS_S, make_session
from tests.fakes.step_clips import make_step_clip

TRIALS = (("squat", 1.0, 8.0), ("side_lunge", 8.5, 14.0))


def read(source, out: Path) -> WindowSet:
    import_windows(source, out)
    return open_window_set(out)


def exported(session: Path, to: str, out: Path) -> Path:
    export([session], EXPORTERS[to](ExportSettings()), out)
    return out


def test_a_session_gives_the_same_windows_in_every_form(tmp_path: Path) -> None:
    session = make_session(tmp_path / "session", seconds=15, trials=TRIALS)
    direct = read(RecordedSource([session], 10), tmp_path / "a.windows")
    packed = read(RecordedSource([exported(session, "packed", tmp_path / "packed")], 10), tmp_path / "b.windows")
    assert direct.about == packed.about
    assert {"squat", "side_lunge"} <= set(direct.about.exercises)
    assert direct.about.channels == MONTAGE.names
    assert (direct.about.unit, direct.about.provenance) == ("counts", "simulated")
    assert direct.about.subjects == ("P01",)
    assert set(np.diff(direct.start_step)[np.diff(direct.recording) == 0]) == {10}
    assert direct.emg.max() <= 1023
    # What `mia export --to mia` wrote, in the published layout, has other channels at other places.
    published = read(ICCV2023Source(exported(session, "mia", tmp_path / "mia")), tmp_path / "c.windows")
    assert published.about.layout == "mia-live"
    assert published.about.provenance == "simulated"
    assert published.about.subjects == ("P01",)
    assert published.about.channels[2] == "left_triceps"
    assert set(published.about.exercises) == {"squat", "side_lunge"}
    assert published.joints is None
    assert published.about.picture_aspect == direct.about.picture_aspect == pytest.approx(640 / 480)
    order = [direct.about.channels.index(name) for name in published.about.channels]
    for keypoints, emg in zip(published.keypoints, published.emg, strict=True):
        same = [
            row
            for row in range(len(direct))
            if np.allclose(direct.emg[row][:, order], emg) and np.allclose(direct.keypoints[row], keypoints)
        ]
        assert len(same) == 1


def test_only_whole_windows_are_taken(tmp_path: Path) -> None:
    unseen = tuple(range(300, 330))
    session = make_session(tmp_path / "session", seconds=15, lost=(40,), unseen=unseen, first_sample_s=AT_STEPS_S)
    source = RecordedSource([session])
    windows = read(source, tmp_path / "a.windows")
    # The lost sample makes steps 40 to 42 unknown, the missing person steps 101 to 109, and nobody is there at first.
    assert windows.start_step.tolist() == [2, 43, 110]
    report = json.loads((tmp_path / "a.windows" / "import.json").read_text())
    assert "the sEMG is not whole" in report["skipped"][0]["why"]
    assert any("simulated sensors" in note for note in report["notes"])


def packed(folder: Path, *clips: StepClip) -> Path:
    folder.mkdir()
    entries = []
    for number, clip in enumerate(clips):
        path = folder / f"{number}.npz"
        clip.save(path)
        entries.append({"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    manifest = {"schema_version": 1, "kind": "recorded steps", "clips": entries, "complete": True}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_numbers_are_where_they_belong(tmp_path: Path) -> None:
    clip = make_step_clip(95)
    windows = read(RecordedSource([packed(tmp_path / "set", clip)], 20), tmp_path / "a.windows")
    assert windows.start_step.tolist() == [0, 20, 40, 60]
    for row, start in enumerate(windows.start_step):
        assert np.array_equal(windows.emg[row], clip.emg[start : start + 30])
        assert np.allclose(windows.keypoints[row, :, 0, 0] * 640, np.arange(start, start + 30))
    in_percent = read(RecordedSource([tmp_path / "set"], 20, in_percent=True), tmp_path / "b.windows")
    assert in_percent.about.unit == "percent"
    assert np.allclose(in_percent.emg, windows.emg / 10)


def test_the_second_round_of_a_film_is_left_out(tmp_path: Path) -> None:
    clip = make_step_clip(200, repeats_after_s=9.5)
    source = RecordedSource([packed(tmp_path / "set", clip)])
    assert source.n_windows == 3
    assert any("first round" in note for note in source.notes)


def test_a_muscle_without_a_sensor_in_one_session_is_left_out_and_told(tmp_path: Path) -> None:
    with_gap = replace(make_step_clip(60, session="sub-P02_ses-1"), units=("", *("counts",) * 7))
    source = RecordedSource([packed(tmp_path / "set", make_step_clip(60), with_gap)])
    assert source.about.channels == MONTAGE.names[1:]
    assert any("left_biceps" in note for note in source.notes)


def test_pictures_of_another_shape_are_told(tmp_path: Path) -> None:
    upright = replace(make_step_clip(60, session="sub-P02_ses-1"), image_size_px=(480, 640))
    alike = RecordedSource([packed(tmp_path / "one", make_step_clip(60))])
    mixed = RecordedSource([packed(tmp_path / "set", make_step_clip(60), upright)])
    assert alike.about.picture_aspect == pytest.approx(4 / 3)
    assert not any("shape" in note for note in alike.notes)
    assert mixed.about.picture_aspect is None
    assert any("not all of one shape" in note for note in mixed.notes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": ("",) * 8}, "a muscle with a sensor in all sessions"),
        ({"units": ("mV",) * 8}, "expected one unit, got counts and mV"),
        ({"provenance": "measured"}, "either measured or simulated"),
    ],
)
def test_what_does_not_belong_together_is_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    other = replace(make_step_clip(60, session="sub-P02_ses-1"), **changes)
    folder = packed(tmp_path / "set", make_step_clip(60), other)
    with pytest.raises(WindowSetError, match=says):
        RecordedSource([folder])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda told: told["channels"].__setitem__(2, "left_lateral"), "windows.json: expected channels such as"),
        (lambda told: told["channels"].__setitem__(2, "left_biceps"), "each once"),
        (lambda told: told["windows"][0].pop("session"), "what `mia export` wrote"),
        (lambda told: told["windows"][0].__setitem__("emg", "measured"), "measured and simulated"),
        (lambda told: told["windows"][0].__setitem__("image_size_px", [0, 480]), "picture of 0 x 480"),
        (lambda told: told.pop("channels"), "what `mia export` wrote"),
    ],
)
def test_a_damaged_description_of_exported_windows_is_refused(tmp_path: Path, harm, says: str) -> None:
    session = make_session(tmp_path / "session", trials=TRIALS[:1])
    path = exported(session, "mia", tmp_path / "mia") / "windows.json"
    told = json.loads(path.read_text())
    harm(told)
    path.write_text(json.dumps(told))
    with pytest.raises(WindowSetError, match=says):
        ICCV2023Source(tmp_path / "mia")
