"""Simulated clips as windows: one camera per clip, the truth in percent, and nothing where the physics failed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mia_core.dataset.simulated_set import SimulatedSet
from mia_core.dataset.window_import import import_windows
from mia_core.dataset.window_set import WindowSetError, open_window_set
from mia_core.skeleton import INDEX
from mia_core.training.window_set_from_simulated import SimulatedSource
from tests.fakes.motion_clips import make_clip, save_set


def test_every_clip_is_seen_by_one_upright_camera_in_front(tmp_path: Path) -> None:
    folder = save_set(tmp_path / "sim", n_clips=4, n_subjects=2, seconds=10)
    report = import_windows(SimulatedSource(folder, 10), tmp_path / "x.windows")
    windows = open_window_set(tmp_path / "x.windows")
    assert report is not None
    assert report.counts == {"s0-0": {"flexing": 14}, "s0-1": {"flexing": 14}}
    assert (windows.about.unit, windows.about.provenance, windows.about.layout) == ("percent", "simulated", "simulated")
    assert "Simulated, not measured" in report.notes[0]
    clips = SimulatedSet.load(folder).clips
    for row in range(len(windows)):
        clip, start = clips[int(windows.recording[row])], int(windows.start_step[row])
        assert np.array_equal(windows.emg[row], 100 * clip.activation[3 * start + 3 : 3 * start + 93 : 3])
        assert windows.joints is not None
        assert np.abs(windows.joints[row] - clip.joints_m[3 * start + 2 : 3 * start + 92 : 3]).max() < 0.1
    head, feet = windows.keypoints[:, :, INDEX["nose"], 1], windows.keypoints[:, :, INDEX["left_heel"], 1]
    assert (head < feet).all()
    assert (windows.keypoints[:, :, INDEX["left_hip"], 0] > windows.keypoints[:, :, INDEX["right_hip"], 0]).all()
    assert ((windows.keypoints > -0.2) & (windows.keypoints < 1.2)).all()
    # The person keeps her place in the picture during a clip, and has another one in the next.
    hips = [windows.keypoints[windows.recording == clip][:, 0, INDEX["mid_hip"]] for clip in range(4)]
    assert all(np.ptp(place, axis=0).max() < 1e-5 for place in hips)
    assert len({tuple(place[0].tolist()) for place in hips}) == 4


def test_the_same_clips_give_the_same_set(tmp_path: Path) -> None:
    for name in "ab":
        folder = save_set(tmp_path / name, n_clips=2)
        import_windows(SimulatedSource(folder), tmp_path / f"{name}.windows")
    first, second = (open_window_set(tmp_path / f"{name}.windows") for name in "ab")
    assert first.about.sha256 == second.about.sha256


def rewrite(folder: Path, change) -> None:
    path = folder / "clip_000.npz"
    change(make_clip(0, 9.2, "s0-0")).save(path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["clips"][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_windows_in_which_the_physics_did_not_add_up_are_left_out(tmp_path: Path) -> None:
    folder = save_set(tmp_path / "sim", n_clips=2)
    rewrite(folder, lambda clip: replace(clip, valid=np.arange(len(clip.valid)) != 120))
    report = import_windows(SimulatedSource(folder), tmp_path / "x.windows")
    assert report is not None
    assert [skipped.what for skipped in report.skipped] == ["clip 0 flexing/30"]
    windows = open_window_set(tmp_path / "x.windows")
    assert windows.start_step[windows.recording == 0].tolist() == [0, 60]


def test_clips_that_are_not_simulated_are_refused(tmp_path: Path) -> None:
    folder = save_set(tmp_path / "sim", n_clips=2)
    rewrite(folder, lambda clip: replace(clip, provenance="measured"))
    with pytest.raises(WindowSetError, match="expected simulated clips, got measured and simulated"):
        SimulatedSource(folder)
