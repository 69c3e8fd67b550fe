"""Sensors that send in their advertisements: nothing is connected, repeats are dropped, silence is noticed."""

from __future__ import annotations

import asyncio
import struct

import pytest

from mia_core.muscles import MONTAGE
from mia_core.sensors.ble_discovery import find_sensors
from mia_core.sensors.ble_radio import Backend
from mia_core.sensors.bluetooth_thread import bluetooth_thread, close_bluetooth_thread
from mia_core.sensors.profiles import UMYO
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.advertisers import FakeScanner
from tests.fakes.waiting import wait_until

ADDRESS = "E2:13:5A:00:00:01"
BACKEND = Backend(scanner=FakeScanner)
SETTINGS = SensorArraySettings(backend=BACKEND, stale_after_s=0.15, rebuild_after_s=0.4, scan_s=0.3)
LEFT_BICEPS = MONTAGE.placements[0]


def _packet(number: int, root: int = 40) -> bytes:
    return struct.pack(">BBbB9x2x", number, 100, 0, root)


async def _advertise(*fields: bytes) -> None:
    FakeScanner.advertise(ADDRESS, "uMyo v2", *fields, rssi_dbm=-48)


def _heard(*fields: bytes) -> None:
    bluetooth_thread().run(_advertise(*fields), 5.0)


@pytest.fixture
def array():
    FakeScanner.starts = 0
    array = SensorArray(
        SensorMontage("one", ((LEFT_BICEPS, SensorId("umyo", f"address:{ADDRESS}")),)), settings=SETTINGS
    )
    array.open()
    wait_until(lambda: bool(FakeScanner.running))
    yield array
    array.close()
    assert close_bluetooth_thread()
    assert not FakeScanner.running


def _read_all(array: SensorArray) -> list[tuple[int, float, int]]:
    rows = []
    while (chunk := array.read()) is not None:
        rows += zip(chunk.counters.tolist(), chunk.values.tolist(), chunk.segments.tolist(), strict=True)
    return rows


def test_advertisements_are_samples_each_once(array):
    _heard(_packet(250))
    _heard(_packet(250))  # on another advertising channel
    _heard(_packet(251), _packet(250))  # a system that shows older ones beside the newest
    _heard(_packet(1))  # past the counter's wrap-around
    assert _read_all(array) == [(250, 200.0, 0), (251, 200.0, 0), (257, 200.0, 0)]
    (state,) = array.states()
    assert (state.phase, state.rssi_dbm) == (SensorPhase.STREAMING, -48)


def test_others_and_broken_advertisements_make_no_samples(array):
    _heard(b"\x01\x02\x03")
    bluetooth_thread().run(_advertise_other(), 5.0)
    assert _read_all(array) == []
    assert array.states()[0].phase == SensorPhase.SEARCHING


async def _advertise_other() -> None:
    FakeScanner.advertise("E2:13:5A:00:00:02", "uMyo v2", _packet(7))


def test_silence_is_noticed_and_the_scan_begun_anew(array):
    _heard(_packet(1))
    assert array.states()[0].phase == SensorPhase.STREAMING
    wait_until(lambda: array.states()[0].phase == SensorPhase.LOST)
    scans = FakeScanner.starts
    wait_until(lambda: FakeScanner.starts > scans and bool(FakeScanner.running))
    _heard(_packet(9))
    assert [segment for _, _, segment in _read_all(array)] == [0, 1]
    assert array.states()[0].reconnects == 1


def test_bluetooth_that_was_switched_off_is_said_until_it_is_back(array, monkeypatch):
    _heard(_packet(1))
    with monkeypatch.context() as off:
        off.setattr(FakeScanner, "is_off", True)
        wait_until(lambda: "switched off" in array.states()[0].detail)
    wait_until(lambda: array.states()[0].detail == "")
    assert array.states()[0].phase is SensorPhase.LOST, "it is listened for, and was not heard yet"


def test_a_search_shares_the_scan_that_runs_and_connects_nothing(array):
    scans = FakeScanner.starts
    seen: list[int] = []

    def on_found(_found: object) -> None:
        seen.append(len(FakeScanner.running))

    advertising = bluetooth_thread().start(_advertise_for_ever())
    (found,) = find_sensors(0.3, (UMYO,), on_found=on_found, backend=BACKEND)
    advertising.cancel()
    assert (FakeScanner.starts, seen) == (scans, [1])
    assert found.ids == (SensorId("umyo", f"address:{ADDRESS}"),)
    assert (found.name, found.rssi_dbm, found.serial) == ("uMyo v2", -48, "")


async def _advertise_for_ever() -> None:
    while True:
        await asyncio.sleep(0.01)
        FakeScanner.advertise(ADDRESS, "uMyo v2", _packet(1), rssi_dbm=-48)
