"""The calibration of simulated sensors: their subject's rest and maximal efforts, in no time.

A maximal voluntary effort is often not the most that a muscle can do (Marras and Davis 2001, J Electromyogr Kinesiol
11:1). So the simulated subject's efforts fall short, too, each muscle's by a share of its own. How much is our choice;
it makes the subject unlike those that models were trained on, as people are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import SystemClock
from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import Floats
from mia_core.sensors.emg_calibration import CalibrationRun, EmgCalibration
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.simulated_sensors import SimulatedSensors, SimulatedSensorsSettings

EFFORTS: Final = (0.6, 0.9)
"""Lowest and highest share of its maximum that a muscle reaches in maximal efforts."""
_CONNECTED_S: Final = 2.0
_PAUSE_S: Final = 1.0
_SEED: Final = 1
_STEP_S: Final = 0.25


def calibrate_simulated(
    montage: SensorMontage | None = None, settings: SimulatedSensorsSettings | None = None
) -> EmgCalibration:
    """Return the references of simulated sensors, taken as those of real ones are, in virtual time.

    Args:
        montage: Which sensors sit where; None for one on each muscle.
        settings: How imperfect they are; they hold for sensors with the same ones.
    """
    clock = _VirtualClock()
    effort = np.zeros(len(MONTAGE), np.float32)
    sensors = SimulatedSensors(lambda _time_s: effort, montage, settings, clock)
    sensors.open()
    _heard(sensors, clock, _CONNECTED_S)
    run = CalibrationRun(sensors.montage, sensors.profile_of)
    placements = [placement for placement, _ in sensors.montage.assignments]
    at_rest = _heard(sensors, clock, run.settings.rest_s)
    for placement in placements:
        run.take_rest(placement, at_rest[placement][1])
    reached = np.random.default_rng(_SEED).uniform(*EFFORTS, len(MONTAGE))
    for placement in placements * run.settings.efforts:
        effort[:] = 0
        channel = MONTAGE.placements.index(placement)
        effort[channel] = reached[channel]
        _heard(sensors, clock, _PAUSE_S)
        run.take_effort(placement, *_heard(sensors, clock, run.settings.effort_s)[placement])
    sensors.close()
    utc = clock.utc()
    return EmgCalibration({placement: run.reference(placement, utc) for placement in placements})


def _heard(
    sensors: SimulatedSensors, clock: _VirtualClock, seconds: float
) -> dict[Placement, tuple[NDArray[np.float64], Floats]]:
    """Return times and values of each muscle over the next seconds."""
    until_s = clock.now() + seconds
    chunks = []
    while clock.now() < until_s:
        chunk = sensors.read()
        chunks += [] if chunk is None else [chunk]
    chunk = joined(chunks)
    found = {}
    for placement, _ in sensors.montage.assignments:
        rows = chunk.channels == MONTAGE.placements.index(placement)
        found[placement] = chunk.timestamps_s[rows], chunk.values[rows]
    return found


class _VirtualClock:
    """Time that passes when somebody waits; the date is today's."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now(self) -> float:
        """Return the virtual seconds."""
        return self._now_s

    def utc(self) -> datetime:
        """Return the present time."""
        return SystemClock().utc()

    def wait(self, seconds: float) -> None:
        """Let time pass, in steps that are worth looking at all sensors."""
        self._now_s += max(seconds, _STEP_S)
