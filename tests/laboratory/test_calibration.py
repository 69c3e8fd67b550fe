"""Intervals hold what they promise where they can, and their score is the one of the textbook."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mia_core.laboratory.calibration import (
    LEVELS,
    RELIABILITY_LEVELS,
    ConformalErrors,
    calibration_windows,
    conformal_errors,
    judge_intervals,
    reliability,
)
from mia_core.laboratory.metrics import MetricError


def _skewed(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    predicted = rng.uniform(0, 40, (n, 30, 2))
    return predicted + rng.gamma(1.5, 4, predicted.shape) * [1.0, 3.0], predicted


def test_conformal_intervals_hold_the_promised_share_of_new_data() -> None:
    rng = np.random.default_rng(7)
    errors = conformal_errors(*_skewed(rng, 200))
    truth, predicted = _skewed(rng, 200)
    found = judge_intervals(truth, {level: errors.interval(predicted, level) for level in LEVELS})
    assert found.levels == LEVELS
    np.testing.assert_allclose(found.coverage, LEVELS, atol=0.02)
    np.testing.assert_allclose(found.coverage_by_channel, np.array(LEVELS)[:, None] * [1, 1], atol=0.02)
    assert sorted(found.width) == list(found.width)
    np.testing.assert_allclose(reliability(truth, predicted, errors), RELIABILITY_LEVELS, atol=0.025)
    low, high = errors.interval(predicted, 0.9)
    # The three-times larger errors of the second muscle widen its interval three-fold.
    assert np.mean((high - low)[..., 1]) == pytest.approx(3 * np.mean((high - low)[..., 0]), rel=0.08)


def test_on_another_subject_the_promise_is_broken_and_that_is_seen() -> None:
    rng = np.random.default_rng(7)
    errors = conformal_errors(*_skewed(rng, 200))
    truth, predicted = _skewed(rng, 200)
    found = judge_intervals(truth + 30, {level: errors.interval(predicted, level) for level in LEVELS})
    assert np.all(np.array(found.coverage) < np.array(LEVELS) / 2)


@given(st.integers(20, 80), st.sampled_from(LEVELS), st.integers(0, 2**16))
def test_on_its_own_errors_an_interval_holds_at_least_its_share(n: int, level: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 5, (n, 1, 2))
    errors = conformal_errors(truth, np.zeros_like(truth))
    low, high = errors.interval(np.zeros_like(truth), level)
    inside = ((low <= truth) & (truth <= high)).mean(axis=(0, 1))
    assert np.all(inside >= level - 1e-9)


@given(
    hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-50, 50)),
    hnp.arrays(np.float64, st.integers(1, 10), elements=st.floats(-80, 80)),
)
def test_the_score_is_the_textbooks(sample: np.ndarray, outcomes: np.ndarray) -> None:
    errors = ConformalErrors(np.sort(sample)[:, np.newaxis])
    truth = outcomes.reshape(-1, 1, 1)
    spread = np.abs(sample[:, None] - sample).mean() / 2
    expected = np.mean([np.abs(sample - outcome).mean() - spread for outcome in outcomes])
    found = errors.crps(truth, np.zeros_like(truth))
    assert found == pytest.approx(expected, abs=1e-8)
    assert found >= -1e-8


def test_a_forecast_without_spread_scores_its_absolute_error() -> None:
    truth = np.array([3.0, -1.0]).reshape(2, 1, 1)
    assert ConformalErrors(np.zeros((1, 1))).crps(truth, np.zeros_like(truth)) == pytest.approx(2.0)


def test_whole_blocks_are_kept_for_calibration() -> None:
    block = np.repeat(np.arange(20), 7)
    kept = calibration_windows(block, seed=1)
    assert set(block[kept]).isdisjoint(block[~kept])
    assert len(set(block[kept].tolist())) == 4
    np.testing.assert_array_equal(kept, calibration_windows(block, seed=1))
    assert np.ptp(np.diff(np.unique(block[kept]))) == 0  # evenly over subjects, exercises and time
    assert len({tuple(calibration_windows(block, seed)) for seed in range(30)}) == 5
    assert {tuple(calibration_windows(np.array([4, 4, 9]), seed)) for seed in range(30)} == {(1, 1, 0), (0, 0, 1)}
    with pytest.raises(MetricError, match="One block"):
        calibration_windows(np.zeros(5, int), seed=0)


def test_too_few_errors_are_refused() -> None:
    with pytest.raises(MetricError, match="19 steps are too few"):
        conformal_errors(np.zeros((19, 1, 2)), np.zeros((19, 1, 2)))
