"""Doors to sensors that a test decides on: what is found, what is made, what was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.sensor_choice import SensorChoice, SensorKind
from app.sensor_page.sensor_access import Finder, SensorAccess
from mia_core.errors import MiaError
from mia_core.muscles import Placement
from mia_core.sensors.ble_discovery import FoundSensor
from mia_core.sensors.profiles import M40
from mia_core.sensors.replay_sensors import ReplaySensors
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_source import SensorSource
from tests.fakes.scripted_sensors import ScriptedSensors

if TYPE_CHECKING:
    from app.sensor_page.sensor_access import OnFound

SERIALS = ("A1048", "A1051", "A1052")


def found_m40(number: int, *, with_details: bool = True) -> FoundSensor:
    """An M40 that was heard, before or after its details were read."""
    details = (SERIALS[number], -50 - 10 * number, 90 - number, "1.6") if with_details else ("", -50 - 10 * number)
    return FoundSensor(M40, "ANR Corp M40", f"00:11:22:33:44:{number:02}", *details)


class SlowScan:
    """A search whose moments a test decides.

    Attributes:
        reports: Called for each sensor as it is heard; set while a search runs.
    """

    def __init__(self, found: tuple[FoundSensor, ...] = (), error: MiaError | None = None) -> None:
        self.found = found
        self.error = error
        self.seconds: list[float] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.heard: tuple[FoundSensor, ...] = ()

    def __call__(self, seconds: float, on_found: OnFound) -> tuple[FoundSensor, ...]:
        self.seconds.append(seconds)
        for sensor in self.heard:
            on_found(sensor)
        self.begun.set()
        assert self.may_end.wait(10)
        if self.error is not None:
            raise self.error
        return self.found


@dataclass
class Doors:
    """What the page asked for, and what it gets.

    Attributes:
        scan: The search.
        sources: Made so far.
        montages: For which they were made.
        lit: Sensors whose light was set, with the colour.
        refuses: Raised instead of making sensors.
        make_source: Makes other sensors than scripted ones.
    """

    folder: Path
    scan: Finder = field(default_factory=SlowScan)
    sources: list[ScriptedSensors] = field(default_factory=list)
    montages: list[SensorMontage] = field(default_factory=list)
    lit: list[tuple[str, str]] = field(default_factory=list)
    contracted: list[Placement | None] = field(default_factory=list)
    refuses: MiaError | None = None
    make_source: Callable[[SensorChoice, SensorMontage], SensorSource] | None = None

    @property
    def access(self) -> SensorAccess:
        return SensorAccess(
            lambda seconds, on_found: self.scan(seconds, on_found),
            lambda found, colour: self.lit.append((found.serial, colour)),
            lambda choice, montage: (self.make_source or self._make)(choice, montage),
            self.contracted.append,
            self.folder,
        )

    def _make(self, choice: SensorChoice, montage: SensorMontage) -> SensorSource:
        if self.refuses is not None:
            raise self.refuses
        if choice.kind is SensorKind.REPLAY:
            return ReplaySensors(Path(choice.target))
        source = ScriptedSensors(M40, montage=montage)
        self.sources.append(source)
        self.montages.append(montage)
        return source
