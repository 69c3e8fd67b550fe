"""A drift that was put in is found again, with a standard error that says how well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mia_core.processing.clock_drift import ClockDrift, estimate_drift
from mia_core.sensors.clock_benchmark import LINKS


def drift_of(
    ppm: float,
    seconds: float,
    rng: np.random.Generator,
    rate_hz: float = 10.0,
    jitter_s: float = 0.013,
    loss: float = 0.0,
) -> ClockDrift | None:
    """Let a device that is `ppm` faster than it says send for some time over a link with delays of an exponential."""
    numbers = np.arange(round(seconds * rate_hz))
    arrivals_s = 5000 + numbers / (rate_hz * (1 + ppm * 1e-6)) + rng.exponential(jitter_s, len(numbers))
    kept = rng.random(len(numbers)) >= loss
    numbers, arrivals_s = numbers[kept], np.maximum.accumulate(arrivals_s)[kept]
    return estimate_drift(numbers, arrivals_s, np.zeros(len(numbers), np.int32), rate_hz)


@pytest.mark.parametrize(("ppm", "rate_hz"), [(40.0, 10.0), (-2500.0, 10.0), (-1000.0, 30.0), (20_000.0, 100.0)])
def test_a_drift_is_found_again(ppm: float, rate_hz: float) -> None:
    rng = np.random.default_rng(7)
    found = [drift_of(ppm, 300, rng, rate_hz, loss=0.002) for _ in range(20)]
    errors = np.array([one.ppm - ppm for one in found if one is not None])
    print(f"{ppm:+.0f} ppm at {rate_hz:.0f} Hz in 5 min: sd {errors.std():.1f} ppm")
    assert len(errors) == 20
    assert np.abs(errors).max() < 5
    assert np.abs(errors.mean()) < 3 * errors.std() / np.sqrt(20)


@pytest.mark.parametrize("link", LINKS)
def test_the_standard_error_covers_what_a_link_hides(link: str) -> None:
    rng, scores = np.random.default_rng(1), []
    for _ in range(40):
        ppm = rng.uniform(-40, 40)
        _, arrivals_s, numbers = LINKS[link].arrivals(3000, rng, ppm=-ppm)
        found = estimate_drift(numbers, arrivals_s, np.zeros(len(numbers), np.int32), 10.0)
        assert found is not None
        scores.append((found.ppm - ppm) / found.standard_error_ppm)
    print(f"{link}: scores {np.std(scores):.2f}")
    assert 0.3 < np.std(scores) < 1.5


def test_the_course_follows_the_lag() -> None:
    found = drift_of(-2000.0, 600, np.random.default_rng(1), jitter_s=0.002)
    assert found is not None
    assert len(found.times_s) == 40
    assert found.lags_s == pytest.approx(0.002 * (found.times_s - found.times_s[0]) / 1, abs=0.004)
    assert found.jitter_s == pytest.approx(0.002, rel=0.1)
    assert found.rate_hz == pytest.approx(9.98, abs=1e-3)


def test_a_clock_that_changes_its_pace_has_a_larger_standard_error() -> None:
    rng, numbers = np.random.default_rng(2), np.arange(6000)
    even_s = numbers / 10 + rng.exponential(0.0005, 6000)
    bent_s = even_s + 0.1 * (numbers / 6000) ** 2
    none = np.zeros(6000, np.int32)
    even, bent = (estimate_drift(numbers, np.maximum.accumulate(at), none, 10.0) for at in (even_s, bent_s))
    assert even is not None
    assert bent is not None
    assert bent.standard_error_ppm > 5 * even.standard_error_ppm


def test_connections_have_numbers_of_their_own() -> None:
    rng = np.random.default_rng(3)
    one, other = np.arange(3000), np.arange(70, 3070)
    taken_s = [100 + one / 9.99, 500 + other / 9.99]
    arrivals_s = np.concatenate(taken_s) + rng.exponential(0.005, 6000)
    found = estimate_drift(np.concatenate([one, other]), arrivals_s, np.repeat([4, 6], 3000), 10.0)
    assert found is not None
    assert found.ppm == pytest.approx(-1000, abs=5 * found.standard_error_ppm)
    assert found.standard_error_ppm < 20
    assert found.lags_s[-1] == pytest.approx(0.001 * (found.times_s[-1] - found.times_s[0]), abs=0.005)


def test_packets_of_many_samples_count_once() -> None:
    numbers = np.arange(40_000)
    arrivals_s = np.repeat(numbers[9::10] / 1000, 10)
    found = estimate_drift(numbers, arrivals_s, np.zeros(len(numbers), np.int32), 1000.0)
    assert found is not None
    assert found.n == 4000
    assert found.ppm == pytest.approx(0, abs=1e-3)
    assert found.jitter_s < 1e-9


@pytest.mark.parametrize(("seconds", "rate_hz"), [(0.0, 10.0), (0.1, 10.0), (20.0, 10.0), (100.0, 0.0)])
def test_what_says_too_little_has_no_drift(seconds: float, rate_hz: float) -> None:
    numbers = np.arange(round(seconds * 10))
    assert estimate_drift(numbers, numbers / 10, np.zeros(len(numbers), np.int32), rate_hz) is None


def test_samples_that_all_came_at_once_have_no_drift() -> None:
    numbers = np.arange(1000)
    assert estimate_drift(numbers, np.full(1000, 7.0), np.zeros(1000, np.int32), 10.0) is None


@settings(max_examples=30, deadline=None)
@given(shift_s=st.floats(-1e5, 1e5), first=st.integers(0, 10**9), seed=st.integers(0, 1000))
def test_neither_the_clocks_zero_nor_the_counters_matters(shift_s: float, first: int, seed: int) -> None:
    rng, numbers = np.random.default_rng(seed), np.arange(600)
    arrivals_s = np.maximum.accumulate(numbers / 10.01 + rng.exponential(0.01, 600))
    none = np.zeros(600, np.int32)
    here, there = (
        estimate_drift(numbers, arrivals_s, none, 10.0),
        estimate_drift(numbers + first, arrivals_s + shift_s, none, 10.0),
    )
    assert here is not None
    assert there is not None
    assert there.ppm == pytest.approx(here.ppm, abs=0.1)
    assert there.times_s == pytest.approx(here.times_s + shift_s, abs=1e-6)
    assert there.lags_s == pytest.approx(here.lags_s, abs=1e-6)
