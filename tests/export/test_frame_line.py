"""The time line of frames whose film was held up."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.export.frame_line import FrameLine

STAMPS_S = np.arange(600) / 30


def test_a_film_that_was_held_up_is_later_from_then_on() -> None:
    late_s = 1000.0 + np.where(STAMPS_S >= 8, 0.7, 0.0) + np.where(STAMPS_S >= 12, 0.6, 0.0)
    line = FrameLine(STAMPS_S + late_s, STAMPS_S)
    assert line.was_held_up
    np.testing.assert_allclose(line.of(STAMPS_S + late_s), STAMPS_S, atol=1e-6)
    # While it was held up it stood still; before its begin and after its end time went on.
    np.testing.assert_allclose(line.of(np.array([1008.1, 1008.6])), 8.0, atol=1 / 30)
    np.testing.assert_allclose(line.of(np.array([990.0, 1031.3])), [-10.0, 30.0], atol=1e-6)


def test_a_reader_that_was_slow_for_a_while_does_not_matter() -> None:
    slow_s = np.where((STAMPS_S > 5) & (STAMPS_S < 6), 0.4, 0.0) + np.where(np.arange(600) % 50 == 7, 0.3, 0.0)
    jitter_s = np.random.default_rng(0).exponential(0.002, 600)
    assert not FrameLine(1000.0 + STAMPS_S + slow_s + jitter_s, STAMPS_S).was_held_up


def test_a_slow_reader_and_a_pause_are_told_apart() -> None:
    late_s = 50.0 + np.where(STAMPS_S >= 10, 0.9, 0.0)
    slow_s = np.where((STAMPS_S > 14) & (STAMPS_S < 15), 0.4, 0.0)
    line = FrameLine(STAMPS_S + late_s + slow_s, STAMPS_S)
    assert line.was_held_up
    assert float(line.of(np.array([14.5 + 50.9]))[0]) == pytest.approx(14.5, abs=1e-6)


def test_the_way_back_leads_where_one_came_from() -> None:
    late_s = 1000.0 + np.where(STAMPS_S >= 8, 0.7, 0.0) + np.where(STAMPS_S >= 12, 0.6, 0.0)
    line = FrameLine(STAMPS_S + late_s, STAMPS_S)
    times_s = np.concatenate([np.linspace(-5.0, 30.0, 701), STAMPS_S])
    np.testing.assert_allclose(line.of(line.monotonic_s(times_s)), times_s, atol=1e-6)
    np.testing.assert_allclose(line.monotonic_s(STAMPS_S), STAMPS_S + late_s, atol=1e-6)
