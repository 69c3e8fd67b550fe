"""Sensors that come and go for a long while: nothing is lost that was sent, and nothing of it stays behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import pytest

from mia_core.sensors.bluetooth_thread import close_bluetooth_thread
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.streams.source import EndOfStream
from tests.fakes.fake_bluez import FakeBluez
from tests.fakes.fake_bluez_arrays import all_stream, montage_of
from tests.fakes.waiting import wait_until
from tests.sensors.conftest import OpenArray, StartBluez

N_SENSORS = 8
PATIENCE_S = 40.0
COUNTER = 1024
"""The virtual M40 sends its running number modulo this."""
MAX_GROWTH_MB = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to the sensors.

    Attributes:
        settings: Of the array.
        warm_up_s: After so long memory is measured first: buffers have their size, each fault was seen once.
        ends_s: Length of it all.
        every_s: One sensor after another is lost, one every so many seconds,
        away_s: for so long.
        daemon_dies_s: At this moment bluetoothd is killed, with a sensor out of reach; it starts again a second later.
    """

    settings: SensorArraySettings
    warm_up_s: float
    ends_s: float
    every_s: float
    away_s: float
    daemon_dies_s: float


QUICK = Plan(SensorArraySettings(rebuild_after_s=3.0), 8.0, 16.0, 1.5, 0.3, 3.0)
LONG = Plan(SensorArraySettings(), 60.0, 120.0, 10.0, 2.0, 35.0)


class Numbers(threading.Thread):
    """Reads an array to its end and keeps of every sensor only the numbers that it sent, and in which segments."""

    def __init__(self, array: SensorArray) -> None:
        super().__init__(name="sensors")
        self._array = array
        self.of_channel: list[list[int]] = [[] for _ in range(N_SENSORS)]
        self.segments: list[set[int]] = [set() for _ in range(N_SENSORS)]

    def run(self) -> None:
        try:
            while True:
                chunk = self._array.read()
                if chunk is None:
                    continue
                columns = (chunk.channels.tolist(), chunk.values.tolist(), chunk.segments.tolist())
                for channel, value, segment in zip(*columns, strict=True):
                    self.of_channel[channel].append(int(value))
                    self.segments[channel].add(segment)
        except EndOfStream:
            return


@contextmanager
def streaming(bluez: FakeBluez, settings: SensorArraySettings) -> Iterator[tuple[SensorArray, Numbers]]:
    array = SensorArray(montage_of(bluez), settings=settings)
    array.open()
    numbers = Numbers(array)
    numbers.start()
    try:
        wait_for_all(array)
        yield array, numbers
    finally:
        array.close()
        numbers.join(PATIENCE_S)


def wait_for_all(array: SensorArray) -> None:
    wait_until(lambda: all_stream(array), PATIENCE_S)


def lose_and_find(bluez: FakeBluez, array: SensorArray, index: int, away_s: float) -> None:
    reconnects = array.states()[index].reconnects
    bluez.drop(index, for_s=away_s)
    wait_until(lambda: array.states()[index].reconnects > reconnects, PATIENCE_S)
    wait_for_all(array)


def kill_daemon(bluez: FakeBluez, array: SensorArray, away: int, away_s: float) -> None:
    reconnects = [state.reconnects for state in array.states()]
    bluez.drop(away, for_s=away_s)
    bluez.kill_daemon()
    wait_until(lambda: any(state.phase == SensorPhase.STALE for state in array.states()), PATIENCE_S)
    bluez.restart_daemon()
    wait_until(
        lambda: all(state.reconnects > before for state, before in zip(array.states(), reconnects, strict=True)),
        PATIENCE_S,
    )
    wait_for_all(array)


def rss_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


def soak(bluez: FakeBluez, plan: Plan) -> None:
    threads = set(threading.enumerate())
    n_losses = [0] * N_SENSORS
    daemon_is_due = True
    warm_mb = 0.0
    with streaming(bluez, plan.settings) as (array, numbers):
        began_s = time.monotonic()
        for turn in range(1, round(plan.ends_s / plan.every_s)):
            wait_until(lambda due_s=began_s + turn * plan.every_s: time.monotonic() >= due_s, plan.ends_s)
            now_s = time.monotonic() - began_s
            index = turn % N_SENSORS
            if daemon_is_due and now_s >= plan.daemon_dies_s:
                daemon_is_due = False
                kill_daemon(bluez, array, index, plan.away_s)
                n_losses = [n + 1 for n in n_losses]
            else:
                lose_and_find(bluez, array, index, plan.away_s)
                n_losses[index] += 1
            if not warm_mb and now_s >= plan.warm_up_s:
                warm_mb = rss_mb()
        wait_until(lambda: time.monotonic() >= began_s + plan.ends_s, plan.ends_s)
        growth_mb = rss_mb() - warm_mb
        wait_for_all(array)
        for index in range(N_SENSORS):
            bluez.silence(index)
        sent = [[number % COUNTER for number in bluez.sensor(index).sent] for index in range(N_SENSORS)]
        wait_until(lambda: [len(ours) for ours in numbers.of_channel] == [len(every) for every in sent], PATIENCE_S)
        reconnects = [state.reconnects for state in array.states()]
    for index in range(N_SENSORS):
        assert numbers.of_channel[index] == sent[index]
        assert len(numbers.segments[index]) == reconnects[index] + 1
    assert reconnects == n_losses
    assert not daemon_is_due
    assert warm_mb
    print(f"{sum(map(len, sent))} samples, {sum(reconnects)} reconnections, {growth_mb:+.2f} MB")
    assert growth_mb < MAX_GROWTH_MB
    assert close_bluetooth_thread()
    assert set(threading.enumerate()) == threads


def test_eight_sensors_come_and_go_and_nothing_that_was_sent_is_lost(bluez: FakeBluez) -> None:
    soak(bluez, QUICK)


def test_a_search_in_vain_is_its_own_pause(start_bluez: StartBluez, open_array: OpenArray) -> None:
    bluez = start_bluez(sensors=("m40",))
    array = open_array(
        montage_of(bluez, range(1)), scan_s=1.5, reconnect_timeout_s=0.2, first_backoff_s=1.5, last_backoff_s=1.5
    )
    wait_until(lambda: all_stream(array))
    scans = bluez.daemon().scans
    bluez.drop(0)
    wait_until(lambda: bluez.daemon().scans >= scans + 2)
    wait_until(lambda: not bluez.daemon().scanning)
    wait_until(lambda: bluez.daemon().scanning, 1.2)


@pytest.mark.heavy
@pytest.mark.timeout(300)
def test_two_minutes_of_losses_leave_nothing_behind(bluez: FakeBluez) -> None:
    soak(bluez, LONG)
