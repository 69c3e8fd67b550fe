"""What a Bluetooth daemon shows on the bus: adapters and devices.

Names of objects, properties and errors and the order of signals are those of BlueZ 5.66, as far as a client of the GATT
side sees them. Delays are those of a radio: an advertisement every 0.1 s, one connection being made at a time, one
connection interval per read or write.
"""

# No `from __future__ import annotations` here: dbus-fast reads the annotations for the types of the bus.

import asyncio
from typing import TYPE_CHECKING, Annotated

from dbus_fast import DBusError, PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusDict, DBusInt16, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from tests.fakes.fake_bluez_gatt import ROUND_TRIP_S, Characteristic, Service, Strings, failed, in_progress
from tests.fakes.virtual_sensors import GENERIC_ATTRIBUTES, VirtualSensor

if TYPE_CHECKING:
    from tests.fakes.fake_bluetoothd import FakeBluetoothd

Manufacturers = Annotated[dict[int, Variant], DBusSignature("a{qv}")]

READ = PropertyAccess.READ
ADVERTISING_INTERVAL_S = 0.1
CONNECTION_SETUP_S = 0.06
DISCOVERY_S = 0.15
"""Attribute round trips until all services are known."""
LISTED_LATE_S = 0.3
CONNECT_PATIENCE_S = 20.0


def not_ready() -> DBusError:
    """Return the answer of an adapter that is switched off."""
    return DBusError("org.bluez.Error.NotReady", "Resource Not Ready")


class Adapter(ServiceInterface):
    """One Bluetooth adapter.

    Attributes:
        path: Its object path.
        is_powered: Whether it is on.
        sessions: Bus names of the clients that scan.
        scans: How often a scan was begun.
        slots: How many connections it holds.
        initiating: Held while a connection is made: a controller makes one at a time.
        busy_starts: How many of the next scans can't be begun.
        busy_stops: How many of the next scans can't be ended.
    """

    def __init__(self, daemon: "FakeBluetoothd", name: str, slots: int) -> None:
        super().__init__("org.bluez.Adapter1")
        self.daemon = daemon
        self.path = f"/org/bluez/{name}"
        self.is_powered = True
        self.sessions: set[str] = set()
        self.scans = 0
        self.slots = slots
        self.initiating = asyncio.Lock()
        self.busy_starts = 0
        self.busy_stops = 0

    @dbus_property(READ, "Address")
    def address(self) -> DBusStr:
        return f"00:11:22:33:44:5{self.path[-1]}"

    @dbus_property(READ, "Powered")
    def powered(self) -> DBusBool:
        return self.is_powered

    @dbus_property(READ, "Discovering")
    def discovering(self) -> DBusBool:
        return bool(self.sessions)

    @dbus_property(READ, "Roles")
    def roles(self) -> Strings:
        return ["central", "peripheral"]

    @dbus_method("SetDiscoveryFilter")
    def set_discovery_filter(self, _properties: DBusDict) -> None:
        if not self.is_powered:
            raise not_ready()

    @dbus_method("StartDiscovery")
    def start_discovery(self) -> None:
        if not self.is_powered:
            raise not_ready()
        caller = self.daemon.caller(self.path, "StartDiscovery")
        if self.busy_starts or caller in self.sessions:
            self.busy_starts = max(self.busy_starts - 1, 0)
            raise in_progress()
        self.sessions.add(caller)
        self.scans += 1
        self.emit_properties_changed({"Discovering": True})

    @dbus_method("StopDiscovery")
    def stop_discovery(self) -> None:
        caller = self.daemon.caller(self.path, "StopDiscovery")
        if self.busy_stops:
            self.busy_stops -= 1
            self.end_session(caller)
            raise in_progress()
        if caller not in self.sessions:
            raise failed("No discovery started")
        self.end_session(caller)

    @dbus_method("RemoveDevice")
    def remove_device(self, path: DBusObjectPath) -> None:
        self.daemon.remove(path)

    def end_session(self, caller: str) -> None:
        """A client scans no more: by its wish, or because it has left the bus."""
        if caller not in self.sessions:
            return
        self.sessions.remove(caller)
        if not self.sessions:
            self.emit_properties_changed({"Discovering": False})
            for device in self.daemon.devices_of(self):
                device.emit_properties_changed({}, ["RSSI"])

    def set_power(self, on: bool) -> None:
        """Switch it on or off; off ends every connection and scan."""
        self.is_powered = on
        if not on:
            self.sessions.clear()
            for device in self.daemon.devices_of(self):
                device.link_lost()
        self.emit_properties_changed({"Powered": on, "Discovering": False})


class Device(ServiceInterface):
    """One sensor as one adapter knows it.

    Attributes:
        is_temporary: Whether BlueZ forgets it by itself, as it does until the first connection.
        heard_at_s: When it was last heard, on the loop's clock.
    """

    def __init__(self, daemon: "FakeBluetoothd", adapter: Adapter, sensor: VirtualSensor) -> None:
        super().__init__("org.bluez.Device1")
        self.daemon = daemon
        self.radio = adapter
        self.sensor = sensor
        self.known_address = sensor.address
        self.path = f"{adapter.path}/dev_{sensor.address.replace(':', '_')}"
        self.is_connected = False
        self.is_resolved = False
        self.is_temporary = True
        self.heard_at_s = 0.0
        self.strength_dbm = -50 - 4 * sensor.index
        self.listed: list[tuple[str, ServiceInterface]] = []
        self._cancelled = asyncio.Event()
        self._discovery: asyncio.Task[None] | None = None

    @dbus_property(READ, "Adapter")
    def adapter(self) -> DBusObjectPath:
        return self.radio.path

    @dbus_property(READ, "Address")
    def address(self) -> DBusStr:
        return self.known_address

    @dbus_property(READ, "AddressType")
    def address_type(self) -> DBusStr:
        return "public"

    @dbus_property(READ, "Name")
    def advertised_name(self) -> DBusStr:
        return self.sensor.name

    @dbus_property(READ, "Alias")
    def alias(self) -> DBusStr:
        return self.sensor.name or self.known_address.replace(":", "-")

    @dbus_property(READ, "RSSI")
    def rssi(self) -> DBusInt16:
        return self.strength_dbm

    @dbus_property(READ, "UUIDs")
    def uuids(self) -> Strings:
        return [GENERIC_ATTRIBUTES, *self.sensor.services()]

    @dbus_property(READ, "ManufacturerData")
    def manufacturer_data(self) -> Manufacturers:
        company = self.sensor.company_id
        return {} if company is None else {company: Variant("ay", b"\x01\x02")}

    @dbus_property(READ, "Connected")
    def connected(self) -> DBusBool:
        return self.is_connected

    @dbus_property(READ, "Paired")
    def paired(self) -> DBusBool:
        return False

    @dbus_property(READ, "ServicesResolved")
    def services_resolved(self) -> DBusBool:
        return self.is_resolved

    @dbus_method("Connect")
    async def connect(self) -> None:
        self.sensor.connects_at_s.append(self.daemon.now())
        if not self.radio.is_powered:
            raise not_ready()
        if self.is_connected:
            return
        self.is_temporary = False
        self._cancelled.clear()
        await self._wait_for_advertisement()
        async with self.daemon.connecting(self.radio):
            await asyncio.sleep(CONNECTION_SETUP_S)
            if self.sensor.connect_errors:
                await self._fail(self.sensor.connect_errors.popleft())
            if self.daemon.connections_of(self.radio) >= self.radio.slots:
                raise DBusError("org.freedesktop.DBus.Error.UnknownObject", 'Method "Connect" doesn\'t exist')
            if self._cancelled.is_set() or not self.sensor.is_advertising:
                raise failed("le-connection-abort-by-local")
            self.take_link()

    @dbus_method("Disconnect")
    async def disconnect(self) -> None:
        self._cancelled.set()
        if not self.is_connected:
            return
        hangs_s, self.sensor.disconnect_hangs_s = self.sensor.disconnect_hangs_s, 0.0
        if hangs_s:
            await asyncio.sleep(hangs_s)
        self.link_lost()

    def take_link(self) -> None:
        """The connection stands; its services will be discovered."""
        self.sensor.connected = self
        self.is_connected = True
        self.emit_properties_changed({"Connected": True})
        self._discovery = self.daemon.start(self._discover())

    def link_lost(self) -> None:
        """The connection is gone, for whatever reason, and everybody is told."""
        if not self.is_connected:
            return
        self.end_link()
        self.emit_properties_changed({"ServicesResolved": False})
        for path, interface in reversed(self.listed):
            self.daemon.unexport(path, interface)
        self.listed.clear()
        self.emit_properties_changed({"Connected": False})

    def forget(self) -> None:
        """The daemon knows it no more; whoever waits for a connection waits in vain."""
        self._cancelled.set()
        self.link_lost()

    def vanish(self) -> None:
        """The daemon is gone, and nobody is told."""
        self._cancelled.set()
        self.end_link()

    def end_link(self) -> None:
        """The sensor sends no more and is free for another connection."""
        if not self.is_connected:
            return
        self.is_connected = self.is_resolved = False
        self.sensor.connected = None
        if self._discovery is not None:
            self._discovery.cancel()
        for _, interface in self.listed:
            if isinstance(interface, Characteristic):
                interface.end()

    async def _wait_for_advertisement(self) -> None:
        deadline_s = self.daemon.now() + CONNECT_PATIENCE_S
        while not self.sensor.is_advertising:
            if self._cancelled.is_set() or self.daemon.now() > deadline_s:
                raise failed("le-connection-abort-by-local")
            await asyncio.sleep(ADVERTISING_INTERVAL_S / 2)

    async def _fail(self, reason: str) -> None:
        if reason == "le-connection-abort-by-local":  # the connection stood for a moment, which clients are told
            self.emit_properties_changed({"Connected": True})
            await asyncio.sleep(ROUND_TRIP_S)
            self.emit_properties_changed({"Connected": False})
        if reason.startswith("org."):
            raise DBusError(reason, "Operation failed")
        raise failed(reason)

    async def _discover(self) -> None:
        await asyncio.sleep(DISCOVERY_S)
        late = []
        for service_number, (service, characteristics) in enumerate(self.sensor.services().items()):
            path = f"{self.path}/service{0x10 * (service_number + 1):04x}"
            self._list(path, Service(self, service))
            for number, (uuid, flags) in enumerate(characteristics.items()):
                char_path = f"{path}/char{0x10 * (service_number + 1) + 2 * number + 1:04x}"
                characteristic = Characteristic(self, char_path, uuid, flags)
                if self.sensor.listed_late.get(uuid, 0) > 0:
                    self.sensor.listed_late[uuid] -= 1
                    late.append((char_path, characteristic))
                else:
                    self._list(char_path, characteristic)
        self.is_resolved = True
        self.emit_properties_changed({"ServicesResolved": True})
        if late:
            await asyncio.sleep(LISTED_LATE_S)
            for char_path, characteristic in late:
                self._list(char_path, characteristic)

    def _list(self, path: str, interface: ServiceInterface) -> None:
        self.daemon.export(path, interface)
        self.listed.append((path, interface))
