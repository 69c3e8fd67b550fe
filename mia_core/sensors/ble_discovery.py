"""Which sensors are there: found by their advertisements, told apart by their serial numbers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from bleak.backends.device import BLEDevice

from mia_core.clock import Clock
from mia_core.processing.light_sync import SWITCH_S, SWITCHES, LightSwitch
from mia_core.sensors.ble_link import BleLink, IncompleteServicesError, address_identity, open_link
from mia_core.sensors.ble_radio import Backend, Radio, Sighting
from mia_core.sensors.bluetooth_errors import (
    BLEAK_ERRORS,
    BluetoothReason,
    BluetoothUnavailableError,
    SensorNotFoundError,
    in_short,
)
from mia_core.sensors.bluetooth_thread import bluetooth_thread
from mia_core.sensors.profiles import PROFILES
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_profile import Led, SensorProfile

BLINKS = 3
BLINK_S = 0.4
LOOK_S = 5.0
"""How long a device that was not heard before is looked for."""


@dataclass(frozen=True, slots=True)
class FoundSensor:
    """A sensor that was heard.

    Attributes:
        profile: Kind of sensor.
        name: Advertised name; all M40s have the same.
        address: Where it is, for this computer.
        serial: Its serial number; empty when it has none, or was not asked.
        rssi_dbm: Signal strength, None when unknown.
        battery_percent: 0 to 100, None when unknown.
        firmware: Empty when unknown.
    """

    profile: SensorProfile
    name: str
    address: str
    serial: str = ""
    rssi_dbm: int | None = None
    battery_percent: int | None = None
    firmware: str = ""

    @property
    def ids(self) -> tuple[SensorId, ...]:
        """One for each of its electrode pairs; by its address when it has no serial number."""
        serial = self.serial or address_identity(self.address)
        return tuple(SensorId(self.profile.key, serial, channel) for channel in range(self.profile.n_channels))


def find_sensors(
    seconds: float,
    profiles: tuple[SensorProfile, ...] = PROFILES,
    adapters: tuple[str, ...] = (),
    on_found: Callable[[FoundSensor], None] | None = None,
    with_details: bool = True,
    backend: Backend | None = None,
) -> tuple[FoundSensor, ...]:
    """Search for sensors; blocks.

    Sensors that this process has connected are among them, though they don't advertise.

    Args:
        seconds: Length of the scan; reading details comes on top, about a second per sensor.
        profiles: Kinds of sensors to look for.
        adapters: BlueZ names of the adapters that listen, none for the system's default.
        on_found: Called on the Bluetooth thread as soon as a sensor is heard, and again with its details; the address
            tells that it is the same.
        with_details: Whether to connect each briefly, one after another, for serial number, battery and firmware.
            One that can't be connected is returned without.
        backend: For rigs.

    Returns:
        The sensors, nearest first.

    Raises:
        BluetoothUnavailableError: Bluetooth can't be used, or an array is recording; a search ends when that begins.
    """
    thread = bluetooth_thread()
    settings = SensorArraySettings(retries=1, adapters=adapters, backend=backend or Backend())
    search = _Search(thread.radio, profiles, settings, on_found or _ignore)
    return thread.run(search.run(seconds, with_details))


def identify_sensor(
    found: FoundSensor, colour: str, adapters: tuple[str, ...] = (), backend: Backend | None = None
) -> None:
    """Set the light of a sensor; it stays so. Blocks, some seconds when the sensor has to be connected for it.

    Args:
        found: The sensor.
        colour: One of its profile's colours.
        adapters: BlueZ names of the adapters that may hear it, none for the system's default.
        backend: For rigs.

    Raises:
        SensorNotFoundError: It has no such light, or can't be reached.
        BluetoothUnavailableError: Bluetooth can't be used, or an array is recording.
    """
    led = found.profile.led
    if led is None or colour not in led.colours:
        colours = ", ".join(led.colours) if led else "none"
        raise SensorNotFoundError(f"{found.profile.name} has no light {colour!r}.", f"Choose one of: {colours}.")
    thread = bluetooth_thread()
    settings = SensorArraySettings(retries=1, adapters=adapters, backend=backend or Backend())
    thread.run(_set_light(thread.radio, found, led, led.colours[colour], settings))


def bluetooth_state(adapter: str = "", backend: Backend | None = None) -> BluetoothReason | None:
    """Return why Bluetooth can't be used, None when it can; blocks for some tenths of a second."""
    thread = bluetooth_thread()
    try:
        thread.run(check_bluetooth(thread.radio, (adapter,) if adapter else (), backend or Backend()))
    except BluetoothUnavailableError as error:
        return error.reason
    return None


async def check_bluetooth(radio: Radio, adapters: tuple[str, ...], backend: Backend) -> None:
    """Start and stop a scan on every adapter: the one thing that tells on every system whether Bluetooth works.

    Raises:
        BluetoothUnavailableError: It doesn't, on one of them.
    """
    for adapter in adapters or ("",):
        async with radio.listening(_ignore, (adapter,), backend):
            pass
    if sys.platform == "linux" and backend.client is None:
        from bleak.backends.bluezdbus.version import BlueZFeatures

        # bleak does this within the first connect and hangs for good in the second when the first is cancelled there.
        if not BlueZFeatures.checked_bluez_version:
            await BlueZFeatures.check_bluez_version()


async def blink(link: BleLink, led: Led) -> None:
    """Change the light of a connected sensor to another colour and back, some times.

    Raises:
        BleakError, OSError, TimeoutError: bleak's, when it is lost meanwhile.
    """
    before = await link.read(led.characteristic)
    others = [value for value in led.colours.values() if bytes([value]) != before[:1]]
    for _ in range(BLINKS):
        for value in (bytes([others[0]]), before[:1] or bytes([others[-1]])):
            await link.write(led.characteristic, value)
            await asyncio.sleep(BLINK_S)


async def switch_slowly(link: BleLink, led: Led, clock: Clock, on_switch: Callable[[LightSwitch], None]) -> None:
    """Change the light of a connected sensor between the two colours that are told apart best, and back at the end.

    Args:
        link: To the sensor.
        led: Its light; nothing happens when its colours are not known to differ.
        clock: Stamps the changes.
        on_switch: Called with each change from one of the two to the other.

    Raises:
        BleakError, OSError, TimeoutError: bleak's, when it is lost meanwhile.
    """
    if led.contrast is None:
        return
    before = await link.read(led.characteristic)
    for number in range(SWITCHES + 1):
        written_s = clock.now()
        await link.write(led.characteristic, bytes([led.colours[led.contrast[number % 2]]]))
        if number:  # the first may change nothing
            on_switch(LightSwitch(written_s, clock.now()))
        await asyncio.sleep(SWITCH_S)
    if before:
        await link.write(led.characteristic, before[:1])


class _Search:
    """One search: what was heard, and what is known of it."""

    def __init__(
        self,
        radio: Radio,
        profiles: tuple[SensorProfile, ...],
        settings: SensorArraySettings,
        on_found: Callable[[FoundSensor], None],
    ) -> None:
        self._radio = radio
        self._profiles = profiles
        self._settings = settings
        self._on_found = on_found
        self._found: dict[str, FoundSensor] = {}
        self._devices: dict[str, BLEDevice] = {}

    async def run(self, seconds: float, with_details: bool) -> tuple[FoundSensor, ...]:
        if self._radio.recordings:
            raise BluetoothUnavailableError(BluetoothReason.BUSY)
        for link in tuple(self._radio.links.values()):
            self._keep(_described(link, FoundSensor(link.profile, link.device.name or "", link.address)))
        async with self._radio.listening(self._heard, self._settings.adapters, self._settings.backend):
            await self._radio.recording_begins(seconds)
        for found in tuple(self._found.values()) if with_details else ():
            if not self._radio.recordings:
                await self._read_details(found)
        return tuple(sorted(self._found.values(), key=lambda found: -(found.rssi_dbm or -999)))

    def _heard(self, sighting: Sighting) -> None:
        address = sighting.device.address
        profile = sighting.profile(self._profiles)
        if profile is None:
            return
        self._devices[address] = sighting.device
        known = self._found.get(address)
        found = FoundSensor(profile, sighting.name, address) if known is None else known
        found = replace(found, name=sighting.name or found.name, rssi_dbm=sighting.rssi_dbm or found.rssi_dbm)
        self._found[address] = found
        if known is None:
            self._on_found(found)

    async def _read_details(self, found: FoundSensor) -> None:
        if found.profile.only_advertises or found.address in self._radio.links:
            return
        device = self._devices[found.address]
        try:
            link = await open_link(
                self._radio, device, found.profile, self._settings, self._settings.connect_timeout_s, needs_serial=True
            )
        except (*BLEAK_ERRORS, IncompleteServicesError):
            return  # it is there, but taken, too far away, or something else under the same name
        self._keep(_described(link, found))
        await link.close()

    def _keep(self, found: FoundSensor) -> None:
        self._found[found.address] = found
        self._on_found(found)


def _described(link: BleLink, found: FoundSensor) -> FoundSensor:
    return replace(found, serial=link.serial, battery_percent=link.battery_percent, firmware=link.firmware)


def _ignore(_: object) -> None:
    """Do nothing."""


async def _set_light(radio: Radio, found: FoundSensor, led: Led, value: int, settings: SensorArraySettings) -> None:
    link = radio.links.get(found.address)
    try:
        if link is not None:
            await link.write(led.characteristic, bytes([value]))
            return
        device = await look_for(radio, found.address, settings)
        link = await open_link(radio, device, found.profile, settings, settings.connect_timeout_s)
        try:
            await link.write(led.characteristic, bytes([value]))
        finally:
            await link.close()
    except (*BLEAK_ERRORS, IncompleteServicesError) as error:
        message = f"{found.name or found.profile.name} could not be reached. {in_short(error)}"
        raise SensorNotFoundError(message, "Bring it near, make sure that no phone holds it, and try again.") from error


async def look_for(radio: Radio, address: str, settings: SensorArraySettings) -> BLEDevice:
    """Scan until a device is heard: BlueZ forgets devices some time after a search.

    Raises:
        TimeoutError: It was not heard.
        BluetoothUnavailableError: Bluetooth can't be used, or an array is recording.
    """
    if radio.recordings:
        raise BluetoothUnavailableError(BluetoothReason.BUSY)
    heard = asyncio.Event()
    devices: list[BLEDevice] = []

    def on_heard(sighting: Sighting) -> None:
        if sighting.device.address.lower() == address.lower():
            devices.append(sighting.device)
            heard.set()

    async with radio.listening(on_heard, settings.adapters, settings.backend), asyncio.timeout(LOOK_S):
        await heard.wait()
    return devices[0]
