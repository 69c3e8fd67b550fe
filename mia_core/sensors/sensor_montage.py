"""Which sensor sits on which muscle: what a lab sets up once and is offered again the next day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mia_core.muscles import MONTAGE, Placement

EMULATED: Final = "EMULATED-"
"""What serial numbers of emulated sensors begin with: on the air they are sensors, and nothing is measured by them."""


@dataclass(frozen=True, slots=True, order=True)
class SensorId:
    """A sensor that is recognised again, on another computer too.

    Attributes:
        profile: Key of its profile.
        serial: Its serial number (characteristic 0x2A25). Addresses are not used: macOS makes them up anew on every
            computer. A sensor without a serial number has its address here, with `address:` before it.
        channel: Which of the device's electrode pairs.
    """

    profile: str
    serial: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class SensorMontage:
    """Which sensors are used, and where.

    Attributes:
        name: Name for people, such as that of the lab or of the set of sensors.
        assignments: The muscles that have a sensor, each once, no sensor twice.
    """

    name: str
    assignments: tuple[tuple[Placement, SensorId], ...] = ()

    @property
    def has_emulated(self) -> bool:
        """Whether any of the sensors is emulated."""
        return any(sensor.serial.startswith(EMULATED) for _, sensor in self.assignments)

    def sensor_at(self, placement: Placement) -> SensorId | None:
        """Return the sensor on a muscle, None without one."""
        return dict(self.assignments).get(placement)

    def placement_of(self, sensor: SensorId) -> Placement | None:
        """Return where a sensor sits, None when it is not used."""
        return next((placement for placement, at in self.assignments if at == sensor), None)

    def assigned(self, placement: Placement, sensor: SensorId) -> SensorMontage:
        """Return this montage with a sensor put on a muscle, off wherever it was before; its old sensor goes free."""
        kept = [(at, which) for at, which in self.assignments if at != placement and which != sensor]
        return self._with([*kept, (placement, sensor)])

    def freed(self, placement: Placement) -> SensorMontage:
        """Return this montage without the sensor of a muscle."""
        return self._with([(at, which) for at, which in self.assignments if at != placement])

    def swapped(self, a: Placement, b: Placement) -> SensorMontage:
        """Return this montage with the sensors of two muscles exchanged; one of the two may have none."""
        other = {a: b, b: a}
        return self._with([(other.get(at, at), which) for at, which in self.assignments])

    def _with(self, assignments: list[tuple[Placement, SensorId]]) -> SensorMontage:
        ordered = sorted(assignments, key=lambda assignment: MONTAGE.placements.index(assignment[0]))
        return SensorMontage(self.name, tuple(ordered))
