"""What tests of arrays on the fake BlueZ do again and again."""

from __future__ import annotations

from collections.abc import Iterable

from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.sensor_array import SensorArray
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import SensorPhase
from mia_core.streams.source import EndOfStream
from tests.fakes.fake_bluez import FakeBluez


def montage_of(bluez: FakeBluez, order: Iterable[int] | None = None) -> SensorMontage:
    """Put M40s of the rig on the muscles, all in their order or some in another."""
    indices = range(bluez.n_sensors) if order is None else order
    sensors = (SensorId("m40", bluez.sensor(index).serial) for index in indices)
    return SensorMontage("rig", tuple(zip(MONTAGE.placements, sensors, strict=False)))


def all_stream(array: SensorArray) -> bool:
    """Return whether every sensor of an array sends."""
    return all(state.phase == SensorPhase.STREAMING for state in array.states())


def read_all(array: SensorArray) -> EmgChunk:
    """Read until nothing comes for 0.1 s or the array was closed."""
    chunks: list[EmgChunk] = []
    try:
        while (chunk := array.read()) is not None:
            chunks.append(chunk)
    except EndOfStream:
        pass
    return joined(chunks)
