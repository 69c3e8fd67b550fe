"""What stands beside the prediction: measured muscles while there are sensors, else what the source itself knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import SensorReadings
from mia_core.muscles import MONTAGE
from mia_core.processing.agreement import Agreement, agreement
from mia_core.samples import STEP_S, Floats, Times

COMPARED_S: Final = 30.0
"""Seconds over which prediction and reference are compared."""


class Reference(Protocol):
    """Muscles that the source itself knows, such as the demo subject's simulated truth."""

    @property
    def label(self) -> str:
        """What it is, such as `simulated truth`."""

    def over(self, timestamps_s: Times) -> Floats:
        """Return (n, 8) activations at (n,) times of the source, NaN where unknown."""


class Comparison:
    """One dashed line for each muscle; any thread may ask.

    The source's own muscles are known on its time line, measured ones on the monotonic clock, so moments are given on
    both.

    Args:
        reference: What the source knows, None for nothing.
    """

    def __init__(self, reference: Reference | None) -> None:
        self._reference = reference
        self._sensors: SensorFeed | None = None

    def set_sensors(self, sensors: SensorFeed | None) -> None:
        """Compare with sensors from now on, for the moments before as well; None goes back to the source's own."""
        self._sensors = sensors

    @property
    def label(self) -> str:
        """What the prediction is compared with, such as `measured sEMG`; empty for nothing."""
        known = self._sensors or self._reference
        return known.label if known is not None else ""

    @property
    def calibrated(self) -> NDArray[np.bool_]:
        """(8,) whether it has the unit of the prediction."""
        sensors = self._sensors
        return np.ones(len(MONTAGE), np.bool_) if sensors is None else sensors.calibrated

    def over(self, timestamps_s: Times, monotonic_s: Times) -> Floats:
        """Return (n, 8) activations at (n,) moments, NaN where unknown."""
        sensors = self._sensors
        if sensors is not None:
            return sensors.over(monotonic_s)
        if self._reference is not None:
            return self._reference.over(timestamps_s)
        return np.full((len(timestamps_s), len(MONTAGE)), np.nan, np.float32)

    def readings(self) -> SensorReadings | None:
        """Return how the sensors are doing, None without sensors."""
        sensors = self._sensors
        if sensors is None:
            return None
        error = sensors.error
        return SensorReadings(
            sensors.label,
            sensors.source.is_measured,
            sensors.states(),
            sensors.calibrated,
            str(error) if error is not None else "",
            error.advice if error is not None else "",
        )

    def agreement(self, timestamps_s: Times, predicted: Floats, reference: Floats) -> Agreement | None:
        """Return how well prediction and reference agree over the last 30 s, None when there is nothing to compare.

        Args:
            timestamps_s: (n,) times of steps.
            predicted: (n, 8), NaN where unknown or not worth a comparison.
            reference: (n, 8), NaN where unknown.
        """
        if not np.isfinite(reference).any():
            return None
        recent = timestamps_s >= timestamps_s[-1] - COMPARED_S
        # Steps before a jump in time are no neighbours of those after it.
        recent[: 1 + np.flatnonzero(np.diff(timestamps_s) > 1.5 * STEP_S).max(initial=-1)] = False
        found = agreement(predicted[recent], reference[recent], STEP_S)
        # A muscle on a scale of its own can be followed, but it can't be said how far off one is.
        return replace(found, rmse=np.where(self.calibrated, found.rmse, np.float32(np.nan)))
