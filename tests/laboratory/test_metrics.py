"""Errors and correlations against formulas of others and cases done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import pearsonr

from mia_core.laboratory.metrics import (
    MetricError,
    channel_agreement,
    channel_ranges,
    dead_channels,
    fisher_mean,
    jitter,
    least_spread,
    normalised_rmse,
    rmse,
    rmse_by_channel,
    rmse_by_exercise,
    rmse_by_lookahead,
    rmse_by_position,
)
from mia_core.laboratory.mirror_check import mirror_errors, mirrored_channels
from mia_core.skeleton import INDEX, MIRROR

CHANNELS = ("left_quadriceps", "left_biceps", "right_quadriceps", "right_biceps")

window_pairs = hnp.arrays(
    np.float64,
    st.tuples(st.just(2), st.integers(1, 5), st.integers(1, 6), st.integers(1, 3)),
    elements=st.floats(0, 99),
)


def some_windows(n: int = 40, n_steps: int = 30, n_channels: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    truth = rng.gamma(2, 6, (n, n_steps, n_channels))
    return truth, 0.7 * truth + rng.normal(3, 4, truth.shape)


def test_the_error_of_a_case_done_by_hand() -> None:
    truth = np.array([[[0.0, 2.0]], [[4.0, 6.0]]])
    predicted = np.array([[[1.0, 2.0]], [[1.0, 6.0]]])  # squares 1, 0, 9, 0
    assert rmse(truth, predicted) == pytest.approx(math.sqrt(10 / 4))
    assert rmse(truth, predicted, np.array([3.0, 1.0])) == pytest.approx(math.sqrt((3 * 0.5 + 4.5) / 4))
    np.testing.assert_allclose(rmse_by_channel(truth, predicted), [math.sqrt(5), 0])


def test_pooled_and_mean_of_exercises_differ_as_they_should() -> None:
    truth = np.zeros((3, 1, 1))
    predicted = np.array([3.0, 3.0, 9.0]).reshape(3, 1, 1)
    errors = rmse_by_exercise(truth, predicted, np.array([5, 5, 8]))
    assert errors.by_exercise == {5: pytest.approx(3.0), 8: pytest.approx(9.0)}
    assert errors.mean_of_exercises == pytest.approx(6.0)
    assert errors.pooled == pytest.approx(math.sqrt((9 + 9 + 81) / 3))


def test_windows_cut_densely_count_by_time_when_weighted() -> None:
    truth, predicted = some_windows(6)
    exercise = np.array([0, 0, 1, 1, 1, 1])
    dense = np.repeat(np.arange(6), [1, 5, 1, 1, 5, 1])  # two windows five times over, at a fifth of the weight
    weights = np.repeat([1.0, 0.2, 1.0, 1.0, 0.2, 1.0], [1, 5, 1, 1, 5, 1])
    plain = rmse_by_exercise(truth, predicted, exercise)
    weighted = rmse_by_exercise(truth[dense], predicted[dense], exercise[dense], weights)
    assert weighted.pooled == pytest.approx(plain.pooled)
    assert weighted.by_exercise == pytest.approx(plain.by_exercise)
    one, other = channel_agreement(truth, predicted), channel_agreement(truth[dense], predicted[dense], weights)
    np.testing.assert_allclose(one.ccc, other.ccc)


def test_the_error_by_place_belongs_to_the_place() -> None:
    truth = np.zeros((5, 6, 2))
    predicted = truth.copy()
    predicted[:, 5], predicted[:, 4], predicted[:, 1] = 4.0, 2.0, 1.0
    np.testing.assert_allclose(rmse_by_position(truth, predicted), [0, 1, 0, 0, 2, 4])
    assert rmse_by_lookahead(truth, predicted) == {0: 4.0, 1: 2.0, 2: 0.0, 4: 1.0}
    assert rmse_by_lookahead(truth[:, -1:], predicted[:, -1:]) == {0: 4.0}  # a window of one step has no future


def test_correlation_is_the_one_of_scipy_and_concordance_the_one_of_lin() -> None:
    truth, predicted = some_windows()
    found = channel_agreement(truth, predicted)
    for channel in range(4):
        x, y = truth[..., channel].ravel(), predicted[..., channel].ravel()
        assert found.r[channel] == pytest.approx(pearsonr(x, y).statistic)
        expected = 1 - np.mean((x - y) ** 2) / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        assert found.ccc[channel] == pytest.approx(expected)
        assert found.r_squared[channel] == pytest.approx(1 - np.sum((x - y) ** 2) / np.sum((x - x.mean()) ** 2))
    assert found.n_dropped == 0
    assert found.mean_r == pytest.approx(np.tanh(np.mean(np.arctanh(found.r))))


@given(window_pairs)
def test_concordance_never_exceeds_correlation_and_says_less_than_the_explained_variance_allows(
    pair: np.ndarray,
) -> None:
    found = channel_agreement(pair[0], pair[1])
    known = np.isfinite(found.r)
    assert np.all(np.abs(found.ccc[known]) <= np.abs(found.r[known]) + 1e-6)
    assert np.all(found.r_squared[known] <= found.r[known] ** 2 + 1e-6)
    assert found.n_dropped == np.count_nonzero(~known)


@given(window_pairs, st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_the_pooled_square_is_the_mean_of_the_exercises_squares(pair: np.ndarray, labels: list[int]) -> None:
    exercise = np.array(labels[: pair.shape[1]])
    errors = rmse_by_exercise(pair[0], pair[1], exercise)
    numbers, counts = np.unique(exercise, return_counts=True)
    squares = [errors.by_exercise[int(number)] ** 2 for number in numbers]
    assert errors.pooled**2 == pytest.approx(np.average(squares, weights=counts))
    assert errors.pooled == pytest.approx(rmse(pair[0], pair[1]))


def test_a_muscle_that_does_nothing_is_dropped_and_one_that_is_not_followed_counts_as_nothing() -> None:
    truth, predicted = some_windows()
    truth[..., 1] = 5 + 0.01 * truth[..., 1]
    predicted[..., 2] = 7.0
    found = channel_agreement(truth, predicted)
    assert found.n_dropped == 1
    assert np.isnan([found.r[1], found.ccc[1], found.r_squared[1]]).all()
    assert found.r[2] == 0
    assert found.ccc[2] == pytest.approx(0, abs=1e-12)
    assert found.mean_r == pytest.approx(np.tanh(np.arctanh(found.r[[0, 2, 3]]).mean()))
    assert math.isnan(fisher_mean(np.array([np.nan])))


def test_what_a_muscle_must_do_to_count_follows_the_unit() -> None:
    truth, predicted = some_windows()
    truth[..., 1] = 5 + 0.001 * truth[..., 1]
    subject = np.zeros(len(truth), np.int16)
    counts, millivolts = (
        channel_agreement(
            scale * truth,
            scale * predicted,
            min_spread=least_spread(unit, channel_ranges(scale * truth, subject)),
        )
        for scale, unit in ((1.0, "counts"), (0.005, "mV"))
    )
    assert counts.n_dropped == millivolts.n_dropped == 1
    np.testing.assert_allclose(millivolts.r, counts.r)
    np.testing.assert_allclose(millivolts.ccc, counts.ccc)
    silent = channel_agreement(np.zeros_like(truth), predicted, min_spread=0.0)
    assert silent.n_dropped == truth.shape[2]


def test_errors_are_normalised_by_the_range_in_training() -> None:
    rng = np.random.default_rng(2)
    emg = rng.uniform(0, 1, (50, 30, 2)) * [10.0, 200.0]
    subject = np.repeat([3, 4], 25)
    emg[subject == 4] *= 2
    ranges = channel_ranges(emg, subject)
    expected = np.percentile(emg[:25, :, 1], 99) - np.percentile(emg[:25, :, 1], 1)
    assert ranges[3][1] == pytest.approx(expected)
    truth = np.zeros((2, 30, 2))
    predicted = np.stack([np.full((30, 2), 0.5) * ranges[3], np.full((30, 2), 0.5) * ranges[4]])
    np.testing.assert_allclose(normalised_rmse(truth, predicted, np.array([3, 4]), ranges), 0.5)
    # Of subject 9 nothing is known; the other window still counts. Without any, there is no value.
    np.testing.assert_allclose(normalised_rmse(truth, predicted, np.array([3, 9]), ranges), 0.5)
    assert np.isnan(normalised_rmse(truth, predicted, np.array([9, 9]), ranges)).all()


def test_only_an_output_that_is_always_zero_is_dead() -> None:
    predicted = np.zeros((3, 4, 3))
    predicted[1, 2, 1] = 1e-9
    assert dead_channels(predicted).tolist() == [True, False, True]


def test_jitter_is_the_second_difference() -> None:
    steps = np.arange(10.0)
    assert jitter(np.stack([5 + 2 * steps])[..., np.newaxis]) == 0
    assert jitter(np.stack([steps**2])[..., np.newaxis]) == pytest.approx(2.0)


def _heights(keypoints: np.ndarray) -> np.ndarray:
    """A predictor that treats both sides alike."""
    places = [INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("knee", "elbow")]
    return 100 * np.asarray(keypoints[:, :, places, 1])


def test_a_predictor_that_treats_both_sides_alike_has_no_mirror_error_and_another_has() -> None:
    keypoints = np.random.default_rng(4).uniform(0, 1, (3, 30, 25, 2))
    assert mirrored_channels(CHANNELS).tolist() == [2, 3, 0, 1]
    np.testing.assert_allclose(mirror_errors(_heights, keypoints, CHANNELS), 0, atol=1e-9)

    def lopsided(of: np.ndarray) -> np.ndarray:
        return _heights(of) * [1.0, 1.0, 2.0, 1.0]

    left, right = (100 * keypoints[:, :, INDEX[f"{side}_knee"], 1] for side in ("left", "right"))
    expected = [math.sqrt(np.mean(right**2)), 0, math.sqrt(np.mean(left**2)), 0]
    np.testing.assert_allclose(mirror_errors(lopsided, keypoints, CHANNELS), expected, atol=1e-9)
    assert MIRROR[INDEX["left_knee"]] == INDEX["right_knee"]


@pytest.mark.parametrize("channels", [("left_biceps", "trunk"), ("left_biceps", "right_triceps")])
def test_a_muscle_without_a_twin_is_named(channels: tuple[str, ...]) -> None:
    with pytest.raises(MetricError, match="has no twin"):
        mirrored_channels(channels)


@pytest.mark.parametrize(
    ("truth", "predicted", "said"),
    [
        (np.zeros((2, 3, 8)), np.zeros((2, 8, 3)), r"\(2, 8, 3\).*\(2, 3, 8\)"),
        (np.zeros((0, 3, 8)), np.zeros((0, 3, 8)), "no window"),
        (np.zeros((1, 1, 1)), np.full((1, 1, 1), np.nan), "no number"),
    ],
)
def test_what_can_not_be_compared_is_refused(truth: np.ndarray, predicted: np.ndarray, said: str) -> None:
    with pytest.raises(MetricError, match=said):
        rmse(truth, predicted)
