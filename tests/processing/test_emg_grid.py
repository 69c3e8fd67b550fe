"""Samples of any clock as means over steps: every sample stands for the time since the one before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.emg_grid import span_means

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
    ends_s = np.array([1.6, 1.7, 2.85, 3.0])
    held = span_means(np.array([1.0, 1.1]), np.array([10.0, 20.0], np.float32), ends_s - 0.1, ends_s)
    assert held.tolist() == pytest.approx([20.0, np.nan, np.nan, np.nan], nan_ok=True)
    times_s, values = np.array([1.0, 1.1, 3.0]), np.array([10.0, 20.0, 30.0], np.float32)
    assert span_means(times_s, values, ends_s - 0.1, ends_s).tolist() == pytest.approx(
        [20.0, np.nan, np.nan, 30.0], nan_ok=True
    )  # the new one stands for the 0.1 s before it


def test_of_nothing_nothing_is_known():
    assert np.isnan(span_means(np.empty(0), np.empty(0, np.float32), np.zeros(2), np.ones(2))).all()
