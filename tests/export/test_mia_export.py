"""The published layout, read back by numpy as the public loader does it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mia_core.export.export_settings import ExportError, ExportSettings
from mia_core.export.exporter import export
from mia_core.export.mia_exporter import MiaExporter
from tests.export.made_sessions import AT_STEPS_S, make_session, value_of

PUBLISHED = ["left_quadriceps", "left_hamstrings", None, "left_biceps"]
PUBLISHED += ["right_quadriceps", "right_hamstrings", None, "right_biceps"]


def load(out: Path, path: str) -> dict[str, np.ndarray]:
    """As `MyMuscleDataset.__getitem__` of the public code: relative to the working folder, nine arrays."""
    names = ["emgvalues", "joints2d", "joints3d", "predcam", "origcam", "bboxes", "pose", "joints2dsmpl", "betas"]
    return {name: np.load(out / path / f"{name}.npy") for name in [*names, "verts", "confidence"]}


def lines(out: Path, part: str) -> list[str]:
    return (out / f"{part}.txt").read_text().splitlines()


def test_windows_are_the_trials_and_hold_what_was_sent(tmp_path: Path) -> None:
    trials = [("hook_punch", 1.0, 12.0), ("squat", 15.0, 22.0)]
    session = make_session(tmp_path / "s", seconds=24, trials=trials, first_sample_s=AT_STEPS_S)
    outcome = export([session], MiaExporter(ExportSettings(held_out_share=0.34)), tmp_path / "out")
    assert outcome.refused == ()
    out = tmp_path / "out"
    train, val = lines(out, "train"), lines(out, "val")
    exercises = [path.split("/")[3] for path in train], [path.split("/")[3] for path in val]
    assert exercises == (["HookPunch", "HookPunch", "Squat"], ["HookPunch", "Squat"])
    starts = {window["path"]: window["start_s"] for window in json.loads((out / "windows.json").read_text())["windows"]}
    assert [starts[path] for path in train[:2] + val[:1]] == pytest.approx([1.0, 4.0, 7.0])
    for path in train + val:
        assert path.split("/")[2] == "Subject0"
        window = load(out, path)
        assert window["emgvalues"].dtype == np.float64
        assert {name: array.shape for name, array in window.items()} == {
            "emgvalues": (30, 8),
            "joints2d": (30, 49, 2),
            "joints3d": (30, 49, 3),
            "predcam": (30, 3),
            "origcam": (30, 4),
            "bboxes": (30, 4),
            "pose": (30, 72),
            "joints2dsmpl": (30, 49, 2),
            "betas": (30, 10),
            "verts": (30, 0, 3),
            "confidence": (30, 25),
        }
        ends = starts[path] + 0.1 * np.arange(1, 31)
        hips = window["joints2d"][:, 8, 0]
        assert np.allclose(hips, 100 + (30 * ends - 1.5) / 4, atol=0.02)
        # Sample k is taken at 0.1 + k / 10: half of it is in the span around k / 10, half around the next step.
        k = np.rint(10 * ends).astype(int)
        for place, name in enumerate(PUBLISHED):
            channel = {"left": 0, "right": 4}[(name or PUBLISHED[place - 1]).split("_")[0]]
            channel += 1 if name is None else ["biceps", None, "quadriceps", "hamstrings"].index(name.split("_")[1])
            sent = [(value_of(int(i) - 1, channel) + value_of(int(i), channel)) / 2 for i in k]
            assert np.allclose(window["emgvalues"][:, place], sent, atol=0.5)
        assert np.isnan(window["joints3d"]).all()
        assert np.isnan(window["joints2d"][:, 25:]).all()


def test_windows_with_a_hole_are_left_out(tmp_path: Path) -> None:
    unseen = range(330, 360)
    session = make_session(tmp_path / "s", seconds=18, lost=[45], unseen=unseen, first_sample_s=AT_STEPS_S)
    export([session], MiaExporter(ExportSettings(held_out_share=0, stride_steps=1)), tmp_path / "out")
    windows = json.loads((tmp_path / "out" / "windows.json").read_text())["windows"]
    spans = [(window["start_s"], window["start_s"] + 3.0) for window in windows]
    assert spans
    # Sample 45 is of 4.6 s; nobody is seen from 11 to 12 s.
    assert all(end <= 4.4 + 1e-6 or start >= 4.7 - 1e-6 for start, end in spans)
    assert all(end <= 11.2 + 1e-6 or start >= 11.9 - 1e-6 for start, end in spans)
    assert min(start for start, _ in spans) == pytest.approx(0.1)


def test_subjects_are_numbered_and_windows_count_on_over_sessions(tmp_path: Path) -> None:
    one = make_session(tmp_path / "a", seconds=7, subject="P01", session_id="ses-1")
    two = make_session(tmp_path / "b", seconds=7, subject="P02", session_id="ses-1")
    three = make_session(tmp_path / "c", seconds=7, subject="P01", session_id="ses-2")
    export([one, two, three], MiaExporter(ExportSettings(held_out_share=0)), tmp_path / "out")
    assert lines(tmp_path / "out", "train") == [
        f"MIADatasetOfficial/train/Subject{subject}/unlabelled/{number}"
        for subject, number in [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3)]
    ]
    told = json.loads((tmp_path / "out" / "windows.json").read_text())
    assert told["subjects"] == {"Subject0": "P01", "Subject1": "P02"}
    assert {window["emg"] for window in told["windows"]} == {"simulated"}


def test_no_step_is_in_both_parts(tmp_path: Path) -> None:
    session = make_session(tmp_path / "s", seconds=20)
    export([session], MiaExporter(ExportSettings(stride_steps=7, held_out_share=0.3)), tmp_path / "out")
    steps: dict[str, set[int]] = {"train": set(), "val": set()}
    for window in json.loads((tmp_path / "out" / "windows.json").read_text())["windows"]:
        first = round(window["start_s"] * 10)
        steps[window["path"].split("/")[1]] |= set(range(first, first + 30))
    assert steps["train"]
    assert steps["val"]
    assert max(steps["train"]) < min(steps["val"])


def test_a_session_without_all_muscles_or_without_a_whole_window_is_refused(tmp_path: Path) -> None:
    few = make_session(tmp_path / "few", channels=[0, 1, 2])
    short = make_session(tmp_path / "short", seconds=3)
    with pytest.raises(ExportError, match=r"5 of 8 muscles have no sEMG.*no window of three seconds"):
        export([few, short], MiaExporter(ExportSettings()), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few", "short"]
