"""A Bluetooth daemon for virtual sensors: bleak's genuine BlueZ backend can't tell it from bluetoothd."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface

from tests.fakes.fake_bluez_devices import ADVERTISING_INTERVAL_S, Adapter, Device
from tests.fakes.fake_bluez_gatt import Characteristic
from tests.fakes.virtual_sensors import VirtualSensor

OWNER_CHANGES = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"


class Connection(MessageBus):
    """A connection to the message bus that sends nothing more once it has ended.

    A method that was called before may answer afterwards. dbus-fast would write to the number that the socket had, and
    when the next daemon's socket has that number by then, nothing of its own is ever sent.
    """

    _is_over = False

    def send(self, msg: Message) -> asyncio.Future[None]:
        """Send a message, or nothing."""
        if not self._is_over:
            return super().send(msg)
        sent = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    def disconnect(self) -> None:
        """End it."""
        self._is_over = True
        super().disconnect()


class FakeBluetoothd:
    """One life of the daemon, from its start to its stop or crash; the sensors live on.

    Args:
        sensors: What is on the air.
        adapters: Names such as `hci0`, to the number of connections each holds.

    Attributes:
        bus: Its connection to the message bus.
        adapters: By object path.
        forget_after_s: How long BlueZ keeps a device that was never connected, after it was heard last.
        is_denying: Whether the bus's policy lets nobody use the daemon.
        most_connecting: Most connections that clients tried to make at once on one adapter.
    """

    def __init__(self, sensors: list[VirtualSensor], adapters: dict[str, int], address: str) -> None:
        self.bus = Connection(bus_address=address, negotiate_unix_fd=True)
        self.adapters = {f"/org/bluez/{name}": Adapter(self, name, slots) for name, slots in adapters.items()}
        self.forget_after_s = 30.0
        self.is_denying = False
        self.most_connecting = 0
        self._sensors = sensors
        self._devices: dict[str, Device] = {}
        self._paths: set[str] = {"/"}
        self._callers: dict[tuple[str, str], str] = {}
        self._connecting: dict[str, int] = dict.fromkeys(self.adapters, 0)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Come onto the bus."""
        await self.bus.connect()
        self.bus.add_message_handler(self._on_message)
        for path, adapter in self.adapters.items():
            self.export(path, adapter)
        await self._call_bus("AddMatch", "s", OWNER_CHANGES)
        await self.bus.request_name("org.bluez")
        self.start(self._advertise())

    async def crash(self) -> None:
        """Be gone at once, as after kill -9: no signal says so, and the links are lost.

        What was sent before has left: otherwise nobody could say which samples must arrive.
        """
        for device in self._devices.values():
            device.vanish()
        for task in self._tasks:
            task.cancel()
        await self._call_bus("GetId", "")
        self.bus.disconnect()

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Show an object on the bus."""
        self.bus.export(path, interface)
        self._paths.add(path)

    def unexport(self, path: str, interface: ServiceInterface) -> None:
        """Take an object off the bus."""
        self.bus.unexport(path, interface)
        self._paths.discard(path)

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def start(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something for as long as the daemon lives."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def caller(self, path: str, member: str) -> str:
        """Return the bus name of the client that called a method last."""
        return self._callers[path, member]

    def devices_of(self, adapter: Adapter) -> list[Device]:
        """Return the devices that an adapter knows."""
        return [device for device in self._devices.values() if device.radio is adapter]

    def devices_with(self, sensor: VirtualSensor) -> list[Device]:
        """Return a sensor as each of the adapters that heard it knows it."""
        return [device for device in self._devices.values() if device.sensor is sensor]

    def device(self, sensor: VirtualSensor, adapter: Adapter) -> Device:
        """Return the device of a sensor, which becomes known now if it was not."""
        device = Device(self, adapter, sensor)
        if device.path not in self._devices:
            device.heard_at_s = self.now()
            self._devices[device.path] = device
            self.export(device.path, device)
        return self._devices[device.path]

    def connections_of(self, adapter: Adapter) -> int:
        """Return how many devices an adapter holds."""
        return sum(device.is_connected for device in self.devices_of(adapter))

    def remove(self, path: str) -> None:
        """Forget a device."""
        device = self._devices.pop(path, None)
        if device is not None:
            device.forget()
            self.unexport(path, device)

    def remove_adapter(self, path: str) -> None:
        """An adapter was pulled out."""
        adapter = self.adapters.pop(path)
        for device in self.devices_of(adapter):
            self.remove(device.path)
        self.unexport(path, adapter)

    @contextlib.asynccontextmanager
    async def connecting(self, adapter: Adapter) -> AsyncIterator[None]:
        """Hold the one turn an adapter has for making a connection; who waits for it is counted."""
        self._connecting[adapter.path] += 1
        self.most_connecting = max(self.most_connecting, self._connecting[adapter.path])
        try:
            async with adapter.initiating:
                yield
        finally:
            self._connecting[adapter.path] -= 1

    async def _advertise(self) -> None:
        while True:
            await asyncio.sleep(ADVERTISING_INTERVAL_S)
            for adapter in self.adapters.values():
                for sensor in self._sensors if adapter.sessions else ():
                    if sensor.is_advertising:
                        self._heard(self.device(sensor, adapter))
            for device in list(self._devices.values()):
                if device.is_temporary and self.now() - device.heard_at_s > self.forget_after_s:
                    self.remove(device.path)

    def _heard(self, device: Device) -> None:
        device.heard_at_s = self.now()
        device.strength_dbm ^= 1  # a signal never stays the same, and unchanged properties would not be announced
        device.emit_properties_changed({"RSSI": device.strength_dbm})

    def _on_message(self, message: Message) -> Message | None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, new_owner = message.body
            if not new_owner:
                self._client_left(name)
        elif message.message_type is MessageType.METHOD_CALL:
            if self.is_denying:
                return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "Rejected send message")
            if message.path not in self._paths:
                return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "No such object")
            self._callers[message.path, message.member] = message.sender
        return None

    def _client_left(self, name: str) -> None:
        """What a client asked for ends with it, but BlueZ keeps its devices connected."""
        for adapter in self.adapters.values():
            adapter.end_session(name)
        for device in self._devices.values():
            for _, interface in device.listed:
                if isinstance(interface, Characteristic):
                    interface.end_session(name)

    async def _call_bus(self, member: str, signature: str, *body: str) -> None:
        name = "org.freedesktop.DBus"
        await self.bus.call(
            Message(
                destination=name,
                path="/org/freedesktop/DBus",
                interface=name,
                member=member,
                signature=signature,
                body=list(body),
            )
        )
