from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.exercises import EXERCISE_NAMES, HELD_OUT_EXERCISES
from mia_core.simulation.bvh import MotionFolderError
from mia_core.simulation.data_set_plan import (
    MocapPlan,
    MotionMix,
    SimulationError,
    SimulationSettings,
    exercises_named,
    plan,
)

shares = st.floats(0, 1e6).map(lambda share: float(f"{share:g}"))


def test_a_longer_data_set_begins_with_the_shorter_one():
    short, long = (plan(SimulationSettings(hours=hours, subjects=3, seed=5)) for hours in (0.2, 2.0))
    assert len(long) == 360
    assert long[: len(short)] == short


def test_kinds_come_as_mixed_and_subjects_in_turns():
    plans = plan(SimulationSettings(hours=4.0, subjects=9, seed=5))
    kinds = Counter(clip.kind for clip in plans)
    assert kinds["body_babble"] == pytest.approx(0.30 * len(plans), abs=1)
    assert kinds["arm_babble"] == pytest.approx(0.30 * len(plans), abs=1)
    assert kinds["standing"] == pytest.approx(0.05 * len(plans), abs=1)
    done = [kinds[name] for name in SimulationSettings().exercises]
    assert max(done) - min(done) <= 1
    assert set(Counter(clip.subject for clip in plans).values()) == {len(plans) // 9}
    assert len({(clip.subject, clip.kind) for clip in plans}) > 100  # no subject is tied to a few kinds


def test_what_is_held_out_is_not_done_unless_asked_for():
    assert not {clip.kind for clip in plan(SimulationSettings(hours=2.0))} & set(HELD_OUT_EXERCISES)
    only = SimulationSettings(hours=0.5, mix=MotionMix.parse("exercise=1"), exercises=exercises_named("held-out"))
    assert {clip.kind for clip in plan(only)} == set(HELD_OUT_EXERCISES)


def test_exercises_are_named_by_set_or_one_by_one():
    assert set(exercises_named("training")) | set(exercises_named("held-out")) == set(exercises_named("all"))
    assert set(exercises_named("all")) <= set(EXERCISE_NAMES)
    assert exercises_named(" squat,high_kick") == ("high_kick", "squat")
    with pytest.raises(SimulationError, match="handstand"):
        exercises_named("squat,handstand")


@given(shares, shares, shares, shares)
def test_a_mix_is_read_as_it_is_written(exercise, body_babble, arm_babble, standing):
    if exercise + body_babble + arm_babble + standing > 0:
        mix = MotionMix(exercise, body_babble, arm_babble, standing)
        assert MotionMix.parse(str(mix)) == mix


@given(st.text().filter(lambda text: "=" not in text))
def test_any_other_text_is_refused(text):
    with pytest.raises(SimulationError):
        MotionMix.parse(text)


@pytest.mark.parametrize("text", ["", "exercise", "exercise=", "exercise=-1", "exercise=0", "walk=1", "exercise=nan"])
def test_senseless_mixes_are_refused(text):
    with pytest.raises(SimulationError):
        MotionMix.parse(text)


@pytest.mark.parametrize(
    "change",
    [
        *({"hours": hours} for hours in (0.0, -1.0, math.nan, math.inf)),
        *({name: 0} for name in ("subjects", "bodies", "clip_s")),
        *({"seed": -1}, {"varied": -1}, {"exercises": ()}, {"exercises": ("handstand",)}, {"dataset": "../cmu"}),
    ],
)
def test_senseless_settings_are_refused(change):
    with pytest.raises(SimulationError):
        SimulationSettings(**change)


def test_recorded_motions_come_by_name_from_any_folder_below(tmp_path):
    for name in ("02/02_01.bvh", "02/02_02.BVH", "deep/er/alone.bvh", "readme.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    plans = plan(SimulationSettings(hours=0, motions=tmp_path, dataset="lab", bodies=2))
    assert all(isinstance(item, MocapPlan) for item in plans)
    assert [(item.name, item.exercise, item.subject) for item in plans[::2]] == [
        ("lab_02_01_body0", "mocap:02_01", "lab-02"),
        ("lab_02_02_body0", "mocap:02_02", "lab-02"),
        ("lab_alone_body0", "mocap:alone", "lab-alone"),
    ]
    assert [item.body for item in plans] == [0, 1] * 3


def test_no_motions_and_two_of_one_name_are_told(tmp_path):
    settings = SimulationSettings(hours=0, motions=tmp_path)
    with pytest.raises(MotionFolderError, match="no motions"):
        plan(settings)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "02_01.bvh").touch()
    with pytest.raises(MotionFolderError, match="same name"):
        plan(settings)
