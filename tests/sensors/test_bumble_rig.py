"""A montage on bumble: Bluetooth's own protocols from emulated sensors to our samples, on any system."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("bumble")

from mia_core.muscles import MONTAGE
from mia_core.sensors.ble_discovery import FoundSensor, bluetooth_state, find_sensors, identify_sensor
from mia_core.sensors.bluetooth_thread import close_bluetooth_thread
from mia_core.sensors.gatt_inspector import inspect
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.bumble_backend import BumbleRig
from tests.fakes.waiting import wait_until


class Numbered:
    """What the sensors send: a running number each, modulo 1024."""

    def __init__(self) -> None:
        self.sent: dict[int, list[int]] = {}

    def __call__(self, sensor: int, _time_s: float) -> int:
        numbers = self.sent.setdefault(sensor, [])
        numbers.append((100 * sensor + len(numbers)) % 1024)
        return numbers[-1]


@pytest.fixture
def numbered() -> Numbered:
    return Numbered()


@pytest.fixture
def rig(numbered: Numbered) -> Iterator[BumbleRig]:
    close_bluetooth_thread()
    rig = BumbleRig(counts_at=numbered)
    yield rig
    rig.close()
    assert close_bluetooth_thread()


def montage_of(rig: BumbleRig, n: int = 8) -> SensorMontage:
    """Put the first sensors of the rig on the muscles."""
    sensors = (SensorId("m40", sensor.serial) for sensor in rig.sensors[:n])
    return SensorMontage("rig", tuple(zip(MONTAGE.placements, sensors, strict=False)))


@pytest.fixture
def array(rig: BumbleRig) -> Iterator[SensorArray]:
    array = SensorArray(montage_of(rig), settings=SensorArraySettings(backend=rig.backend))
    array.open()
    yield array
    array.close()


def all_stream(array: SensorArray) -> bool:
    return all(state.phase == SensorPhase.STREAMING for state in array.states())


def first_values(array: SensorArray, n: int) -> dict[int, list[int]]:
    """Read until so many samples of every sensor came, and return them by channel, in the order of arrival."""
    values: dict[int, list[int]] = {channel: [] for channel in range(8)}
    while any(len(each) < n for each in values.values()):
        chunk = array.read()
        assert chunk is not None
        for channel, value in zip(chunk.channels, chunk.values, strict=True):
            values[int(channel)].append(int(value))
    return values


def test_eight_connect_and_every_sample_arrives(rig: BumbleRig, array: SensorArray, numbered: Numbered) -> None:
    wait_until(lambda: all_stream(array), 5.0)
    came = first_values(array, 20)
    for channel, values in came.items():
        assert values == numbered.sent[channel][: len(values)]
    states = array.states()
    assert [state.firmware for state in states] == ["1.5"] * 8
    assert [state.battery_percent for state in states] == [90] * 8
    assert [state.rssi_dbm for state in states] == [-50] * 8


def test_a_sensor_that_left_comes_back(rig: BumbleRig, array: SensorArray, numbered: Numbered) -> None:
    wait_until(lambda: all_stream(array), 5.0)
    rig.drop(2)
    wait_until(lambda: array.states()[2].phase is not SensorPhase.STREAMING)
    others = [state.phase for at, state in enumerate(array.states()) if at != 2]
    assert set(others) == {SensorPhase.STREAMING}
    rig.back(2)
    wait_until(lambda: all_stream(array), 2.5)
    assert [state.reconnects for state in array.states()] == [0, 0, 1, 0, 0, 0, 0, 0]
    values: list[int] = []
    while len(values) < len(numbered.sent[2]):
        chunk = array.read()
        assert chunk is not None
        values += chunk.values[chunk.channels == 2].astype(int).tolist()
    assert (np.diff(values) == 1).all(), "what was sent while connected, all of it"


def test_a_search_finds_them_and_their_light_is_set(rig: BumbleRig) -> None:
    assert bluetooth_state(backend=rig.backend) is None
    heard: list[FoundSensor] = []
    found = find_sensors(0.5, on_found=heard.append, backend=rig.backend)
    assert {sensor.serial for sensor in found} == {sensor.serial for sensor in rig.sensors}
    assert len(heard) == 16, "once when heard, once with its details"
    chosen = next(sensor for sensor in found if sensor.serial == "EMULATED-4")
    led = chosen.profile.led
    assert led is not None
    colour, value = next((colour, value) for colour, value in led.colours.items() if value != 1)
    identify_sensor(chosen, colour, backend=rig.backend)
    assert [sensor.led for sensor in rig.sensors] == [1, 1, 1, value, 1, 1, 1, 1]
    wait_until(lambda: ("EMULATED-4", f"light {value}") in rig.events)


def test_the_inspector_sees_what_an_m40_has(rig: BumbleRig) -> None:
    address = find_sensors(0.3, with_details=False, backend=rig.backend)[0].address
    services = inspect(address, 0.5, backend=rig.backend)
    characteristics = {each.uuid[4:8]: each for service in services for each in service.characteristics}
    assert {"2a58", "2a56", "2a19", "2a24", "2a25", "2a26"} <= set(characteristics)
    assert characteristics["2a25"].value_text.startswith("EMULATED-")
    heard = characteristics["2a58"].notifications
    assert heard is not None
    assert heard.lengths == (2,)


def test_a_connection_that_is_given_up_does_not_block_the_next(rig: BumbleRig) -> None:
    montage = SensorMontage(
        "rig",
        tuple(zip(MONTAGE.placements[:2], (SensorId("m40", "EMULATED-1"), SensorId("m40", "EMULATED-2")), strict=True)),
    )
    settings = SensorArraySettings(reconnect_timeout_s=0.3, scan_s=0.5, backend=rig.backend)
    array = SensorArray(montage, settings=settings)
    array.open()
    try:
        wait_until(lambda: all_stream(array), 5.0)
        rig.drop(0)
        wait_until(lambda: array.states()[0].detail == "It does not answer.")
        rig.drop(1)
        rig.back(1)
        wait_until(lambda: array.states()[1].reconnects == 1)
        rig.back(0)
        wait_until(lambda: all_stream(array))
    finally:
        array.close()
