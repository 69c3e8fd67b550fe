"""M40s that do not exist but can be connected to: for development, teaching and tests. Nothing they send is measured.

Each emulated sensor has a Bluetooth controller of its own: a virtual one on a link inside this process, or a real one.
A controller has one address, and an M40 is one address, so one controller carries one sensor. On a virtual link the
address is random and static, where a real M40 has a public one: bumble's link finds no other.

Needs the optional extra `emulate` (bumble).
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import struct
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from mia_core.clock import SystemClock
from mia_core.errors import MiaError, MissingExtraError
from mia_core.sensors.profiles import M40

if TYPE_CHECKING:
    from bumble.device import Connection, Device
    from bumble.gatt import Characteristic, Service
    from bumble.link import LocalLink

CountsAt = Callable[[int, float], int]
"""(index of the sensor, monotonic time in seconds) -> counts; what an M40 can't send is clipped to its range."""

NAME: Final = "ANR Corp M40"
COMPANY_ID: Final = 0x05DA
FIRMWARE: Final = "1.5"
BATTERY_PERCENT: Final = 90
OPEN_TIMEOUT_S: Final = 10.0


class EmulatorError(MiaError):
    """Sensors could not be emulated."""


def contractions(sensor: int, time_s: float) -> int:
    """Return an invented waveform: a contraction of 1 s every 4 s, each sensor 0.5 s after the one before; counts."""
    phase_s = (time_s - 0.5 * sensor) % 4.0
    return round(12 + 400 * math.sin(math.pi * phase_s) ** 2) if phase_s < 1.0 else 12


class EmulatedM40:
    """One M40 on one controller: advertises until connected, sends every 0.1 s to who subscribed, advertises again.

    Args:
        index: Which sensor it is, from 0; its serial number follows from it.
        device: The powered-off bumble device that it is published on.
        counts_at: What it sends.

    Attributes:
        serial: Serial number that the device information gives.
        led: Last colour that was written to it, 1 to 24.
        n_sent: Notifications sent.
    """

    def __init__(self, index: int, device: Device, counts_at: CountsAt = contractions) -> None:
        self.serial = f"EMULATED-{index + 1}"
        self.led = 1
        self.n_sent = 0
        self._index = index
        self._device = device
        self._counts_at = counts_at
        self._clock = SystemClock()
        self._sending: asyncio.Task[None] | None = None
        self._analog, services = self._services()
        device.add_services(services)
        device.advertising_data = _advertising_data()
        device.on("connection", self._connected)

    async def start(self) -> None:
        """Power the controller on and advertise."""
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)

    async def stop(self) -> None:
        """Stop sending, advertising and the controller."""
        if self._sending is not None:
            self._sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sending
        await self._device.power_off()

    def _services(self) -> tuple[Characteristic[bytes], list[Service]]:
        """Return the analog characteristic and all services of an M40."""
        from bumble.gatt import Characteristic, CharacteristicValue, Service

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
        from bumble.att import ATT_Error, ErrorCode

        if len(value) != 1 or not 1 <= value[0] <= 24:
            raise ATT_Error(ErrorCode.VALUE_NOT_ALLOWED)
        self.led = value[0]

    def _packet(self) -> bytes:
        counts = self._counts_at(self._index, self._clock.now())
        return struct.pack("<H", int(min(max(counts, M40.low), M40.high)))

    def _connected(self, connection: Connection) -> None:
        sending = asyncio.ensure_future(self._send(connection))
        connection.on("disconnection", lambda _: sending.cancel())
        self._sending = sending

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


def on_link(link: LocalLink, count: int = 8, counts_at: CountsAt = contractions) -> tuple[EmulatedM40, ...]:
    """Return sensors with virtual controllers on a link inside this process; `start` each.

    Raises:
        MissingExtraError: bumble is not installed.
    """
    _require_bumble()
    from bumble.controller import Controller
    from bumble.device import Device
    from bumble.hci import Address
    from bumble.host import Host

    sensors = []
    for index in range(count):
        controller = Controller(f"M40 {index + 1}", link=link)
        address = Address(f"C4:EE:03:00:00:{index + 1:02X}")
        sensors.append(EmulatedM40(index, Device(NAME, address, host=Host(controller, controller)), counts_at))
    return tuple(sensors)


def emulate(transports: Sequence[str], counts_at: CountsAt = contractions) -> None:
    """Publish one sensor on each real controller until Ctrl-C; blocks, and stops them in order.

    Args:
        transports: bumble's names of controllers that no other program uses: `usb:0`, `hci-socket:0`,
            `serial:/dev/ttyACM0,1000000`, `vhci`, `tcp-client:host:port`.
        counts_at: What they send.

    Raises:
        MissingExtraError: bumble is not installed.
        EmulatorError: No transport is given, or one can't be opened.
    """
    _require_bumble()
    if not transports:
        raise EmulatorError("No Bluetooth controller was named.", "Name one for each sensor, for example usb:0.")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_emulate(transports, counts_at))


async def _emulate(transports: Sequence[str], counts_at: CountsAt) -> None:
    from bumble.core import BaseBumbleError
    from bumble.device import Device
    from bumble.hci import Address
    from bumble.transport import open_transport

    async with AsyncExitStack() as stack:
        for index, name in enumerate(transports):
            try:
                async with asyncio.timeout(OPEN_TIMEOUT_S):
                    transport = await open_transport(name)
                    stack.push_async_callback(transport.close)
                    address = Address(f"C4:EE:03:00:00:{index + 1:02X}")
                    device = Device.with_hci(NAME, address, transport.source, transport.sink)
                    sensor = EmulatedM40(index, device, counts_at)
                    await sensor.start()
                    stack.push_async_callback(sensor.stop)
            except (BaseBumbleError, OSError, ValueError, TimeoutError) as error:
                raise EmulatorError(
                    f"The Bluetooth controller {name!r} can't be used: {str(error) or 'it does not answer'}.",
                    "Check its name and your rights to it, and that no other program uses it.",
                ) from error
        await asyncio.Event().wait()


def _advertising_data() -> bytes:
    from bumble.core import AdvertisingData

    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, bytes([0x06])),
                (AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode()),
                (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, struct.pack("<H", COMPANY_ID)),
            ]
        )
    )


def _require_bumble() -> None:
    try:
        import bumble  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Emulating sensors", "emulate") from error
