"""Intervals over blocks of time, and models compared on the same blocks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, pearsonr

from mia_core.laboratory.bootstrap import (
    MIN_BLOCKS,
    channel_r_interval,
    mean_of_exercises_interval,
    rmse_interval,
    time_blocks,
)
from mia_core.laboratory.comparison import compare
from mia_core.laboratory.metrics import MetricError, rmse, rmse_by_exercise


def test_blocks_are_half_minutes_of_one_recording_of_one_exercise() -> None:
    subject = np.array([0, 0, 0, 0, 1, 0])
    exercise = np.array([2, 2, 2, 3, 2, 2])
    recording = np.array([7, 7, 7, 7, 9, 8])
    start = np.array([0, 299, 300, 0, 0, 0])
    block = time_blocks(subject, exercise, recording, start)
    assert block[0] == block[1]
    assert len(set(block.tolist())) == 5
    assert sorted(set(block.tolist())) == list(range(5))


def test_the_interval_of_independent_blocks_is_as_wide_as_theory_says() -> None:
    rng = np.random.default_rng(5)
    error = rng.normal(0, 3, (400, 30, 4))
    found = rmse_interval(np.zeros_like(error), error, np.arange(400))
    squares = (error**2).mean(axis=(1, 2))
    # By the delta method: the root's standard error is that of the mean square over twice the root.
    standard_error = squares.std(ddof=1) / math.sqrt(400) / (2 * found.value)
    assert found.value == pytest.approx(rmse(np.zeros_like(error), error))
    assert found.high - found.low == pytest.approx(2 * 1.96 * standard_error, rel=0.08)
    assert found.n_blocks == 400


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_an_interval_holds_its_value_when_blocks_are_alike(seed: int, n_blocks: int) -> None:
    rng = np.random.default_rng(seed)
    error = rng.normal(0, 1, (4 * n_blocks, 10, 3))
    found = rmse_interval(np.zeros_like(error), error, np.repeat(np.arange(n_blocks), 4))
    assert found.low <= found.value <= found.high
    same = np.ones_like(error)  # all blocks equal: nothing to be unsure of
    sure = rmse_interval(np.zeros_like(same), same, np.repeat(np.arange(n_blocks), 4))
    assert sure.low == sure.value == sure.high == 1.0


def test_blocks_hold_the_truth_as_often_as_promised_where_single_windows_do_not() -> None:
    rng = np.random.default_rng(8)
    n_runs, n_blocks, per_block = 120, 40, 10
    own, shared = rng.normal(0, 0.3, (n_runs, n_blocks, per_block)), rng.normal(0, 1, (n_runs, n_blocks, 1))
    error = np.sqrt(np.exp(own + shared))[..., np.newaxis, np.newaxis]  # windows of a block err alike
    expected = math.sqrt(math.exp((1 + 0.3**2) / 2))
    block = np.repeat(np.arange(n_blocks), per_block)

    def held(blocks: np.ndarray) -> int:
        count = 0
        for run in error.reshape(n_runs, -1, 1, 1):
            found = rmse_interval(np.zeros_like(run), run, blocks)
            count += found.low <= expected <= found.high
        return count

    # Percentile intervals of forty lopsided blocks fall a little short of 95 %; 88 % is what they must reach.
    assert held(block) >= binom.ppf(0.001, n_runs, 0.88)
    assert held(np.arange(len(block))) < 0.75 * n_runs


def test_one_block_has_no_interval() -> None:
    found = rmse_interval(np.zeros((3, 2, 1)), np.ones((3, 2, 1)), np.zeros(3, int))
    assert (found.value, found.n_blocks) == (1.0, 1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_the_interval_of_the_mean_of_exercises_is_about_that_mean() -> None:
    rng = np.random.default_rng(3)
    exercise = np.repeat([4, 6, 9], 60)
    error = rng.normal(0, 1, (180, 5, 2)) * np.array([1.0, 3.0, 9.0])[np.searchsorted([4, 6, 9], exercise), None, None]
    truth = np.zeros_like(error)
    found = mean_of_exercises_interval(truth, error, exercise, np.repeat(np.arange(36), 5))
    assert found.value == pytest.approx(rmse_by_exercise(truth, error, exercise).mean_of_exercises)
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.5  # one exercise errs nine times as much; the mean over exercises is steady


def test_the_correlation_with_interval_is_that_of_scipy() -> None:
    rng = np.random.default_rng(12)
    truth = rng.gamma(2, 5, (200, 10, 2))
    predicted = 1000 + truth + rng.normal(0, 6, truth.shape)
    found = channel_r_interval(truth, predicted, np.arange(200), channel=1)
    reference = pearsonr(truth[..., 1].ravel(), predicted[..., 1].ravel())
    assert found.value == pytest.approx(reference.statistic, abs=1e-9)
    theory = reference.confidence_interval(0.95)
    assert found.high - found.low == pytest.approx(theory.high - theory.low, rel=0.25)
    constant = channel_r_interval(truth, np.ones_like(truth), np.arange(200), channel=0)
    assert math.isnan(constant.value)
    assert math.isnan(constant.low)


def _predictions(truth: np.ndarray, spread: float, seeds: range) -> list[np.ndarray]:
    return [truth + np.random.default_rng(seed).normal(0, spread, truth.shape) for seed in seeds]


def test_a_better_model_is_shown_to_be_better_by_blocks_seeds_and_exercises() -> None:
    truth = np.random.default_rng(0).gamma(2, 5, (120, 10, 4))
    exercise, block = np.repeat(np.arange(12), 10), np.repeat(np.arange(24), 5)
    first, second = _predictions(truth, 2.0, range(3)), _predictions(truth, 2.4, range(10, 13))
    found = compare(truth, first, second, exercise, block)
    assert found.by_seed == pytest.approx([rmse(truth, a) - rmse(truth, b) for a, b in zip(first, second, strict=True)])
    assert found.difference.value == pytest.approx(np.mean(found.by_seed))
    assert found.difference.low < found.difference.value < found.difference.high < 0
    assert (found.better, found.worse) == (12, 0)
    assert found.wilcoxon_p == pytest.approx(2 / 2**12)  # all twelve signs alike
    assert found.is_shown
    turned = compare(truth, second, first, exercise, block)
    assert turned.difference.value == pytest.approx(-found.difference.value)
    assert (turned.better, turned.worse) == (0, 12)


def test_pairing_takes_out_what_both_models_find_hard() -> None:
    rng = np.random.default_rng(1)
    hard = np.repeat(rng.uniform(1, 20, 24), 5)[:, None, None]  # blocks differ far more than models
    truth = np.zeros((120, 10, 4))
    exercise, block = np.repeat(np.arange(12), 10), np.repeat(np.arange(24), 5)
    first = [hard * rng.normal(0, 1, truth.shape) for _ in range(3)]
    second = [1.1 * predicted for predicted in first]
    found = compare(truth, first, second, exercise, block)
    alone = rmse_interval(truth, first[0], block)
    assert alone.high - alone.low > 4 * (found.difference.high - found.difference.low)
    assert found.is_shown


def test_fewer_than_three_seeds_show_nothing() -> None:
    truth = np.random.default_rng(0).gamma(2, 5, (120, 10, 4))
    exercise, block = np.repeat(np.arange(12), 10), np.repeat(np.arange(24), 5)
    found = compare(truth, _predictions(truth, 1.0, range(2)), _predictions(truth, 9.0, range(2)), exercise, block)
    assert found.difference.high < 0
    assert not found.is_shown


def test_few_blocks_show_nothing_however_clear_they_seem() -> None:
    truth = np.random.default_rng(0).gamma(2, 5, (120, 10, 4))
    exercise = np.repeat(np.arange(12), 10)
    first, second = _predictions(truth, 1.0, range(3)), _predictions(truth, 9.0, range(3))
    few, enough = (compare(truth, first, second, exercise, np.arange(120) % n) for n in (MIN_BLOCKS - 1, MIN_BLOCKS))
    assert few.difference.high < 0
    assert enough.difference.high < 0
    assert (few.is_shown, enough.is_shown) == (False, True)


def test_a_method_without_luck_stands_for_all_seeds_and_a_model_against_itself_is_a_tie() -> None:
    truth = np.random.default_rng(0).gamma(2, 5, (40, 10, 4))
    exercise, block = np.repeat(np.arange(4), 10), np.repeat(np.arange(20), 2)
    networks = _predictions(truth, 2.0, range(3))
    found = compare(truth, networks, networks[:1], exercise, block)
    assert len(found.by_seed) == 3
    assert found.by_seed[0] == 0
    itself = compare(truth, networks, networks, exercise, block)
    assert (itself.better, itself.worse, itself.wilcoxon_p) == (0, 0, None)
    assert not itself.is_shown
    with pytest.raises(MetricError, match="3 trainings can't be paired with 2"):
        compare(truth, networks, networks[:2], exercise, block)
