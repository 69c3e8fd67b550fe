"""Why Bluetooth can't be used: every cause with its own sentence, whatever it looked like to the library underneath."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from mia_core.errors import MiaError

BLEAK_ERRORS: Final = (BleakError, OSError, EOFError, TimeoutError, KeyError, AssertionError)
"""What bleak raises when radio, device or service fail.

OSError is Windows' own errors and a missing bus, EOFError a bus that died during a call, KeyError an object that BlueZ
took away while bleak was listing a device's services, and AssertionError a device that was lost while bleak was waiting
to repeat a call.
"""


class BluetoothReason(StrEnum):
    """Why Bluetooth can't be used."""

    OFF = "off"
    MISSING = "missing"
    DENIED = "denied"
    NO_DAEMON = "no daemon"
    NO_BUS = "no bus"
    BUSY = "busy"


_SENTENCES: Final = {
    BluetoothReason.OFF: (
        "Bluetooth is switched off.",
        "Switch it on in the system's settings (on Linux also look at `rfkill list`), then search again.",
    ),
    BluetoothReason.MISSING: (
        "This computer has no Bluetooth LE adapter that can be used.",
        "Plug in a Bluetooth 4.0 (or newer) adapter, then search again.",
    ),
    BluetoothReason.DENIED: (
        "This program is not allowed to use Bluetooth.",
        "Allow it in the system's privacy settings (for the terminal, if started from one), then start it again.",
    ),
    BluetoothReason.NO_DAEMON: (
        "The system's Bluetooth service does not answer.",
        "Start it (on Linux: `sudo systemctl start bluetooth`); sensors that are in use come back by themselves.",
    ),
    BluetoothReason.NO_BUS: (
        "The system's message bus (D-Bus), by which Bluetooth is reached, is not there.",
        "Start D-Bus; inside a container, make the host's /run/dbus/system_bus_socket available.",
    ),
    BluetoothReason.BUSY: (
        "The Bluetooth adapter is busy with another search.",
        "Wait until the recording or the other program's search has ended, then search again.",
    ),
}


class BluetoothUnavailableError(MiaError):
    """Bluetooth can't be used.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: BluetoothReason) -> None:
        super().__init__(*_SENTENCES[reason])
        self.reason = reason


class SensorNotFoundError(MiaError):
    """A sensor is not heard, can't be connected, or is not what it should be."""


_BY_BLEAK_REASON: Final = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: BluetoothReason.MISSING,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: BluetoothReason.MISSING,
    BleakBluetoothNotAvailableReason.POWERED_OFF: BluetoothReason.OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: BluetoothReason.DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: BluetoothReason.DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: BluetoothReason.DENIED,
    BleakBluetoothNotAvailableReason.UNKNOWN: BluetoothReason.NO_DAEMON,
}

_BY_DBUS_NAME: Final = {
    "org.freedesktop.DBus.Error.ServiceUnknown": BluetoothReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.NameHasNoOwner": BluetoothReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.NoReply": BluetoothReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.Timeout": BluetoothReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.TimedOut": BluetoothReason.NO_DAEMON,
    "org.freedesktop.DBus.Error.Disconnected": BluetoothReason.NO_BUS,
    "org.freedesktop.DBus.Error.AccessDenied": BluetoothReason.DENIED,
    "org.bluez.Error.NotReady": BluetoothReason.OFF,
    "org.bluez.Error.InProgress": BluetoothReason.BUSY,
}


def bluetooth_reason(error: BaseException) -> BluetoothReason | None:
    """Return which of the reasons an error of bleak's means, None when it is about one device only.

    bleak 3.1 wraps neither the D-Bus errors of a missing bluetoothd nor the socket errors of a missing bus.
    """
    match error:
        case BleakBluetoothNotAvailableError():
            return _BY_BLEAK_REASON[error.reason]
        case BleakDBusError():
            if error.dbus_error.startswith("org.freedesktop.DBus.Error.Spawn."):
                return BluetoothReason.NO_DAEMON
            return _BY_DBUS_NAME.get(error.dbus_error)
        case BleakDeviceNotFoundError():
            return None
        case BleakError() if str(error).startswith("adapter '"):
            return BluetoothReason.MISSING
        case PermissionError():
            return BluetoothReason.DENIED
        case ConnectionRefusedError() | ConnectionResetError() | FileNotFoundError() | BrokenPipeError() | EOFError():
            return BluetoothReason.NO_BUS
        case _:
            return None


def out_of_slots_likely(error: BaseException) -> bool:
    """Return whether a connection failed the way it does when the adapter holds as many as it can.

    No adapter says so; a device that was just heard is then not found, or never answers.
    """
    return isinstance(error, BleakDeviceNotFoundError | TimeoutError)


def in_short(error: BaseException) -> str:
    """Return why a device could not be connected, in a sentence for the state of a sensor."""
    if isinstance(error, BleakDBusError) and error.dbus_error == "org.bluez.Error.InProgress":
        return "The system is busy with a connection to it already."
    reason = bluetooth_reason(error)
    if reason is not None:
        return str(BluetoothUnavailableError(reason))
    if isinstance(error, TimeoutError):
        return "It does not answer."
    if isinstance(error, AssertionError):
        return "It was lost while it was being connected."
    if isinstance(error, BleakDeviceNotFoundError | KeyError) or str(error).startswith("device '"):
        return "The system does not know it any more."
    return f"Connecting failed: {str(error).rstrip('.')}."
