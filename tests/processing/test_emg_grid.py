"""Samples of any clock as means over steps: every sample stands for the time since the one before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.emg_grid import N_KEPT, EmgGrid, span_means

VALUES = st.floats(0, 1023, width=32)


def _mean_by_hand(times_s: np.ndarray, values: np.ndarray, start_s: float, end_s: float) -> float:
    """Add up what each sample stands for, one after the other."""
    area = known_s = 0.0
    for k, (time_s, value) in enumerate(zip(times_s, values, strict=True)):
        before_s = times_s[k - 1] if k else -np.inf
        after_s = times_s[k + 1] if k + 1 < len(times_s) else np.inf
        from_s = before_s if time_s - before_s <= 0.5 else time_s - 0.1
        until_s = time_s if after_s - time_s <= 0.5 else min(time_s + 0.5, after_s - 0.1)
        shared_s = max(0.0, min(until_s, end_s) - max(from_s, start_s))
        known_s += shared_s
        area += shared_s * value
    return area / known_s if known_s >= (end_s - start_s) / 2 - 1e-9 else np.nan


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.002, 0.0625, 0.125, 0.4, 0.7, 3.0]), VALUES), min_size=1, max_size=40),
    st.floats(-1, 10),
    st.sampled_from([0.1, 0.5, 2.0]),
)
def test_a_mean_weighs_every_sample_by_the_time_it_stands_for(rows, start_s, length_s):
    times_s = np.cumsum([silence_s for silence_s, _ in rows])
    values = np.array([value for _, value in rows], np.float32)
    end_s = start_s + length_s
    (got,) = span_means(times_s, values, np.array([start_s]), np.array([end_s]))
    expected = _mean_by_hand(times_s, values, start_s, end_s)
    assert np.isnan(got) == np.isnan(expected)
    assert np.isnan(got) or got == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_of_a_10_hz_sensor_it_is_the_line_between_two_samples_at_the_end_of_the_step():
    times_s = 5.037 + 0.1 * np.arange(50)
    values = np.random.default_rng(0).uniform(0, 500, 50).astype(np.float32)
    ends_s = 6.0 + 0.1 * np.arange(30)
    got = span_means(times_s, values, ends_s - 0.1, ends_s)
    assert got == pytest.approx(np.interp(ends_s, times_s, values), rel=1e-4)


def test_of_a_fast_sensor_it_is_the_plain_mean():
    times_s = 1.0 + np.arange(1, 1001) / 500
    values = np.random.default_rng(1).uniform(0, 500, 1000).astype(np.float32)
    (got,) = span_means(times_s, values, np.array([1.5]), np.array([1.6]))
    assert got == pytest.approx(values[250:300].mean(), rel=1e-4)


def test_the_last_sample_is_held_for_half_a_second_and_then_nothing_is_known():
    grid = EmgGrid(2)
    grid.push(1, np.array([1.0, 1.1]), np.array([10.0, 20.0], np.float32))
    assert grid.at(1.6).tolist() == pytest.approx([np.nan, 20.0], nan_ok=True)
    assert np.isnan(grid.at(1.7)).all()
    grid.push(1, np.array([3.0]), np.array([30.0], np.float32))
    assert np.isnan(grid.at(2.85)[1])
    assert grid.at(3.0)[1] == 30.0  # it stands for the 0.1 s before it


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.002, 0.05, 0.1, 0.8]), VALUES), max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
    st.floats(0, 4),
    st.floats(0.05, 2.0),
)
def test_pushed_in_pieces_it_is_the_same_as_all_at_once(rows, cuts, start_s, length_s):
    times_s = np.cumsum([silence_s for silence_s, _ in rows])
    values = np.array([value for _, value in rows], np.float32)
    grid = EmgGrid(3)
    for piece in np.split(np.arange(len(rows)), sorted(cuts)):
        grid.push(2, times_s[piece], values[piece])
    expected = span_means(times_s, values, np.array([start_s]), np.array([start_s + length_s]))
    got = grid.means(start_s, start_s + length_s)
    assert np.isnan(got[:2]).all()
    assert got[2:] == pytest.approx(expected, rel=1e-4, abs=1e-3, nan_ok=True)


def test_after_hours_the_last_ten_seconds_are_as_they_were():
    grid = EmgGrid(1)
    times_s = np.arange(1, 60_001) / 1000
    values = (np.arange(60_000) % 997).astype(np.float32)
    for first in range(0, 60_000, 7_001):
        grid.push(0, times_s[first : first + 7_001], values[first : first + 7_001])
    assert grid.means(51.0, 60.0)[0] == pytest.approx(values[51_000:].mean(), rel=1e-5)
    assert grid.means(59.0, 59.1)[0] == pytest.approx(values[59_000:59_100].mean(), rel=1e-5)


def test_more_samples_at_once_than_are_kept():
    grid = EmgGrid(1)
    n = 2 * N_KEPT + 77
    grid.push(0, np.arange(n) / 1000, np.arange(n, dtype=np.float32))
    assert grid.at(n / 1000 - 0.001)[0] == pytest.approx(n - 50.5, abs=0.1)


def test_what_is_no_number_is_left_out_and_time_never_goes_back():
    grid = EmgGrid(1)
    grid.push(0, np.array([1.0, 1.1, 1.2]), np.array([10.0, np.nan, 30.0], np.float32))
    assert grid.means(1.0, 1.2)[0] == 30.0  # it stands for all the time since the last one that was known
    grid.push(0, np.array([1.15, 1.3]), np.array([1000.0, 40.0], np.float32))
    assert grid.means(1.2, 1.3)[0] == 40.0
    assert grid.means(1.0, 1.2)[0] == 30.0
