"""A subject with simulated sensors who does what the guided check and the calibration ask for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import EmgChunk, Floats
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.simulated_sensors import SimulatedSensors, SimulatedSensorsSettings
from tests.fakes.clock import FakeClock


class Subject:
    """Contracts one muscle at a time, with a little of its antagonist and traces of everything else.

    Args:
        seed: Of the sensors and of how hard the subject tries.
    """

    def __init__(self, seed: int) -> None:
        self.clock = FakeClock()
        self._random = np.random.default_rng(seed)
        self._activation = np.zeros(len(MONTAGE), np.float32)
        self.sensors = SimulatedSensors(self._activation_at, None, SimulatedSensorsSettings(seed=seed), self.clock)
        self.sensors.open()
        self.during(1.5)  # all are connected

    def rest(self) -> None:
        self._activation = np.zeros(len(MONTAGE), np.float32)
        self.during(0.3)

    def contract(self, placement: Placement, effort: tuple[float, float] = (0.45, 0.85)) -> None:
        activation = self._random.uniform(0.0, 0.03, len(MONTAGE))
        partner = Placement(placement.side, placement.muscle.antagonist)
        strength = self._random.uniform(*effort)
        activation[MONTAGE.placements.index(partner)] = strength * self._random.uniform(0.05, 0.2)
        activation[MONTAGE.placements.index(placement)] = strength
        self._activation = activation.astype(np.float32)
        self.during(0.3)  # nobody is there at once

    def during(self, seconds: float) -> EmgChunk:
        """Return what the sensors send for a while."""
        end_s, chunks = self.clock.now() + seconds, []
        while self.clock.now() < end_s:
            chunk = self.sensors.read()
            if chunk is not None:
                chunks.append(chunk)
        return joined(chunks)

    def _activation_at(self, _monotonic_s: float) -> Floats:
        return self._activation


def by_placement(chunk: EmgChunk) -> Mapping[Placement, tuple[np.ndarray, np.ndarray]]:
    """Return the times and values of each channel."""
    rows = {placement: chunk.channels == place for place, placement in enumerate(MONTAGE.placements)}
    return {placement: (chunk.timestamps_s[row], chunk.values[row]) for placement, row in rows.items()}
