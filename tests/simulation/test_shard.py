from __future__ import annotations

import json
import sys
from itertools import chain

import numpy as np
import pytest

from mia_core.errors import MissingExtraError
from mia_core.motion_clip import MotionClip
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.data_set_journal import DataSetJournal
from mia_core.simulation.data_set_plan import ClipPlan, SimulationSettings, plan
from mia_core.simulation.shard import pieces_of, shards, simulate_shard
from tests.fakes.captures import write_capture
from tests.fakes.motion_clips import make_clip

SETTINGS = SimulationSettings(hours=3 / 3600, subjects=2, seed=11, clip_s=1.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("made")
    return out, simulate_shard(SETTINGS, range(3), out)


def test_clips_are_as_their_entries_say(made):
    out, outcomes = made
    assert [outcome.name for outcome in outcomes] == [item.name for item in plan(SETTINGS)]
    for outcome in outcomes:
        (entry,) = outcome.clips
        clip = MotionClip.load(out / entry.file)
        assert clip.provenance == "simulated"
        assert (clip.exercise, clip.subject) == (entry.exercise, entry.subject)
        assert len(clip.joints_m) == entry.frames == 30
        assert clip.valid.sum() == entry.valid_frames
        assert len(clip.emg_counts) == 10
        assert 0.0 <= clip.activation.min() <= clip.activation.max() <= 1.0
        assert clip.joints_m[..., 2].min() > -0.3
        assert entry.body["strength"] > 0


def test_a_clip_depends_on_its_number_and_not_on_what_was_made_before(made, tmp_path):
    _, outcomes = made
    again = simulate_shard(SETTINGS, (2, 1), tmp_path)
    assert again == (outcomes[2], outcomes[1])


def test_a_clip_differs_with_the_seed(made, tmp_path):
    out, outcomes = made
    seeds = (SimulationSettings(hours=1 / 3600, subjects=2, seed=seed, clip_s=1.0) for seed in range(12, 500))
    kind = plan(SETTINGS)[0].kind
    (other,) = simulate_shard(next(one for one in seeds if plan(one)[0].kind == kind), (0,), tmp_path)
    assert other.name == outcomes[0].name
    one, two = (MotionClip.load(folder / f"{other.name}.npz") for folder in (out, tmp_path))
    assert not np.allclose(one.joints_m, two.joints_m, atol=1e-3)


def test_a_stopped_shard_leaves_out_the_rest(tmp_path):
    answers = iter([False, True])
    assert len(simulate_shard(SETTINGS, range(3), tmp_path, lambda: next(answers))) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_shards_hold_everything_once_and_one_subject_each():
    plans = plan(SimulationSettings(hours=1.0, subjects=7, seed=3))
    parts = shards(plans, clips_per_shard=5)
    assert sorted(chain.from_iterable(parts)) == list(range(len(plans)))
    assert all(len(part) <= 5 and len({plans[place].subject for place in part}) == 1 for part in parts)
    assert [part[0] for part in parts] == sorted(part[0] for part in parts)
    assert len(parts) == 5 * 6 + 2 * 5  # two subjects have 25 clips, the others 26


def test_recorded_motion_is_done_by_several_bodies_and_cut(tmp_path):
    write_capture(tmp_path / "in" / "07" / "07_01.bvh", seconds=2.0)
    (tmp_path / "in" / "08_01.bvh").write_text("no motion")
    settings = SimulationSettings(hours=0, seed=1, motions=tmp_path / "in", clip_s=1.2)
    outcomes = simulate_shard(settings, range(4), tmp_path)
    first, second, *broken = outcomes
    for outcome in (first, second):
        assert [clip.frames for clip in outcome.clips] == [30, 30]
        for entry in outcome.clips:
            clip = MotionClip.load(tmp_path / entry.file)
            assert (clip.exercise, clip.subject) == ("mocap:07_01", "cmu-07")
    assert first.clips[0].body != second.clips[0].body
    assert [outcome.clips for outcome in broken] == [(), ()]
    why = "mocap:08_01: 08_01.bvh is not a readable BVH motion: it has no MOTION section."
    assert [outcome.skipped for outcome in broken] == [why, why]
    journal = DataSetJournal(settings, tmp_path)
    journal.add(outcomes)
    told = json.loads(journal.write_manifest().read_text())
    assert told["complete"]
    assert [skipped["reason"] for skipped in told["skipped"]] == [why, why]


@pytest.mark.parametrize("longest_s", [0.5, 2.0, 2.5, 7.0])
def test_pieces_of_a_clip_put_together_are_the_clip(longest_s):
    clip = make_clip(seed=1, seconds=6.0)
    pieces = pieces_of(clip, longest_s)
    assert max(len(piece.valid) for piece in pieces) <= longest_s * 30
    assert len(pieces) == np.ceil(6.0 / longest_s)
    for name in ("joints_m", "activation", "emg_counts", "joint_angles_rad", "joint_torques_nm", "valid"):
        assert np.array_equal(np.concatenate([getattr(piece, name) for piece in pieces]), getattr(clip, name))


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "musclemimic_models", None)
    with pytest.raises(MissingExtraError) as caught:
        MuscleBody()
    assert "mia-live[sim]" in caught.value.advice


def test_dask_makes_the_same_data_set_with_two_workers(made, tmp_path):
    out, outcomes = made
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        tasks = client.map(lambda shard: simulate_shard(SETTINGS, shard, tmp_path), shards(plan(SETTINGS)))
        journal = DataSetJournal(SETTINGS, tmp_path)
        for _, made_there in distributed.as_completed(tasks, with_results=True):
            journal.add(made_there)
    assert sorted(journal.outcomes.values(), key=lambda one: one.name) == list(outcomes)
    assert journal.write_manifest().is_file()
    for outcome in outcomes:
        file = outcome.clips[0].file
        assert (tmp_path / file).read_bytes() == (out / file).read_bytes()


def test_only_generated_clips_are_grouped(tmp_path):
    write_capture(tmp_path / "07_01.bvh")
    plans = plan(SimulationSettings(hours=40 / 3600, subjects=1, motions=tmp_path, bodies=3))
    assert [isinstance(item, ClipPlan) for item in plans] == [True, True, False, False, False]
    assert shards(plans) == ((0, 1), (2,), (3,), (4,))
