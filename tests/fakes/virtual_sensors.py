"""Sensors that exist in memory only: what they advertise, what can be read of them, what they send and when.

Every packet carries the running number of its sample, so that a loss, a duplicate or a reordering shows.
"""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

SIG_BASE = "0000{:04x}-0000-1000-8000-00805f9b34fb"
"""A 16-bit UUID of the Bluetooth SIG in full."""

GENERIC_ATTRIBUTES = SIG_BASE.format(0x1801)
"""Every device has this service."""
BATTERY_SERVICE, BATTERY_LEVEL = SIG_BASE.format(0x180F), SIG_BASE.format(0x2A19)
DEVICE_INFORMATION = SIG_BASE.format(0x180A)
MODEL, SERIAL, FIRMWARE = (SIG_BASE.format(short) for short in (0x2A24, 0x2A25, 0x2A26))
M40_SERVICE, M40_ANALOG, M40_LED = (SIG_BASE.format(short) for short in (0x1815, 0x2A58, 0x2A56))
NPG_SERVICE = "4fafc201-1fb5-459e-8fcc-c5c9c331914b"
NPG_DATA = "beb5483e-36e1-4688-b7f5-ea07361b26a8"
NPG_CONTROL = "0000ff01-0000-1000-8000-00805f9b34fb"
MYOWARE_SERVICE = "ec3af789-2154-49f4-a9fc-bc6c88e9e930"
MYOWARE_DATA = "f3a56edf-8f1e-4533-93bf-5601b2e91308"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sensor.

    Attributes:
        name: What all of the kind advertise.
        model: Model number.
        service: UUID of the data service.
        data: UUID of the characteristic that notifies.
        packet_hz: Notifications per second.
        packet: Payload of the notification with a running number.
        company_id: Of its manufacturer data, None without.
        control: UUID that can be written and read in the same service, empty without.
        waits_for: What must be written to `control` before anything is sent, empty for nothing.
    """

    name: str
    model: str
    service: str
    data: str
    packet_hz: float
    packet: Callable[[int], bytes]
    company_id: int | None = None
    control: str = ""
    waits_for: bytes = b""


def _npg_packet(number: int) -> bytes:
    """Ten times a counter byte and three big-endian readings, of which the first is the running number."""
    rows = range(10 * number, 10 * number + 10)
    return b"".join(struct.pack(">B3h", row % 256, row % 4096 - 2048, 0, 0) for row in rows)


KINDS = {
    "m40": Kind(
        name="ANR Corp M40",
        model="M40",
        service=M40_SERVICE,
        data=M40_ANALOG,
        packet_hz=10.0,
        packet=lambda number: struct.pack("<H", number % 1024),
        company_id=0x05DA,
        control=M40_LED,
    ),
    "myoware": Kind(
        name="MyoWareSensor1",
        model="MyoWare 2.0",
        service=MYOWARE_SERVICE,
        data=MYOWARE_DATA,
        packet_hz=50.0,
        packet=lambda number: str(number % 1024).encode(),
    ),
    "npg": Kind(
        name="NPG-Lite",
        model="NPG Lite",
        service=NPG_SERVICE,
        data=NPG_DATA,
        packet_hz=50.0,
        packet=_npg_packet,
        control=NPG_CONTROL,
        waits_for=b"START",
    ),
}


@dataclass(slots=True)
class VirtualSensor:
    """One sensor with its faults.

    Attributes:
        kind: What kind it is.
        index: Its place among all sensors of the rig.
        address: Its present Bluetooth address.
        serial: Its serial number, for ever.
        name: What it advertises, empty for no name.
        company_id: Of its manufacturer data, None without.
        packet_hz: Packets per second.
        battery: Percent.
        control: What was written last to its control characteristic (of an M40: its LED's colours).
        is_near: Whether it is switched on and within reach.
        is_held: Whether a phone holds it, so that it neither advertises nor accepts a connection.
        is_silent: Whether it stays connected and sends nothing.
        is_doubled: Whether every packet comes twice.
        absent: UUIDs it does not have.
        listed_late: How often a characteristic is still to be listed only after its services were called complete.
        connect_errors: What the next attempts to connect end with.
        payloads: What the next packets hold instead of their number.
        disconnect_hangs_s: How long the next disconnect takes to be reported.
        sent: Running numbers of the packets sent so far.
        sent_at_s: Monotonic time of each of them.
        connects_at_s: Monotonic times of the attempts to connect.
        connected: What holds a connection to it, None while nothing does.
        powered_on_s: Monotonic time of packet 0.
    """

    kind: Kind
    index: int
    address: str
    serial: str
    name: str
    company_id: int | None
    packet_hz: float
    battery: int
    control: bytes = b"\x01"
    is_near: bool = True
    is_held: bool = False
    is_silent: bool = False
    is_doubled: bool = False
    absent: set[str] = field(default_factory=set)
    listed_late: dict[str, int] = field(default_factory=dict)
    connect_errors: deque[str] = field(default_factory=deque)
    payloads: deque[bytes] = field(default_factory=deque)
    disconnect_hangs_s: float = 0.0
    sent: list[int] = field(default_factory=list)
    sent_at_s: list[float] = field(default_factory=list)
    connects_at_s: list[float] = field(default_factory=list)
    connected: object | None = None
    powered_on_s: float = field(default_factory=time.monotonic)

    @property
    def is_advertising(self) -> bool:
        """Whether it can be found and connected."""
        return self.is_near and not self.is_held and self.connected is None

    @property
    def next_number(self) -> int:
        """Running number of the first packet from now on: the sensor counts whether anybody listens or not."""
        return max(0, int((time.monotonic() - self.powered_on_s) * self.packet_hz) + 1)

    def due_s(self, number: int) -> float:
        """Return the monotonic time at which a packet is due."""
        return self.powered_on_s + number / self.packet_hz

    def packets(self, number: int) -> list[bytes]:
        """Return what goes out as the packet with a running number: nothing, one payload, or the same one twice."""
        if self.is_silent or (self.kind.waits_for and self.control != self.kind.waits_for):
            return []
        if self.payloads:
            return [self.payloads.popleft()]
        self.sent.append(number)
        self.sent_at_s.append(time.monotonic())
        return [self.kind.packet(number)] * (2 if self.is_doubled else 1)

    def services(self) -> dict[str, dict[str, list[str]]]:
        """Return the UUIDs of its services, in them those of their characteristics with flags."""
        data = {self.kind.data: ["read", "notify"]}
        if self.kind.control:
            data[self.kind.control] = ["read", "write"]
        information = {MODEL: ["read"], SERIAL: ["read"], FIRMWARE: ["read"]}
        every = {
            self.kind.service: data,
            BATTERY_SERVICE: {BATTERY_LEVEL: ["read", "notify"]},
            DEVICE_INFORMATION: information,
        }
        present = {
            service: {uuid: flags for uuid, flags in characteristics.items() if uuid not in self.absent}
            for service, characteristics in every.items()
        }
        return {service: characteristics for service, characteristics in present.items() if characteristics}

    def read(self, uuid: str) -> bytes:
        """Return the value of a characteristic."""
        texts = {MODEL: self.kind.model, SERIAL: self.serial, FIRMWARE: "1.5" if self.has_battery else "1.4"}
        if uuid in texts:
            return texts[uuid].encode()
        if uuid == BATTERY_LEVEL:
            return bytes([self.battery])
        if uuid == self.kind.control:
            return self.control
        return self.kind.packet(self.next_number - 1)

    @property
    def has_battery(self) -> bool:
        """Whether it tells its battery, which an M40 does from firmware 1.5 on."""
        return BATTERY_LEVEL not in self.absent


def virtual_sensor(kind: str, index: int, packet_hz: float | None = None) -> VirtualSensor:
    """Return a sensor.

    Each of a rig began at another moment, so that no two packets are due together, and 100 packets before the next, so
    that a packet tells whose it is.
    """
    model = KINDS[kind]
    rate_hz = packet_hz or model.packet_hz
    return VirtualSensor(
        kind=model,
        index=index,
        address=f"04:EE:03:5A:54:{0xD0 + index:02X}",
        serial=f"{model.model.replace(' ', '')}-{1000 + index}",
        name=model.name,
        company_id=model.company_id,
        packet_hz=rate_hz,
        battery=100 - index,
        powered_on_s=time.monotonic() + (index * 0.37 % 1.0 - 100 * index) / rate_hz,
    )
