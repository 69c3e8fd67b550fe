"""The times and limits of an array of Bluetooth sensors."""

from __future__ import annotations

from dataclasses import dataclass, field

from mia_core.sensors.ble_radio import Backend
from mia_core.sensors.sensor_profile import LOST_AFTER_S, STALE_AFTER_S


@dataclass(frozen=True, slots=True)
class SensorArraySettings:
    """How patient an array is.

    Attributes:
        stale_after_s: Seconds without a sample after which a sensor is called stale.
        rebuild_after_s: Seconds without a sample after which its connection is given up and made anew: when the
            Bluetooth service dies, nothing else tells.
        retries: How often a device is connected anew whose services were incomplete.
        first_backoff_s: Pause after the first failure; it doubles with each.
        last_backoff_s: Longest pause.
        slots_backoff_s: Shortest pause after a failure that looks like an adapter out of connections.
        connect_timeout_s: Patience with a device that was just heard; bleak repeats aborted connections within it.
        reconnect_timeout_s: Patience with a device that was lost and not heard since.
        disconnect_timeout_s: Patience with a disconnect, which hangs on some systems.
        battery_every_s: Batteries are asked for again so often.
        scan_s: Longest search at a time.
        scan_quiet_s: A search that found some ends when nothing new was heard for so long.
        adapters: Bluetooth adapters to spread the sensors over, by their BlueZ names (`hci0`, `hci1`); empty for the
            system's default. Other systems have one.
        backend: Which implementation bleak uses.
    """

    stale_after_s: float = STALE_AFTER_S
    rebuild_after_s: float = LOST_AFTER_S
    retries: int = 3
    first_backoff_s: float = 0.25
    last_backoff_s: float = 5.0
    slots_backoff_s: float = 4.0
    connect_timeout_s: float = 15.0
    reconnect_timeout_s: float = 5.0
    disconnect_timeout_s: float = 2.5
    battery_every_s: float = 60.0
    scan_s: float = 4.0
    scan_quiet_s: float = 1.5
    adapters: tuple[str, ...] = ()
    backend: Backend = field(default_factory=Backend)
