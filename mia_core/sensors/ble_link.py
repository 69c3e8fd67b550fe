"""One connection to one device: made, checked, read, subscribed to, ended. Never used a second time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakCharacteristicNotFoundError, BleakDBusError, BleakError, BleakGATTProtocolError

from mia_core.sensors.ble_radio import Radio
from mia_core.sensors.bluetooth_errors import BLEAK_ERRORS
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_profile import BATTERY_LEVEL, FIRMWARE_REVISION, SERIAL_NUMBER, SensorProfile

_log = logging.getLogger(__name__)

READ_TIMEOUT_S = 5.0
CANCEL_TIMEOUT_S = 2.0
"""How much longer than its own time-out a connection may take to be taken back."""
NOT_PERMITTED: Final = "org.bluez.Error.NotPermitted"
"""What BlueZ says of a value that is told to paired computers only; bleak hands it on as it is."""
FAST_HZ: Final = 100.0
"""From this rate on, notifications come through a socket of their own, not as D-Bus signals, where BlueZ offers it."""


class BleLink:
    """A connected device.

    Attributes:
        device: The device.
        profile: What kind of sensor it is.
        serial: Its serial number, empty without one.
        firmware: Its firmware, empty when unknown.
        battery_percent: 0 to 100, None when it does not tell.
        on_lost: Called once when the connection ends without having been asked to.
    """

    def __init__(self, radio: Radio, device: BLEDevice, profile: SensorProfile, settings: SensorArraySettings) -> None:
        self.device = device
        self.profile = profile
        self.serial = ""
        self.firmware = ""
        self.battery_percent: int | None = None
        self.on_lost: Callable[[], None] | None = None
        self._radio = radio
        self._settings = settings
        self._closing = False
        self._client = BleakClient(
            device,
            disconnected_callback=self._on_disconnected,
            winrt={"use_cached_services": False},  # a stale cache makes Windows call devices unreachable
            backend=settings.backend.client,
        )

    @property
    def address(self) -> str:
        """Where it was connected."""
        return self.device.address

    @property
    def identity(self) -> str:
        """Its serial number, or what stands for it where there is none."""
        return self.serial or address_identity(self.address)

    @property
    def adapter(self) -> str:
        """Name of the adapter that holds it, where the system has several; else empty."""
        details = self.device.details
        path = str(details.get("path", "")) if isinstance(details, dict) else ""
        return path.removeprefix("/org/bluez/").partition("/")[0]

    @property
    def is_connected(self) -> bool:
        """What bleak believes; it goes on believing it when the Bluetooth service dies."""
        return self._client.is_connected

    async def connect(self, timeout_s: float) -> None:
        """Connect; one device at a time in the whole process.

        Raises:
            BleakError, OSError, TimeoutError: bleak's, when it can't be connected.
        """
        # Within the lock: whoever waits for a turn has not begun.
        async with self._radio.connect_lock, asyncio.timeout(timeout_s + CANCEL_TIMEOUT_S), asyncio.timeout(timeout_s):
            if self.address in self._radio.links:  # a second connection would end the first with its own end
                raise BleakError("this program has connected it")
            await self._client.connect()
            self._radio.links[self.address] = self

    def missing(self) -> tuple[str, ...]:
        """Return the UUIDs of characteristics without which it can't be measured with."""
        needed = [self.profile.characteristic, *([self.profile.start[0]] if self.profile.start else [])]
        return tuple(uuid for uuid in needed if self._client.services.get_characteristic(uuid) is None)

    async def read_details(self) -> None:
        """Read serial number, firmware and battery, as far as the device has them."""
        self.serial = _text(await self.read(SERIAL_NUMBER))
        self.firmware = _text(await self.read(FIRMWARE_REVISION))
        await self.read_battery()

    async def read_battery(self) -> None:
        """Read how full the battery is now, if the device tells."""
        battery = await self.read(BATTERY_LEVEL)
        self.battery_percent = min(battery[0], 100) if battery else None

    async def read(self, uuid: str) -> bytes:
        """Return the value of a characteristic, empty when the device lacks it or refuses."""
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                return bytes(await self._client.read_gatt_char(uuid))
        except (BleakCharacteristicNotFoundError, BleakGATTProtocolError) as absent:
            _log.debug("%s has no %s: %s", self.address, uuid, absent)
        except BleakDBusError as refusal:
            if refusal.dbus_error != NOT_PERMITTED:
                raise
            _log.debug("%s does not tell %s: %s", self.address, uuid, refusal)
        return b""

    async def write(self, uuid: str, value: bytes) -> None:
        """Write a characteristic and wait for the device's answer."""
        async with asyncio.timeout(READ_TIMEOUT_S):
            await self._client.write_gatt_char(uuid, value, response=True)

    async def subscribe(self, on_payload: Callable[[BleakGATTCharacteristic, bytearray], None]) -> None:
        """Let the notifications of the profile's characteristic come, then tell the device to send.

        In this order, so that the first packet after the start is heard.
        """
        async with asyncio.timeout(READ_TIMEOUT_S):
            await self._client.start_notify(
                self.profile.characteristic,
                on_payload,
                bluez={"use_start_notify": self.profile.rate_hz < FAST_HZ},
            )
        if self.profile.start is not None:
            await self.write(*self.profile.start)

    async def close(self) -> None:
        """Disconnect; never raises and never takes longer than the settings say."""
        self._closing = True
        try:
            async with asyncio.timeout(self._settings.disconnect_timeout_s):
                await self._client.disconnect()
        except BLEAK_ERRORS as error:  # the service died, or hangs: the link is gone for us
            _log.debug("disconnecting %s: %r", self.address, error)
        finally:
            if self._radio.links.get(self.address) is self:
                del self._radio.links[self.address]

    def _on_disconnected(self, _client: BleakClient) -> None:
        if not self._closing and self.on_lost is not None:
            self.on_lost()


class IncompleteServicesError(Exception):
    """A device still lacks what its profile needs after several connections."""


async def open_link(
    radio: Radio,
    device: BLEDevice,
    profile: SensorProfile,
    settings: SensorArraySettings,
    timeout_s: float,
    needs_serial: bool = False,
) -> BleLink:
    """Connect a device, check that it has what its profile needs, and read its details.

    BlueZ may report services as complete before it has listed them; a new connection then finds them.

    Args:
        radio: The process's radio.
        device: What was heard.
        profile: What kind of sensor it is taken for.
        settings: Times, retries, backend.
        timeout_s: For each connection.
        needs_serial: Whether a missing serial number counts as incomplete; after the last try it is accepted.

    Raises:
        IncompleteServicesError: Required characteristics are missing.
        BleakError, OSError, TimeoutError: bleak's, when it can't be connected or is lost again.
    """
    missing: tuple[str, ...] = ()
    for attempt in range(1 + settings.retries):
        link = BleLink(radio, device, profile, settings)
        is_usable = False
        try:
            await link.connect(timeout_s)
            missing = link.missing()
            if not missing:
                await link.read_details()
                is_usable = bool(link.serial) or not needs_serial or attempt == settings.retries
            if is_usable:
                radio.learn(link.address, profile, link.identity)
                return link
        finally:
            if not is_usable:
                await link.close()
    raise IncompleteServicesError(f"It lacks {', '.join(missing)}.")


def address_identity(address: str) -> str:
    """Return what stands for the serial number of a sensor that has none."""
    return f"address:{address}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace").strip("\0 \t\r\n")
