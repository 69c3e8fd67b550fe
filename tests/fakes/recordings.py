"""Recordings of simulated sensors, made in no time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.emg_csv import EmgCsvWriter
from mia_core.sensors.sensor_source import SensorSource
from mia_core.sensors.simulated_sensors import Outage, SimulatedSensors, SimulatedSensorsSettings
from tests.fakes.clock import FakeClock


def record(path: Path, source: SensorSource, chunks: Sequence[EmgChunk]) -> EmgChunk:
    """Write chunks as if a source had just delivered them; returns them as one."""
    with EmgCsvWriter(path, source, FakeClock()) as writer:
        for chunk in chunks:
            writer.write(chunk)
    return joined(chunks)


def record_simulated(path: Path, seconds: float = 20.0) -> EmgChunk:
    """Record eight sensors of which the first drops out from the sixth to the ninth second."""
    clock = FakeClock()
    sensors = SimulatedSensors(
        lambda time_s: np.full(8, 0.5 + 0.5 * np.sin(time_s), np.float32),
        settings=SimulatedSensorsSettings(lost=(Outage(MONTAGE.placements[0], 6.0, 3.0),)),
        clock=clock,
    )
    sensors.open()
    chunks = []
    while clock.now() < 100 + seconds:
        chunk = sensors.read()
        chunks += [chunk] if chunk is not None else []
    return record(path, sensors, chunks)
