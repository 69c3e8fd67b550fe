"""What the sensors page asks of the world outside, so that it can be tried without Bluetooth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.sensor_choice import SensorChoice
from mia_core.muscles import Placement
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_source import SensorSource

if TYPE_CHECKING:
    from mia_core.sensors.ble_discovery import FoundSensor

    OnFound = Callable[[FoundSensor], None]


class Finder(Protocol):
    """Searches for sensors."""

    def __call__(self, seconds: float, on_found: OnFound) -> tuple[FoundSensor, ...]:
        """Return the sensors that were found; blocks. `on_found` is called early, on another thread.

        Raises:
            MiaError: Bluetooth can't be used.
        """


@dataclass(frozen=True, slots=True)
class SensorAccess:
    """The doors to sensors and to the disk.

    Attributes:
        find: Searches for sensors.
        identify: Sets the light of a sensor that is not connected to a colour; blocks.
        make_source: Makes the chosen sensors, not opened; the montage says which sit where (a recording has its own).
        contract: Tells who plays the subject of simulated sensors which muscle to contract, None for none; real people
            read it on the screen.
        folder: Where montages and calibrations are kept.
    """

    find: Finder
    identify: Callable[[FoundSensor, str], None]
    make_source: Callable[[SensorChoice, SensorMontage], SensorSource]
    contract: Callable[[Placement | None], None]
    folder: Path
