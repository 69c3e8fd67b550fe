"""How sensors are judged that were watched for a while: by all of it, not by its end. On a clock that tests wind."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.sensor_runs import SensorRun, watch
from mia_core.samples import EmgChunk
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.profiles import M40
from mia_core.sensors.sample_stream import SampleStream
from mia_core.sensors.sensor_state import Light, SensorState
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_sensors import ScriptedSensors

Counts = Callable[[int], int | None]
"""What the n-th sample is, None for one that never arrives."""


class Sensors(ScriptedSensors):
    """M40s whose every sample a test decides."""

    def __init__(self, counts: tuple[Counts, ...], clock: FakeClock) -> None:
        super().__init__(M40, tuple(range(len(counts))))
        self._counts, self._clock = counts, clock
        self._streams = [SampleStream(M40, {0: channel}) for channel in range(len(counts))]
        for stream in self._streams:
            stream.new_segment()
        self._n = -1

    def read(self) -> EmgChunk | None:
        self._clock.advance(1 / M40.rate_hz)
        self._n += 1
        sent = [(stream, count_of(self._n)) for stream, count_of in zip(self._streams, self._counts, strict=True)]
        chunks = [
            stream.add(self._clock.now(), struct.pack("<H", count)) for stream, count in sent if count is not None
        ]
        return joined([chunk for chunk in chunks if chunk is not None]) if chunks else None

    def states(self) -> tuple[SensorState, ...]:
        now_s = self._clock.now()
        return tuple(
            replace(self.state_of(channel), quality=stream.quality(0, now_s))
            for channel, stream in enumerate(self._streams)
        )


def watched(*counts: Counts) -> SensorRun:
    """Return what became of the first within a minute."""
    clock = FakeClock()
    return watch(Sensors(counts, clock), 60.0, lambda: False, clock=clock)[0]


def restless(n: int) -> int:
    return 20 + n % 3


def test_a_sensor_that_holds_for_a_minute_is_green() -> None:
    run = watched(restless)
    assert (run.light, run.reason, run.lost_share) == (Light.GREEN, "", 0.0)


@pytest.mark.parametrize(("lossy_s", "light"), [(45, Light.RED), (20, Light.YELLOW)])
def test_what_was_lost_before_the_end_counts(lossy_s: int, light: Light) -> None:
    run = watched(lambda n: None if n < 10 * lossy_s and n % 5 in (1, 3) else restless(n))
    assert run.state.quality.light is Light.GREEN
    assert run.lost_share == pytest.approx(0.4 * lossy_s / 60, abs=0.03), "the M40 has no counter"
    assert run.light is light
    assert "% lost in the last second" in run.reason
    assert ("% lost over the whole time" in run.reason) == (light is Light.RED)


def test_a_signal_that_was_bad_for_a_while_is_no_longer_green() -> None:
    run = watched(lambda n: 1023 if 150 < n < 300 else restless(n))
    assert (run.light, run.reason) == (Light.YELLOW, "was red: at the end of its range: upside down or loose?")


def test_while_sensors_are_being_connected_nothing_is_held_against_others() -> None:
    def disturbed(n: int) -> int | None:
        return None if n in (100, 105, 110) else restless(n)

    assert watched(disturbed).reason == "was yellow: 2 % lost in 10 s"
    run = watched(disturbed, lambda n: restless(n) if n > 120 else None)
    assert (run.light, run.reason) == (Light.GREEN, "")
