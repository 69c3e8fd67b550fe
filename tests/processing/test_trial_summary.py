"""Numbers of a trial, on courses whose numbers are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.processing.trial_summary import steps_of_trial, summarise_trial

TIMES_S = np.arange(100) * 0.1
AT = {placement: index for index, placement in enumerate(MONTAGE.placements)}
LEFT_BICEPS = AT[Placement(Side.LEFT, Muscle.BICEPS)]
RIGHT_BICEPS = AT[Placement(Side.RIGHT, Muscle.BICEPS)]
LEFT_TRICEPS = AT[Placement(Side.LEFT, Muscle.TRICEPS)]


def test_mean_peak_and_its_moment() -> None:
    activation = np.full((100, 8), 0.1, np.float32)
    activation[40:45, LEFT_BICEPS] = 0.9
    activation[60, LEFT_BICEPS] = 1.5  # a single step is no peak
    summary = summarise_trial(TIMES_S, activation, 2.0, 7.9)
    assert summary.duration_s == pytest.approx(5.9)
    assert summary.peak[LEFT_BICEPS] == pytest.approx(0.9)
    assert summary.peak_at_s[LEFT_BICEPS] == pytest.approx(2.2)
    assert summary.mean[LEFT_BICEPS] == pytest.approx((53 * 0.1 + 5 * 0.9 + 1.5) / 59)
    assert summary.mean[RIGHT_BICEPS] == pytest.approx(0.1)


def test_what_came_before_and_after_a_trial_does_not_count() -> None:
    activation = np.full((100, 8), 0.9, np.float32)
    activation[21:31] = 0.1  # of 2.1 to 3.0 s; the pose of 2.0 s is of before
    summary = summarise_trial(TIMES_S, activation, 2.0, 3.0)
    assert summary.mean == pytest.approx(0.1)
    assert summary.peak == pytest.approx(0.1)
    assert np.flatnonzero(steps_of_trial(TIMES_S, 2.0, 3.0)).tolist() == list(range(21, 31))


def test_sides_are_compared() -> None:
    activation = np.full((100, 8), 0.2, np.float32)
    activation[:, RIGHT_BICEPS] = 0.6
    activation[:, AT[Placement(Side.RIGHT, Muscle.HAMSTRINGS)]] = 0.0
    asymmetry = summarise_trial(TIMES_S, activation, -0.1, 9.9).asymmetry
    np.testing.assert_allclose(asymmetry, [1.0, 0.0, 0.0, -2.0], atol=1e-6)


def test_partners_are_compared() -> None:
    activation = np.zeros((100, 8), np.float32)
    activation[:, LEFT_BICEPS] = 0.4
    activation[:50, LEFT_TRICEPS] = 0.4
    common = summarise_trial(TIMES_S, activation, -0.1, 9.9).co_contraction
    assert common[0, 0] == pytest.approx(2 / 3)
    assert np.isnan(common[0, 1])  # both at rest
    assert np.isnan(common[1]).all()


def test_what_is_hardly_known_has_no_numbers() -> None:
    activation = np.full((100, 8), 0.3, np.float32)
    activation[:60, LEFT_BICEPS] = np.nan
    summary = summarise_trial(TIMES_S, activation, -0.1, 9.9)
    assert summary.known[LEFT_BICEPS] == pytest.approx(0.4)
    assert np.isnan([summary.mean[LEFT_BICEPS], summary.peak[LEFT_BICEPS], summary.asymmetry[0]]).all()
    assert np.isnan(summary.co_contraction[0, 0])
    assert summary.mean[RIGHT_BICEPS] == pytest.approx(0.3)


def test_a_trial_without_steps_has_no_numbers() -> None:
    summary = summarise_trial(TIMES_S, np.ones((100, 8), np.float32), 50.0, 60.0)
    assert np.isnan(summary.mean).all()
    assert np.isnan(summary.co_contraction).all()
    assert not summary.known.any()


@given(arrays(np.float32, (40, 8), elements=st.floats(0, 3, width=32) | st.just(float("nan"))))
def test_numbers_stay_in_their_ranges(activation: np.ndarray) -> None:
    summary = summarise_trial(TIMES_S[:40], activation, 0.0, 3.9)
    known = np.isfinite(summary.peak) & np.isfinite(summary.mean)
    assert (summary.peak[known] <= np.nanmax(activation, axis=0, initial=0.0)[known] + 1e-5).all()
    assert not np.isfinite(summary.peak[~np.isfinite(summary.mean)]).any()
    asymmetry, common = summary.asymmetry, summary.co_contraction
    assert (np.abs(asymmetry[np.isfinite(asymmetry)]) <= 2 + 1e-5).all()
    inside = common[np.isfinite(common)]
    assert ((inside >= 0) & (inside <= 1 + 1e-5)).all()
