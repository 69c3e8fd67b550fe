"""Which Bluetooth adapters there are, where a system names them: on Linux."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from mia_core.sensors.bluetooth_errors import BLEAK_ERRORS
from mia_core.sensors.bluetooth_thread import bluetooth_thread

ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class BluetoothAdapter:
    """An adapter.

    Attributes:
        name: As BlueZ calls it, such as `hci0`.
        is_on: Whether it is switched on.
    """

    name: str
    is_on: bool


def bluetooth_adapters() -> tuple[BluetoothAdapter, ...]:
    """Return the adapters by name; none where the system does not name them, or does not answer. Blocks briefly."""
    if sys.platform != "linux":
        return ()
    try:
        return bluetooth_thread().run(_ask_bluez(), ANSWER_TIMEOUT_S)
    except BLEAK_ERRORS:
        return ()


def shared_adapters() -> tuple[str, ...]:
    """Return the names of all adapters that are on, to share the sensors; none where there are not at least two.

    Without a name the system's default is used. Blocks briefly.
    """
    names = tuple(adapter.name for adapter in bluetooth_adapters() if adapter.is_on)
    return names if len(names) > 1 else ()


async def _ask_bluez() -> tuple[BluetoothAdapter, ...]:
    from dbus_fast import BusType, Message
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        reply = await bus.call(
            Message(
                destination="org.bluez",
                path="/",
                interface="org.freedesktop.DBus.ObjectManager",
                member="GetManagedObjects",
            )
        )
    finally:
        bus.disconnect()
    objects = reply.body[0] if reply is not None and reply.signature == "a{oa{sa{sv}}}" else {}
    return tuple(
        BluetoothAdapter(path.rpartition("/")[2], interfaces["org.bluez.Adapter1"]["Powered"].value)
        for path, interfaces in sorted(objects.items())
        if "org.bluez.Adapter1" in interfaces
    )
