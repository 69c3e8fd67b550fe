from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.motion_clip import MotionClip
from mia_core.simulation.data_set_journal import DataSetJournal
from mia_core.simulation.data_set_plan import SimulationSettings
from mia_core.simulation.shard import simulate_shard
from mia_core.simulation.varied_arms import TEMPO, arms_of, borrowed, draw_tempo, varied, with_arms
from tests.fakes.captures import write_capture

seeds = st.integers(0, 2**32 - 1)
WAVE = 0.8 + 0.5 * np.sin(np.arange(90)[:, None] / 10 + np.arange(10))  # (90, 10), both arms


@given(seeds, st.integers(2, 50), st.integers(1, 200))
def test_borrowed_arms_go_on_without_a_jump_however_short_they_are(seed, n_there, n_wanted):
    there = np.cumsum(np.ones((n_there, 10)), axis=0)
    arms = borrowed(there, n_wanted, np.random.default_rng(seed))
    assert arms.shape == (n_wanted, 10)
    assert set(np.unique(np.abs(np.diff(arms, axis=0)))) <= {1.0}


def test_borrowed_arms_exchange_their_sides_about_every_other_time():
    there = np.repeat(np.arange(10.0)[None], 5, axis=0)
    firsts = [borrowed(there, 3, np.random.default_rng(seed))[0].tolist() for seed in range(100)]
    right_first, left_first = list(range(10)), [*range(5, 10), *range(5)]
    assert {tuple(first) for first in firsts} == {tuple(right_first), tuple(left_first)}
    assert 30 <= firsts.count(left_first) <= 70


@given(seeds)
def test_varied_arms_stay_within_reach_and_change_smoothly(seed):
    arms = varied(WAVE, np.random.default_rng(seed))
    assert arms.shape == WAVE.shape
    assert (arms.max(axis=0) <= np.tile([2.15, 2.6, 1.7, 2.35, 0.8], 2)).all()
    assert (arms.min(axis=0) >= np.tile([-1.2, -0.8, -1.2, 0.03, -0.8], 2)).all()
    assert np.abs(np.diff(arms, axis=0)).max() < 0.5  # rad in a thirtieth of a second
    assert np.abs(arms - WAVE).mean() > 0.05


@given(seeds)
def test_a_tempo_is_within_its_range(seed):
    assert TEMPO[0] <= draw_tempo(np.random.default_rng(seed)) <= TEMPO[1]


def test_only_the_arms_are_exchanged(body):
    configurations = np.repeat(body.neutral[None], 60, axis=0)
    wanted = np.clip(WAVE[:60], 0.1, 0.7)
    moved = with_arms(body, configurations, wanted)
    assert arms_of(body, moved)[10:-10] == pytest.approx(wanted[10:-10], abs=0.02)
    for placed, same in (("femur_r", True), ("talus_l", True), ("ulna_r", False), ("lunate_l", False)):
        body.place(configurations[30])
        before = body.position(placed).copy()
        body.place(moved[30])
        assert bool(np.abs(body.position(placed) - before).max() < 1e-4) is same


def test_motions_of_one_person_are_done_again_with_other_arms(tmp_path):
    for name in ("07_01", "07_02", "08_01"):
        write_capture(tmp_path / "in" / f"{name}.bvh", seconds=2.0)
    settings = SimulationSettings(hours=0, seed=1, motions=tmp_path / "in", bodies=1, varied=2)
    outcomes = simulate_shard(settings, range(3), tmp_path)  # 07_01: as recorded, and twice varied
    assert [outcome.name for outcome in outcomes] == ["cmu_07_01_body0", "cmu_07_01_varied0", "cmu_07_01_varied1"]
    recorded, *others = (MotionClip.load(tmp_path / outcome.clips[0].file) for outcome in outcomes)
    assert [clip.exercise for clip in (recorded, *others)] == ["mocap:07_01", *["mocap_varied:07_01"] * 2]
    assert {clip.subject for clip in others} == {"cmu-07"}
    lengths = [len(clip.valid) for clip in others]
    assert lengths != [len(recorded.valid)] * 2
    assert all(48 - 4 <= n <= 81 for n in lengths)  # 2 s in a tempo of its own, in whole sensor reports
    assert simulate_shard(settings, (2,), tmp_path) == outcomes[2:]


def test_what_is_varied_is_added_to_a_data_set_that_is_there(tmp_path):
    write_capture(tmp_path / "07_01.bvh")
    before = SimulationSettings(hours=0, motions=tmp_path, bodies=1)
    DataSetJournal(before, tmp_path / "out")
    told = DataSetJournal(SimulationSettings(hours=0, motions=tmp_path, bodies=1, varied=3), tmp_path / "out")
    assert '"varied": 3' in told.write_manifest().read_text()
