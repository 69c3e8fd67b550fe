"""`mia sensors emulate`: M40s of another process, whose controllers are behind sockets in the place of dongles."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bumble")

from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import Transport
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket
from typer.testing import CliRunner

from app.cli import cli
from mia_core.errors import MissingExtraError
from mia_core.muscles import MONTAGE
from mia_core.sensors.ble_discovery import find_sensors
from mia_core.sensors.ble_radio import Backend
from mia_core.sensors.bluetooth_thread import bluetooth_thread, close_bluetooth_thread
from mia_core.sensors.emulated_m40 import VirtualController, contractions, virtual_host
from mia_core.sensors.emulator import EmulatorError
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from tests.fakes.bumble_backend import backend_of
from tests.fakes.waiting import wait_until

ROOT = Path(__file__).parents[2]


class Sockets:
    """Bluetooth controllers behind sockets, each for one host, and an adapter that hears them.

    Args:
        n_dongles: Controllers on the adapter's link, for sensors to be published on.
    """

    def __init__(self, n_dongles: int) -> None:
        self._transports: list[Transport] = []
        self._devices: list[Device] = []
        self.names = [f"tcp-client:127.0.0.1:{port}" for port in bluetooth_thread().run(self._open(n_dongles))]
        self.backend = Backend()

    async def _open(self, n_dongles: int) -> list[int]:
        """Return their ports; that of the last is the one where an adapter is awaited."""
        self._link = LocalLink()
        ports = []
        for index in range(n_dongles + 1):
            listener = socket.create_server(("127.0.0.1", 0))
            ports.append(listener.getsockname()[1])
            self._transports.append(await open_tcp_server_transport_with_socket(listener))
            if index < n_dongles:
                source, sink = self._transports[-1].source, self._transports[-1].sink
                VirtualController(f"dongle {index}", host_source=source, host_sink=sink, link=self._link)
        return ports

    def hear_the_link(self) -> None:
        """Be an adapter on the link of the dongles."""
        bluetooth_thread().run(self._power_on(lambda: virtual_host(self._link, "adapter")))

    def take_the_adapter(self) -> None:
        """Be the host of an adapter that another process offers."""
        transport = self._transports[-1]
        wait_until(lambda: transport.sink.transport is not None, 60.0)
        bluetooth_thread().run(self._power_on(lambda: Host(transport.source, transport.sink)))

    async def _power_on(self, make_host: Callable[[], Host]) -> None:
        device = Device("adapter", Address("C0:00:00:00:00:01"), host=make_host())
        await device.power_on()
        self._devices.append(device)
        self.backend = backend_of(device)

    def close(self) -> None:
        bluetooth_thread().run(self._close())

    async def _close(self) -> None:
        for device in self._devices:
            await device.power_off()
        for transport in self._transports:
            transport.server.close()
            if transport.sink.transport is not None:
                transport.sink.transport.close()
            await transport.close()


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGINT for one process")
    close_bluetooth_thread()
    sockets = Sockets(2)
    yield sockets
    sockets.close()
    assert close_bluetooth_thread()


class Emulator:
    """`mia sensors emulate` in a process of its own.

    Attributes:
        said: Its lines so far.
    """

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "app", "sensors", "emulate", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.said.append(line.rstrip())

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()


def test_each_controller_carries_a_sensor_that_says_what_happens_to_it(sockets: Sockets) -> None:
    with Emulator(*sockets.names[:2]) as emulator:
        sockets.hear_the_link()
        sensors = ("EMULATED-1", "EMULATED-2")
        montage = SensorMontage(
            "rig", tuple((at, SensorId("m40", serial)) for at, serial in zip(MONTAGE.placements, sensors, strict=False))
        )
        array = SensorArray(montage, settings=SensorArraySettings(backend=sockets.backend))
        assert not array.is_measured
        array.open()
        try:
            came: set[int] = set()
            while came != {0, 1}:
                chunk = array.read()
                came |= set() if chunk is None else set(chunk.channels.tolist())
            array.identify(MONTAGE.placements[1])
            wait_until(lambda: sum(line.startswith("EMULATED-2 light ") for line in emulator.said) == 6)
        finally:
            array.close()
        wait_until(lambda: "EMULATED-2 disconnected" in emulator.said)
        emulator.process.send_signal(signal.SIGINT)
        assert emulator.process.wait(60) == 0, emulator.said
    assert emulator.said[0] == "Emulated M40s: nothing that they send is measured. Ctrl-C ends them."
    assert {"EMULATED-1 connected", "EMULATED-2 connected", "EMULATED-1 disconnected"} <= set(emulator.said)
    wait_until(lambda: find_sensors(0.3, with_details=False, backend=sockets.backend) == ())


def test_an_adapter_of_another_program_hears_them_all(sockets: Sockets) -> None:
    with Emulator("--near", sockets.names[-1], "--count", "3"):
        sockets.take_the_adapter()
        everyone = {"EMULATED-1", "EMULATED-2", "EMULATED-3"}
        wait_until(lambda: {sensor.serial for sensor in find_sensors(1.0, backend=sockets.backend)} == everyone)


def test_a_controller_that_is_lost_ends_it_with_a_sentence(sockets: Sockets) -> None:
    with Emulator(sockets.names[0]) as emulator:
        sockets.hear_the_link()
        wait_until(lambda: len(find_sensors(0.3, with_details=False, backend=sockets.backend)) == 1, 60.0)
        sockets.close()
        assert emulator.process.wait(60) != 0, emulator.said
    assert "A Bluetooth controller was lost." in emulator.said


@pytest.mark.parametrize("arguments", [["no-such:0"], ["tcp-client:127.0.0.1:1"], ["--near", "vhci:/nowhere"]])
def test_a_controller_that_cannot_be_used_is_named(arguments: list[str]) -> None:
    with pytest.raises(EmulatorError, match=f"The Bluetooth controller '{arguments[-1]}' can't be used: ") as caught:
        CliRunner().invoke(cli, ["sensors", "emulate", *arguments], catch_exceptions=False)
    assert "Check its name" in caught.value.advice


@pytest.mark.skipif(Path("/dev/vhci").exists(), reason="this machine can have virtual adapters")
def test_a_machine_without_virtual_adapters_is_told_how_to_get_them() -> None:
    with pytest.raises(EmulatorError, match="The Bluetooth controller 'vhci' can't be used: ") as caught:
        CliRunner().invoke(cli, ["sensors", "emulate"], catch_exceptions=False)
    assert "hci_vhci" in caught.value.advice


def test_without_bumble_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bumble", None)
    with pytest.raises(MissingExtraError) as caught:
        CliRunner().invoke(cli, ["sensors", "emulate"], catch_exceptions=False)
    assert "mia-live[emulate]" in caught.value.advice


def test_what_they_send_rises_and_falls_one_after_another() -> None:
    times_s = np.arange(0, 8, 0.05)
    counts = np.array([[contractions(sensor, time_s) for sensor in range(8)] for time_s in times_s])
    assert counts.min() >= M40.low
    assert counts.max() <= M40.high
    peaks_s = times_s[counts.argmax(axis=0)]
    assert np.diff(peaks_s) % 4.0 == pytest.approx(0.5)
