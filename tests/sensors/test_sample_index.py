"""Numbers of samples: exact with a counter, as good as arrivals allow without one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.sensors.clock_benchmark import LINKS
from mia_core.sensors.sample_index import CounterUnwrapper, infer_indices

CLEAN, EIGHT_LINKS, BUSY = LINKS.values()


def _even(n: int, period_s: float = 0.1) -> np.ndarray:
    return 50.0 + period_s * np.arange(n)


@pytest.mark.parametrize("seed", range(5))
def test_on_a_clean_link_no_number_is_wrong(seed):
    rng = np.random.default_rng(seed)
    _, arrivals_s, numbers = CLEAN.arrivals(3000, rng, ppm=rng.uniform(-40, 40))
    assert infer_indices(arrivals_s, 10.0).tolist() == numbers.tolist()


def test_with_eight_links_as_many_are_found_lost_as_were():
    errors = lost = 0
    rng = np.random.default_rng(3)
    for _ in range(10):
        _, arrivals_s, numbers = EIGHT_LINKS.arrivals(3000, rng, ppm=rng.uniform(-40, 40))
        errors += abs(infer_indices(arrivals_s, 10.0)[-1] - numbers[-1])
        lost += numbers[-1] + 1 - len(numbers)
    assert lost > 5
    assert errors <= 3 / 292 * lost  # a third of a sample: none


def test_on_a_busy_computer_few_final_numbers_are_wrong():
    errors = lost = 0
    rng = np.random.default_rng(4)
    for _ in range(10):
        _, arrivals_s, numbers = BUSY.arrivals(3000, rng, ppm=rng.uniform(-40, 40))
        errors += abs(infer_indices(arrivals_s, 10.0)[-1] - numbers[-1])
        lost += numbers[-1] + 1 - len(numbers)
    assert errors <= 48 / 1106 * lost


@pytest.mark.parametrize("missing", [[100], [100, 101, 102], [40, 90, 150]])
def test_a_lost_sample_is_found_where_it_was(missing):
    numbers = np.delete(np.arange(200), missing)
    assert infer_indices(_even(200)[numbers], 10.0).tolist() == numbers.tolist()


def test_samples_that_were_held_up_are_not_lost():
    arrivals_s = _even(200)
    arrivals_s[100:105] = arrivals_s[104] + 0.01  # half a second of silence, then all at once
    assert infer_indices(arrivals_s, 10.0).tolist() == list(range(200))


@pytest.mark.parametrize("period_s", [0.095, 0.104])
def test_a_sensor_whose_pace_is_off_by_some_percent_loses_nothing_by_it(period_s):
    assert infer_indices(_even(2000, period_s), 10.0).tolist() == list(range(2000))


@given(st.lists(st.floats(0, 1e3), max_size=60), st.sampled_from([1.0, 10.0, 139.5, 1000.0]))
def test_any_arrivals_get_growing_numbers_from_0(silences_s, rate_hz):
    indices = infer_indices(np.cumsum(np.array(silences_s, np.float64)), rate_hz)
    assert len(indices) == len(silences_s)
    assert indices[:1].tolist() == [0][: len(indices)]
    assert (np.diff(indices) >= 1).all()


@given(
    st.sampled_from([4, 16, 256, 65536]),
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 40)), min_size=1, max_size=30),
    st.integers(0, 2**20),
    st.integers(0, 2**30).map(np.random.default_rng),
)
def test_with_a_counter_loss_is_exact_however_often_it_wrapped(modulo, packets, first, rng):
    """Of packets that are late by less than a fifth of the counter's turn; 100 samples a second."""
    unwrapper = CounterUnwrapper(modulo, 100.0)
    number, lost = first, 0
    for place, (n, missing) in enumerate(packets):
        number += missing if place else 0
        lost += missing if place else 0
        late_s = rng.uniform(0, 0.09 * modulo / 100)
        taken = range(number, number + n)
        reading = unwrapper.read(number / 100 + n / 100 + late_s, tuple(k % modulo for k in taken))
        lost -= reading.n_lost
        assert np.diff(reading.unwrapped).tolist() == [1] * (n - 1)
        assert not reading.is_duplicate
        number += n
    assert lost == 0


def test_a_packet_that_comes_twice_is_a_duplicate_and_one_that_was_overtaken_is_not():
    unwrapper = CounterUnwrapper(256, 100.0)
    unwrapper.read(1.00, (254, 255))
    assert unwrapper.read(1.04, (2, 3)).n_lost == 2
    overtaken = unwrapper.read(1.041, (0, 1))
    assert (overtaken.unwrapped.tolist(), overtaken.n_lost, overtaken.is_duplicate) == ([256, 257], 0, False)
    again = unwrapper.read(1.042, (0, 1))
    assert (again.unwrapped.tolist(), again.n_lost, again.is_duplicate) == ([256, 257], 0, True)
    assert unwrapper.read(1.06, (4, 5)).n_lost == 0


def test_a_counter_that_starts_anew_loses_nothing():
    unwrapper = CounterUnwrapper(65536, 10.0)
    unwrapper.read(100.0, (40000,))
    reading = unwrapper.read(102.0, (0,))  # its board was switched off and on
    assert (reading.n_lost, reading.unwrapped.tolist()) == (0, [40001])
    assert unwrapper.read(102.1, (1,)).n_lost == 0


@given(
    st.integers(2, 2**16).flatmap(
        lambda modulo: st.tuples(
            st.just(modulo),
            st.lists(
                st.tuples(st.floats(0, 1e6), st.lists(st.integers(0, modulo - 1), min_size=1, max_size=6)), max_size=20
            ),
        )
    )
)
def test_any_counters_are_accepted(sent):
    modulo, packets = sent
    unwrapper = CounterUnwrapper(modulo, 50.0)
    arrival_s = 0.0
    for silence_s, counters in packets:
        arrival_s += silence_s
        reading = unwrapper.read(arrival_s, tuple(counters))
        assert len(reading.unwrapped) == len(counters)
        assert reading.n_lost >= 0
        steps = np.diff(reading.unwrapped)
        assert (steps > 0).all()
        assert steps.tolist() == [max(1, step % modulo) for step in np.diff(counters)]


def test_a_packet_that_repeats_a_number_lost_nothing():
    unwrapper = CounterUnwrapper(256, 100.0)
    reading = unwrapper.read(1.0, (7, 7, 7))
    assert (reading.unwrapped.tolist(), reading.n_lost) == ([7, 8, 9], 0)
