"""Linux's Bluetooth for every test that asks for it: genuine bleak on a private bus, nobody's real adapter."""

from __future__ import annotations

import atexit
import shutil
import sys
from collections.abc import Callable, Iterator

import pytest

from mia_core.sensors.bluetooth_thread import close_bluetooth_thread
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorMontage
from tests.fakes.fake_bluez import FakeBluez

StartBluez = Callable[..., FakeBluez]
OpenArray = Callable[..., SensorArray]


@pytest.fixture
def start_bluez(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartBluez]:
    """Start a Bluetooth daemon with other sensors or adapters than usual; takes the arguments of `FakeBluez`."""
    if sys.platform != "linux":
        pytest.skip("BlueZ is Linux's")
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed (Debian and Ubuntu: apt-get install dbus)")
    from bleak.backends.bluezdbus.version import BlueZFeatures  # importable on Linux only

    # What bluetoothctl says of this machine's BlueZ says nothing about the daemon under test.
    monkeypatch.setattr(BlueZFeatures, "checked_bluez_version", True)
    close_bluetooth_thread()  # bleak keeps one bus for each event loop: a new loop finds the new bus
    started: list[FakeBluez] = []

    def start(**arguments: object) -> FakeBluez:
        bluez = _shared_bluez(arguments) if not started else FakeBluez(**arguments)
        started.append(bluez)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bluez.address)
        return bluez

    yield start
    ended = close_bluetooth_thread()
    for bluez in started[1:]:
        bluez.close()
    assert ended, "the Bluetooth thread did not end"


_shared: list[FakeBluez] = []


def _shared_bluez(arguments: dict[str, object]) -> FakeBluez:
    """Return the process that all tests use in turn, begun anew: to start one takes longer than most tests."""
    if _shared and _shared[-1].is_alive:
        _shared[-1].begin(**arguments)
    else:
        _shared.append(FakeBluez(**arguments))
        atexit.register(_shared[-1].close)
    return _shared[-1]


@pytest.fixture
def bluez(start_bluez: StartBluez) -> FakeBluez:
    """A Bluetooth daemon with one adapter and eight M40s on the air."""
    return start_bluez()


@pytest.fixture
def open_array() -> Iterator[OpenArray]:
    """Open an array; takes a montage and fields of `SensorArraySettings`."""
    arrays: list[SensorArray] = []

    def open_it(montage: SensorMontage, **settings: object) -> SensorArray:
        arrays.append(SensorArray(montage, settings=SensorArraySettings(**settings)))
        arrays[-1].open()
        return arrays[-1]

    yield open_it
    for array in arrays:
        array.close()
