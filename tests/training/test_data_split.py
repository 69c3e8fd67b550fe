from dataclasses import replace

import pytest

from mia_core.dataset.simulated_set import DataSetError, SimulatedSet
from mia_core.training.data_split import split
from mia_core.training.training_config import TrainingConfig
from tests.fakes.motion_clips import make_clip, save_set


def made_of(*clips):
    return SimulatedSet(clips, "", (), {})


def test_holds_out_whole_subjects(tmp_path):
    data = SimulatedSet.load(save_set(tmp_path))
    one = split(data, TrainingConfig(seed=0))
    held_out = one.chosen_on["virtual subjects"]
    assert {clip.subject for clip in one.learned_from}.isdisjoint(clip.subject for clip in held_out)
    assert len(one.learned_from) + len(held_out) == 6
    assert len({clip.subject for clip in held_out}) == 1
    assert split(data, TrainingConfig(seed=0)) == one
    others = [split(data, TrainingConfig(seed=seed)).chosen_on["virtual subjects"][0].subject for seed in range(20)]
    assert len(set(others)) > 1


def test_holds_out_clips_when_subjects_are_few(tmp_path):
    data = SimulatedSet.load(save_set(tmp_path, n_subjects=1))
    one = split(data, TrainingConfig(seed=0, held_out_fraction=0.3))
    assert (len(one.learned_from), len(one.chosen_on["virtual subjects"])) == (4, 2)


def test_one_clip_cant_be_split():
    with pytest.raises(DataSetError, match="one clip"):
        split(made_of(make_clip(0)), TrainingConfig())


def test_what_will_judge_is_not_looked_at():
    clips = [replace(make_clip(i, 1.5, f"s{i}")) for i in range(3)]
    captured = [replace(clips[0], exercise=f"mocap:{n}_01", subject=f"cmu-{n}") for n in ("01", "02", "08")]
    varied = [replace(clip, exercise=clip.exercise.replace("mocap", "mocap_varied")) for clip in captured]
    left_out = replace(clips[1], exercise="skater")
    one = split(made_of(*clips, *captured, *varied, left_out), TrainingConfig())
    generated = (*one.learned_from, *one.chosen_on["virtual subjects"])
    assert sorted(clip.subject for clip in generated) == ["cmu-01", "cmu-01", "s0", "s1", "s2"]
    assert "skater" not in {clip.exercise for clip in generated}
    assert [clip.exercise for clip in one.chosen_on["captured motion"]] == ["mocap:08_01"]  # as recorded alone
    without = split(made_of(*clips, *captured, *varied), TrainingConfig(left_out_exercises=("mocap_varied",)))
    assert [clip.exercise for clip in without.learned_from if clip.subject == "cmu-01"] == ["mocap:01_01"]
