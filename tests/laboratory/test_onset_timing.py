"""Bursts found and matched: cases done by hand, and windows put in a row again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.laboratory.onset_timing import (
    TOLERANCE_STEPS,
    Thresholds,
    bursts,
    match_events,
    stretches,
    thresholds,
    timing,
)


def _course(text: str) -> np.ndarray:
    """Return a course from digits: `0` is rest, `9` strong."""
    return np.array([float(character) for character in text])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0005790000", [(3, 6, 5)]),
        ("0005444000", [(3, 7, 3)]),  # 4 lies between the levels: it goes on, but does not begin
        ("0004440000", []),
        ("0009000000", []),  # one step is too short
        ("0009909900", [(3, 8, 3)]),  # a pause of one step is none
        ("0009900990", [(3, 5, 3), (7, 9, 7)]),
        ("9900000099", [(-1, 2, 0), (8, -1, 8)]),  # what began before, or ends after, has no such event
        ("9000000009", [(-1, 1, 0), (9, -1, 9)]),
        ("9999999999", [(-1, -1, 0)]),
        ("4444444444", []),
    ],
)
def test_bursts_of_a_course(text: str, found: list[tuple[int, int, int]]) -> None:
    assert [tuple(burst) for burst in bursts(_course(text), on=4.5, off=3.5).tolist()] == found


def test_levels_lie_between_rest_and_strong_activity() -> None:
    emg = np.linspace(0, 100, 101).repeat(2).reshape(1, 101, 2) * [1.0, 2.0]
    level = thresholds(emg, np.array([5]))[5]
    rest, strong = np.percentile(np.arange(101).repeat(2), [10, 95])
    np.testing.assert_allclose(level.on, (rest + 0.2 * (strong - rest)) * np.array([1, 2]))
    np.testing.assert_allclose(level.off, (rest + 0.15 * (strong - rest)) * np.array([1, 2]))


def test_the_nearest_events_are_matched_and_each_once() -> None:
    assert match_events(np.array([10, 14]), np.array([13])).tolist() == [[1, 0]]
    assert match_events(np.array([10]), np.array([16])).tolist() == []
    assert match_events(np.array([10]), np.array([15])).tolist() == [[0, 0]]
    assert match_events(np.array([], int), np.array([3])).shape == (0, 2)


@given(st.sets(st.integers(0, 120)), st.sets(st.integers(0, 120)))
def test_no_event_is_matched_twice_or_too_far(one: set[int], other: set[int]) -> None:
    true, predicted = np.array(sorted(one), int), np.array(sorted(other), int)
    pairs = match_events(true, predicted)
    assert len(set(pairs[:, 0].tolist())) == len(set(pairs[:, 1].tolist())) == len(pairs)
    assert np.all(np.abs(true[pairs[:, 0]] - predicted[pairs[:, 1]]) <= TOLERANCE_STEPS)
    # Whoever is left alone on both sides is too far from everyone else left alone.
    alone = [np.delete(events, pairs[:, side]) for side, events in enumerate((true, predicted))]
    assert np.all(np.abs(alone[0][:, None] - alone[1]) > TOLERANCE_STEPS)


@given(st.integers(30, 120), st.integers(1, 30), st.integers(0, 2**16))
def test_windows_are_put_in_a_row_again(length: int, stride: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    course = rng.normal(0, 1, (length, 2))
    starts = rng.permutation(np.arange(0, length - 29, stride))
    windows = np.stack([course[start : start + 30] for start in starts])
    ones = np.ones(len(starts), int)
    (piece,) = stretches(windows, -windows, 7 * ones, 3 * ones, starts)
    np.testing.assert_array_equal(piece.truth, course[: starts.max() + 30])
    np.testing.assert_array_equal(piece.predicted, -piece.truth)
    assert piece.subject == 7


def test_an_overlap_is_read_where_a_window_has_it_near_its_middle_and_a_gap_parts() -> None:
    predicted = np.stack([np.full((30, 1), number) for number in range(3)])
    ones = np.ones(3, int)
    pieces = stretches(predicted, predicted, ones, ones, np.array([0, 10, 60]))
    assert [len(piece.truth) for piece in pieces] == [40, 30]
    np.testing.assert_array_equal(pieces[0].predicted[:, 0], [0] * 20 + [1] * 20)


def _movements(shift: int = 0) -> np.ndarray:
    steps = np.arange(300)
    return np.clip(60 * np.sin(2 * np.pi * (steps - shift) / 40), 0, None)[:, np.newaxis]


def test_a_late_prediction_is_said_to_be_late() -> None:
    truth, predicted = _movements(), _movements(shift=2)
    ones = np.zeros(10, int)
    windows = [course.reshape(10, 30, 1) for course in (truth, predicted)]
    pieces = stretches(windows[0], windows[1], ones, ones, np.arange(10) * 30)
    found = timing(pieces, thresholds(windows[0], ones))
    for events in (found.onset, found.offset, found.peak):
        assert events.f1 == pytest.approx(1.0, abs=0.08)
        assert events.median_error_s == pytest.approx(0.2)
        assert events.median_absolute_error_s == pytest.approx(0.2)
    assert found.median_lag_s == pytest.approx(0.2, abs=0.02)


def test_missed_and_invented_bursts_count() -> None:
    truth, predicted = np.zeros((200, 1)), np.zeros((200, 1))
    for begin in (20, 60, 100, 140):
        truth[begin : begin + 10] = 50
    for begin in (21, 61, 180):
        predicted[begin : begin + 10] = 50
    level = {0: Thresholds(np.array([20.0]), np.array([15.0]))}
    zeros = np.zeros(1, int)
    onset = timing(stretches(truth[None], predicted[None], zeros, zeros, zeros), level).onset
    assert (onset.n_true, onset.n_predicted, onset.n_matched) == (4, 3, 2)
    assert (onset.precision, onset.recall) == (pytest.approx(2 / 3), 0.5)
    assert onset.f1 == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))
    assert onset.median_error_s == pytest.approx(0.1)


def test_where_nothing_happens_nothing_is_claimed() -> None:
    still = np.full((1, 100, 1), 3.0)
    zeros = np.zeros(1, int)
    found = timing(stretches(still, still, zeros, zeros, zeros), thresholds(still, zeros))
    assert found.onset.n_true == 0
    for value in (found.onset.precision, found.onset.f1, found.onset.median_error_s, found.median_lag_s):
        assert math.isnan(value)
