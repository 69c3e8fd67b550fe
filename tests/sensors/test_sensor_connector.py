"""Who is connected next, where no radio is needed to see it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mia_core.muscles import MONTAGE
from mia_core.sensors.ble_radio import Radio
from mia_core.sensors.ble_sensor import BleSensor, Listener
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_array_settings import SensorArraySettings
from mia_core.sensors.sensor_connector import SensorConnector
from mia_core.sensors.sensor_state import SensorPhase
from tests.fakes.clock import FakeClock


def test_a_sensor_that_was_never_found_costs_nothing_while_others_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may neither be searched nor connected: whoever changes that calls."""
    sensors = [
        BleSensor(M40, str(place), {0: MONTAGE.placements[place]}, FakeClock(), SensorArraySettings(), _nobody())
        for place in range(2)
    ]
    there: Any = object()
    sensors[0].link = there
    sensors[0].say(SensorPhase.STREAMING)
    patience: list[float | None] = []
    timeout = asyncio.timeout

    def noted(seconds: float | None) -> asyncio.Timeout:
        patience.append(seconds)
        return timeout(seconds)

    async def record() -> None:
        connector = SensorConnector(Radio(), sensors, SensorArraySettings(), FakeClock())
        connector.set_recording(True)
        connecting = asyncio.create_task(connector.run())
        for _ in range(20):
            await asyncio.sleep(0)
        assert patience == [None]
        connector.lost(sensors[0], had_samples=True)
        for _ in range(20):
            await asyncio.sleep(0)
        assert patience == [None, None], "it was called"
        connecting.cancel()
        await asyncio.wait([connecting])

    monkeypatch.setattr(asyncio, "timeout", noted)
    asyncio.run(record())


def _nobody() -> Listener:
    return Listener(lambda _chunk: None, lambda _sensor, _had_samples: None)
