from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from mia_core.errors import DeviceLostError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.sensor_track import KEPT_S
from mia_core.muscles import MONTAGE
from mia_core.processing.agreement import agreement
from mia_core.sensors.emg_calibration import EmgCalibration, MuscleReference
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_state import Light, SignalQuality
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import COUNTS, RAW, ScriptedSensors, chunk
from tests.fakes.waiting import wait_until

FLAT = SignalQuality(Light.RED, "nothing changes", is_flat=True)


def calibration(*channels: int, rest: float = 100.0, mvc: float = 500.0, serial: str = "") -> EmgCalibration:
    return EmgCalibration(
        {
            MONTAGE.placements[channel]: MuscleReference(
                rest, mvc, SensorId(COUNTS.key, serial or str(channel)), "2026-01-01T00:00:00+00:00"
            )
            for channel in channels
        }
    )


def seconds(start_s: float, end_s: float, rate_hz: float = 10.0) -> np.ndarray:
    return start_s + np.arange(1, round((end_s - start_s) * rate_hz) + 1) / rate_hz


def test_sensors_are_told_once_that_a_recording_begins_or_ends() -> None:
    sensors = ScriptedSensors()
    feed = SensorFeed(sensors, None, FakeClock())
    for recording in (False, True, True, False, False, True):
        feed.set_recording(recording)
    assert sensors.recordings == [True, False, True]


def test_a_calibrated_muscle_is_a_share_of_its_maximal_effort() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0, 3), FakeClock())
    times_s = seconds(100.0, 102.0)
    feed.put(chunk(0, times_s, 100 + 10 * np.arange(20)))
    feed.put(chunk(3, times_s, np.full(20, 60.0)))
    assert feed.calibrated.tolist() == [True, False, False, True, False, False, False, False]
    for step, when_s in enumerate(times_s - 0.05):
        # The mean over 0.05 s to both sides is here that of the one sample that stands for this time.
        assert feed.at(when_s)[0] == pytest.approx(10 * step / 400, abs=1e-5)
    assert feed.at(101.0)[3] == 0, "below rest there is no negative activation"
    assert np.isnan(feed.at(101.0)[[1, 2, 4, 5, 6, 7]]).all()


@pytest.mark.parametrize(("rate_hz", "phase_s"), [(10.0, 0.0), (10.0, 0.037), (10.0, 0.08), (50.0, 0.01)])
def test_a_perfect_model_is_neither_early_nor_late(rate_hz: float, phase_s: float) -> None:
    def activation(time_s: np.ndarray) -> np.ndarray:
        return 0.4 + 0.2 * np.sin(4 * time_s) + 0.2 * np.sin(9 * time_s + 1)

    feed = SensorFeed(ScriptedSensors(), calibration(0, rest=0.0, mvc=1000.0), FakeClock())
    taken_s = seconds(60.0, 101.0, rate_hz) + phase_s
    moments_s = taken_s[:, None] - np.linspace(0, 1 / rate_hz, 100)  # a sample is the mean since the one before it
    feed.put(chunk(0, taken_s, 1000 * activation(moments_s).mean(axis=1)))
    steps_s = seconds(65.0, 100.0)
    model = activation(steps_s)[:, None].astype(np.float32)
    found = agreement(model, feed.over(steps_s)[:, :1])
    assert found.lag_s[0] == pytest.approx(0.0, abs=0.002)
    assert found.r[0] > 0.995


def test_what_has_not_come_yet_is_not_waited_for() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0), FakeClock())
    feed.put(chunk(0, seconds(100.0, 101.0), [300.0] * 10))
    assert feed.at(101.0)[0] == pytest.approx(0.5)
    feed.put(chunk(0, [101.1], [500.0]))
    assert feed.at(101.0)[0] == pytest.approx(0.75), "half of what was around that time is known by now"


def test_without_calibration_a_muscle_lies_between_its_quietest_and_its_strongest_half_second() -> None:
    feed = SensorFeed(ScriptedSensors(), None, FakeClock())
    feed.put(chunk(2, seconds(100.0, 100.3), [80.0] * 3))
    feed.put(chunk(2, seconds(100.3, 102.0), [80.0] * 17))
    assert np.isnan(feed.over(seconds(100.0, 102.0))[:, 2]).all(), "it has only rested"
    feed.put(chunk(2, seconds(102.0, 103.0), [480.0] * 10))
    feed.put(chunk(2, seconds(103.0, 104.0), [280.0] * 10))
    feed.put(chunk(2, [104.1], [1000.0]))
    assert feed.at(103.9)[2] == pytest.approx(0.5), "one spike of 0.1 s is no effort"
    assert feed.at(102.9)[2] == pytest.approx(1.0)
    assert feed.at(101.0)[2] == 0, "what was measured before the first contraction is seen by it, too"
    assert not feed.calibrated.any()


@pytest.mark.parametrize("rest", [0.0, 4.0, 12.0, 60.0])
def test_noise_at_rest_is_no_contraction(rest: float) -> None:
    feed = SensorFeed(ScriptedSensors(), None, FakeClock())
    noise = np.random.default_rng(3).normal(0.0, 2.0, 6000)
    feed.put(chunk(2, seconds(100.0, 700.0), np.maximum(rest + noise, 0.0)))
    assert np.isnan(feed.over(seconds(690.0, 700.0))[:, 2]).all()
    feed.put(chunk(2, seconds(700.0, 701.0), [rest + 100.0] * 10))
    assert feed.at(701.0)[2] == pytest.approx(1.0, abs=0.02)
    assert feed.over(seconds(690.0, 700.0))[:, 2].mean() == pytest.approx(0.02, abs=0.03)


def test_a_sensor_that_is_touched_or_put_on_upside_down_does_not_set_100_percent() -> None:
    feed = SensorFeed(ScriptedSensors(), None, FakeClock())
    feed.put(chunk(2, seconds(100.0, 101.0), [COUNTS.high] * 10))
    assert np.isnan(feed.at(101.0)[2])
    feed.put(chunk(2, seconds(101.0, 104.0), [100.0] * 10 + [250.0] * 10 + [400.0] * 10))
    assert feed.over(np.array([101.8, 102.8, 104.0]))[:, 2] == pytest.approx([0.0, 0.5, 1.0])
    feed.put(chunk(2, seconds(104.0, 105.0), [400.0] * 4 + [COUNTS.high] + [400.0] * 5))
    assert feed.at(104.0)[2] == pytest.approx(1.0)


def test_what_is_at_the_end_of_the_range_is_no_activation() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0), FakeClock())
    feed.put(chunk(0, seconds(100.0, 101.0), [300.0] * 10))
    feed.put(chunk(0, seconds(101.0, 104.0), [COUNTS.high] * 30))
    feed.put(chunk(0, seconds(104.0, 105.0), [300.0] * 10))
    values = feed.over(seconds(100.0, 104.9))[:, 0]
    assert values[:9] == pytest.approx(0.5)
    assert np.isnan(values[9:40]).all(), "long before its light is red"
    assert values[40:] == pytest.approx(0.5)


def test_a_calibration_with_another_sensor_does_not_count() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0, serial="another"), FakeClock())
    feed.put(chunk(0, seconds(100.0, 102.0), [50.0] * 10 + [300.0] * 10))
    assert not feed.calibrated[0]
    assert feed.at(102.0)[0] == pytest.approx(1.0)
    feed.set_calibration(calibration(0))
    assert feed.calibrated[0]
    assert feed.at(102.0)[0] == pytest.approx(0.5), "what was measured before is seen by it, too"
    feed.set_calibration(None)
    assert not feed.calibrated[0]


def test_a_silent_sensor_has_no_value_after_half_a_second() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0), FakeClock())
    feed.put(chunk(0, seconds(100.0, 101.0), [300.0] * 10))
    assert feed.at(101.4)[0] == pytest.approx(0.5)
    assert np.isnan(feed.at(101.6)[0])
    feed.put(chunk(0, seconds(105.0, 106.0), [500.0] * 10, segment=1))
    values = feed.over(np.array([100.5, 103.0, 105.5]))[:, 0]
    assert values[[0, 2]] == pytest.approx([0.5, 1.0])
    assert np.isnan(values[1])


def test_what_a_red_light_stands_at_is_no_value_but_can_be_looked_at() -> None:
    clock, sensors = FakeClock(), ScriptedSensors()
    feed = SensorFeed(sensors, calibration(0), clock)
    feed.put(chunk(0, seconds(99.0, 100.0), [300.0] * 10))
    sensors.set_state(0, replace(sensors.state_of(0), quality=FLAT))
    clock.advance(1.0)
    feed.put(chunk(0, seconds(100.0, 101.0), [1023.0] * 10))
    assert np.isnan(feed.at(101.0)[0])
    assert feed.at(100.0)[0] == pytest.approx(0.5), "what came before stays"
    times_s, values, _ = feed.envelopes(5.0)[MONTAGE.placements[0]]
    assert len(times_s) == 20
    assert values[-1] == 1023
    sensors.set_state(0, replace(sensors.state_of(0), quality=SignalQuality(Light.GREEN, "")))
    clock.advance(1.0)
    feed.put(chunk(0, seconds(101.0, 102.0), [500.0] * 10))
    assert feed.at(102.0)[0] == pytest.approx(1.0)


def test_a_raw_signal_becomes_an_envelope_that_starts_anew_with_each_connection() -> None:
    feed = SensorFeed(ScriptedSensors(RAW, (0,)), None, FakeClock())
    times_s = seconds(96.0, 100.0, RAW.rate_hz)
    tone = 800 * np.sin(2 * np.pi * 120 * times_s)
    for part in np.array_split(np.arange(len(tone)), 73):
        feed.put(chunk(0, times_s[part], tone[part]))
    _, settled, _ = feed.envelopes(1.0)[MONTAGE.placements[0]]
    assert settled.min() > 0.4 * 800, "rectified and smoothed"
    feed.put(chunk(0, times_s + 5.0, np.zeros(len(times_s)), segment=1))
    _, silent, _ = feed.envelopes(-1.0 + 0.5)[MONTAGE.placements[0]]
    assert np.abs(silent).max() < 1e-6, "nothing rings over from the connection before"


def test_a_raw_sensor_and_one_that_sends_envelopes_rise_at_the_same_time() -> None:
    feed = SensorFeed(ScriptedSensors(RAW, (0,)), None, FakeClock())
    times_s = seconds(90.0, 100.0, RAW.rate_hz)
    strength = np.where(times_s > 95.0, 800.0, 0.0)
    feed.put(chunk(0, times_s, strength * np.sin(2 * np.pi * 95 * times_s)))
    times_s, values, _ = feed.envelopes(60.0)[MONTAGE.placements[0]]
    half_s = times_s[np.argmax(values > 0.5 * values[-1000:].mean())]
    assert half_s == pytest.approx(95.0, abs=0.01), "the muscle began then, and the filter's 46 ms are taken off"


def test_the_rise_of_an_envelope_after_each_connection_is_no_value_and_no_contraction() -> None:
    feed = SensorFeed(ScriptedSensors(RAW, (0,)), None, FakeClock())
    times_s = seconds(90.0, 95.0, RAW.rate_hz)
    rest = 50 * np.sin(2 * np.pi * 120 * times_s)
    for segment in range(3):
        feed.put(chunk(0, times_s + 6.0 * segment, rest, segment))
    assert np.isnan(feed.over(seconds(90.0, 107.0))[:, 0]).all(), "it has only rested"
    feed.put(chunk(0, times_s + 18.0, 10 * rest, 3))
    values = feed.over(np.array([94.0, 108.05, 112.0]))[:, 0]
    assert values[[0, 2]] == pytest.approx([0.0, 1.0], abs=0.05)
    assert np.isnan(values[1])


def test_what_a_raw_sensor_cuts_off_is_known_beside_its_envelope_and_does_not_set_100_percent() -> None:
    feed = SensorFeed(ScriptedSensors(RAW, (0,)), None, FakeClock())
    times_s = seconds(90.0, 100.0, RAW.rate_hz)
    tone = np.sin(2 * np.pi * 120 * times_s)
    feed.put(chunk(0, times_s, np.where(times_s > 95.0, 800, 80) * tone))
    largest_before = feed.over(np.array([100.0]))[0, 0]
    cut_off = np.clip(6000 * tone, RAW.low, RAW.high)
    feed.put(chunk(0, times_s + 10.0, cut_off))
    trace = feed.envelopes(60.0)[MONTAGE.placements[0]]
    assert trace.values.max() < RAW.high, "the envelope does not tell"
    assert not trace.saturated[: len(times_s)].any()
    expected = (cut_off == RAW.high) | (cut_off == RAW.low if RAW.saturates_low else False)
    assert trace.saturated[len(times_s) :].tolist() == expected.tolist()
    assert expected.mean() > 0.3
    assert np.isnan(feed.over(seconds(101.0, 109.0))[:, 0]).all(), "it is more than can be told"
    feed.put(chunk(0, times_s + 20.0, np.where(times_s > 95.0, 800, 80) * tone))
    assert feed.at(120.0)[0] > 0.6 * largest_before, "had it set 100 %, this were a third"


def test_a_minute_is_kept_and_no_more() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0), FakeClock())
    for start_s in range(0, 600, 5):
        feed.put(chunk(0, seconds(start_s, start_s + 5.0), start_s + np.arange(50) / 10))
    times_s, values, _ = feed.envelopes(1000.0)[MONTAGE.placements[0]]
    assert KEPT_S * 10 <= len(times_s) <= 2 * 1.5 * KEPT_S * 10
    assert times_s[-1] == pytest.approx(600.0)
    assert np.allclose(values, times_s - 0.1, atol=1e-3), "each sample is still beside its time"


def test_times_that_step_back_do_not_confuse_the_order() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(0), FakeClock())
    feed.put(chunk(0, [100.1, 100.2, 100.3], [300.0] * 3))
    feed.put(chunk(0, [100.25, 100.4], [300.0] * 2))
    times_s, _, _ = feed.envelopes(10.0)[MONTAGE.placements[0]]
    assert (np.diff(times_s) >= 0).all()
    assert feed.at(100.4)[0] == pytest.approx(0.5)


def test_it_reads_on_its_own_thread_until_it_is_stopped() -> None:
    sensors = ScriptedSensors()
    feed = SensorFeed(sensors, calibration(0), FakeClock())
    feed.start()
    sensors.send(chunk(0, seconds(99.0, 100.0), [300.0] * 10))
    wait_until(lambda: bool(np.isfinite(feed.at(100.0)[0])))
    assert feed.error is None
    assert any(thread.name == "sensors" for thread in threading.enumerate())
    assert feed.stop()
    assert sensors.closed == 1
    assert not any(thread.name == "sensors" for thread in threading.enumerate())
    assert feed.at(100.0)[0] == pytest.approx(0.5), "what has come stays"


def test_what_ends_the_reading_is_said_with_advice() -> None:
    sensors = ScriptedSensors()
    feed = SensorFeed(sensors, None, FakeClock())
    feed.start()
    sensors.send(DeviceLostError("The adapter", "it was pulled out"))
    wait_until(lambda: feed.error is not None)
    assert feed.error is not None
    assert "pulled out" in str(feed.error)
    assert feed.error.advice
    assert feed.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unforeseen_end_is_said_too() -> None:
    sensors = ScriptedSensors()
    feed = SensorFeed(sensors, None, FakeClock())
    feed.start()
    sensors.send(ZeroDivisionError("a slip"))
    wait_until(lambda: feed.error is not None)
    assert "a slip" in str(feed.error)
    assert feed.stop()


def test_readers_and_the_writer_may_be_at_work_at_once() -> None:
    feed = SensorFeed(ScriptedSensors(), calibration(*range(8), rest=0.0, mvc=1000.0), FakeClock())
    done = threading.Event()
    wrong: list[float] = []

    def read() -> None:
        while not done.is_set():
            values = feed.over(np.linspace(100.0, 160.0, 100))
            known = values[np.isfinite(values)]
            wrong.extend(known[np.abs(known - 0.25) > 1e-6].tolist())

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for start_s in np.arange(100.0, 160.0, 0.5):
        for channel in range(8):
            feed.put(chunk(channel, seconds(start_s, start_s + 0.5), [250.0] * 5))
    done.set()
    for reader in readers:
        reader.join(10)
    assert not wrong


def test_states_are_asked_for_a_few_times_a_second() -> None:
    clock, sensors = FakeClock(), ScriptedSensors()
    feed = SensorFeed(sensors, None, clock)
    sensors.set_state(1, replace(sensors.state_of(1), quality=FLAT))
    assert feed.states()[1].quality.light is Light.GREEN
    clock.advance(0.3)
    assert feed.states()[1].quality.light is Light.RED
