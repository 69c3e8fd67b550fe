"""The light of a sensor: every reason it can have, and none when all is well."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.sensors.profiles import M40, NPG_LITE, PROFILES, UMYO
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_state import Light, SignalQuality
from mia_core.sensors.signal_quality import SignalMonitor


@dataclass(frozen=True)
class Sent:
    """A packet on its way to the monitor."""

    arrival_s: float
    values: tuple[float, ...]
    n_lost: int = 0


def _m40(seconds: float, value: Callable[[int], float] = lambda _: 0.0) -> list[Sent]:
    """An M40 at rest, ten times a second; the values are its own noise and what a test adds."""
    return [
        Sent(100.0 + 0.1 * k, (float(np.clip(20 + k * 7 % 5 + value(k), 0, 1023)),)) for k in range(round(10 * seconds))
    ]


def _npg(seconds: float, value: Callable[[np.ndarray], np.ndarray]) -> list[Sent]:
    """An NPG Lite: packets of ten samples at 500 Hz."""
    times_s = np.arange(round(500 * seconds)) / 500
    values = np.clip(np.round(2048 + value(times_s)), 0, 4095)
    return [Sent(100.0 + times_s[at + 9], tuple(values[at : at + 10])) for at in range(0, len(values), 10)]


def _noise(times_s: np.ndarray) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 60, len(times_s))


def _umyo(seconds: float, heard: Callable[[int], bool]) -> list[Sent]:
    """A uMyo of whose advertisements only some are heard."""
    sent, missed = [], 0
    for k in range(round(UMYO.rate_hz * seconds)):
        if heard(k):
            sent.append(Sent(100.0 + k / UMYO.rate_hz, (float(len(sent) * 7 % 5),), missed))
            missed = 0
        else:
            missed += 1
    return sent


def _monitor(profile: SensorProfile, packets: list[Sent]) -> SignalMonitor:
    monitor = SignalMonitor(profile)
    monitor.new_segment()
    for packet in packets:
        monitor.add(packet.arrival_s, np.array(packet.values, np.float32), packet.n_lost)
    return monitor


def _judged(profile: SensorProfile, packets: list[Sent]) -> SignalQuality:
    return _monitor(profile, packets).quality(packets[-1].arrival_s + 0.01)


def _is(quality: SignalQuality, light: Light, reason: str) -> bool:
    return quality.light is light and reason in quality.reason


def _losing(packets: list[Sent], is_lost: Callable[[int], bool]) -> list[Sent]:
    """Take packets away; the next one brings the news."""
    kept, missed = [], 0
    for place, packet in enumerate(packets):
        if is_lost(place):
            missed += len(packet.values)
        else:
            kept.append(replace(packet, n_lost=missed))
            missed = 0
    return kept


def test_all_is_well():
    quality = _judged(M40, _m40(20))
    assert _is(quality, Light.GREEN, "")
    assert quality.reason == ""
    assert quality.rate_hz == pytest.approx(10.0)
    assert (quality.loss_1s, quality.loss_10s, quality.loss_60s, quality.lost) == (0, 0, 0, 0)
    assert quality.jitter_ms == pytest.approx(0, abs=1e-6)
    assert quality.interval_ms == pytest.approx(100)
    assert quality.baseline == 20
    assert 20 <= quality.level <= 24
    assert (quality.saturated, quality.is_flat, quality.loss_is_exact) == (0, False, False)
    assert not quality.only_advertises
    assert math.isnan(quality.hum)


def test_a_raw_signal_is_judged_by_its_envelope():
    quality = _judged(NPG_LITE, _npg(12, _noise))
    assert _is(quality, Light.GREEN, "")
    assert quality.loss_is_exact
    assert 0.05 < quality.hum < 0.2
    assert 30 < quality.baseline < quality.level < 70  # 0.8 x 60, about the offset of 2048


def test_the_baseline_of_a_raw_signal_is_not_that_of_its_filter():
    early, late = (_judged(NPG_LITE, _npg(seconds, _noise)).baseline for seconds in (2, 12))
    assert early == pytest.approx(late, rel=0.15)  # the envelope rises from zero for a tenth of the first


def test_one_in_fifty_lost_is_yellow_and_one_in_five_is_red():
    assert _is(_judged(M40, _losing(_m40(20), lambda k: k % 60 == 30)), Light.GREEN, "")
    assert _is(_judged(M40, _losing(_m40(20), lambda k: k % 40 == 30)), Light.YELLOW, "% lost in 10 s")
    assert _is(_judged(M40, _losing(_m40(20), lambda k: k % 4 == 1)), Light.RED, "lost in the last second")


def test_a_loss_that_is_over_is_yellow_for_ten_seconds():
    packets = _losing(_m40(30), lambda k: 50 <= k < 80)
    lights = {
        s: _monitor(M40, [p for p in packets if p.arrival_s < 100 + s]).quality(100.0 + s) for s in (8.05, 10, 17, 19)
    }
    assert lights[8.05].light is Light.RED
    assert _is(lights[10], Light.YELLOW, "lost in 10 s")
    assert lights[17].light is Light.YELLOW
    assert lights[19].light is Light.GREEN
    assert lights[19].lost == 30
    assert lights[19].loss_60s == pytest.approx(30 / 190)


def test_uneven_arrivals_are_yellow():
    packets = [replace(packet, arrival_s=packet.arrival_s + 0.08 * (k % 2)) for k, packet in enumerate(_m40(12))]
    quality = _judged(M40, packets)
    assert _is(quality, Light.YELLOW, "arrives unevenly (+-80 ms)")
    assert quality.rate_hz == pytest.approx(10.0, rel=0.01)


def test_a_sensor_at_another_rate_is_yellow():
    packets = [replace(packet, arrival_s=100 + 0.125 * k) for k, packet in enumerate(_m40(12))]
    assert _is(_judged(M40, packets), Light.YELLOW, "8.0 samples a second instead of 10")


def test_an_envelope_that_rests_is_yellow_after_2_s_and_red_after_10():
    still = [replace(packet, values=(17.0,)) for packet in _m40(20)]
    assert _is(_judged(M40, still[:18]), Light.GREEN, "")
    assert _is(_judged(M40, still[:25]), Light.YELLOW, "nothing changes")
    assert _is(_judged(M40, still[:102]), Light.RED, "flat line for 10 s")


def test_a_raw_signal_without_noise_is_dead_at_once():
    quality = _judged(NPG_LITE, _npg(8, lambda times_s: np.where(times_s < 5.5, _noise(times_s), 0.0)))
    assert _is(quality, Light.RED, "flat line for 2 s")
    assert quality.is_flat


def test_the_end_of_the_range_for_a_moment_is_yellow_and_for_half_of_the_time_red():
    assert _is(_judged(M40, _m40(10, lambda k: 2000 * (k % 30 == 7))), Light.YELLOW, "touches the end of its range")
    quality = _judged(M40, _m40(10, lambda k: 2000 * (k % 5 < 3)))
    assert _is(quality, Light.RED, "upside down or loose")
    assert quality.saturated == pytest.approx(0.6)


def test_a_raw_signal_is_saturated_at_either_end_and_an_envelope_at_rest_is_not():
    assert _is(_judged(NPG_LITE, _npg(4, lambda t: _noise(t) - 2048)), Light.RED, "end of its range")
    assert _judged(M40, _m40(8, lambda k: -100 * (k % 2))).light is Light.GREEN


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_mains_hum_is_yellow_whatever_mains(mains_hz):
    quality = _judged(NPG_LITE, _npg(6, lambda t: _noise(t) + 120 * np.sin(2 * np.pi * mains_hz * t)))
    assert _is(quality, Light.YELLOW, "mains hum")
    assert quality.hum == pytest.approx(120**2 / 2 / (120**2 / 2 + 60**2), abs=0.1)  # power of the line in all power


def test_a_tone_that_is_not_of_the_mains_is_no_hum():
    assert _judged(NPG_LITE, _npg(6, lambda t: _noise(t) + 200 * np.sin(2 * np.pi * 77 * t))).light is Light.GREEN


def test_a_level_that_never_comes_down_is_yellow():
    """As of a clinic whose rest is at 870 of 1023."""
    assert _judged(M40, _m40(8, lambda _: 850)).light is Light.GREEN  # an effort may be that long
    assert _is(_judged(M40, _m40(12, lambda _: 850)), Light.YELLOW, "never rests")
    assert _judged(M40, _m40(12, lambda k: 850 * (k % 40 > 5))).light is Light.GREEN
    assert _is(
        _judged(NPG_LITE, _npg(12, lambda t: 1950 * np.sin(2 * np.pi * 77 * t) + _noise(t))), Light.YELLOW, "never"
    )


def test_packets_that_cannot_be_read():
    monitor = _monitor(M40, _m40(12))
    for k in range(3):
        monitor.bad_packet(110.0 + 0.1 * k)
    assert _is(monitor.quality(111.95), Light.YELLOW, "can't be read")
    assert monitor.quality(111.95).bad_packets == 3
    only_bad = SignalMonitor(M40)
    only_bad.new_segment()
    for k in range(20):
        only_bad.bad_packet(100.0 + 0.1 * k)
    assert _is(only_bad.quality(102.0), Light.RED, "can't be read")


def test_without_a_signal_nothing_is_judged():
    monitor = SignalMonitor(M40)
    assert _is(monitor.quality(50.0), Light.GREY, "no signal")
    monitor = _monitor(M40, _m40(0.9))
    assert _is(monitor.quality(100.85), Light.GREY, "too short to judge")
    monitor = _monitor(M40, _m40(12))
    assert monitor.quality(112.3).light is Light.GREEN
    silent = monitor.quality(113.0)
    assert _is(silent, Light.GREY, "silent for 1.1 s")
    assert silent.loss_1s == pytest.approx(1.0)
    assert silent.rate_hz < 10


def test_a_slow_sensor_is_not_silent_between_its_samples():
    slow = replace(M40, rate_hz=1.0)
    packets = [replace(packet, arrival_s=100.0 + k) for k, packet in enumerate(_m40(2))]
    assert _monitor(slow, packets).quality(packets[-1].arrival_s + 2.5).light is Light.GREEN


def test_what_was_missed_between_connections_is_lost_and_the_new_one_is_judged_by_itself():
    monitor = _monitor(M40, _m40(10, lambda k: 2000 * (k % 2)))
    assert monitor.quality(109.95).light is Light.RED
    monitor.new_segment()
    for packet in _m40(3):
        monitor.add(packet.arrival_s + 13.0, np.array(packet.values, np.float32), 0)
    quality = monitor.quality(115.95)
    assert quality.lost == 30  # 3.1 s without samples
    assert quality.saturated == 0
    assert quality.jitter_ms < 1
    assert _is(quality, Light.YELLOW, "lost in 10 s")


def test_a_sensor_that_only_advertises_may_lose_most_of_what_it_says():
    quality = _judged(UMYO, _umyo(20, lambda k: k % 10 == 0))
    assert quality.only_advertises
    assert _is(quality, Light.GREEN, "")
    assert quality.loss_10s == pytest.approx(0.9, abs=0.01)  # told nevertheless
    assert quality.loss_is_exact


def test_nor_does_it_matter_how_evenly_it_is_heard():
    random = np.random.default_rng(4)
    heard = np.repeat(random.random(70) < 0.7, 40) & (random.random(2800) < 0.3)  # scanners look away now and then
    quality = _judged(UMYO, _umyo(20, lambda k: bool(heard[k])))
    assert _is(quality, Light.GREEN, "")
    assert quality.jitter_ms > 50


def test_a_sensor_that_only_advertises_is_yellow_when_it_is_hardly_heard():
    assert _is(_judged(UMYO, _umyo(20, lambda k: k % 35 == 0)), Light.YELLOW, "heard only 4.0 times a second")
    monitor = _monitor(UMYO, _umyo(20, lambda k: k % 10 == 0))
    assert monitor.quality(121.0).light is Light.GREY


def _packets(rows: list[tuple[float, int, int]]) -> Iterator[Sent]:
    arrival_s = 0.0
    for silence_s, n, lost in rows:
        arrival_s += silence_s
        yield Sent(arrival_s, tuple(float(arrival_s * 10 % 900) + k for k in range(n)), lost)


@given(
    st.lists(st.tuples(st.floats(0.001, 3.0), st.integers(1, 12), st.integers(0, 5)), min_size=2, max_size=300),
    st.floats(0, 0.4),
)
def test_numbers_are_those_of_the_last_seconds(rows, later_s):
    """Compared with all that was ever sent, which the monitor need not keep."""
    packets = list(_packets(rows))
    now_s = packets[-1].arrival_s + later_s
    quality = _monitor(M40, packets).quality(now_s)
    assert quality.lost == sum(packet.n_lost for packet in packets)
    for window_s, loss in ((1, quality.loss_1s), (10, quality.loss_10s)):
        recent = [packet for packet in packets if packet.arrival_s >= now_s - window_s]
        lost, came = sum(packet.n_lost for packet in recent), sum(len(packet.values) for packet in recent)
        assert loss == pytest.approx(lost / (lost + came)) if recent else math.isnan(loss)
    values = [value for packet in packets if packet.arrival_s >= now_s - 10 for value in packet.values][-150:]
    assert quality.baseline == pytest.approx(np.percentile(np.float32(values), 5), rel=1e-5)


@given(
    st.sampled_from(PROFILES),
    st.lists(
        st.tuples(
            st.floats(0, 100),
            st.integers(0, 30),
            st.sampled_from([0, 1, 10**6]),
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.sampled_from(["good", "bad", "again", "reconnected"]),
        ),
        max_size=40,
    ),
)
def test_whatever_comes_is_judged(profile, rows):
    monitor, now_s = SignalMonitor(profile), 10.0
    for silence_s, n, lost, value, what in rows:
        now_s += silence_s
        if what == "reconnected":
            monitor.new_segment()
        elif what == "bad":
            monitor.bad_packet(now_s)
        else:
            monitor.add(now_s, np.full(n, value, np.float32), lost, duplicate=what == "again")
        quality = monitor.quality(now_s)
        assert (quality.light is Light.GREEN) == (quality.reason == "")
        assert not quality.loss_10s > 1


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=150))
def test_baseline_and_interval_are_numpys_percentile_and_median(numbers):
    monitor = SignalMonitor(M40)
    values, arrivals_s = np.float32(numbers), 100.0 + np.cumsum(np.abs(numbers) / 1e8)
    for arrival_s, value in zip(arrivals_s, values, strict=True):
        monitor.add(arrival_s, value[None], 0)
    quality = monitor.quality(arrivals_s[-1])
    assert quality.baseline == pytest.approx(np.percentile(values, 5), rel=1e-5, abs=1e-3)
    intervals_ms = 1e3 * np.diff(arrivals_s)
    assert quality.interval_ms == pytest.approx(np.median(intervals_ms) if len(numbers) > 1 else np.nan, nan_ok=True)
