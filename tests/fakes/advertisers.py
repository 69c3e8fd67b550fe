"""Devices that only advertise, heard by a bleak scanner that needs no radio."""

from __future__ import annotations

from typing import Any, ClassVar

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason


class FakeScanner(BaseBleakScanner):
    """A scanner that hears what tests say, on the Bluetooth thread.

    Attributes:
        running: The scanners that scan now.
        starts: How often one was started.
        is_off: Whether Bluetooth is switched off.
    """

    running: ClassVar[list[FakeScanner]] = []
    starts: ClassVar[int] = 0
    is_off: ClassVar[bool] = False

    def __init__(self, heard: Any, services: Any, _mode: str, *, bluez: dict[str, Any], **_others: Any) -> None:
        super().__init__(heard, services)
        self.adapter = bluez.get("adapter", "")

    async def start(self) -> None:
        if FakeScanner.is_off:
            raise BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)
        FakeScanner.starts += 1
        FakeScanner.running.append(self)

    async def stop(self) -> None:
        FakeScanner.running.remove(self)

    @classmethod
    def advertise(cls, address: str, name: str, *fields: bytes, rssi_dbm: int = -60) -> None:
        """Let every running scanner hear an advertisement with these manufacturer-specific fields."""
        companies = {int.from_bytes(field[:2], "little"): field[2:] for field in fields}
        advert = AdvertisementData(name, companies, {}, [], None, rssi_dbm, ())
        for scanner in tuple(cls.running):
            scanner.call_detection_callbacks(BLEDevice(address, name, {}), advert)
