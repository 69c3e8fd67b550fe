"""What every array of sensors can do, real, simulated or replayed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mia_core.muscles import Placement
from mia_core.processing.light_sync import LightSwitch
from mia_core.samples import EmgChunk
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_state import SensorState
from mia_core.streams.source import Source


class SensorSource(Source[EmgChunk], Protocol):
    """A whole montage as one source.

    `open` returns at once or after the search, and never fails because one sensor is missing: sensors come and go, and
    `states` says how each is doing. `read` returns what arrived since the last call, in the order of arrival.
    """

    @property
    def label(self) -> str:
        """What the values are, such as `measured sEMG` or `simulated sEMG`; simulated is never called measured."""

    @property
    def is_measured(self) -> bool:
        """Whether the values come, or once came, from a real sensor on a person."""

    @property
    def montage(self) -> SensorMontage:
        """Which sensor sits where."""

    def profile_of(self, placement: Placement) -> SensorProfile:
        """Return the kind of sensor on a muscle of the montage (KeyError for a muscle without one)."""

    def states(self) -> tuple[SensorState, ...]:
        """Return how each sensor of the montage is doing, in its order; cheap, from any thread."""

    def identify(self, placement: Placement, on_switch: Callable[[LightSwitch], None] | None = None) -> None:
        """Let the sensor on a muscle show itself by its light, when it has one; returns at once, from any thread.

        Args:
            placement: The muscle.
            on_switch: Called on some thread with each change of colour; they then come slowly enough for a camera to
                tell when each was, `light_sync.LIGHT_SHOW_S` in all.
        """

    def set_recording(self, recording: bool) -> None:
        """Say that a recording begins or ends, which no search may disturb; returns at once, from any thread."""
