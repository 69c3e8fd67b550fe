"""M40s that do not exist but can be connected to: on virtual controllers, or each on a real one.

A controller has one address, and an M40 is one address, so one controller carries one sensor. The address is random
and static, where a real M40 has a public one: bumble's virtual link finds no other.

Importing this needs the optional extra `emulate` (bumble); `emulator` says so when it is missing.
"""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import Callable, Coroutine
from typing import Any, Final

from bumble import hci
from bumble.att import ATT_Error, ErrorCode
from bumble.controller import Controller
from bumble.core import AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import Transport

from mia_core.clock import SystemClock
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_montage import EMULATED

CountsAt = Callable[[int, float], int]
"""(index of the sensor, monotonic time in seconds) -> counts; what an M40 can't send is clipped to its range."""
OnEvent = Callable[[str, str], None]
"""(serial number, what happened to the sensor in a few words)."""

NAME: Final = "ANR Corp M40"
COMPANY_ID: Final = 0x05DA
FIRMWARE: Final = "1.5"
BATTERY_PERCENT: Final = 90
ADVERTISING_MS: Final = 100.0
"""Invented: how often an M40 advertises is not known."""


def contractions(sensor: int, time_s: float) -> int:
    """Return an invented waveform: a contraction of 1 s every 4 s, each sensor 0.5 s after the one before; counts."""
    phase_s = (time_s - 0.5 * sensor) % 4.0
    return round(12 + 400 * math.sin(math.pi * phase_s) ** 2) if phase_s < 1.0 else 12


def _ignore(_serial: str, _what: str) -> None:
    """Do nothing."""


class EmulatedM40:
    """One M40 on one controller: advertises until connected, sends every 0.1 s to who subscribed, advertises again.

    Args:
        index: Which sensor it is, from 0; serial number and address follow from it.
        host: Talks to the controller that it is published on.
        counts_at: What it sends.
        on_event: Told of connections and of the light, which nobody can see.

    Attributes:
        serial: Serial number that the device information gives.
        led: Last colour that was written to it, 1 to 24.
        n_sent: Notifications sent.
    """

    def __init__(self, index: int, host: Host, counts_at: CountsAt = contractions, on_event: OnEvent = _ignore) -> None:
        self.serial = f"{EMULATED}{index + 1}"
        self.led = 1
        self.n_sent = 0
        self._index = index
        self._counts_at = counts_at
        self._on_event = on_event
        self._clock = SystemClock()
        self._is_away = True
        self._advertising = asyncio.Lock()
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._analog, services = self._services()
        self._device = Device(NAME, Address(f"C4:EE:03:00:00:{index + 1:02X}"), host=host)
        self._device.add_services(services)
        self._device.advertising_data = _advertising_data()
        self._device.advertising_interval_min = self._device.advertising_interval_max = ADVERTISING_MS
        self._device.on("connection", self._connected)

    async def start(self) -> None:
        """Power the controller on and advertise."""
        await self._device.power_on()
        await self.come_back()

    async def come_back(self) -> None:
        """Advertise."""
        self._is_away = False
        await self._advertise()

    async def leave(self) -> None:
        """Be out of reach: not advertise, and lose the connection, until `come_back`."""
        self._is_away = True
        async with self._advertising:
            await self._device.stop_advertising()
        if self._connection is not None:
            await self._connection.disconnect()

    async def stop(self) -> None:
        """Leave, and let the controller go."""
        await self.leave()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._device.power_off()

    def _services(self) -> tuple[Characteristic[bytes], list[Service]]:
        """Return the analog characteristic and all services of an M40."""
        kinds, rights = Characteristic.Properties, Characteristic.Permissions

        def text(uuid: str, value: str) -> Characteristic[bytes]:
            return Characteristic(uuid, kinds.READ, rights.READABLE, value.encode())

        analog: Characteristic[bytes] = Characteristic(
            "2A58", kinds.READ | kinds.NOTIFY, rights.READABLE, CharacteristicValue(read=lambda _: self._packet())
        )
        led: Characteristic[bytes] = Characteristic(
            "2A56",
            kinds.READ | kinds.WRITE,
            rights.READABLE | rights.WRITEABLE,
            CharacteristicValue(read=lambda _: bytes([self.led]), write=self._write_led),
        )
        battery: Characteristic[bytes] = Characteristic(
            "2A19", kinds.READ | kinds.NOTIFY, rights.READABLE, bytes([BATTERY_PERCENT])
        )
        information = [text("2A24", "M40"), text("2A25", self.serial), text("2A26", FIRMWARE)]
        return analog, [Service("1815", [analog, led]), Service("180F", [battery]), Service("180A", information)]

    def _write_led(self, _: Connection, value: bytes) -> None:
        if len(value) != 1 or not 1 <= value[0] <= 24:
            raise ATT_Error(ErrorCode.VALUE_NOT_ALLOWED)
        self.led = value[0]
        self._on_event(self.serial, f"light {self.led}")

    def _packet(self) -> bytes:
        counts = self._counts_at(self._index, self._clock.now())
        return struct.pack("<H", int(min(max(counts, M40.low), M40.high)))

    def _connected(self, connection: Connection) -> None:
        sending = self._start(self._send(connection))

        def on_disconnection(_reason: int) -> None:
            sending.cancel()
            self._connection = None
            self._on_event(self.serial, "disconnected")
            self._start(self._advertise())

        connection.on("disconnection", on_disconnection)
        self._connection = connection
        self._on_event(self.serial, "connected")

    async def _advertise(self) -> None:
        async with self._advertising:
            if not self._is_away:
                await self._device.start_advertising()

    async def _send(self, connection: Connection) -> None:
        """Notify one sample every 0.1 s, on a time line that does not drift."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        server = self._device.gatt_server
        while True:
            due_s += 1 / M40.rate_hz
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            subscription = server.subscribers.get(connection, {}).get(self._analog.handle, b"")
            if subscription and subscription[0] & 1:
                await server.notify_subscriber(connection, self._analog, self._packet())
                self.n_sent += 1

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class VirtualController(Controller):
    """A controller on a virtual link that can also give a connection up before it is made, as real ones can."""

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Confirm, then report the connection as failed; bumble's own leaves it pending for ever."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        failed = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, failed)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


def virtual_host(link: LocalLink, name: str) -> Host:
    """Return a host with a virtual controller of its own on a link inside this process."""
    controller = VirtualController(name, link=link)
    return Host(controller, controller)


def virtual_adapter(link: LocalLink, transport: Transport) -> Controller:
    """Put a controller on a link, for the host at the other end of a transport, such as a Linux kernel."""
    controller = VirtualController("adapter", host_source=transport.source, host_sink=transport.sink, link=link)
    # Linux uses these when they are offered, in ways that bumble's controller does not follow.
    controller.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)
    return controller


def _advertising_data() -> bytes:
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, bytes([0x06])),
                (AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode()),
                (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, struct.pack("<H", COMPANY_ID)),
            ]
        )
    )
