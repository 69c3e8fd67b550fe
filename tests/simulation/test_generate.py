import json
import shutil
import sys

import numpy as np
import pytest

from mia_core.errors import MissingExtraError
from mia_core.motion_clip import MotionClip
from mia_core.simulation import generate
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.generate import SimulationError, SimulationSettings, plan, simulate


@pytest.fixture(autouse=True)
def _short_clips(monkeypatch):
    monkeypatch.setattr(generate, "CLIP_S", 1.5)


SETTINGS = SimulationSettings(minutes=4 * 1.5 / 60, subjects=2, seed=11)


def run(out, settings=SETTINGS, stop_after=None):
    said = []
    stop = (lambda: len(said) >= stop_after) if stop_after is not None else (lambda: False)
    path = simulate(settings, out, lambda share, what: said.append((share, what)), stop)
    return json.loads(path.read_text()), said


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "CLIP_S", 1.5)
        manifest, said = run(out)
    return out, manifest, said


def test_clips_and_manifest_agree(whole):
    out, manifest, said = whole
    assert manifest["complete"]
    assert manifest["provenance"] == "simulated"
    assert len(manifest["clips"]) == 4
    for entry in manifest["clips"]:
        clip = MotionClip.load(out / entry["file"])
        assert clip.provenance == "simulated"
        assert (clip.exercise, clip.subject) == (entry["exercise"], entry["subject"])
        assert len(clip.joints_m) == entry["frames"] == 45
        assert clip.valid.sum() == entry["valid_frames"]
        assert len(clip.emg_counts) == 15
        assert 0.0 <= clip.activation.min() <= clip.activation.max() <= 1.0
        assert clip.joints_m[..., 2].min() > -0.05
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1][0] == 1.0


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(whole, tmp_path):
    _, expected, _ = whole
    half, _ = run(tmp_path, stop_after=2)
    assert not half["complete"]
    assert len(half["clips"]) == 2
    first = tmp_path / half["clips"][0]["file"]
    written = first.stat().st_mtime_ns
    full, _ = run(tmp_path)
    assert first.stat().st_mtime_ns == written
    assert full == expected


def test_a_damaged_clip_is_made_again(whole, tmp_path):
    _, expected, _ = whole
    half, _ = run(tmp_path, stop_after=1)
    (tmp_path / half["clips"][0]["file"]).write_bytes(b"not a clip")
    full, _ = run(tmp_path)
    assert full["clips"] == expected["clips"]


def test_another_data_set_is_not_overwritten(tmp_path):
    run(tmp_path, stop_after=0)
    with pytest.raises(SimulationError, match="another"):
        run(tmp_path, SimulationSettings(minutes=0.1, subjects=2, seed=12), stop_after=0)


def test_a_damaged_journal_is_told(tmp_path):
    (tmp_path / "clips.jsonl").write_text("{\n")
    with pytest.raises(SimulationError, match="damaged"):
        run(tmp_path, stop_after=0)


@pytest.mark.parametrize("cut", [1, 20, 10_000])
def test_a_line_that_a_kill_cut_off_costs_one_clip_and_not_the_data_set(whole, tmp_path, cut):
    out, manifest, _ = whole
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    journal = copy / "clips.jsonl"
    journal.write_text(journal.read_text()[:-cut])
    again, _ = run(copy)
    assert again == manifest


def test_a_longer_data_set_begins_with_the_shorter_one():
    short, long = plan(SimulationSettings(1.0, 3, 5)), plan(SimulationSettings(60.0, 3, 5))
    assert long[: len(short)] == short
    kinds = [clip.kind for clip in long]
    babble = sum(kind.endswith("babble") for kind in kinds) / len(kinds)
    assert babble == pytest.approx(0.4, abs=0.01)
    assert kinds.count("standing") / len(kinds) == pytest.approx(0.05, abs=0.01)
    assert {clip.subject for clip in long} == {0, 1, 2}


@pytest.mark.parametrize(("minutes", "subjects", "seed"), [(0, 1, 0), (1, 0, 0), (1, 1, -1), (float("nan"), 1, 0)])
def test_senseless_settings_are_refused(minutes, subjects, seed):
    with pytest.raises(SimulationError):
        SimulationSettings(minutes, subjects, seed)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "musclemimic_models", None)
    with pytest.raises(MissingExtraError) as caught:
        MuscleBody()
    assert "mia-live[sim]" in caught.value.advice


def test_clips_differ_with_the_seed(whole, tmp_path):
    out, manifest, _ = whole
    first = manifest["clips"][0]["exercise"]
    settings = (SimulationSettings(minutes=1.5 / 60, subjects=1, seed=seed) for seed in range(12, 200))
    other, _ = run(tmp_path, next(one for one in settings if plan(one)[0].kind == first))
    assert other["clips"][0]["exercise"] == first
    one = MotionClip.load(out / manifest["clips"][0]["file"])
    two = MotionClip.load(tmp_path / other["clips"][0]["file"])
    assert not np.allclose(one.joints_m, two.joints_m, atol=1e-3)
