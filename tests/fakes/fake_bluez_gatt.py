"""What a Bluetooth daemon shows of a connected device: its services and characteristics."""

# No `from __future__ import annotations` here: dbus-fast reads the annotations for the types of the bus.

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Annotated

from dbus_fast import DBusError, PropertyAccess
from dbus_fast.annotations import DBusBool, DBusBytes, DBusDict, DBusObjectPath, DBusSignature, DBusStr, DBusUInt16
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

if TYPE_CHECKING:
    from tests.fakes.fake_bluez_devices import Device

Strings = Annotated[list[str], DBusSignature("as")]
SocketAndMtu = Annotated[tuple[int, int], DBusSignature("hq")]

READ = PropertyAccess.READ
ROUND_TRIP_S = 0.015
"""One connection interval."""
MTU = 158
SENDING_S = 1.0
"""After so long a socket that was handed out is on the other side."""


def failed(reason: str) -> DBusError:
    """Return the answer when something went wrong on the air."""
    return DBusError("org.bluez.Error.Failed", reason)


def in_progress() -> DBusError:
    """Return the answer when the same was asked for before."""
    return DBusError("org.bluez.Error.InProgress", "Operation already in progress")


class Service(ServiceInterface):
    """One GATT service of a connected device."""

    def __init__(self, device: "Device", uuid: str) -> None:
        super().__init__("org.bluez.GattService1")
        self._device = device
        self._uuid = uuid

    @dbus_property(READ, "UUID")
    def uuid(self) -> DBusStr:
        return self._uuid

    @dbus_property(READ, "Device")
    def device(self) -> DBusObjectPath:
        return self._device.path

    @dbus_property(READ, "Primary")
    def primary(self) -> DBusBool:
        return True


class Characteristic(ServiceInterface):
    """One GATT characteristic of a connected device.

    Attributes:
        sessions: Bus names of the clients that asked for notifications.
    """

    def __init__(self, device: "Device", path: str, uuid: str, flags: list[str]) -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self._device = device
        self._path = path
        self._uuid = uuid
        self._flags = flags
        self._value = b""
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self.sessions: set[str] = set()

    @dbus_property(READ, "UUID")
    def uuid(self) -> DBusStr:
        return self._uuid

    @dbus_property(READ, "Service")
    def service(self) -> DBusObjectPath:
        return self._path.rpartition("/")[0]

    @dbus_property(READ, "Flags")
    def flags(self) -> Strings:
        return self._flags

    @dbus_property(READ, "Value")
    def value(self) -> DBusBytes:
        return self._value

    @dbus_property(READ, "Notifying")
    def notifying(self) -> DBusBool:
        return bool(self.sessions)

    @dbus_property(READ, "NotifyAcquired")
    def notify_acquired(self) -> DBusBool:
        return self._socket is not None

    @dbus_property(READ, "MTU")
    def mtu(self) -> DBusUInt16:
        return MTU

    @dbus_method("ReadValue")
    async def read_value(self, _options: DBusDict) -> DBusBytes:
        await self._round_trip()
        return self._device.sensor.read(self._uuid)

    @dbus_method("WriteValue")
    async def write_value(self, value: DBusBytes, _options: DBusDict) -> None:
        if "write" not in self._flags:
            raise DBusError("org.bluez.Error.NotPermitted", "Write not permitted")
        await self._round_trip()
        self._device.sensor.control = bytes(value)

    @dbus_method("StartNotify")
    def start_notify(self) -> None:
        self._check_notifies()
        caller = self._device.daemon.caller(self._path, "StartNotify")
        if caller in self.sessions:
            raise in_progress()
        self.sessions.add(caller)
        self.emit_properties_changed({"Notifying": True})
        self._begin()

    @dbus_method("StopNotify")
    def stop_notify(self) -> None:
        self.end_session(self._device.daemon.caller(self._path, "StopNotify"))

    @dbus_method("AcquireNotify")
    def acquire_notify(self, _options: DBusDict) -> SocketAndMtu:
        self._check_notifies()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._socket = ours
        asyncio.get_running_loop().call_later(SENDING_S, theirs.close)
        self._begin()
        return theirs.fileno(), MTU

    def end_session(self, caller: str) -> None:
        """A client wants no more notifications, or has left the bus."""
        self.sessions.discard(caller)
        if not self.sessions and self._socket is None:
            self.end()

    def end(self) -> None:
        """Send no more."""
        self.sessions.clear()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _check_notifies(self) -> None:
        if "notify" not in self._flags:
            raise DBusError("org.bluez.Error.NotSupported", "Operation is not supported")

    async def _round_trip(self) -> None:
        await asyncio.sleep(ROUND_TRIP_S)
        if not self._device.is_connected:
            raise failed("Not connected")

    def _begin(self) -> None:
        if self._task is None and self._uuid == self._device.sensor.kind.data:
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        """Send every packet that falls due; one that is late is sent late, none is left out."""
        sensor = self._device.sensor
        number = sensor.next_number
        while True:
            await asyncio.sleep(max(0.0, sensor.due_s(number) - self._device.daemon.now()))
            for payload in sensor.packets(number):
                self._notify(payload)
            number += 1

    def _notify(self, payload: bytes) -> None:
        if self._socket is not None:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                self._socket.send(payload)
        if self.sessions:
            self._value = payload
            self.emit_properties_changed({"Value": payload})
