"""Correlation, error and lag of known pairs, against numpy's and where there is nothing to be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.agreement import MIN_STEPS, agreement

N = 300


def _course(seed: int = 0, n: int = N) -> np.ndarray:
    """Smooth activations between 0 and 1, one per channel."""
    random = np.random.default_rng(seed)
    times_s = np.arange(n) * 0.1
    parts = [np.sin(2 * np.pi * random.uniform(0.1, 0.9) * times_s + random.uniform(0, 6)) for _ in range(5)]
    return ((np.sum(parts, axis=0) / 5 + 1) / 2)[:, None].astype(np.float32)


def test_the_same_agrees_fully():
    course = _course()
    result = agreement(course, course)
    assert result.r == pytest.approx([1.0], abs=1e-6)
    assert result.rmse == pytest.approx([0.0])
    assert result.lag_s == pytest.approx([0.0], abs=1e-6)
    assert result.n.tolist() == [N]


@given(st.integers(0, 1000), st.floats(0.0, 0.5), st.integers(0, 100))
def test_r_and_error_are_numpys(seed, noise, n_unknown):
    random = np.random.default_rng(seed)
    measured = np.hstack([_course(seed), _course(seed + 1)])
    predicted = (measured + noise * random.normal(size=measured.shape)).astype(np.float32)
    predicted[random.choice(N, n_unknown, replace=False), 0] = np.nan
    measured[random.choice(N, n_unknown, replace=False), 0] = np.nan
    result = agreement(predicted, measured)
    for channel in range(2):
        known = np.isfinite(predicted[:, channel]) & np.isfinite(measured[:, channel])
        a, b = predicted[known, channel].astype(float), measured[known, channel].astype(float)
        assert result.n[channel] == known.sum()
        assert result.r[channel] == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-5)
        assert result.rmse[channel] == pytest.approx(np.sqrt(np.mean((a - b) ** 2)), abs=1e-6)


@pytest.mark.parametrize("steps", [-4, -1, 0, 2, 4])
def test_a_known_shift_is_found_and_later_is_positive(steps):
    course = _course(3, N + 20)
    predicted, measured = course[10 - steps : 10 - steps + N], course[10 : 10 + N]
    assert agreement(predicted, measured).lag_s == pytest.approx([0.1 * steps], abs=0.01)


def test_a_shift_by_parts_of_a_step_is_found_too():
    times_s = np.arange(N) * 0.1
    predicted, measured = ((1 + np.sin(2 * np.pi * 0.4 * (times_s - late_s)))[:, None] / 2 for late_s in (0.24, 0.0))
    assert agreement(predicted, measured).lag_s == pytest.approx([0.24], abs=0.01)


def test_a_lag_is_found_among_gaps():
    course = _course(4, N + 20)
    predicted, measured = course[8 : 8 + N].copy(), course[10 : 10 + N].copy()
    predicted[40:70] = np.nan
    measured[150:190] = np.nan
    result = agreement(predicted, measured)
    assert result.n.tolist() == [N - 70]
    assert result.lag_s == pytest.approx([0.2], abs=0.02)


def test_a_lag_that_may_lie_beyond_half_a_second_is_not_told():
    times_s = np.arange(N) * 0.1
    predicted, measured = (np.exp(-((times_s - at_s) ** 2) / 2)[:, None] for at_s in (16.0, 15.0))
    result = agreement(predicted, measured)
    assert np.isnan(result.lag_s).all()
    assert np.isfinite(result.r).all()


def test_courses_that_have_nothing_to_do_with_each_other_have_no_lag():
    random = np.random.default_rng(5)
    result = agreement(random.random((3000, 4)), random.random((3000, 4)))
    assert (np.abs(result.r) < 0.1).all()
    assert np.isnan(result.lag_s).all()


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_of_a_constant_neither_correlation_nor_lag_can_be_told(level):
    constant, course = np.full((N, 1), level, np.float32), _course()
    for pair in ((constant, course), (course, constant), (constant, constant)):
        result = agreement(*pair)
        assert np.isnan(result.r).all()
        assert np.isnan(result.lag_s).all()
        assert np.isfinite(result.rmse).all()


def test_the_noise_of_rest_is_not_compared():
    rest = _course() * 1e-3
    assert np.isnan(agreement(rest, rest).r).all()


def test_less_than_five_seconds_say_nothing():
    course = _course()
    short = agreement(course[: MIN_STEPS - 1], course[: MIN_STEPS - 1])
    assert np.isnan([short.r, short.rmse, short.lag_s]).all()
    assert short.n.tolist() == [MIN_STEPS - 1]
    mostly_unknown = np.where(np.arange(N)[:, None] < MIN_STEPS - 1, course, np.nan)
    result = agreement(mostly_unknown, course)
    assert np.isnan([result.r, result.rmse, result.lag_s]).all()
    enough = agreement(course[:MIN_STEPS], course[:MIN_STEPS])
    assert enough.r == pytest.approx([1.0], abs=1e-6)


def test_a_muscle_without_a_sensor_has_nothing_and_disturbs_no_other():
    course = np.hstack([_course(seed) for seed in range(8)])
    measured = course.copy()
    measured[:, [1, 6]] = np.nan
    result = agreement(course, measured)
    unknown = np.isnan(result.r)
    assert np.flatnonzero(unknown).tolist() == [1, 6]
    assert result.n[[1, 6]].tolist() == [0, 0]
    assert result.r[~unknown] == pytest.approx(np.ones(6), abs=1e-6)


@given(
    st.lists(
        st.tuples(*[st.one_of(st.just(float("nan")), st.just(0.5), st.floats(0, 5, width=32))] * 2),
        min_size=0,
        max_size=120,
    )
)
def test_whatever_comes_r_is_a_correlation_or_nothing(rows):
    pairs = np.array(rows, np.float32).reshape(-1, 2)
    result = agreement(pairs[:, :1], pairs[:, 1:])
    assert np.isnan(result.r).all() or (np.abs(result.r) <= 1 + 1e-6).all()
    assert np.isnan(result.lag_s).all() or (np.abs(result.lag_s) <= 0.5).all()
    assert result.r.dtype == result.rmse.dtype == result.lag_s.dtype == np.float32
