"""Searches over genuine bleak: what is found and told apart, what is left alone, why a search is impossible."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from mia_core.clock import SystemClock
from mia_core.muscles import MONTAGE
from mia_core.processing.light_sync import SWITCHES
from mia_core.sensors import ble_discovery, ble_radio
from mia_core.sensors.ble_discovery import FoundSensor, bluetooth_state, find_sensors, identify_sensor
from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError, SensorNotFoundError
from mia_core.sensors.bluetooth_thread import bluetooth_thread, close_bluetooth_thread
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.fake_bluez import FakeBluez
from tests.fakes.waiting import wait_until

SCAN_S = 0.4
"""Four times the virtual sensors' advertising interval."""


def _found_at(found: tuple[FoundSensor, ...], address: str) -> FoundSensor:
    (one,) = (sensor for sensor in found if sensor.address == address)
    return one


@pytest.fixture
def streaming_array(bluez: FakeBluez):
    """Sensor 0 in an array that streams."""
    array = SensorArray(SensorMontage("one", ((MONTAGE.placements[0], SensorId("m40", bluez.sensor(0).serial)),)))
    array.open()
    wait_until(lambda: array.states()[0].phase == SensorPhase.STREAMING)
    yield array
    array.close()


# What is found


def test_a_search_finds_eight_nearest_first_with_serial_battery_and_firmware(bluez):
    heard: list[FoundSensor] = []
    found = find_sensors(SCAN_S, on_found=heard.append)
    assert [(sensor.serial, sensor.battery_percent, sensor.firmware) for sensor in found] == [
        (f"M40-{1000 + index}", 100 - index, "1.5") for index in range(8)
    ]
    assert all(sensor.rssi_dbm in (-50 - 4 * index, -49 - 4 * index) for index, sensor in enumerate(found))
    assert [sensor.ids for sensor in found] == [(SensorId("m40", f"M40-{1000 + index}"),) for index in range(8)]
    assert {sensor.name for sensor in found} == {"ANR Corp M40"}
    assert [sensor.serial for sensor in heard[:8]] == [""] * 8  # at once, without details
    assert {sensor.serial for sensor in heard[8:]} == {sensor.serial for sensor in found}
    assert [bluez.sensor(index).adapter for index in range(8)] == [""] * 8
    assert not bluez.daemon().scanning


def test_a_scan_without_details_connects_nothing(bluez):
    found = find_sensors(SCAN_S, with_details=False)
    assert len(found) == 8
    assert {sensor.ids[0].serial for sensor in found} == {
        f"address:{bluez.sensor(index).address}" for index in range(8)
    }
    assert [bluez.sensor(index).connects for index in range(8)] == [0] * 8


def test_a_sensor_is_known_by_its_makers_id_or_else_by_its_name(start_bluez):
    bluez = start_bluez(sensors=("m40",) * 6)
    bluez.advertise_as(0, "", company_id=0x05DA)
    bluez.advertise_as(1, "Küche ☕ 腕", company_id=0x05DA)
    bluez.advertise_as(2, "anr corp m40 links", company_id=None)
    bluez.advertise_as(3, "ANR Corp M40", company_id=0x004C)
    bluez.advertise_as(4, "Headset M40", company_id=0x004C)
    bluez.advertise_as(5, "", company_id=None)
    found = find_sensors(SCAN_S, (M40,))
    assert {sensor.serial: sensor.name for sensor in found} == {
        "M40-1000": "",
        "M40-1001": "Küche ☕ 腕",
        "M40-1002": "anr corp m40 links",
        "M40-1003": "ANR Corp M40",
    }
    assert [bluez.sensor(index).connects for index in (4, 5)] == [0, 0]


def test_what_a_sensor_does_not_tell_stays_unknown(start_bluez):
    bluez = start_bluez(sensors=("m40",) * 2)
    bluez.no_battery(0)
    bluez.no_serial(1)
    found = find_sensors(SCAN_S)
    old = _found_at(found, bluez.sensor(0).address)
    assert (old.serial, old.battery_percent, old.firmware) == ("M40-1000", None, "1.4")
    nameless = _found_at(found, bluez.sensor(1).address)
    assert (nameless.serial, nameless.battery_percent) == ("", 99)
    assert nameless.ids == (SensorId("m40", f"address:{bluez.sensor(1).address}"),)


def test_kinds_of_sensors_are_told_apart(start_bluez):
    start_bluez(sensors=("m40", "myoware", "npg"))
    found = find_sensors(SCAN_S)
    assert {(sensor.profile.key, sensor.serial, len(sensor.ids)) for sensor in found} == {
        ("m40", "M40-1000", 1),
        ("myoware", "MyoWare2.0-1001", 1),
        ("npg_lite", "NPGLite-1002", 3),
    }


def test_one_that_refuses_to_be_connected_is_found_without_details(start_bluez):
    bluez = start_bluez(sensors=("m40",) * 2)
    bluez.fail_connect(0, "br-connection-refused", times=9)
    found = find_sensors(SCAN_S)
    assert [(sensor.serial, sensor.battery_percent) for sensor in found] == [("", None), ("M40-1001", 99)]


def test_a_sensor_of_an_array_is_found_with_details_and_not_connected_again(bluez, streaming_array):
    found = find_sensors(SCAN_S)
    assert len(found) == 8
    ours = _found_at(found, bluez.sensor(0).address)
    assert (ours.serial, ours.battery_percent, ours.firmware) == ("M40-1000", 100, "1.5")
    assert bluez.sensor(0).connects == 1
    assert streaming_array.states()[0].phase == SensorPhase.STREAMING


# One at a time


def test_two_searches_share_one_scan_and_take_turns_in_connecting(bluez):
    with ThreadPoolExecutor(2) as pool:
        searches = [pool.submit(find_sensors, SCAN_S) for _ in range(2)]
        results = [search.result() for search in searches]
    assert [len(found) for found in results] == [8, 8]
    assert bluez.daemon().scans == 1
    assert bluez.daemon().most_connecting == 1


def test_a_search_is_refused_while_an_array_records(bluez, streaming_array):
    streaming_array.set_recording(True)
    scans = bluez.daemon().scans
    with pytest.raises(BluetoothUnavailableError) as caught:
        find_sensors(SCAN_S)
    assert caught.value.reason is BluetoothReason.BUSY
    (other,) = (FoundSensor(M40, "", bluez.sensor(1).address),)
    with pytest.raises(BluetoothUnavailableError):
        identify_sensor(other, "green")
    assert bluez.daemon().scans == scans
    streaming_array.set_recording(False)
    assert len(find_sensors(SCAN_S, with_details=False)) == 8


def test_a_search_ends_when_a_recording_begins(bluez, streaming_array):
    heard = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        search = pool.submit(find_sensors, 60.0, on_found=lambda _found: heard.set())
        wait_until(lambda: bluez.daemon().scanning and heard.is_set())
        streaming_array.set_recording(True)
        search.result(timeout=5.0)
    assert not bluez.daemon().scanning
    assert [bluez.sensor(index).connects for index in range(1, 8)] == [0] * 7


@pytest.mark.parametrize("scan_s", [60.0, SCAN_S], ids=["while it scans", "while it connects"])
def test_a_search_that_is_cancelled_leaves_no_scan_and_no_connection(bluez, scan_s):
    with ThreadPoolExecutor(1) as pool:
        search = pool.submit(find_sensors, scan_s)
        if scan_s == SCAN_S:
            wait_until(lambda: any(bluez.sensor(index).adapter for index in range(8)))
        else:
            wait_until(lambda: bluez.daemon().scanning)
        assert close_bluetooth_thread()
        with pytest.raises(CancelledError):
            search.result(timeout=5.0)
    wait_until(lambda: not bluez.daemon().scanning)
    wait_until(lambda: not any(bluez.sensor(index).adapter for index in range(8)))


# Identifying


def test_identifying_writes_the_colour_and_lets_the_sensor_go(bluez):
    found = find_sensors(SCAN_S, with_details=False)
    identify_sensor(_found_at(found, bluez.sensor(5).address), "orange")
    assert [bluez.sensor(index).control for index in range(8)] == [
        b"\x0c" if index == 5 else b"\x01" for index in range(8)
    ]
    assert not bluez.sensor(5).adapter


def test_identifying_a_connected_sensor_uses_its_connection(bluez, streaming_array):
    identify_sensor(FoundSensor(M40, "", bluez.sensor(0).address), "green, red")
    assert (bluez.sensor(0).control, bluez.sensor(0).connects) == (b"\x07", 1)
    assert streaming_array.states()[0].phase == SensorPhase.STREAMING


def test_a_light_is_switched_at_moments_that_are_known(bluez, streaming_array, monkeypatch):
    monkeypatch.setattr("mia_core.sensors.ble_discovery.SWITCH_S", 0.05)
    clock, seen = SystemClock(), []

    def note(switch):
        seen.append((switch, bluez.sensor(0).control, clock.now()))

    begin_s = clock.now()
    streaming_array.identify(MONTAGE.placements[0], note)
    wait_until(lambda: len(seen) == SWITCHES and bluez.sensor(0).control == b"\x01")  # as it was before
    assert [control for _, control, _ in seen] == [b"\x0b", b"\x06", b"\x0b", b"\x06", b"\x0b"]
    times_s = [begin_s, *(time_s for switch, _, told_s in seen for time_s in (switch.written_s, switch.acknowledged_s))]
    assert times_s == sorted(times_s)
    assert all(switch.acknowledged_s <= told_s for switch, _, told_s in seen)
    assert streaming_array.states()[0].phase == SensorPhase.STREAMING


def test_what_can_not_be_identified_is_said(bluez, monkeypatch):
    monkeypatch.setattr(ble_discovery, "LOOK_S", 0.3)
    found = FoundSensor(M40, "ANR Corp M40", bluez.sensor(0).address)
    with pytest.raises(SensorNotFoundError, match="no light 'ultraviolet'") as caught:
        identify_sensor(found, "ultraviolet")
    assert "magenta, blue" in caught.value.advice
    bluez.drop(0)
    with pytest.raises(SensorNotFoundError, match="could not be reached"):
        identify_sensor(found, "green")
    assert not bluez.daemon().scanning


# Whether Bluetooth can be used


def test_bluetooth_that_works_is_not_complained_about(bluez):
    assert bluetooth_state() is None
    assert bluetooth_state("hci0") is None
    assert not bluez.daemon().scanning


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda bluez: bluez.power(on=False), BluetoothReason.OFF),
        (lambda bluez: bluez.unplug(), BluetoothReason.MISSING),
        (lambda bluez: bluez.deny(), BluetoothReason.DENIED),
        (lambda bluez: bluez.kill_daemon(), BluetoothReason.NO_DAEMON),
        (lambda bluez: bluez.kill_bus(), BluetoothReason.NO_BUS),
        (lambda bluez: bluez.busy_scan(), BluetoothReason.BUSY),
    ],
    ids=["off", "missing", "denied", "no daemon", "no bus", "busy"],
)
def test_why_bluetooth_can_not_be_used_any_more_is_told(bluez, break_it, reason):
    assert bluetooth_state() is None
    break_it(bluez)
    assert bluetooth_state() is reason
    if reason is not BluetoothReason.BUSY:  # that has passed by now
        with pytest.raises(BluetoothUnavailableError):
            find_sensors(SCAN_S)


def test_an_adapter_that_is_not_there_is_missing(bluez):
    assert bluetooth_state("hci7") is BluetoothReason.MISSING


def test_bluetooth_that_was_repaired_is_usable_at_once(bluez):
    bluez.kill_bus()
    assert bluetooth_state() is BluetoothReason.NO_BUS
    bluez.restart_bus()
    assert bluetooth_state() is None


def test_a_service_that_hangs_is_given_up_and_its_late_scan_ended(bluez, monkeypatch):
    assert bluetooth_state() is None
    scans = bluez.daemon().scans
    monkeypatch.setattr(ble_radio, "SCAN_CALL_TIMEOUT_S", 0.2)
    bluez.hang_daemon(for_s=1.0)
    wait_until(lambda: bluetooth_state() is BluetoothReason.NO_DAEMON)
    wait_until(lambda: bluez.daemon().scans > scans and not bluez.daemon().scanning)
    assert bluetooth_state() is None


def test_a_scan_whose_service_died_is_begun_anew_for_the_next_listener(bluez, monkeypatch):
    monkeypatch.setattr(ble_radio, "SILENT_SCAN_S", 0.3)
    thread = bluetooth_thread()
    heard = threading.Event()

    async def listen_for_ever() -> None:
        async with thread.radio.listening(lambda _sighting: heard.set()):
            await asyncio.Event().wait()

    listening = thread.start(listen_for_ever())
    assert heard.wait(5.0)
    bluez.kill_daemon()
    bluez.restart_daemon()
    wait_until(lambda: bool(find_sensors(SCAN_S, with_details=False)))
    heard.clear()
    assert heard.wait(5.0)  # the first listener hears again too
    listening.cancel()
    wait_until(lambda: not bluez.daemon().scanning)
