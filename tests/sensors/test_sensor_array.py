"""A montage over genuine bleak: connected by serial number, read in order, connected again, left without a trace."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import psutil
import pytest
from bleak import BleakClient

from mia_core.muscles import MONTAGE
from mia_core.sensors.ble_discovery import find_sensors
from mia_core.sensors.bluetooth_errors import BluetoothUnavailableError, SensorNotFoundError
from mia_core.sensors.bluetooth_thread import THREAD_NAME, BluetoothThread, bluetooth_thread, close_bluetooth_thread
from mia_core.sensors.emg_csv import header_from_json, header_to_json
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.streams.source import EndOfStream
from tests.fakes.clock import FakeClock
from tests.fakes.fake_bluez_arrays import all_stream, montage_of, read_all
from tests.fakes.waiting import wait_until


def test_eight_connect_within_five_seconds_and_no_sample_is_lost(bluez, open_array):
    array = open_array(montage_of(bluez, range(7, -1, -1)))  # in another order than they are on the air
    wait_until(lambda: all_stream(array), 5.0)
    array.close()
    rows = read_all(array)
    for channel in range(8):
        ours = rows.channels == channel
        sensor = bluez.sensor(7 - channel)
        assert rows.values[ours].tolist() == [number % 1024 for number in sensor.sent[: ours.sum()]]
        assert len(sensor.sent) - ours.sum() <= 1  # one may have been on its way
    assert (np.diff(rows.arrivals_s) >= 0).all()
    assert bluez.daemon().most_connecting == 1
    assert not bluez.daemon().scanning


def test_a_battery_that_falls_is_asked_for_again(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), battery_every_s=0.1)
    wait_until(lambda: all_stream(array))
    assert [state.battery_percent for state in array.states()] == [100, 99]
    bluez.battery(1, 42)
    wait_until(lambda: [state.battery_percent for state in array.states()] == [100, 42])
    assert [bluez.sensor(index).connects for index in range(2)] == [1, 1]


def test_a_device_that_is_lost_while_bleak_waits_is_one_sensor_that_is_tried_again(bluez, open_array, monkeypatch):
    read, failures = BleakClient.read_gatt_char, [AssertionError(), AssertionError()]

    async def failing(client: BleakClient, uuid: str) -> bytearray:
        if failures:
            raise failures.pop()
        return await read(client, uuid)

    monkeypatch.setattr(BleakClient, "read_gatt_char", failing)
    array = open_array(montage_of(bluez, range(2)), first_backoff_s=0.05)
    wait_until(lambda: all_stream(array))
    assert sorted(bluez.sensor(index).connects for index in range(2)) in ([1, 3], [2, 2])


@pytest.mark.parametrize("channel", [-1, 1])
def test_an_electrode_pair_that_a_kind_of_sensor_does_not_have_is_refused(channel):
    montage = SensorMontage("lab", ((MONTAGE.placements[0], SensorId("m40", "A1", channel)),))
    with pytest.raises(SensorNotFoundError, match=r"A1 .* has no electrode pair"):
        SensorArray(montage)


@pytest.mark.parametrize(
    ("serials", "label"),
    [
        (("4711", "4712"), "measured sEMG"),
        (("4711", "EMULATED-1"), "simulated sEMG"),
        (("EMULATED-1", "EMULATED-2"), "simulated sEMG"),
    ],
)
def test_what_emulated_sensors_send_is_not_called_measured(serials, label):
    assignments = tuple((at, SensorId("m40", serial)) for at, serial in zip(MONTAGE.placements, serials, strict=False))
    array = SensorArray(SensorMontage("rig", assignments))
    header = header_from_json(header_to_json(array, FakeClock()))
    assert (array.label, header.label) == (label, label)
    assert array.is_measured == header.is_measured == (label == "measured sEMG")


def test_a_lost_sensor_comes_back_in_a_segment_of_its_own(bluez, open_array):
    array = open_array(montage_of(bluez, range(3)))
    wait_until(lambda: all_stream(array))
    bluez.drop(1)
    wait_until(lambda: array.states()[1].phase in (SensorPhase.LOST, SensorPhase.CONNECTING))
    assert array.states()[0].phase == array.states()[2].phase == SensorPhase.STREAMING
    bluez.back(1)
    wait_until(lambda: all_stream(array), 2.5)
    array.close()
    rows = read_all(array)
    assert set(rows.segments[rows.channels == 1].tolist()) == {0, 1}
    assert set(rows.segments[rows.channels != 1].tolist()) == {0}
    assert [state.reconnects for state in array.states()] == [0, 1, 0]


def test_a_lost_sensor_does_not_wait_for_another_that_stays_away(bluez, open_array):
    array = open_array(montage_of(bluez, range(3)), reconnect_timeout_s=20.0)
    wait_until(lambda: all_stream(array))
    bluez.drop(0)
    wait_until(lambda: bluez.sensor(0).connects == 2)  # waits for it, without a search
    bluez.drop(1)
    bluez.back(1)
    wait_until(lambda: array.states()[1].reconnects == 1 and array.states()[1].phase == SensorPhase.STREAMING, 30.0)
    assert array.states()[0].phase != SensorPhase.STREAMING
    assert bluez.sensor(1).connects_at_s[-1] - bluez.sensor(0).connects_at_s[1] < 10.0  # of 20


def test_orders_that_come_as_bluetooth_ends_are_forgotten(bluez, open_array, monkeypatch):
    bluez.silence(0)
    array = open_array(montage_of(bluez, range(1)))
    start = BluetoothThread.start

    def too_late(thread, coroutine):
        close_bluetooth_thread()
        return start(thread, coroutine)

    monkeypatch.setattr(BluetoothThread, "start", too_late)
    array.identify(MONTAGE.placements[0])
    array.set_recording(True)
    array.close()
    array.identify(MONTAGE.placements[0])
    with pytest.raises(EndOfStream):
        array.read()


def test_a_recording_is_not_disturbed_by_a_scan(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)))
    wait_until(lambda: all_stream(array))
    array.set_recording(True)
    scans = bluez.daemon().scans
    bluez.drop(1, for_s=1.0)
    wait_until(lambda: array.states()[1].phase != SensorPhase.STREAMING)
    wait_until(lambda: all_stream(array), 5.0)
    assert bluez.daemon().scans == scans


def test_a_recording_that_began_before_the_sensors_were_opened_counts(bluez):
    array = SensorArray(montage_of(bluez, range(1)))
    array.set_recording(True)
    array.open()
    with pytest.raises(BluetoothUnavailableError):
        find_sensors(0.1, with_details=False)
    array.close()
    find_sensors(0.1, with_details=False)


def test_sensors_are_known_by_serial_number_when_their_addresses_are_exchanged(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), reconnect_timeout_s=1.0)
    wait_until(lambda: all_stream(array))
    addresses = [bluez.sensor(index).address for index in range(2)]
    for index in range(2):
        bluez.drop(index)
    wait_until(lambda: all(state.phase != SensorPhase.STREAMING for state in array.states()))
    bluez.change_address(0, "04:EE:03:5A:54:00")
    bluez.change_address(1, addresses[0])
    bluez.change_address(0, addresses[1])
    for index in range(2):
        bluez.back(index)
    wait_until(lambda: all_stream(array), 15.0)
    array.close()
    rows = read_all(array)
    for channel in range(2):
        numbers = set(bluez.sensor(channel).sent)
        ours = rows.values[(rows.channels == channel) & (rows.segments == rows.segments.max())]
        assert len(ours)
        assert set(ours.tolist()) <= {float(number % 1024) for number in numbers}
    assert bluez.sensor(0).address == addresses[1]


def test_closing_leaves_no_connection_and_no_thread(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",) * 3)
    array = open_array(montage_of(bluez))
    wait_until(lambda: all_stream(array))
    array.close()
    array.close()
    assert {state.phase for state in array.states()} == {SensorPhase.CLOSED}
    assert [bluez.sensor(index).adapter for index in range(3)] == [""] * 3
    read_all(array)
    with pytest.raises(EndOfStream):
        array.read()
    assert close_bluetooth_thread()
    assert THREAD_NAME not in {thread.name for thread in threading.enumerate()}


def test_closing_in_the_middle_of_connecting_leaves_none_connected(bluez, open_array):
    array = open_array(montage_of(bluez))
    wait_until(lambda: any(state.phase == SensorPhase.STREAMING for state in array.states()))
    array.close()
    wait_until(lambda: not any(bluez.sensor(index).adapter for index in range(8)))
    assert not bluez.daemon().scanning


def test_nothing_piles_up_from_array_to_array(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",) * 2)
    left: list[tuple[int, int]] = []

    async def count_tasks() -> int:
        return len(asyncio.all_tasks())

    for _ in range(3):
        array = open_array(montage_of(bluez))
        wait_until(lambda array=array: all_stream(array))
        bluez.drop(0, for_s=0.1)
        wait_until(lambda array=array: not all_stream(array))
        wait_until(lambda array=array: all_stream(array))
        array.close()
        left.append((psutil.Process().num_fds(), bluetooth_thread().run(count_tasks())))
    assert left[0] == left[1] == left[2]
