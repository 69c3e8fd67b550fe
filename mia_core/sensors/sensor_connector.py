"""Who is connected next: one device at a time, by serial number, with as little scanning as possible.

Rules, since connections and scans share one radio with the sensors that stream:

- A sensor that was lost is first connected as it was known, without a scan: the adapter catches it when it is back.
- When that fails, or when several were lost (they would have to wait for one another), a search is made, one for all
  that are missing, and never while all stream.
- While a recording runs nothing is scanned as long as any sensor streams: a missing one can then only come back by a
  connection that waits for it, and is searched for after the recording when the system has forgotten it.
- Which sensor a device is, is decided by the serial number that is read from it, whatever its address was before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bleak.backends.device import BLEDevice

from mia_core.clock import Clock
from mia_core.sensors.ble_link import BleLink, IncompleteServicesError, address_identity, open_link
from mia_core.sensors.ble_radio import Radio, Sighting
from mia_core.sensors.ble_sensor import BleSensor
from mia_core.sensors.bluetooth_errors import BLEAK_ERRORS, BluetoothUnavailableError, in_short, out_of_slots_likely
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_state import SensorPhase

FEW_LINKS = 3
"""Every adapter holds so many connections."""
NOT_HEARD = "It is not heard: it may be switched off, out of reach, or held by a phone."
SETTLE_S = 0.3
"""Time for a second adapter to hear what the first heard."""


@dataclass(slots=True)
class _Patience:
    """When something may be tried again."""

    delay_s: float = 0.0
    not_before_s: float = 0.0


class SensorConnector:
    """Connects the sensors of an array and connects them again; lives on the Bluetooth thread."""

    def __init__(self, radio: Radio, sensors: Sequence[BleSensor], settings: SensorArraySettings, clock: Clock) -> None:
        self._radio = radio
        self._sensors = tuple(sensors)
        self._settings = settings
        self._clock = clock
        self._known: dict[BleSensor, BLEDevice] = {}
        self._unheard: set[BleSensor] = set()
        """Sensors whose known device was tried in vain since they were last heard."""
        self._patience: dict[str, _Patience] = {}
        self._search_patience = _Patience()
        self._recording = False
        self._blind: tuple[BleSensor, asyncio.Task[bool]] | None = None
        """The sensor that is being connected without a search."""
        self._wake = asyncio.Event()
        self._news = asyncio.Event()

    def lost(self, sensor: BleSensor, had_samples: bool) -> None:
        """Look for a sensor at once, or after a pause when it was connected and never sent a sample."""
        device = self._known.get(sensor)
        if device is not None and had_samples:
            self._patience.pop(device.address, None)
        elif device is not None:
            self._put_off(self._patience.setdefault(device.address, _Patience()), self._clock.now())
        self._search_patience = _Patience()
        if self._blind is not None and self._may_scan():
            waited_for, attempt = self._blind
            if sensor is not waited_for and waited_for.link is None:
                attempt.cancel()  # one search for both, instead of one wait after the other
        self._news.set()
        self._wake.set()

    def set_recording(self, recording: bool) -> None:
        """Begin or end a recording, which ends or allows searches."""
        self._radio.recordings += recording - self._recording
        self._recording = recording
        self._news.set()
        self._wake.set()

    async def run(self) -> None:
        """Connect whatever is missing, for ever."""
        while True:
            self._wake.clear()
            missing = self._missing()
            for sensor in missing:
                await sensor.settled()
            for sensor in missing:
                await self._reconnect(sensor)
            if self._missing() and self._may_scan() and self._clock.now() >= self._search_patience.not_before_s:
                await self._search()
            await self._rest()

    def _missing(self) -> list[BleSensor]:
        return [sensor for sensor in self._sensors if sensor.is_missing]

    def _may_scan(self) -> bool:
        return not (self._recording and any(sensor.is_streaming for sensor in self._sensors))

    async def _rest(self) -> None:
        """Sleep until something may be tried, or somebody calls."""
        now_s = self._clock.now()
        waits = [self._patience[at].not_before_s if at in self._patience else now_s for at in self._addresses()]
        if self._missing() and self._may_scan():
            waits.append(self._search_patience.not_before_s)
        seconds = min(waits) - now_s if waits else None
        try:
            async with asyncio.timeout(None if seconds is None else max(seconds, 0.05)):
                await self._wake.wait()
        except TimeoutError:
            return

    def _addresses(self) -> list[str]:
        """Return the addresses of missing sensors that may be connected without a search."""
        return [self._known[sensor].address for sensor in self._missing() if self._is_blind(sensor)]

    def _is_blind(self, sensor: BleSensor) -> bool:
        """Whether a missing sensor is to be connected without a search."""
        lost = [other for other in self._missing() if other in self._known]
        return sensor in lost and ((lost == [sensor] and sensor not in self._unheard) or not self._may_scan())

    async def _reconnect(self, sensor: BleSensor) -> None:
        """Connect a lost sensor as it was known, which needs no scan."""
        if not sensor.is_missing or not self._is_blind(sensor) or not self._is_due(self._known[sensor].address):
            return
        self._unheard.add(sensor)
        connecting = self._connect(self._known[sensor], sensor.profile, self._settings.reconnect_timeout_s)
        self._blind = sensor, asyncio.create_task(connecting, name=f"reconnect {sensor.serial}")
        try:
            await self._blind[1]
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self._say_missing([sensor], "")  # it was only this attempt that was cancelled: another sensor was lost
        finally:
            self._blind = None

    async def _search(self) -> None:
        """Scan once for all that are missing, then connect what was heard, one after another."""
        heard: dict[str, list[Sighting]] = {}
        present: set[str] = set()  # also what is not to be connected now
        began_s = self._clock.now()

        def on_heard(sighting: Sighting) -> None:
            self._note(sighting)
            if sighting.profile(sensor.profile for sensor in self._sensors) is not None:
                present.add(sighting.device.address)
            if self._profile_of(sighting) is None:
                return
            by_adapter = heard.setdefault(sighting.device.address, [])
            if all(sighting.adapter != other.adapter for other in by_adapter):
                by_adapter.append(sighting)
                self._news.set()

        try:
            async with self._radio.listening(on_heard, self._settings.adapters, self._settings.backend):
                if not await self._until_enough(heard):
                    self._say_unheard(present)
        except BluetoothUnavailableError as error:
            for sensor in self._missing():
                sensor.say(sensor.phase, str(error))
            self._unheard.clear()  # nothing was listened to: what is known may be tried again
            self._put_off(self._search_patience, began_s)
            return
        connected = [await self._connect_heard(sightings) for sightings in heard.values()]
        if any(connected):
            self._search_patience = _Patience()
        else:
            self._put_off(self._search_patience, began_s)

    async def _until_enough(self, heard: dict[str, list[Sighting]]) -> bool:
        """Wait until as many were heard as are missing, or a search is not the thing; False when that is in vain."""
        try:
            async with asyncio.timeout(self._settings.scan_s):
                while len(heard) < len(self._missing()) and self._may_scan() and not self._addresses():
                    self._news.clear()
                    async with asyncio.timeout(self._settings.scan_quiet_s if heard else None):
                        await self._news.wait()
                if len(self._settings.adapters) > 1:
                    await asyncio.sleep(SETTLE_S)
        except TimeoutError:
            return False
        return True

    def _say_unheard(self, present: Collection[str]) -> None:
        """Say of the missing that they were not heard, unless they may be a device that nobody has looked into yet."""
        if all(address in self._radio.identities for address in present):
            for sensor in self._missing():
                if not any(self._is_at(sensor, address) for address in present):
                    sensor.say(sensor.phase, NOT_HEARD)

    def _note(self, sighting: Sighting) -> None:
        """Let the sensor that is known to have this address hear of it."""
        address = sighting.device.address
        for sensor in self._missing():
            if self._is_at(sensor, address):
                sensor.seen(sighting)

    def _profile_of(self, sighting: Sighting) -> SensorProfile | None:
        """Return as what a device should be connected, None when it is none of the missing."""
        missing = self._missing()
        address = sighting.device.address
        profile = sighting.profile({sensor.profile.key: sensor.profile for sensor in missing}.values())
        if profile is None or not self._is_due(address) or address in self._radio.links:
            return None
        is_wanted = address not in self._radio.identities or any(self._is_at(sensor, address) for sensor in missing)
        return profile if is_wanted else None

    def _is_at(self, sensor: BleSensor, address: str) -> bool:
        """Whether a sensor is known to have an address."""
        return self._radio.identities.get(address) == (sensor.profile.key, sensor.serial)

    async def _connect_heard(self, sightings: list[Sighting]) -> bool:
        """Connect a device by the adapter, of those that heard it, that has the fewest connections."""
        sighting = min(sightings, key=lambda sighting: self._load(sighting.adapter))
        profile = self._profile_of(sighting)
        if profile is None:
            return False
        return await self._connect(sighting.device, profile, self._settings.connect_timeout_s, sighting)

    def _load(self, adapter: str) -> int:
        return sum(link.adapter == adapter for link in self._radio.links.values())

    async def _connect(
        self, device: BLEDevice, profile: SensorProfile, timeout_s: float, sighting: Sighting | None = None
    ) -> bool:
        """Connect a device and hand it to the sensor that it is; False when that failed or it is none of the array's.

        Args:
            device: What bleak connects to.
            profile: What kind of sensor it is.
            timeout_s: Patience.
            sighting: When it was just heard.
        """
        alike = [sensor for sensor in self._missing() if sensor.profile.key == profile.key]
        suspects = [sensor for sensor in alike if self._is_at(sensor, device.address)] or alike
        # Of a sensor known elsewhere nothing is said: this is probably another device, and why it was lost stays.
        if len(suspects) == 1 and (suspects[0] not in self._known or self._is_at(suspects[0], device.address)):
            suspects[0].say(SensorPhase.CONNECTING)
        began_s = self._clock.now()
        needs_serial = any(not sensor.serial.startswith(address_identity("")) for sensor in suspects)
        try:
            link = await open_link(self._radio, device, profile, self._settings, timeout_s, needs_serial)
        except (*BLEAK_ERRORS, IncompleteServicesError) as error:
            self._blame(suspects, device.address, error, began_s if sighting is None else None)
            return False
        is_ours = await self._hand_over(link, sighting)
        if not is_ours:
            self._say_missing(suspects, "")
        return is_ours

    async def _hand_over(self, link: BleLink, sighting: Sighting | None) -> bool:
        """Give a connection to the sensor with its serial number; False when there is none, or it has a good one."""
        identity = (link.profile.key, link.identity)
        sensor = next((sensor for sensor in self._sensors if (sensor.profile.key, sensor.serial) == identity), None)
        if sensor is None or sensor.is_streaming or sensor.phase == SensorPhase.CLOSED:
            await link.close()
            return False
        if sensor.link is not None:  # it answers here, so its silent connection at another address is dead
            sensor.lose("It has another address.")
        self._known[sensor] = link.device
        self._unheard.discard(sensor)
        if sighting is not None:
            sensor.seen(sighting)
        try:
            await sensor.attach(link)
        except BLEAK_ERRORS as error:
            if sensor.link is link:
                sensor.lose(in_short(error))
            return False
        return True

    def _blame(
        self, suspects: list[BleSensor], address: str, error: BaseException, waited_since_s: float | None
    ) -> None:
        """Say why a connection failed, and let the device alone for a while.

        Args:
            suspects: Which sensors it may be.
            address: Of the device.
            error: Why it failed.
            waited_since_s: Since when it was waited for, unheard; None for a device that was heard.
        """
        patience = self._patience.setdefault(address, _Patience())
        detail = in_short(error)
        if waited_since_s is None and out_of_slots_likely(error):
            self._put_off(patience, self._clock.now(), self._settings.slots_backoff_s)
            detail = f"It is heard but can't be connected: {_slots(len(self._radio.links))}"
        else:
            self._put_off(patience, self._clock.now() if waited_since_s is None else waited_since_s)
        if not any(self._is_at(sensor, address) for sensor in suspects):
            detail = f"A sensor that may be this one was tried. {detail}"
        self._say_missing(suspects, detail)

    def _say_missing(self, sensors: list[BleSensor], detail: str) -> None:
        for sensor in sensors:
            if sensor.is_missing and (detail or sensor.phase == SensorPhase.CONNECTING):
                sensor.say(SensorPhase.LOST if sensor in self._known else SensorPhase.SEARCHING, detail)

    def _put_off(self, patience: _Patience, since_s: float, least_s: float = 0.0) -> None:
        """Double a pause, within the limits of the settings, and begin it.

        It begins before a search or a wait in vain: who listened for long has been patient, and must soon listen again.
        """
        doubled_s = max(2 * patience.delay_s, self._settings.first_backoff_s, least_s)
        patience.delay_s = min(doubled_s, max(self._settings.last_backoff_s, least_s))
        patience.not_before_s = since_s + patience.delay_s

    def _is_due(self, address: str) -> bool:
        return address not in self._patience or self._clock.now() >= self._patience[address].not_before_s


def _slots(n_links: int) -> str:
    if n_links < FEW_LINKS:
        return "another program or a phone may hold it, or it is too far away."
    return f"the adapter may be out of connections ({n_links} are open); a second adapter helps."
