"""When samples were taken: nearly as exact as can be on simulated links; whatever arrives, time never goes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.sensors.clock_benchmark import LINKS, score
from mia_core.sensors.clock_sync import LiveClock, dejitter

CLEAN, EIGHT_LINKS, BUSY = LINKS.values()


def _dejittered_ms(link, n_runs: int, fit_s: float, seed: int = 1) -> tuple[float, float]:
    """Return jitter sd and worst error of connections of five minutes, means over the runs."""
    rng = np.random.default_rng(seed)
    jitter_ms, worst_ms = [], []
    for _ in range(n_runs):
        taken_s, arrivals_s, _ = link.arrivals(3000, rng, ppm=rng.uniform(-40, 40))
        n = len(arrivals_s)
        error_ms = 1e3 * (dejitter(arrivals_s, np.full(n, -1), np.zeros(n, np.int32), 10.0, fit_s) - taken_s)
        jitter_ms.append(error_ms.std())
        worst_ms.append(np.abs(error_ms - error_ms.mean()).max())
    return float(np.mean(jitter_ms)), float(np.mean(worst_ms))


def test_on_a_clean_link_jitter_falls_to_a_quarter_and_no_number_is_wrong():
    result = score(CLEAN, n_runs=8, n_samples=3000, seed=1)
    assert result.offline.jitter_ms < result.raw.jitter_ms / 4
    assert result.live.jitter_ms < result.raw.jitter_ms / 3
    assert 0 < result.offline.bias_ms < result.raw.bias_ms / 2
    assert 0 < result.live.bias_ms < result.raw.bias_ms / 2
    assert (result.final_index_errors, result.n_lost_live, result.n_dropped) == (0, 0, 0)


def test_one_line_through_five_minutes_is_exact_to_half_a_millisecond():
    jitter_ms, worst_ms = _dejittered_ms(CLEAN, 8, fit_s=300.0)
    assert jitter_ms <= 0.4
    assert worst_ms <= 0.7


@pytest.mark.parametrize(("link", "most_ms"), [(EIGHT_LINKS, 1.6), (BUSY, 8.7)], ids=["eight links", "busy computer"])
def test_on_worse_links_too(link, most_ms):
    assert _dejittered_ms(link, 8, fit_s=300.0)[0] <= most_ms


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_with_a_counter_loss_is_exact_and_known_at_once(link):
    rng = np.random.default_rng(5)
    _, arrivals_s, numbers = link.arrivals(3000, rng, ppm=40.0)
    clock = LiveClock(10.0, 256)
    for arrival_s, number, before in zip(arrivals_s, numbers, [-1, *numbers[:-1]], strict=True):
        stamped = clock.add(float(arrival_s), 1, (int(number) % 256,))
        assert stamped.n_lost_before == number - before - 1
        assert stamped.counters_unwrapped.tolist() == [number]
        assert not stamped.is_duplicate


def test_a_late_packet_is_stamped_where_it_belongs():
    clock = LiveClock(10.0)
    for number in range(100):
        clock.add(20.0 + 0.1 * number, 1)
    late = clock.add(30.0 + 0.08, 1)
    assert late.timestamps_s == pytest.approx([30.0], abs=2e-3)
    assert late.n_lost_before == 0


def test_without_a_counter_a_loss_is_known_five_packets_later():
    clock = LiveClock(10.0)
    numbers = [number for number in range(150) if number != 100]
    known = [clock.add(20.0 + 0.1 * number, 1).n_lost_before for number in numbers]
    assert [place for place, lost in enumerate(known) if lost] == [104]
    assert sum(known) == 1


def test_without_a_counter_a_packet_right_behind_another_is_dropped_once_the_pace_is_known():
    clock = LiveClock(10.0)
    for number in range(50):
        assert not clock.add(20.0 + 0.1 * number, 1).is_duplicate
    assert clock.add(20.0 + 4.9 + 0.001, 1).is_duplicate
    assert not clock.add(25.0, 1).is_duplicate


def test_a_new_connection_begins_anew():
    clock = LiveClock(10.0, 256)
    for number in range(50):
        clock.add(20.0 + 0.1 * number, 1, (number,))
    clock.new_segment()
    stamped = clock.add(60.0, 1, (200,))
    assert (stamped.timestamps_s.tolist(), stamped.n_lost_before) == ([60.0], 0)


def test_segments_are_judged_each_by_itself():
    first_s, second_s = 10.0 + 0.1 * np.arange(200), 45.037 + 0.1 * np.arange(200)
    rng = np.random.default_rng(0)
    arrivals_s = np.concatenate([first_s, second_s]) + np.tile(rng.uniform(0, 0.015, 200), 2)
    segments = np.repeat([0, 1], 200).astype(np.int32)
    times_s = dejitter(arrivals_s, np.full(400, -1), segments, 10.0)
    assert np.diff(times_s[:200]) == pytest.approx(0.1, abs=1e-3)
    assert np.diff(times_s[200:]) == pytest.approx(0.1, abs=1e-3)
    alone_s = dejitter(arrivals_s[200:], np.full(200, -1), segments[200:], 10.0)
    assert times_s[200:].tolist() == alone_s.tolist()


def test_arrivals_are_never_edited():
    arrivals_s = 10.0 + 0.1 * np.arange(100) + np.random.default_rng(0).uniform(0, 0.03, 100)
    before = arrivals_s.copy()
    arrivals_s.flags.writeable = False
    dejitter(arrivals_s, np.full(100, -1), np.zeros(100, np.int32), 10.0)
    dejitter(arrivals_s, np.arange(100), np.zeros(100, np.int32), 10.0)
    assert (arrivals_s == before).all()


def test_with_counters_packets_of_several_samples_come_apart():
    """NPG Lite: ten samples of 500 Hz share an arrival."""
    rng = np.random.default_rng(2)
    taken_s = 3.0 + np.arange(5000) / 500
    arrivals_s = np.repeat(taken_s[9::10] + 0.005 + rng.uniform(0, 0.015, 500), 10)
    times_s = dejitter(arrivals_s, np.arange(5000), np.zeros(5000, np.int32), 500.0)
    assert (times_s - taken_s).std() <= 1e-3


@pytest.mark.timeout(20)
def test_a_counter_that_leaps_costs_no_time():
    counters = np.concatenate([np.arange(600), 2**60 + np.arange(600)])
    arrivals_s = 3.0 + np.arange(1200) / 10
    times_s = dejitter(arrivals_s, counters, np.zeros(1200, np.int32), 10.0)
    assert times_s == pytest.approx(arrivals_s, abs=1e-6)


def test_an_overtaken_packet_is_put_where_its_counter_says():
    numbers = np.arange(400)
    numbers[[200, 201]] = 201, 200
    arrivals_s = 3.0 + np.arange(400) / 10
    times_s = dejitter(arrivals_s, numbers, np.zeros(400, np.int32), 10.0)
    assert times_s == pytest.approx(3.0 + numbers / 10, abs=2e-3)


@given(
    st.lists(
        st.tuples(st.floats(0, 1e4), st.integers(-1, 2**60), st.booleans()),
        max_size=60,
    ),
    st.sampled_from([0.01, 1.0, 10.0, 500.0]),
)
def test_whatever_was_recorded_has_times(rows, rate_hz):
    arrivals_s = np.cumsum([silence_s for silence_s, _, _ in rows])
    counters = np.array([counter for _, counter, _ in rows], np.int64)
    segments = np.cumsum([reconnected for _, _, reconnected in rows])
    times_s = dejitter(arrivals_s, counters, segments, rate_hz)
    assert len(times_s) == len(rows)
    assert np.isfinite(times_s).all()


def test_nothing_is_nothing():
    assert len(dejitter(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int32), 10.0)) == 0


@given(
    st.sampled_from([(10.0, 0), (10.0, 256), (139.5, 256), (500.0, 256), (1000.0, 0)]),
    st.lists(
        st.tuples(
            st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 1e5)),
            st.integers(1, 12),
            st.one_of(st.none(), st.lists(st.integers(0, 255), min_size=12, max_size=12)),
            st.booleans(),
        ),
        max_size=60,
    ),
)
def test_whatever_arrives_stamps_grow_within_a_segment(kind, packets):
    clock = LiveClock(*kind)
    arrival_s, newest_s = 1000.0, -np.inf
    for silence_s, n, counters, reconnected in packets:
        if reconnected:
            clock.new_segment()
            newest_s = -np.inf
        arrival_s += silence_s
        stamped = clock.add(arrival_s, n, tuple(counters[:n]) if counters else ())
        assert len(stamped.timestamps_s) == len(stamped.counters_unwrapped) == n
        assert np.isfinite(stamped.timestamps_s).all()
        assert stamped.n_lost_before >= 0
        if not stamped.is_duplicate:
            assert (np.diff([newest_s, *stamped.timestamps_s]) > 0).all()
            newest_s = stamped.timestamps_s[-1]
