"""How eight sensors may be doing, for windows under test."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mia_core.live.snapshot import SensorReadings
from mia_core.muscles import MONTAGE
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_state import Light, SensorPhase, SensorState, SignalQuality

GREEN = SignalQuality(Light.GREEN, "", rate_hz=10.0, lost=1)
YELLOW = SignalQuality(Light.YELLOW, "4 % lost in 10 s", rate_hz=9.6, lost=7)
RED = SignalQuality(Light.RED, "flat line for 12 s", rate_hz=10.0)
GREY = SignalQuality(Light.GREY, "silent for 3.0 s")


def state(
    channel: int, quality: SignalQuality = GREEN, phase: SensorPhase = SensorPhase.STREAMING, detail: str = ""
) -> SensorState:
    """A sensor of a channel."""
    placement = MONTAGE.placements[channel]
    return SensorState(placement, SensorId("m40", str(channel)), phase, detail, quality, battery_percent=80)


def readings(
    changed: Mapping[int, SensorState] | None = None,
    *,
    channels: tuple[int, ...] = tuple(range(8)),
    calibrated: tuple[int, ...] = tuple(range(8)),
    **others: str,
) -> SensorReadings:
    """Sensors on some channels, all well except those that a test changes."""
    states = {channel: state(channel) for channel in channels} | dict(changed or {})
    is_calibrated = np.isin(np.arange(8), calibrated)
    return SensorReadings("measured sEMG", True, tuple(states.values()), is_calibrated, **others)
