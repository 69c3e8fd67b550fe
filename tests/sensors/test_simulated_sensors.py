"""Sensors without sensors: what they send follows the muscles, in every fault that a lesson needs."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.muscles import MONTAGE
from mia_core.samples import EmgChunk, SampleFlag
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_state import Light, SensorPhase
from mia_core.sensors.simulated_sensors import (
    SIMULATED_MONTAGE,
    Outage,
    SimulatedSensors,
    SimulatedSensorsSettings,
)
from mia_core.sensors.virtual_m40 import VirtualM40Settings
from mia_core.streams import EndOfStream
from tests.fakes.clock import FakeClock

LEFT_BICEPS, LEFT_TRICEPS, LEFT_QUADRICEPS = MONTAGE.placements[:3]


class Muscles:
    """Activations by the clock: each muscle in its turn for a second, the others at rest."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def __call__(self, time_s: float) -> np.ndarray:
        assert time_s <= self._clock.now(), "nobody knows what muscles will do"
        return np.eye(8, dtype=np.float32)[int(time_s) % 8]


def _make(montage: SensorMontage | None = None, **settings: object) -> tuple[SimulatedSensors, FakeClock]:
    clock = FakeClock()
    return SimulatedSensors(Muscles(clock), montage, SimulatedSensorsSettings(**settings), clock), clock


def _read(sensors: SimulatedSensors, clock: FakeClock, seconds: float) -> EmgChunk:
    until_s = clock.now() + seconds
    chunks = []
    while clock.now() < until_s:
        chunk = sensors.read()
        if chunk is not None:
            chunks.append(chunk)
    return joined(chunks)


def _of(rows: EmgChunk, channel: int, turn: int) -> float:
    """Return the mean of a channel in the middle of the seconds in which a muscle had its turn."""
    middle = np.abs(rows.timestamps_s % 8 - turn - 0.55) < 0.35
    return float(rows.values[(rows.channels == channel) & middle].mean())


def test_eight_sensors_send_counts_of_their_muscles_ten_times_a_second():
    sensors, clock = _make()
    info = sensors.open()
    rows = _read(sensors, clock, 33.0)
    assert (info.is_live, info.nominal_hz) == (True, 10.0)
    assert np.bincount(rows.channels, minlength=8).tolist() == pytest.approx([330] * 8, abs=12)
    assert (rows.values == np.round(rows.values)).all()
    assert ((rows.values >= 0) & (rows.values <= 1023)).all()
    for channel in range(8):
        assert _of(rows, channel, channel) > 200
        assert _of(rows, channel, (channel + 3) % 8) < 40
    assert [state.quality.light for state in sensors.states()] == [Light.GREEN] * 8


def test_the_same_seed_is_the_same_and_another_another():
    first, again, other = (_make(seed=seed) for seed in (1, 1, 2))
    rows = []
    for sensors, clock in (first, again, other):
        sensors.open()
        rows.append(_read(sensors, clock, 5.0))
    assert rows[0].values.tolist() == rows[1].values.tolist()
    assert rows[0].arrivals_s.tolist() == rows[1].arrivals_s.tolist()
    assert rows[0].arrivals_s.tolist() != rows[2].arrivals_s.tolist()


def test_it_is_called_simulated():
    sensors, _ = _make()
    assert (sensors.label, sensors.is_measured) == ("simulated sEMG", False)
    assert {state.firmware for state in sensors.states()} == {"simulated"}
    assert sensors.montage == SIMULATED_MONTAGE
    assert {sensor.serial for _, sensor in SIMULATED_MONTAGE.assignments} == {f"SIM-{n}" for n in range(1, 9)}


def test_a_montage_of_two_has_two_and_one_of_none_none():
    montage = SensorMontage("two", ((LEFT_BICEPS, SensorId("m40", "a")), (LEFT_QUADRICEPS, SensorId("m40", "b"))))
    sensors, clock = _make(montage)
    sensors.open()
    assert set(_read(sensors, clock, 3.0).channels.tolist()) == {0, 2}
    assert sensors.profile_of(LEFT_BICEPS) is M40
    with pytest.raises(KeyError):
        sensors.profile_of(LEFT_TRICEPS)
    nobody, clock = _make(SensorMontage("none"))
    nobody.open()
    before_s = clock.now()
    assert nobody.read() is None
    assert nobody.states() == ()
    assert clock.now() - before_s == pytest.approx(0.1)


def test_sensors_connect_one_after_another():
    sensors, clock = _make(connect_s=1.0)
    assert {state.phase for state in sensors.states()} == {SensorPhase.CLOSED}
    sensors.open()
    _read(sensors, clock, 3.5)
    phases = [state.phase for state in sensors.states()]
    assert phases == [SensorPhase.STREAMING] * 3 + [SensorPhase.CONNECTING] * 5


def test_a_sensor_that_drops_out_comes_back_in_a_segment_of_its_own():
    sensors, clock = _make(lost=(Outage(LEFT_TRICEPS, 4.0, 2.0),))
    sensors.open()
    rows = [_read(sensors, clock, 4.5)]
    lost = sensors.states()[1]
    assert (lost.phase, bool(lost.detail)) == (SensorPhase.LOST, True)
    assert {state.phase for state in sensors.states() if state.placement != LEFT_TRICEPS} == {SensorPhase.STREAMING}
    rows.append(_read(sensors, clock, 3.0))
    assert sensors.states()[1].phase is SensorPhase.STREAMING
    assert [state.reconnects for state in sensors.states()] == [0, 1, 0, 0, 0, 0, 0, 0]
    every = joined(rows)
    ours = every.channels == 1
    assert set(every.segments[ours].tolist()) == {0, 1}
    assert set(every.segments[~ours].tolist()) == {0}
    assert np.diff(every.timestamps_s[ours]).max() == pytest.approx(2.0, abs=0.15)


def test_a_sensor_can_be_made_to_drop_out_now():
    sensors, clock = _make()
    sensors.open()
    _read(sensors, clock, 3.0)
    sensors.disconnect(LEFT_BICEPS, for_s=1.0)
    _read(sensors, clock, 0.5)
    assert sensors.states()[0].phase is SensorPhase.LOST
    _read(sensors, clock, 1.0)
    assert sensors.states()[0].phase is SensorPhase.STREAMING


def test_swapped_sensors_hear_each_others_muscles_and_swapped_again_their_own():
    sensors, clock = _make()
    sensors.swap(LEFT_BICEPS, LEFT_TRICEPS)
    sensors.open()
    rows = _read(sensors, clock, 16.0)
    assert _of(rows, 0, 1) > 200
    assert _of(rows, 1, 0) > 200
    assert _of(rows, 0, 0) < 40
    sensors.swap(LEFT_BICEPS, LEFT_TRICEPS)
    _read(sensors, clock, 1.0)
    assert _of(_read(sensors, clock, 16.0), 0, 0) > 200


def test_crosstalk_is_heard_besides_the_own_muscle():
    sensors, clock = _make()
    sensors.add_crosstalk(of=LEFT_BICEPS, into=LEFT_TRICEPS, share=0.5)
    sensors.open()
    rows = _read(sensors, clock, 32.0)
    rest = _of(rows, 1, 4)
    assert (_of(rows, 1, 0) - rest) / (_of(rows, 1, 1) - rest) == pytest.approx(0.5, abs=0.1)
    assert _of(rows, 0, 1) < 40


def test_a_flat_and_a_saturated_sensor_are_red():
    sensors, clock = _make()
    sensors.flatten(LEFT_BICEPS)
    sensors.saturate(LEFT_TRICEPS)
    sensors.open()
    rows = _read(sensors, clock, 13.0)
    assert len(set(rows.values[rows.channels == 0].tolist())) == 1
    assert set(rows.values[rows.channels == 1].tolist()) == {1023.0}
    assert (rows.flags[rows.channels == 1] & SampleFlag.SATURATED).all()
    assert [state.quality.light for state in sensors.states()][:3] == [Light.RED, Light.RED, Light.GREEN]


def test_what_is_lost_on_the_air_is_noticed():
    sensors, clock = _make(sensor=VirtualM40Settings(loss=0.06))
    sensors.open()
    rows = _read(sensors, clock, 60.0)
    missing = 8 * 600 - len(rows)
    told = sum(state.quality.lost for state in sensors.states())
    assert missing > 200
    assert told == pytest.approx(missing, abs=0.2 * missing)
    assert Light.YELLOW in {state.quality.light for state in sensors.states()}


def test_a_reader_that_was_away_gets_everything_in_pieces():
    sensors, clock = _make(sensor=VirtualM40Settings(loss=0.0))
    sensors.open()
    clock.advance(60.0)
    sizes = []
    while (chunk := sensors.read()) is not None and clock.now() < 160.05:
        sizes.append(len(chunk))
    assert max(sizes) <= 800
    assert sum(sizes) == pytest.approx(8 * 600, abs=50)


def test_a_muscle_nobody_knows_rests():
    clock = FakeClock()
    sensors = SimulatedSensors(lambda _: np.full(8, np.nan, np.float32), clock=clock)
    sensors.open()
    assert _read(sensors, clock, 5.0).values.max() < 40


def test_opened_again_it_begins_again_with_the_same_faults():
    sensors, clock = _make()
    sensors.saturate(LEFT_BICEPS)
    sensors.open()
    _read(sensors, clock, 3.0)
    sensors.close()
    with pytest.raises(EndOfStream):
        sensors.read()
    assert {state.phase for state in sensors.states()} == {SensorPhase.CLOSED}
    sensors.open()
    rows = _read(sensors, clock, 3.0)
    assert set(rows.values[rows.channels == 0].tolist()) == {1023.0}
    assert set(rows.segments.tolist()) == {0}
