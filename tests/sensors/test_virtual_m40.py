"""One M40 that does not exist: as late, as noisy and as unlucky as its settings say."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.muscles import MONTAGE
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.virtual_m40 import VirtualM40, VirtualM40Settings

PLACEMENT = MONTAGE.placements[6]


def _sensor(seed: int = 0, **settings: object) -> VirtualM40:
    return VirtualM40(
        PLACEMENT, SensorId("m40", "SIM-7"), np.random.default_rng(seed), 50.0, VirtualM40Settings(**settings)
    )


def _sampled(sensor: VirtualM40, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when the next samples are taken and when they arrive."""
    times = []
    for _ in range(n):
        times.append((sensor.sample_s, sensor.arrival_s))
        sensor.sample_next()
    taken_s, arrived_s = np.transpose(times)
    return taken_s, arrived_s


def test_samples_are_even_and_arrive_in_order_and_late():
    taken_s, arrived_s = _sampled(_sensor(loss=0.0), 2000)
    assert 50.0 <= taken_s[0] < 50.1
    assert np.diff(taken_s) == pytest.approx(np.diff(taken_s)[0], abs=1e-9)
    assert np.diff(taken_s)[0] == pytest.approx(0.1, rel=2e-4)
    assert (np.diff(arrived_s) >= 0).all()
    delays_s = arrived_s - taken_s
    assert delays_s.min() >= 0.012
    assert delays_s.mean() == pytest.approx(0.018, abs=0.001)


def test_clocks_differ_by_some_millionths():
    paces = [np.diff(_sampled(_sensor(seed, loss=0.0), 2)[0])[0] * 10 - 1 for seed in range(300)]
    assert 1e6 * np.std(paces) == pytest.approx(30, rel=0.15)


def test_a_share_of_the_samples_is_lost():
    taken_s, _ = _sampled(_sensor(loss=0.1), 5000)
    numbers = np.rint((taken_s - taken_s[0]) / 0.1)
    assert 1 - 5000 / (numbers[-1] + 1) == pytest.approx(0.1, abs=0.015)


def test_counts_rest_at_its_level_and_grow_with_the_muscle():
    sensor = _sensor()
    levels = [np.mean([sensor.counts(heard) for _ in range(500)]) for heard in (0.0, 0.5, 1.0)]
    assert 8 <= sensor.rest <= 24
    assert levels[0] == pytest.approx(sensor.rest, abs=0.5)
    assert levels[2] - levels[0] == pytest.approx(2 * (levels[1] - levels[0]), rel=0.05)
    assert 420 * np.exp(-0.6) < levels[2] - levels[0] < 420 * np.exp(0.6)


def test_counts_stay_within_what_an_m40_can_send():
    sensor = _sensor()
    assert {sensor.counts(heard) for heard in (-10.0, 100.0)} == {0, 1023}


def test_what_is_delivered_is_the_sample_of_its_muscle():
    sensor = _sensor()
    arrival_s = sensor.arrival_s
    chunk = sensor.deliver(481)
    assert chunk is not None
    assert (chunk.values.tolist(), chunk.channels.tolist(), chunk.arrivals_s.tolist()) == ([481], [6], [arrival_s])
    assert sensor.stream.last_arrival_s == arrival_s


def test_an_outage_swallows_samples_and_ends_in_a_new_segment():
    sensor = _sensor(loss=0.0)
    sensor.outages_s.append((52.0, 54.0))
    segments = {}
    awaited = {}
    for _ in range(80):
        awaited[sensor.sample_s] = sensor.is_awaited
        chunk = sensor.deliver(20)
        segments[sensor.sample_s] = None if chunk is None else int(chunk.segments[0])
        sensor.sample_next()
    assert {segment for taken_s, segment in segments.items() if 52 <= taken_s < 54} == {None}
    assert {segment for taken_s, segment in segments.items() if taken_s < 52} == {0}
    assert {segment for taken_s, segment in segments.items() if taken_s >= 54} == {1}
    assert sensor.reconnects == 1
    assert [taken_s for taken_s, is_awaited in awaited.items() if is_awaited and not 52 <= taken_s < 54] == [
        min(segments),
        min(taken_s for taken_s in segments if taken_s >= 54),
    ]
