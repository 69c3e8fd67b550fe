"""Notices when a sensor goes and when it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.sensor_state import SensorPhase

_GONE = (SensorPhase.LOST, SensorPhase.SEARCHING, SensorPhase.CLOSED)


class SensorWatch:
    """Compares the sensors' states with those of the last look; used from one thread."""

    def __init__(self, sensors: SensorSource) -> None:
        self._sensors = sensors
        self._gone = {state.placement for state in sensors.states() if state.phase in _GONE}

    def look(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give kind and details of an event for each sensor that went or came back since the last look."""
        for state in self._sensors.states():
            details = {"stream": state.placement.name, "serial": state.sensor.serial}
            if state.phase in _GONE and state.placement not in self._gone:
                self._gone.add(state.placement)
                yield "device_lost", {**details, "why": state.detail or state.phase.value}
            elif state.phase is SensorPhase.STREAMING and state.placement in self._gone:
                self._gone.discard(state.placement)
                yield "device_back", details
