"""The fourteen ways in which Bluetooth sensors are known to fail, each on bleak's genuine BlueZ backend.

What only macOS and Windows do (8 to 10) is tested as far as the calls and the files that answer it.
"""

from __future__ import annotations

import ast
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from bleak import BleakClient
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakDBusError

from mia_core.muscles import MONTAGE
from mia_core.samples import SampleFlag
from mia_core.sensors import ble_discovery, sensor_array
from mia_core.sensors.ble_discovery import find_sensors
from mia_core.sensors.ble_radio import Backend
from mia_core.sensors.bluetooth_errors import BluetoothReason, BluetoothUnavailableError
from mia_core.sensors.bluetooth_thread import bluetooth_thread
from mia_core.sensors.sensor_array import CHECK_EVERY_S, CLOSE_TIMEOUT_S, SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_connector import NOT_HEARD
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.advertisers import FakeScanner
from tests.fakes.clock import FakeClock, HeldClock
from tests.fakes.fake_bluez import FakeBluez
from tests.fakes.fake_bluez_arrays import all_stream, montage_of, read_all
from tests.fakes.virtual_sensors import BATTERY_LEVEL, SERIAL
from tests.fakes.waiting import wait_until
from tests.sensors.conftest import StartBluez

SPEC = Path(__file__).parents[2] / "build.spec"
FAST: dict[str, Any] = {
    "first_backoff_s": 0.05,
    "last_backoff_s": 0.4,
    "scan_s": 0.6,
    "scan_quiet_s": 0.3,
    "reconnect_timeout_s": 0.5,
    "disconnect_timeout_s": 0.3,
}
"""Less patient than usual."""
AWAY = (SensorPhase.LOST, SensorPhase.CONNECTING)


@pytest.fixture
def bluez(start_bluez: StartBluez) -> FakeBluez:
    """Three M40s on the air: each that is not in a montage costs the time to look who it is."""
    return start_bluez(sensors=("m40",) * 3)


def phase(array: SensorArray, place: int = 0) -> SensorPhase:
    return array.states()[place].phase


# 1. Bluetooth off, absent or denied, no daemon, no bus


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda bluez: bluez.power(on=False), BluetoothReason.OFF),
        (lambda bluez: bluez.unplug(), BluetoothReason.MISSING),
        (lambda bluez: bluez.deny(), BluetoothReason.DENIED),
        (lambda bluez: bluez.kill_daemon(), BluetoothReason.NO_DAEMON),
        (lambda bluez: bluez.kill_bus(), BluetoothReason.NO_BUS),
    ],
    ids=["off", "absent", "denied", "no daemon", "no bus"],
)
def test_mode_1_an_array_without_bluetooth_is_refused_with_the_reason(bluez, break_it, reason):
    array = SensorArray(montage_of(bluez))
    break_it(bluez)
    with pytest.raises(BluetoothUnavailableError) as caught:
        array.open()
    assert caught.value.reason is reason


def test_mode_1_bluetooth_switched_off_in_the_middle_is_said_and_waited_for(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    bluez.power(on=False)
    wait_until(lambda: all("switched off" in state.detail for state in array.states()))
    bluez.power(on=True)
    wait_until(lambda: all_stream(array))


def test_mode_1_a_message_bus_that_dies_is_said_and_waited_for(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    bluez.kill_bus()
    wait_until(lambda: all("D-Bus" in state.detail for state in array.states()))
    bluez.restart_bus()
    wait_until(lambda: all_stream(array))


# 2. bluetoothd crashes or hangs without a word


def test_mode_2_a_killed_daemon_is_noticed_by_silence_and_all_is_rebuilt(bluez):
    clock = HeldClock()
    array = SensorArray(montage_of(bluez, range(3)), clock=clock)
    array.open()

    def look() -> SensorPhase:
        bluetooth_thread().run(asyncio.sleep(3 * CHECK_EVERY_S))
        return phase(array, 1)

    try:
        wait_until(lambda: all_stream(array))
        bluez.kill_daemon()
        for seconds, expected in (
            (0.0, SensorPhase.STREAMING),  # and what was on its way has come
            (0.49, SensorPhase.STREAMING),
            (0.02, SensorPhase.STALE),
            (1.48, SensorPhase.STALE),
            (0.02, SensorPhase.LOST),
        ):
            clock.wind(seconds)
            assert look() is expected
        clock.let_go()
        rebuilt_by_all(bluez, array)
    finally:
        array.close()


def rebuilt_by_all(bluez, array):
    """The daemon comes back, and with it all sensors, each in a segment of its own and without a loss."""
    wait_until(lambda: all("service does not answer" in state.detail for state in array.states()))
    bluez.restart_daemon()
    wait_until(lambda: all_stream(array))
    array.close()
    rows = read_all(array)
    for channel in range(3):
        ours, sent = rows.channels == channel, bluez.sensor(channel).sent
        assert set(rows.segments[ours].tolist()) == {0, 1}
        assert rows.values[ours].tolist() == [number % 1024 for number in sent[: ours.sum()]]
        assert len(sent) - ours.sum() <= 1  # one may have been on its way


def test_mode_2_a_daemon_that_hangs_holds_nothing_up_for_good(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST, stale_after_s=0.3, rebuild_after_s=0.6)
    wait_until(lambda: all_stream(array))
    bluez.hang_daemon(for_s=1.5)
    wait_until(lambda: all(state.phase in AWAY for state in array.states()))
    wait_until(lambda: all_stream(array))
    began_s = time.monotonic()
    array.close()
    assert time.monotonic() - began_s < 2.0


def test_mode_2_opening_does_not_wait_for_a_daemon_that_hangs(bluez, monkeypatch):
    monkeypatch.setattr(sensor_array, "OPEN_TIMEOUT_S", 0.3)
    array = SensorArray(montage_of(bluez))
    bluez.hang_daemon(for_s=1.5)
    with pytest.raises(BluetoothUnavailableError) as caught:
        array.open()
    assert caught.value.reason is BluetoothReason.NO_DAEMON
    array.close()
    assert not bluez.daemon().scanning


def test_mode_2_a_sensor_that_says_nothing_is_connected_anew(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST, stale_after_s=0.3, rebuild_after_s=0.6)
    wait_until(lambda: all_stream(array))
    bluez.silence(0)
    wait_until(lambda: phase(array) == SensorPhase.STALE)
    wait_until(lambda: bluez.sensor(0).connects > 1)
    bluez.back(0)
    wait_until(lambda: all_stream(array))
    assert array.states()[1].reconnects == 0


# 3. InProgress


def test_mode_3_a_scan_that_is_refused_once_does_not_keep_an_array_from_opening(bluez, open_array):
    bluez.busy_scan(starts=1)
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))


def test_mode_3_a_search_that_is_refused_is_made_again(bluez, open_array):
    bluez.drop(0)
    array = open_array(montage_of(bluez, range(1)), **FAST)
    bluez.busy_scan(starts=3)
    wait_until(lambda: "busy" in array.states()[0].detail)
    bluez.back(0)
    wait_until(lambda: all_stream(array))


def test_mode_3_a_scan_that_can_not_be_ended_does_not_spoil_the_next(bluez):
    bluez.busy_scan(starts=0, stops=1)
    assert [len(find_sensors(0.4, with_details=False)) for _ in range(2)] == [3, 3]
    assert not bluez.daemon().scanning


def test_mode_3_a_search_joins_the_scan_of_an_array(bluez, open_array):
    bluez.drop(0)
    open_array(montage_of(bluez, range(1)), scan_s=30.0)
    wait_until(lambda: bluez.daemon().scans == 2)  # whether Bluetooth works, then for the sensor
    with ThreadPoolExecutor(2) as pool:
        found = [search.result() for search in [pool.submit(find_sensors, 0.4, with_details=False) for _ in range(2)]]
    assert [len(each) for each in found] == [2, 2]
    assert bluez.daemon().scans == 2


def test_mode_3_a_connection_that_is_in_progress_is_tried_again(bluez, open_array):
    bluez.fail_connect(0, "org.bluez.Error.InProgress", times=2)
    array = open_array(montage_of(bluez, range(1)), **FAST)
    wait_until(lambda: "busy with a connection" in array.states()[0].detail)
    wait_until(lambda: all_stream(array))
    assert bluez.sensor(0).connects == 3


# 4. Characteristics that are missing after the connection


@pytest.mark.parametrize("uuid", ["", SERIAL], ids=["data", "serial number"])
def test_mode_4_characteristics_that_are_listed_too_late_are_found_by_a_new_connection(bluez, open_array, uuid):
    bluez.hide_characteristic(0, times=2, uuid=uuid)
    array = open_array(montage_of(bluez, range(2)))
    wait_until(lambda: all_stream(array))
    assert [bluez.sensor(index).connects for index in range(2)] == [3, 1]


def test_mode_4_after_three_retries_the_sensor_is_put_off_and_the_others_go_on(bluez, open_array):
    bluez.hide_characteristic(0, times=5)
    array = open_array(montage_of(bluez, range(2)), first_backoff_s=1.0)
    wait_until(lambda: "lacks 00002a58" in array.states()[0].detail)
    assert bluez.sensor(0).connects == 4
    wait_until(lambda: phase(array, 1) == SensorPhase.STREAMING)
    wait_until(lambda: all_stream(array))
    assert bluez.sensor(0).connects == 6
    assert np.diff(bluez.sensor(0).connects_at_s)[3] >= 1.0


def test_mode_4_what_may_be_missing_is_not_waited_for(bluez, open_array):
    bluez.hide_characteristic(0, times=9, uuid=BATTERY_LEVEL)
    array = open_array(montage_of(bluez, range(1)))
    wait_until(lambda: all_stream(array))
    assert bluez.sensor(0).connects == 1
    assert array.states()[0].battery_percent is None


# 5. Aborted connections, and adapters out of connections


def test_mode_5_aborted_connections_are_repeated_within_one_attempt(bluez, open_array):
    bluez.fail_connect(0, "le-connection-abort-by-local", times=3)
    array = open_array(montage_of(bluez, range(1)), first_backoff_s=100.0, last_backoff_s=100.0)
    wait_until(lambda: all_stream(array), 30.0)  # before any pause is over
    assert bluez.sensor(0).connects == 4


def test_mode_5_pauses_double_up_to_the_longest(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",))
    bluez.fail_connect(0, "br-connection-refused", times=5)
    array = open_array(montage_of(bluez, range(1)), first_backoff_s=0.05, last_backoff_s=0.2)
    wait_until(lambda: all_stream(array))
    pauses_s = np.diff(bluez.sensor(0).connects_at_s)
    assert (pauses_s >= [0.05, 0.1, 0.2, 0.2, 0.2]).all()
    usual = SensorArraySettings()
    assert (usual.first_backoff_s, usual.last_backoff_s, usual.slots_backoff_s) == (0.25, 5.0, 4.0)
    assert 10.0 <= usual.connect_timeout_s <= 20.0


def test_mode_5_an_adapter_out_of_connections_is_said_and_left_alone(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",) * 4, adapters={"hci0": 3})
    array = open_array(montage_of(bluez, range(4)), **FAST, slots_backoff_s=0.8)
    full = "out of connections (3 are open)"
    wait_until(lambda: any(full in state.detail for state in array.states()))
    (left,) = (place for place, state in enumerate(array.states()) if full in state.detail)
    assert array.states()[left].detail.startswith("A sensor that may be this one was tried. It is heard but")
    before = bluez.sensor(left).connects
    wait_until(lambda: bluez.sensor(left).connects >= before + 2)
    assert (np.diff(bluez.sensor(left).connects_at_s) >= 0.8).all()
    bluez.drop((left + 1) % 4)  # one place becomes free
    wait_until(lambda: phase(array, left) == SensorPhase.STREAMING)


def test_mode_5_a_second_adapter_takes_what_the_first_can_not(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",) * 4, adapters={"hci0": 3, "hci1": 3})
    array = open_array(montage_of(bluez), adapters=("hci0", "hci1"))
    wait_until(lambda: all_stream(array))
    assert sorted(bluez.sensor(index).adapter for index in range(4)) == ["hci0", "hci0", "hci1", "hci1"]


def test_mode_5_when_one_of_two_adapters_is_pulled_out_the_other_takes_over(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",) * 4, adapters=("hci0", "hci1"))
    array = open_array(montage_of(bluez, range(4)), **FAST, adapters=("hci0", "hci1"))
    wait_until(lambda: all_stream(array))
    bluez.unplug("hci1")
    wait_until(lambda: [bluez.sensor(index).adapter for index in range(4)] == ["hci0"] * 4)
    wait_until(lambda: all_stream(array))


# 6. Devices that are forgotten when the scan ends; no scan while recording


def test_mode_6_a_device_that_was_forgotten_before_it_was_connected_is_searched_again(bluez, open_array):
    bluez.forget_after(0.05)
    array = open_array(montage_of(bluez, range(3)), **FAST)
    wait_until(lambda: all_stream(array))
    assert bluez.daemon().scans > 2  # whether Bluetooth works, then for the sensors


def test_mode_6_a_lost_sensor_that_was_forgotten_is_searched(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    bluez.drop(0)
    bluez.forget(0)
    bluez.back(0)
    wait_until(lambda: array.states()[0].reconnects == 1)


def test_mode_6_nothing_is_scanned_while_a_recording_runs_and_sensors_stream(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    bluez.drop(0)
    wait_until(lambda: bluez.daemon().scanning)
    array.set_recording(True)
    wait_until(lambda: not bluez.daemon().scanning)
    scans = bluez.daemon().scans
    connects = bluez.sensor(0).connects
    wait_until(lambda: bluez.sensor(0).connects > connects)  # without a scan
    bluez.back(0)
    wait_until(lambda: all_stream(array))
    assert bluez.daemon().scans == scans


def test_mode_6_when_no_sensor_streams_there_is_nothing_to_disturb(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    array.set_recording(True)
    for index in range(2):
        bluez.drop(index)
        bluez.forget(index)
    for index in range(2):
        bluez.back(index)
    wait_until(lambda: [state.reconnects for state in array.states()] == [1, 1])


# 7. What a connection that was given up still brings


class SpiedClient:
    """Genuine clients whose callbacks can be called when they no longer should be.

    Attributes:
        made: All of them.
        keywords: What each was made with.
        subscribed: What each was subscribed with.
    """

    made: ClassVar[list[Any]] = []
    keywords: ClassVar[list[dict[str, Any]]] = []
    subscribed: ClassVar[list[dict[str, Any]]] = []

    @classmethod
    def backend(cls) -> Backend:
        from bleak.backends.bluezdbus.client import BleakClientBlueZDBus  # importable on Linux only

        for spied in (cls.made, cls.keywords, cls.subscribed):
            spied.clear()

        class Client(BleakClientBlueZDBus):
            def __init__(self, *arguments: Any, **keywords: Any) -> None:
                super().__init__(*arguments, **keywords)
                cls.made.append(self)
                cls.keywords.append(keywords)
                self.disconnected = keywords["disconnected_callback"]

            async def start_notify(self, characteristic: Any, callback: Any, **keywords: Any) -> None:
                self.notified = callback
                cls.subscribed.append(keywords)
                await super().start_notify(characteristic, callback, **keywords)

        return Backend(client=Client)

    @classmethod
    def call(cls, callback: Any, *arguments: Any) -> None:
        """Call on the Bluetooth thread, as bleak does."""

        async def call_it() -> None:
            callback(*arguments)

        bluetooth_thread().run(call_it(), 5.0)


def test_mode_7_a_superseded_connection_can_neither_end_its_successor_nor_add_samples(bluez, open_array):
    array = open_array(montage_of(bluez, range(1)), **FAST, backend=SpiedClient.backend())
    wait_until(lambda: all_stream(array))
    bluez.drop(0, for_s=0.2)
    wait_until(lambda: phase(array) in AWAY)
    wait_until(lambda: all_stream(array))
    old, new = SpiedClient.made[0], SpiedClient.made[-1]
    assert old is not new
    SpiedClient.call(old.disconnected)
    SpiedClient.call(old.notified, bytearray(b"\xff\x03"))
    assert phase(array) == SensorPhase.STREAMING
    heard = bluez.sensor(0).sent[-1]
    wait_until(lambda: bluez.sensor(0).sent[-1] > heard + 2)
    array.close()
    rows = read_all(array)
    assert 1023 not in rows.values
    assert rows.values.tolist() == list(bluez.sensor(0).sent[: len(rows.values)])
    assert array.states()[0].reconnects == 1
    assert bluez.sensor(0).connects == 2
    SpiedClient.call(new.disconnected)
    assert phase(array) == SensorPhase.CLOSED


def test_mode_7_a_new_client_is_made_for_every_attempt(start_bluez, open_array):
    bluez = start_bluez(sensors=("m40",))
    bluez.fail_connect(0, "br-connection-refused", times=2)
    array = open_array(montage_of(bluez, range(1)), **FAST, backend=SpiedClient.backend())
    wait_until(lambda: all_stream(array))
    assert len(SpiedClient.made) == bluez.sensor(0).connects == 3


def test_mode_7_notifications_that_come_twice_are_samples_once(bluez):
    bluez.silence(0)  # what comes is said here, at times that no busy machine can shift
    clock = FakeClock()
    settings = SensorArraySettings(rebuild_after_s=1e6, backend=SpiedClient.backend())
    array = SensorArray(montage_of(bluez, range(1)), settings=settings, clock=clock)
    array.open()
    wait_until(lambda: array.states()[0].firmware != "" and bool(SpiedClient.subscribed))
    notify = SpiedClient.made[-1].notified
    for number in range(60):
        clock.advance(0.1)
        for _ in range(2 if number >= 30 else 1):
            SpiedClient.call(notify, bytearray([number, 0]))
    array.close()
    assert read_all(array).values.tolist() == list(range(60))


# 8. macOS ends programs that did not say why they want Bluetooth; the right may be denied


def test_mode_8_the_application_says_why_it_wants_bluetooth_and_the_camera():
    calls = [node for node in ast.walk(ast.parse(SPEC.read_text("utf-8"))) if isinstance(node, ast.Call)]
    (bundle,) = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "BUNDLE")
    (info,) = (ast.literal_eval(keyword.value) for keyword in bundle.keywords if keyword.arg == "info_plist")
    assert info["NSBluetoothAlwaysUsageDescription"]
    assert info["NSCameraUsageDescription"]


@pytest.mark.parametrize(
    "reason", [BleakBluetoothNotAvailableReason.DENIED_BY_USER, BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM]
)
def test_mode_8_a_denied_right_is_said_with_the_terminal_that_may_need_it(reason):
    class DeniedScanner(FakeScanner):
        async def start(self) -> None:
            raise BleakBluetoothNotAvailableError("denied", reason)

    montage = SensorMontage("one", ((MONTAGE.placements[0], SensorId("m40", "M40-1000")),))
    array = SensorArray(montage, settings=SensorArraySettings(backend=Backend(scanner=DeniedScanner)))
    with pytest.raises(BluetoothUnavailableError) as caught:
        array.open()
    assert caught.value.reason is BluetoothReason.DENIED
    assert "terminal" in caught.value.advice


# 9. Addresses that are made up anew on every Mac


def test_mode_9_a_montage_finds_its_sensors_at_new_addresses(bluez, open_array):
    montage = montage_of(bluez, range(3))
    first = open_array(montage, **FAST)
    wait_until(lambda: all_stream(first))
    first.close()
    for index in range(3):
        bluez.change_address(index, f"7E:57:00:00:00:0{(index + 1) % 3}")
    second = open_array(montage, **FAST)
    wait_until(lambda: all_stream(second))
    began = [bluez.sensor(index).sent[-1] for index in range(3)]
    wait_until(lambda: all(bluez.sensor(index).sent[-1] > began[index] + 1 for index in range(3)))
    second.close()
    rows = read_all(second)
    for channel in range(3):
        values = rows.values[rows.channels == channel].tolist()
        assert values
        assert set(values) <= {number % 1024 for number in bluez.sensor(channel).sent}


# 10. Windows: stale caches, disconnections that hang


def test_mode_10_windows_is_told_not_to_believe_its_cache(bluez, open_array):
    array = open_array(montage_of(bluez, range(1)), backend=SpiedClient.backend())
    wait_until(lambda: all_stream(array))
    assert [keywords["winrt"] for keywords in SpiedClient.keywords] == [{"use_cached_services": False}]


def test_mode_10_a_disconnection_that_hangs_is_not_waited_for(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    bluez.late_disconnect(0, after_s=30.0)
    began_s = time.monotonic()
    array.close()
    assert time.monotonic() - began_s < CLOSE_TIMEOUT_S, "it is the disconnection that is given up, not the closing"
    assert {state.phase for state in array.states()} == {SensorPhase.CLOSED}


# 11. A sensor in a phone's hands


def test_mode_11_a_sensor_that_a_phone_holds_is_waited_for_and_the_phone_suspected(bluez, open_array):
    bluez.hold_by_phone(0)
    assert len(find_sensors(0.4, with_details=False)) == 2
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: array.states()[0].detail == NOT_HEARD)
    assert phase(array) == SensorPhase.SEARCHING
    assert phase(array, 1) == SensorPhase.STREAMING
    bluez.back(0)
    wait_until(lambda: all_stream(array))


def test_mode_11_a_sensor_that_a_phone_takes_in_the_middle_comes_back_when_it_lets_go(bluez, open_array):
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    bluez.hold_by_phone(0)
    bluez.drop(0, for_s=0.01)
    wait_until(lambda: array.states()[0].detail == NOT_HEARD)
    bluez.back(0)
    wait_until(lambda: all_stream(array))


# 12. Fast sensors


def test_mode_12_fast_sensors_send_through_a_socket_and_slow_ones_by_signals(start_bluez, open_array):
    bluez = start_bluez(sensors=("npg", "m40"))
    fast = [
        (place, SensorId("npg_lite", bluez.sensor(0).serial, channel))
        for channel, place in enumerate(MONTAGE.placements[:3])
    ]
    slow = (MONTAGE.placements[3], SensorId("m40", bluez.sensor(1).serial))
    array = open_array(SensorMontage("mixed", (*fast, slow)), backend=SpiedClient.backend())
    wait_until(lambda: all_stream(array))
    before = len(bluez.sensor(0).sent)
    wait_until(lambda: len(bluez.sensor(0).sent) > before + 50)
    array.close()
    ways = {
        client.address: keywords["bluez"]
        for client, keywords in zip(SpiedClient.made, SpiedClient.subscribed, strict=True)
    }
    assert ways[bluez.sensor(0).address] == {"use_start_notify": False}
    assert ways[bluez.sensor(1).address] == {"use_start_notify": True}
    rows = read_all(array)
    counters = rows.counters[rows.channels == 0]
    assert len(counters) >= 500
    assert (np.diff(counters) == 1).all()
    assert set(rows.channels.tolist()) == {0, 1, 2, 3}


# 13. What an M40 may send or lack


def test_mode_13_an_old_sensor_without_battery_is_as_good_as_any(bluez, open_array):
    bluez.no_battery(0)
    array = open_array(montage_of(bluez, range(2)))
    wait_until(lambda: all_stream(array))
    assert [(state.battery_percent, state.firmware) for state in array.states()] == [(None, "1.4"), (99, "1.5")]
    assert bluez.sensor(0).connects == 1


def test_mode_13_a_battery_that_only_paired_computers_are_told_is_unknown(bluez, open_array, monkeypatch):
    read = BleakClient.read_gatt_char

    async def refusing(client: BleakClient, uuid: str) -> bytearray:
        if uuid == BATTERY_LEVEL:
            raise BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"])
        return await read(client, uuid)

    monkeypatch.setattr(BleakClient, "read_gatt_char", refusing)
    array = open_array(montage_of(bluez, range(1)))
    wait_until(lambda: all_stream(array))
    assert array.states()[0].battery_percent is None
    assert bluez.sensor(0).connects == 1


def test_mode_13_values_above_the_range_are_kept_and_flagged_and_odd_payloads_counted(bluez, open_array):
    array = open_array(montage_of(bluez, range(1)))
    wait_until(lambda: all_stream(array))
    odd = [b"", b"\x01", b"\x01\x02\x03", b"\xd0\x07", b"\xff\xff", b"\xff\x03", bytes(20)]
    bluez.payload(0, *odd)
    n_sent = len(bluez.sensor(0).sent)
    wait_until(lambda: len(bluez.sensor(0).sent) > n_sent + 2)
    wait_until(lambda: array.states()[0].quality.bad_packets == 4)
    array.close()
    rows = read_all(array)
    flags = {value: SampleFlag(int(flag)) for value, flag in zip(rows.values.tolist(), rows.flags, strict=True)}
    both = SampleFlag.OUT_OF_RANGE | SampleFlag.SATURATED
    assert flags[2000.0] & both == flags[65535.0] & both == both
    assert flags[1023.0] & both == SampleFlag.SATURATED
    assert array.states()[0].reconnects == 0


def test_mode_13_eight_of_the_same_name_are_told_apart_by_their_lights(start_bluez, open_array, monkeypatch):
    monkeypatch.setattr(ble_discovery, "BLINK_S", 0.1)
    bluez = start_bluez()
    array = open_array(montage_of(bluez, range(7, -1, -1)))
    wait_until(lambda: all_stream(array))
    before = [bluez.sensor(index).control for index in range(8)]
    array.identify(MONTAGE.placements[2])
    array.identify(MONTAGE.placements[2])  # twice in a hurry: its own colour must still come back
    seen = [before[5]]

    def has_blinked_thrice() -> bool:
        control = bluez.sensor(5).control
        if control != seen[-1]:
            seen.append(control)
        return len(seen) == 7

    wait_until(has_blinked_thrice)
    assert seen[::2] == [before[5]] * 4
    assert [bluez.sensor(index).control for index in range(8)] == before


# 14. Sensors that a crashed program has left connected


def test_mode_14_a_sensor_that_was_left_connected_is_found_and_used(bluez, open_array):
    bluez.leave_connected(0)
    assert len(find_sensors(0.4, with_details=False)) == 3
    array = open_array(montage_of(bluez, range(2)), **FAST)
    wait_until(lambda: all_stream(array))
    array.close()
    assert bluez.sensor(0).adapter == ""


def test_mode_14_details_of_a_sensor_that_was_left_connected_are_read(bluez):
    bluez.leave_connected(1)
    found = find_sensors(0.4)
    assert {sensor.serial for sensor in found} == {bluez.sensor(index).serial for index in range(3)}
    assert [bluez.sensor(index).adapter for index in range(3)] == [""] * 3
