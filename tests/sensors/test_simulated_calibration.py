"""The calibration of simulated sensors, next to what is known of each of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.muscles import MONTAGE
from mia_core.sensors.simulated_calibration import EFFORTS, calibrate_simulated
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE, SimulatedSensors, SimulatedSensorsSettings
from mia_core.sensors.virtual_m40 import VirtualM40Settings
from tests.fakes.clock import FakeClock

STILL = VirtualM40Settings(
    gain_spread=0.0, rest_counts=(10.0, 10.0), amplitude_noise=0.0, background_counts=0.0, loss=0.0
)


def test_rest_and_the_share_of_the_maximum_are_found() -> None:
    calibration = calibrate_simulated(settings=SimulatedSensorsSettings(sensor=STILL))
    assert set(calibration.references) == set(MONTAGE.placements)
    shares = [(one.mvc - one.rest) / STILL.counts_at_full for one in calibration.references.values()]
    assert {one.rest for one in calibration.references.values()} == {10.0}
    assert all(EFFORTS[0] - 0.002 < share < EFFORTS[1] + 0.002 for share in shares)
    assert np.ptp(shares) > 0.05


@pytest.mark.parametrize("seed", [1, 2])
def test_references_are_of_the_sensors_that_send_later(seed: int) -> None:
    settings = SimulatedSensorsSettings(seed=seed)
    calibration, clock = calibrate_simulated(settings=settings), FakeClock()
    sensors = SimulatedSensors(lambda _time_s: np.zeros(8, np.float32), settings=settings, clock=clock)
    sensors.open()
    clock.advance(5.0)
    chunk = sensors.read()
    assert chunk is not None
    for placement, sensor in SIMULATED_MONTAGE.assignments:
        reference = calibration.references[placement]
        sent = chunk.values[chunk.channels == MONTAGE.placements.index(placement)]
        assert reference.sensor == sensor
        assert reference.rest == pytest.approx(float(np.median(sent)), abs=2.0)
        assert reference.unit == "counts"


def test_a_montage_with_fewer_sensors_has_fewer_references() -> None:
    montage = replace(SIMULATED_MONTAGE, assignments=SIMULATED_MONTAGE.assignments[2:4])
    assert list(calibrate_simulated(montage).references) == list(MONTAGE.placements[2:4])
