"""The radio that everybody in the process shares: one scan, one connection being made, one memory of who was heard."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bleak import BleakAdapter, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakDBusError

from mia_core.sensors.bluetooth_errors import (
    BLEAK_ERRORS,
    BluetoothReason,
    BluetoothUnavailableError,
    bluetooth_reason,
)
from mia_core.sensors.sensor_profile import SensorProfile

if TYPE_CHECKING:
    from mia_core.sensors.ble_link import BleLink

_log = logging.getLogger(__name__)

DEFAULT_ADAPTER = ""
SCAN_CALL_TIMEOUT_S = 5.0
RECORDING_CHECK_S = 0.1
SILENT_SCAN_S = 5.0
"""A scan that heard nothing at all for so long is begun anew for the next listener: its service may have died."""
UNKNOWN_RSSI_DBM = -127
ADVERTISING_S = 0.3
"""What is connected is asked for after so long: bleak takes for connected what was so when its service died, until it
is heard advertising."""
EVERY_DEVICES_SERVICES = ["1801", "180a", "180f"]


@dataclass(frozen=True, slots=True)
class Backend:
    """Which implementation bleak uses; None for that of the operating system.

    Attributes:
        scanner: For scans.
        client: For connections.
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that was heard advertising.

    Attributes:
        device: What bleak connects to; it belongs to the adapter that heard it.
        adapter: Name of that adapter, empty for the system's default.
        name: Advertised name, empty without one.
        rssi_dbm: Signal strength, None when unknown.
        companies: Manufacturer data by company id.
        services: Advertised service UUIDs.
    """

    device: BLEDevice
    adapter: str
    name: str
    rssi_dbm: int | None
    companies: dict[int, bytes]
    services: frozenset[str]

    def profile(self, profiles: Iterable[SensorProfile]) -> SensorProfile | None:
        """Return the first profile that such an advertisement belongs to."""
        ids = frozenset(self.companies)
        return next((profile for profile in profiles if profile.matches(self.name, ids, self.services)), None)

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """The manufacturer data as they were sent: company id first, little-endian."""
        return tuple(company.to_bytes(2, "little") + data for company, data in self.companies.items())


Heard = Callable[[Sighting], None]


class Radio:
    """What all users of Bluetooth in one process share; lives on the Bluetooth thread.

    A second scan on an adapter is refused by BlueZ, so everybody who listens shares one scan per adapter, which runs
    while anybody does.

    Attributes:
        connect_lock: Held while a connection is made: two at once make controllers fail and BlueZ announce services
            before it has listed them.
        identities: Key of the profile and serial number of the sensor at each address, as far as they were read.
        links: Open connections by address.
        recordings: How many arrays are recording, so that nobody else searches.
    """

    def __init__(self) -> None:
        self.connect_lock = asyncio.Lock()
        self.identities: dict[str, tuple[str, str]] = {}
        self.links: dict[str, BleLink] = {}
        self.recordings = 0
        self._scan_lock = asyncio.Lock()
        self._scanners: dict[str, BleakScanner] = {}
        self._starting: dict[str, asyncio.Task[BleakScanner]] = {}
        """Scans that a service which hangs was asked for and has not begun yet."""
        self._listeners: dict[str, list[Heard]] = {}
        self._heard_s: dict[str, float] = {}
        self._late: set[asyncio.Task[None]] = set()

    def learn(self, address: str, profile: SensorProfile, serial: str) -> None:
        """Remember which sensor has an address; it has no other any more."""
        identity = (profile.key, serial)
        for old in [at for at, known in self.identities.items() if known == identity]:
            del self.identities[old]
        self.identities[address] = identity

    @contextlib.asynccontextmanager
    async def listening(
        self, heard: Heard, adapters: tuple[str, ...] = (), backend: Backend | None = None
    ) -> AsyncIterator[None]:
        """Scan while inside; `heard` is called with every advertisement, on the Bluetooth thread.

        Also with what a program that crashed has left connected, which BlueZ keeps so and which does not advertise.

        Args:
            heard: Must not raise.
            adapters: BlueZ names such as `hci0`; none for the system's default. One that fails is done without as long
                as another works.
            backend: For rigs.

        Raises:
            BluetoothUnavailableError: No adapter can scan.
        """
        joined: list[str] = []
        asking: list[asyncio.Task[None]] = []
        failure: BluetoothUnavailableError | None = None
        try:
            for adapter in adapters or (DEFAULT_ADAPTER,):
                joining = asyncio.create_task(self._join(adapter, heard, backend or Backend()))
                try:
                    await asyncio.shield(joining)
                except BluetoothUnavailableError as error:
                    failure = failure or error
                except asyncio.CancelledError:  # a scan that was asked for begins anyway, and must be ended
                    await asyncio.wait({joining})
                    if joining.exception() is None:
                        joined.append(adapter)
                    raise
                else:
                    joined.append(adapter)
            if failure is not None and not joined:
                raise failure
            if sys.platform == "linux" and (backend is None or backend.scanner is None):
                asking = [asyncio.create_task(self._ask_for_connected(adapter, heard)) for adapter in joined]
            yield
        finally:
            for task in asking:
                task.cancel()
            for adapter in joined:
                await self._leave(adapter, heard)

    async def recording_begins(self, within_s: float) -> None:
        """Wait for a recording to begin, for at most some seconds."""
        deadline_s = asyncio.get_running_loop().time() + within_s
        while not self.recordings and (left_s := deadline_s - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left_s, RECORDING_CHECK_S))

    async def close_links(self) -> None:
        """Disconnect every device, all at once."""
        await asyncio.gather(*(link.close() for link in tuple(self.links.values())))

    async def _join(self, adapter: str, heard: Heard, backend: Backend) -> None:
        async with self._scan_lock:
            now_s = asyncio.get_running_loop().time()
            if adapter in self._scanners and now_s - self._heard_s[adapter] > SILENT_SCAN_S:
                await self._stop(adapter, self._scanners.pop(adapter))
            if adapter not in self._scanners:
                self._scanners[adapter] = await self._scanner(adapter, backend)
                self._heard_s[adapter] = now_s
            self._listeners.setdefault(adapter, []).append(heard)

    async def _scanner(self, adapter: str, backend: Backend) -> BleakScanner:
        """Return a running scanner.

        Raises:
            BluetoothUnavailableError: It can't be started. When the service does not answer in time, it may do as it
                was told later, and would then refuse to do it a second time: the next call waits for the same start.
        """
        start = self._starting.pop(adapter, None)
        if start is None:
            start = asyncio.create_task(_started(adapter, partial(self._on_advert, adapter), backend))
        await asyncio.wait({start}, timeout=SCAN_CALL_TIMEOUT_S)
        if not start.done():
            self._starting[adapter] = start
            late = asyncio.create_task(self._end_late(adapter, start), name="end a late scan")
            self._late.add(late)
            late.add_done_callback(self._late.discard)
            raise BluetoothUnavailableError(BluetoothReason.NO_DAEMON)
        return start.result()

    async def _leave(self, adapter: str, heard: Heard) -> None:
        async with self._scan_lock:
            self._listeners[adapter].remove(heard)
            if not self._listeners[adapter] and adapter in self._scanners:
                await self._stop(adapter, self._scanners.pop(adapter))

    async def _end_late(self, adapter: str, start: asyncio.Task[BleakScanner]) -> None:
        """End a scan that began when nobody waited for it any more."""
        await asyncio.wait({start})
        async with self._scan_lock:
            if self._starting.get(adapter) is start:
                del self._starting[adapter]
                if start.exception() is None:
                    await self._stop(adapter, start.result())

    async def _stop(self, adapter: str, scanner: BleakScanner) -> None:
        try:
            async with asyncio.timeout(SCAN_CALL_TIMEOUT_S):
                await scanner.stop()
        except BLEAK_ERRORS as error:  # a service that died scans no more
            _log.debug("stopping the scan on %s: %r", adapter or "the default adapter", error)

    async def _ask_for_connected(self, adapter: str, heard: Heard) -> None:
        """Tell of what is connected, but not by this process."""
        await asyncio.sleep(ADVERTISING_S)
        try:
            system = await BleakAdapter.get(bluez={"adapter": adapter} if adapter else {})
            devices = await system.get_connected_devices(EVERY_DEVICES_SERVICES)
        except BLEAK_ERRORS as error:  # the scan says what is the matter
            _log.debug("asking for connected devices: %r", error)
            return
        for device in devices:
            if device.address not in self.links and not self.connect_lock.locked():
                services = frozenset(device.details["props"]["UUIDs"])
                heard(Sighting(device, adapter, device.name or "", None, {}, services))

    def _on_advert(self, adapter: str, device: BLEDevice, advert: AdvertisementData) -> None:
        sighting = Sighting(
            device=device,
            adapter=adapter,
            name=advert.local_name or device.name or "",
            rssi_dbm=advert.rssi if advert.rssi != UNKNOWN_RSSI_DBM else None,
            companies=advert.manufacturer_data,
            services=frozenset(uuid.lower() for uuid in advert.service_uuids),
        )
        self._heard_s[adapter] = asyncio.get_running_loop().time()
        for heard in tuple(self._listeners.get(adapter, ())):
            heard(sighting)


async def _started(
    adapter: str, on_advert: Callable[[BLEDevice, AdvertisementData], None], backend: Backend
) -> BleakScanner:
    """Return a running scanner.

    Raises:
        BluetoothUnavailableError: It can't be started.
    """
    # DuplicateData: BlueZ else reports unchanged advertisements once, and some sensors send samples in them.
    bluez: dict[str, Any] = {"filters": {"DuplicateData": True}, **({"adapter": adapter} if adapter else {})}
    scanner = BleakScanner(on_advert, bluez=bluez, backend=backend.scanner)  # type: ignore[arg-type]
    try:
        await scanner.start()
    except BLEAK_ERRORS as error:
        raise BluetoothUnavailableError(_why_no_scan(error)) from error
    return scanner


def _why_no_scan(error: BaseException) -> BluetoothReason:
    reason = bluetooth_reason(error)
    if reason is not None:
        return reason
    if isinstance(error, BleakDBusError) and error.dbus_error.startswith("org.freedesktop.DBus.Error.Unknown"):
        return BluetoothReason.MISSING  # the adapter was pulled out
    if isinstance(error, BleakDBusError):
        return BluetoothReason.BUSY
    return BluetoothReason.NO_DAEMON
