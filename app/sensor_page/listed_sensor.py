"""A sensor as the page lists it, wherever it comes from, and how it travels while it is dragged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData

from mia_core.muscles import Placement
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import SensorPhase, SensorState

if TYPE_CHECKING:
    from mia_core.sensors.ble_discovery import FoundSensor

MIME: Final = "application/x-mia-sensor"


@dataclass(frozen=True, slots=True)
class ListedSensor:
    """A sensor that can be put on a muscle.

    Attributes:
        sensor: Its identity.
        kind: Name of its kind, such as `M40 Muscle Sense`.
        rssi_dbm: Signal strength, None when unknown.
        battery_percent: None when unknown.
        firmware: Empty when unknown.
        is_heard: Whether it is there; False for one that the montage knows and nobody has heard yet.
        is_ready: Whether its serial number is known, or known to be missing; until then it can't be assigned.
        colours: What its light can show, empty without a light.
        found: What the search found, None for a sensor that was not searched for.
    """

    sensor: SensorId
    kind: str
    rssi_dbm: int | None = None
    battery_percent: int | None = None
    firmware: str = ""
    is_heard: bool = True
    is_ready: bool = True
    colours: tuple[str, ...] = ()
    found: FoundSensor | None = None

    @property
    def details(self) -> str:
        """What is known of it, in one short line."""
        if not self.is_heard:
            return "not heard yet"
        if not self.is_ready:
            return "reading its serial number …"
        battery = f"battery {self.battery_percent} %" if self.battery_percent is not None else "battery unknown"
        return f"{self.kind}, {battery}"


def short_name(sensor: SensorId) -> str:
    """Return what tells a sensor from its twins: its serial number, and its channel when it has several."""
    serial = sensor.serial.removeprefix("address:")
    return serial if sensor.channel == 0 else f"{serial} / {sensor.channel + 1}"


def listed_from_found(found: Iterable[FoundSensor], *, searching: bool) -> list[ListedSensor]:
    """Return the sensors of a search, one for each electrode pair, in the order of their serial numbers."""
    listed = [
        ListedSensor(
            sensor,
            one.profile.name,
            one.rssi_dbm,
            one.battery_percent,
            one.firmware,
            is_ready=bool(one.serial) or one.profile.only_advertises or not searching,
            colours=_colours(one.profile),
            found=one,
        )
        for one in found
        for sensor in one.ids
    ]
    return sorted(listed, key=lambda one: one.sensor)


def with_running(listed: list[ListedSensor], source: SensorSource, states: Sequence[SensorState]) -> list[ListedSensor]:
    """Return the sensors, with what those that run tell of themselves, and those that run and are not among them."""
    known = {one.sensor: one for one in listed}
    for state in states:
        one = known.get(state.sensor) or replace(listed_of_montage(source, state.placement), is_heard=False)
        known[state.sensor] = replace(
            one,
            rssi_dbm=one.rssi_dbm if state.rssi_dbm is None else state.rssi_dbm,
            battery_percent=one.battery_percent if state.battery_percent is None else state.battery_percent,
            firmware=state.firmware or one.firmware,
            is_heard=one.is_heard or state.phase not in (SensorPhase.SEARCHING, SensorPhase.CLOSED),
        )
    return sorted(known.values(), key=lambda one: one.sensor)


def listed_of_montage(source: SensorSource, placement: Placement) -> ListedSensor:
    """Return the sensor on a muscle of a source's montage."""
    profile, sensor = source.profile_of(placement), source.montage.sensor_at(placement)
    if sensor is None:
        raise KeyError(placement)
    return ListedSensor(sensor, profile.name, colours=_colours(profile))


def with_missing(listed: list[ListedSensor], montage: SensorMontage) -> list[ListedSensor]:
    """Return the sensors and after them those of the montage that are not among them."""
    there = {one.sensor for one in listed}
    missing = [ListedSensor(sensor, "", is_heard=False) for _, sensor in montage.assignments if sensor not in there]
    return [*listed, *missing]


def to_mime(sensor: SensorId) -> QMimeData:
    """Return what is dragged."""
    data = QMimeData()
    data.setData(MIME, json.dumps([sensor.profile, sensor.serial, sensor.channel]).encode())
    return data


def from_mime(data: QMimeData) -> SensorId | None:
    """Return the sensor that is dragged, None when it is something else."""
    try:
        match json.loads(bytes(data.data(MIME).data())):
            case [str(profile), str(serial), int(channel)]:
                return SensorId(profile, serial, channel)
    except (ValueError, RecursionError):  # not even JSON
        return None
    return None


def _colours(profile: SensorProfile) -> tuple[str, ...]:
    return tuple(profile.led.colours) if profile.led is not None else ()
