"""What an unknown device offers: services, characteristics, values, notifications, and a guess at their form.

With it a researcher writes a profile file without writing code.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError
from bleak.uuids import uuidstr_to_str

from mia_core.clock import Clock, SystemClock
from mia_core.sensors.ble_discovery import look_for
from mia_core.sensors.ble_link import READ_TIMEOUT_S
from mia_core.sensors.ble_radio import Backend, Radio
from mia_core.sensors.bluetooth_errors import BLEAK_ERRORS, SensorNotFoundError, in_short
from mia_core.sensors.bluetooth_thread import bluetooth_thread
from mia_core.sensors.packet_guess import PacketGuess, guess_packets
from mia_core.sensors.sensor_array_settings import SensorArraySettings

MOST_KEPT = 5
"""Notifications that are shown; the guess is made from all."""


@dataclass(frozen=True, slots=True)
class Notifications:
    """What came while a characteristic was listened to.

    Attributes:
        n: How many notifications.
        seconds: How long it was listened to.
        lengths: Their lengths in bytes, each once, ascending.
        newest: The last few.
        guess: What they may hold.
    """

    n: int
    seconds: float
    lengths: tuple[int, ...]
    newest: tuple[bytes, ...]
    guess: PacketGuess

    @property
    def rate_hz(self) -> float:
        """Notifications per second."""
        return self.n / self.seconds


@dataclass(frozen=True, slots=True)
class GattCharacteristic:
    """One characteristic.

    Attributes:
        uuid: In 128-bit lower-case form.
        name: What the Bluetooth SIG calls it, or `Unknown`.
        handle: Its number on the device: tells two of the same UUID apart.
        properties: Such as `read`, `write`, `notify`.
        value: What was read; None when it can't be read.
        notifications: None when it was not listened to.
    """

    uuid: str
    name: str
    handle: int
    properties: tuple[str, ...]
    value: bytes | None = None
    notifications: Notifications | None = None

    @property
    def value_hex(self) -> str:
        """The value as pairs of hexadecimal digits; empty without one."""
        return (self.value or b"").hex(" ")

    @property
    def value_text(self) -> str:
        """The value as text where it is one, else empty."""
        text = (self.value or b"").rstrip(b"\0").decode("utf-8", errors="replace")
        return text if text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text else ""


@dataclass(frozen=True, slots=True)
class GattService:
    """One service.

    Attributes:
        uuid: In 128-bit lower-case form.
        name: What the Bluetooth SIG calls it, or `Unknown`.
        characteristics: What it has, by handle.
    """

    uuid: str
    name: str
    characteristics: tuple[GattCharacteristic, ...]


def inspect(
    address: str, listen_s: float = 0.0, adapter: str = "", backend: Backend | None = None, clock: Clock | None = None
) -> tuple[GattService, ...]:
    """Connect a device, list what it has, read what can be read; blocks.

    Args:
        address: As `find_sensors` or the system's settings say it.
        listen_s: Seconds to listen to everything that notifies; 0 for not at all.
        adapter: BlueZ name of the adapter, empty for the system's default.
        backend: For rigs.
        clock: Measures how long was listened.

    Returns:
        The services by handle. Some are those of every Bluetooth device.

    Raises:
        BluetoothUnavailableError: Bluetooth can't be used.
        SensorNotFoundError: The device is not heard, or can't be connected, or was lost meanwhile.
    """
    thread = bluetooth_thread()
    settings = SensorArraySettings(adapters=(adapter,) if adapter else (), backend=backend or Backend())
    return thread.run(_inspect(thread.radio, address, listen_s, settings, clock or SystemClock()))


async def _inspect(
    radio: Radio, address: str, listen_s: float, settings: SensorArraySettings, clock: Clock
) -> tuple[GattService, ...]:
    try:
        device = await look_for(radio, address, settings)
        client = BleakClient(device, winrt={"use_cached_services": False}, backend=settings.backend.client)
        try:
            async with radio.connect_lock, asyncio.timeout(settings.connect_timeout_s):
                await client.connect()
            heard = await _listen(client, listen_s, clock) if listen_s > 0 else {}
            services = await _services(client, heard)
            if not client.is_connected:
                raise BleakError("the connection ended")
            return services
        finally:
            await _disconnect(client, settings.disconnect_timeout_s)
    except BLEAK_ERRORS as error:
        message = f"The device {address} could not be inspected. {in_short(error)}"
        advice = "Bring it near, make sure that no phone or other program holds it, and try again."
        raise SensorNotFoundError(message, advice) from error


async def _listen(client: BleakClient, seconds: float, clock: Clock) -> dict[int, Notifications]:
    """Return what each characteristic that notifies sent, by handle."""
    payloads: dict[int, list[bytes]] = {}

    def on_payload(kept: list[bytes], _characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
        kept.append(bytes(payload))

    for characteristic in client.services.characteristics.values():
        if {"notify", "indicate"} & set(characteristic.properties):
            kept = payloads.setdefault(characteristic.handle, [])
            async with asyncio.timeout(READ_TIMEOUT_S):
                await client.start_notify(characteristic, partial(on_payload, kept))
    begun_s = clock.now()
    await asyncio.sleep(seconds)
    listened_s = clock.now() - begun_s
    return {handle: _summary(tuple(kept), listened_s) for handle, kept in payloads.items()}


def _summary(payloads: tuple[bytes, ...], seconds: float) -> Notifications:
    lengths = tuple(sorted({len(payload) for payload in payloads}))
    return Notifications(len(payloads), seconds, lengths, payloads[-MOST_KEPT:], guess_packets(payloads))


async def _services(client: BleakClient, heard: dict[int, Notifications]) -> tuple[GattService, ...]:
    services = []
    for service in sorted(client.services, key=lambda service: service.handle):
        found = [await _read(client, characteristic) for characteristic in service.characteristics]
        characteristics = (replace(each, notifications=heard.get(each.handle)) for each in found)
        ordered = tuple(sorted(characteristics, key=lambda characteristic: characteristic.handle))
        services.append(GattService(service.uuid, uuidstr_to_str(service.uuid), ordered))
    return tuple(services)


async def _read(client: BleakClient, characteristic: BleakGATTCharacteristic) -> GattCharacteristic:
    value: bytes | None = None
    if "read" in characteristic.properties:
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                value = bytes(await client.read_gatt_char(characteristic))
        except BLEAK_ERRORS:  # some refuse, though they say that they can be read
            value = None
    name = uuidstr_to_str(characteristic.uuid)
    return GattCharacteristic(
        characteristic.uuid, name, characteristic.handle, tuple(sorted(characteristic.properties)), value
    )


async def _disconnect(client: BleakClient, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await client.disconnect()
    except BLEAK_ERRORS:  # it was lost meanwhile
        return
