"""Sensors that send what a test hands them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import numpy as np

from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.light_sync import LightSwitch
from mia_core.samples import EmgChunk
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile, SignalKind
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState, SignalQuality
from mia_core.streams import SourceInfo

COUNTS = SensorProfile("counts", "Test sensor", SignalKind.ENVELOPE, 10.0, "counts", 0.0, 1023.0, lambda _: None)
RAW = SensorProfile("raw", "Raw test sensor", SignalKind.RAW, 500.0, "counts", -2048.0, 2047.0, lambda _: None)


def chunk(
    channel: int, times_s: np.ndarray | list[float], values: np.ndarray | list[float], segment: int = 0
) -> EmgChunk:
    """Samples of one channel that arrived when they were taken."""
    times_s = np.asarray(times_s, np.float64)
    n = len(times_s)
    return EmgChunk(
        np.full(n, channel, np.intp),
        np.asarray(values, np.float32),
        times_s,
        times_s,
        np.full(n, -1, np.int64),
        np.full(n, segment, np.int32),
        np.zeros(n, np.uint8),
    )


def montage_of(profile: SensorProfile, channels: tuple[int, ...]) -> SensorMontage:
    """Sensors named by their places in `MONTAGE`."""
    return SensorMontage(
        "test", tuple((MONTAGE.placements[channel], SensorId(profile.key, str(channel))) for channel in channels)
    )


class ScriptedSensors:
    """A montage whose chunks, states and errors a test decides.

    Args:
        profile: Kind of all sensors.
        channels: Which places of `MONTAGE` have one.
        montage: Which sensor sits where, instead of `channels`.
    """

    label = "simulated sEMG"
    is_measured = False

    def __init__(
        self,
        profile: SensorProfile = COUNTS,
        channels: tuple[int, ...] = tuple(range(8)),
        montage: SensorMontage | None = None,
    ) -> None:
        self._profile = profile
        self._montage = montage or montage_of(profile, channels)
        self._chunks: deque[EmgChunk | BaseException] = deque()
        self._may_read = threading.Event()
        self._states = {
            placement: SensorState(placement, sensor, SensorPhase.STREAMING, quality=SignalQuality(Light.GREEN, ""))
            for placement, sensor in self._montage.assignments
        }
        self.identified: list[Placement] = []
        self.on_switch: Callable[[LightSwitch], None] | None = None
        self.recordings: list[bool] = []
        self.closed = 0

    @property
    def montage(self) -> SensorMontage:
        return self._montage

    def profile_of(self, placement: Placement) -> SensorProfile:
        if self._montage.sensor_at(placement) is None:
            raise KeyError(placement)
        return self._profile

    def wear(self, profile: SensorProfile) -> None:
        """Be of another kind from now on."""
        self._profile = profile

    def send(self, item: EmgChunk | BaseException) -> None:
        """Have the next `read` return a chunk, or raise an error."""
        self._chunks.append(item)
        self._may_read.set()

    def set_state(self, channel: int, state: SensorState) -> None:
        """Change how a sensor is doing."""
        self._states[MONTAGE.placements[channel]] = state

    def state_of(self, channel: int) -> SensorState:
        """Return how a sensor is doing."""
        return self._states[MONTAGE.placements[channel]]

    def states(self) -> tuple[SensorState, ...]:
        return tuple(self._states.values())

    def identify(self, placement: Placement, on_switch: Callable[[LightSwitch], None] | None = None) -> None:
        self.identified.append(placement)
        self.on_switch = on_switch

    def set_recording(self, recording: bool) -> None:
        self.recordings.append(recording)

    def open(self) -> SourceInfo:
        return SourceInfo("Scripted sensors", "scripted", is_live=True)

    def read(self) -> EmgChunk | None:
        if not self._chunks:
            self._may_read.clear()
            if not self._chunks and not self._may_read.wait(0.02):
                return None
        item = self._chunks.popleft()
        if isinstance(item, BaseException):
            raise item
        return item

    def close(self) -> None:
        self.closed += 1
