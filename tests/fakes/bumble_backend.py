"""bleak over bumble: the second rig. Emulated M40s and the application's own sensors on a virtual link, on any system.

What runs is Bluetooth's own protocols (HCI, L2CAP, ATT, GATT) and everything of ours above bleak; of bleak only its
common part. Everything lives on the Bluetooth thread. There is no radio: no connection interval, no loss.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble.att import ATT_Error
from bumble.core import AdvertisingData, BaseBumbleError
from bumble.device import Advertisement, Device, Peer
from bumble.gatt import Characteristic
from bumble.hci import Address, HCI_Error, HCI_LE_Create_Connection_Cancel_Command
from bumble.link import LocalLink

from mia_core.sensors.ble_radio import Backend
from mia_core.sensors.bluetooth_thread import bluetooth_thread
from mia_core.sensors.emulated_m40 import CountsAt, EmulatedM40, contractions, virtual_host

PROPERTIES = {
    Characteristic.Properties.READ: "read",
    Characteristic.Properties.WRITE: "write",
    Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    Characteristic.Properties.NOTIFY: "notify",
    Characteristic.Properties.INDICATE: "indicate",
}


class BumbleRig:
    """A virtual link with emulated M40s and an adapter, for all who are given its `backend`.

    Args:
        n_sensors: How many M40s.
        counts_at: What they send.

    Attributes:
        sensors: The M40s; touched on the Bluetooth thread.
        backend: For `SensorArraySettings` and everything else that takes one.
    """

    def __init__(self, n_sensors: int = 8, counts_at: CountsAt = contractions) -> None:
        self.sensors: list[EmulatedM40] = []
        self.events: list[tuple[str, str]] = []
        self.backend = Backend()
        bluetooth_thread().run(self._start(n_sensors, counts_at))

    def drop(self, index: int) -> None:
        """Take a sensor out of reach, until `back`; its connection is lost."""
        bluetooth_thread().run(self.sensors[index].leave())

    def back(self, index: int) -> None:
        """Let it advertise again."""
        bluetooth_thread().run(self.sensors[index].come_back())

    def close(self) -> None:
        """Switch all off."""
        bluetooth_thread().run(self._stop())

    async def _start(self, n_sensors: int, counts_at: CountsAt) -> None:
        link = LocalLink()
        self._adapter = Device("adapter", Address("C0:00:00:00:00:01"), host=virtual_host(link, "adapter"))
        await self._adapter.power_on()
        for index in range(n_sensors):
            host = virtual_host(link, f"M40 {index + 1}")
            sensor = EmulatedM40(index, host, counts_at, lambda serial, what: self.events.append((serial, what)))
            await sensor.start()
            self.sensors.append(sensor)
        self.backend = backend_of(self._adapter)

    async def _stop(self) -> None:
        for sensor in self.sensors:
            await sensor.stop()
        await self._adapter.power_off()


def backend_of(device: Device) -> Backend:
    """Return a backend whose adapter is a bumble device."""
    return Backend(
        type("BumbleScanner", (_Scanner,), {"adapter": device}), type("BumbleClient", (_Client,), {"adapter": device})
    )


class _Scanner(BaseBleakScanner):
    adapter: Device

    def __init__(self, heard: Any, services: Any, _mode: str, **_others: Any) -> None:
        super().__init__(heard, services)

    async def start(self) -> None:
        self.seen_devices = {}
        self.adapter.on("advertisement", self._on_advertisement)
        await self.adapter.start_scanning()

    async def stop(self) -> None:
        await self.adapter.stop_scanning()
        self.adapter.remove_listener("advertisement", self._on_advertisement)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        address = advertisement.address.to_string(with_type_qualifier=False)
        name = advertisement.data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        companies = dict(advertisement.data.get_all(AdvertisingData.MANUFACTURER_SPECIFIC_DATA))
        advert = AdvertisementData(name, companies, {}, [], None, advertisement.rssi, ())
        device = self.create_or_update_device(address, address, name, advertisement.address, advert)
        self.call_detection_callbacks(device, advert)


class _Client(BaseBleakClient):
    adapter: Device

    def __init__(self, device: BLEDevice, **arguments: Any) -> None:
        super().__init__(device, **arguments)
        self._address: Address = device.details
        self._peer: Peer | None = None
        self._is_connected = False

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return self._peer.gatt_client.mtu

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    async def connect(self, pair: bool, **_others: Any) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self.adapter.connect_le(self._address, timeout=None)
        except BaseException as error:
            await self._give_up()
            if isinstance(error, TimeoutError | BaseBumbleError):
                raise BleakDeviceNotFoundError(self.address) from error
            raise
        self._is_connected = True
        connection.on("disconnection", self._on_disconnection)
        self._peer = Peer(connection)
        await self._peer.discover_all()
        self.services = _services(self._peer)

    async def disconnect(self) -> None:
        if self._is_connected:
            await self._peer.connection.disconnect()

    async def pair(self, *_arguments: Any, **_others: Any) -> None:
        raise NotImplementedError

    async def unpair(self) -> None:
        raise NotImplementedError

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **_others: Any) -> bytearray:
        async with _Answers():
            return bytearray(await self._peer.gatt_client.read_value(characteristic.handle))

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **_others: Any) -> bytearray:
        async with _Answers():
            return bytearray(await self._peer.gatt_client.read_value(descriptor.handle))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: Any, response: bool) -> None:
        async with _Answers():
            await self._peer.gatt_client.write_value(characteristic.handle, bytes(data), with_response=response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        async with _Answers():
            await self._peer.gatt_client.write_value(descriptor.handle, bytes(data), with_response=True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: Callable[[bytearray], None], **_others: Any
    ) -> None:
        async with _Answers():
            await self._peer.gatt_client.subscribe(characteristic.obj, lambda value: callback(bytearray(value)))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        async with _Answers():
            await self._peer.gatt_client.unsubscribe(characteristic.obj)

    async def _give_up(self) -> None:
        """End a connection that is being made, and one that was made meanwhile."""
        try:
            await self.adapter.send_sync_command(HCI_LE_Create_Connection_Cancel_Command())
        except HCI_Error:  # none is being made
            connection = self.adapter.find_connection_by_bd_addr(self._address)
            if connection is not None:
                await connection.disconnect()

    def _on_disconnection(self, _reason: int) -> None:
        self._is_connected = False
        if self._disconnected_callback is not None:
            self._disconnected_callback()


class _Answers:
    """Turns bumble's errors into bleak's."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: object, error: BaseException | None, _at: object) -> None:
        if isinstance(error, ATT_Error):
            raise BleakGATTProtocolError(error.error_code) from error
        if isinstance(error, BaseBumbleError):
            raise BleakError(str(error)) from error


def _services(peer: Peer) -> BleakGATTServiceCollection:
    """Return what bumble discovered as bleak says it."""
    collection = BleakGATTServiceCollection()
    for service in peer.services:
        ours = BleakGATTService(service, service.handle, _uuid(service.uuid))
        collection.add_service(ours)
        for found in service.characteristics:
            properties = [name for flag, name in PROPERTIES.items() if found.properties & flag]
            characteristic = BleakGATTCharacteristic(
                found, found.handle, _uuid(found.uuid), properties, lambda: peer.gatt_client.mtu - 3, ours
            )
            collection.add_characteristic(characteristic)
            for descriptor in found.descriptors:
                collection.add_descriptor(
                    BleakGATTDescriptor(descriptor, descriptor.handle, _uuid(descriptor.type), characteristic)
                )
    return collection


def _uuid(uuid: Any) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))
