from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.pose_grid import PoseGrid, PoseStep
from tests.fakes.people import make_pose


def run(stamps_s: list[float], seen: list[bool] | None = None) -> list[PoseStep]:
    """Feed a person whose hips are at x = 100 * time."""
    grid = PoseGrid()
    steps = []
    for index, stamp_s in enumerate(stamps_s):
        pose = make_pose(index, stamp_s, 100 * stamp_s) if seen is None or seen[index] else None
        steps += grid.push(stamp_s, pose)
    return steps


@given(st.lists(st.floats(0.002, 0.4), min_size=2, max_size=80), st.floats(0, 1000))
def test_the_grid_is_complete_and_even_for_any_frame_rate(intervals_s: list[float], start_s: float) -> None:
    stamps_s = list(start_s + np.cumsum([0.0, *intervals_s]))
    steps = run(stamps_s)
    times_s = np.array([step.timestamp_s for step in steps])
    assert times_s[0] == stamps_s[0]
    assert np.allclose(np.diff(times_s), 0.1)
    assert stamps_s[-1] - times_s[-1] < 0.1 + 1e-5, "no step that is due is missing"
    hips = np.array([step.keypoints_px[8, 0] for step in steps])
    middles_s = np.array([times_s[0], *(times_s[1:] - 0.05)])
    assert np.allclose(hips, 100 * middles_s, rtol=1e-5, atol=0.02), "a step is the mean over the 100 ms before it"


@pytest.mark.parametrize("rate_hz", [7.0, 24.0, 29.97, 30.0, 60.0, 120.0])
def test_ten_steps_a_second_at_usual_rates(rate_hz: float) -> None:
    steps = run([index / rate_hz for index in range(int(3 * rate_hz) + 1)])
    assert len(steps) in (30, 31)
    assert all(step.seen for step in steps)


def test_a_short_miss_is_held_and_a_long_one_is_unseen() -> None:
    stamps_s = [index / 30 for index in range(91)]
    seen = [not (30 <= index < 34 or 45 <= index < 75) for index in range(91)]
    steps = {round(step.timestamp_s, 1): step for step in run(stamps_s, seen)}
    assert steps[1.1].seen, "0.13 s without a person are bridged"
    assert not steps[2.0].seen
    assert steps[2.0].confidence.max() == 0
    assert steps[2.6].seen


def test_nobody_at_all_gives_unseen_steps() -> None:
    steps = run([index / 30 for index in range(31)], [False] * 31)
    assert len(steps) == 11
    assert not any(step.seen for step in steps)


def test_a_jump_of_hours_does_not_fill_the_disk() -> None:
    assert len(run([0.0, 0.1, 36000.0, 36000.1])) < 10


@pytest.mark.parametrize("lost", [0, 4, 9, 20])
def test_nothing_is_averaged_from_one_person_to_another(lost: int) -> None:
    grid, steps, change = PoseGrid(), [], 31
    for index in range(91):
        x = 100.0 if index < change else 250.0
        steps += grid.push(index / 30, None if change - lost <= index < change else make_pose(index, index / 30, x))
    hips = np.array([step.keypoints_px[8, 0] for step in steps if step.seen])
    assert set(np.round(hips, 3)) == {100.0, 250.0}
    assert [round(step.timestamp_s, 1) for step in steps if step.anew] == [1.1], "once, with their first step"
    assert all(step.seen for step in steps[11:])


def test_who_is_lost_for_a_moment_and_walks_on_is_the_same() -> None:
    stamps_s = [index / 30 for index in range(91)]
    assert not any(step.anew for step in run(stamps_s, [not 40 <= index < 46 for index in range(91)]))
