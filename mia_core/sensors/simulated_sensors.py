"""Sensors without sensors: muscles whose activation is known, seen through eight imperfect virtual M40s."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.muscles import MONTAGE, Placement
from mia_core.processing.light_sync import LightSwitch
from mia_core.samples import STEP_S, EmgChunk, Floats
from mia_core.sensors.emg_chunks import joined
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_state import SensorPhase, SensorState
from mia_core.sensors.virtual_m40 import VirtualM40, VirtualM40Settings
from mia_core.streams.source import EndOfStream, SourceInfo

SIMULATED_MONTAGE: Final = SensorMontage(
    "Simulated sensors",
    tuple((placement, SensorId(M40.key, f"SIM-{n}")) for n, placement in enumerate(MONTAGE.placements, 1)),
)
"""Eight sensors, one on each muscle, `SIM-1` to `SIM-8` in the order of the channels."""
READ_S: Final = 0.1
"""`read` waits no longer than this."""
MAX_ROWS: Final = 800
"""Of one chunk: what eight sensors send in ten seconds. A reader that was away gets the rest with the next calls."""
FIRMWARE: Final = "simulated"
_BATTERY_FALLS_S: Final = 360.0
"""Seconds for one percent."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A sensor that drops out and comes back.

    Attributes:
        placement: Which.
        at_s: When, in seconds after opening.
        for_s: For how long.
    """

    placement: Placement
    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class SimulatedSensorsSettings:
    """What the sensors are like and what befalls them.

    Attributes:
        seed: Of everything random.
        connect_s: Sensors connect one after another, each after so much time.
        lost: Sensors that drop out, to show what happens then.
        sensor: How imperfect each is.
    """

    seed: int = 1
    connect_s: float = 0.1
    lost: tuple[Outage, ...] = ()
    sensor: VirtualM40Settings = field(default_factory=VirtualM40Settings)


class SimulatedSensors:
    """A montage of virtual M40s, a peer of the real array: no thread, arrivals are due by the clock.

    Sensors have phases, clocks, gains and rest levels of their own, send whole counts from 0 to 1023 ten times a
    second, arrive late and sometimes not at all. What they send is simulated and is labelled so.

    Args:
        activation_at: Returns the (8,) activations in [0, 1] at a monotonic time, NaN for a muscle that rests as far as
            one knows; asked for times that have passed.
        montage: Which sensors sit where; all of them are M40s. None for one on each muscle.
        settings: How imperfect they are.
        clock: Tells when samples are due.
    """

    def __init__(
        self,
        activation_at: Callable[[float], Floats],
        montage: SensorMontage | None = None,
        settings: SimulatedSensorsSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._activation_at = activation_at
        self._montage = montage or SIMULATED_MONTAGE
        self._settings = settings or SimulatedSensorsSettings()
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()  # over the sensors: states and faults come from other threads
        self._is_open = False
        self._opened_s = 0.0
        self._heard = np.eye(len(MONTAGE))  # (8, 8) what the sensor of each channel hears of each muscle
        self._stuck: dict[Placement, int | None] = {}  # sensors that send always the same; None: their rest
        self._sensors = self._new_sensors()

    @property
    def label(self) -> str:
        """`simulated sEMG`."""
        return "simulated sEMG"

    @property
    def is_measured(self) -> bool:
        """False."""
        return False

    @property
    def montage(self) -> SensorMontage:
        """Which sensor sits where."""
        return self._montage

    def profile_of(self, placement: Placement) -> SensorProfile:
        """Return the M40's profile (KeyError for a muscle without a sensor)."""
        return {at: M40 for at, _ in self._montage.assignments}[placement]

    def open(self) -> SourceInfo:
        """Begin anew: new connections, the same sensors and the same faults."""
        with self._lock:
            self._opened_s = self._clock.now()
            self._sensors = self._new_sensors()
            for outage in self._settings.lost:
                if outage.placement in self._sensors:
                    begin_s = self._opened_s + outage.at_s
                    self._sensors[outage.placement].outages_s.append((begin_s, begin_s + outage.for_s))
            self._is_open = True
        return SourceInfo("Simulated sensors", "sensors:simulated", is_live=True, nominal_hz=M40.rate_hz)

    def read(self) -> EmgChunk | None:
        """Return what has arrived since the last call; None when nothing did within 0.1 s.

        Raises:
            EndOfStream: The sensors are not open.
        """
        if not self._is_open:
            raise EndOfStream
        chunk = self._arrived()
        if chunk is None:
            next_s = min((sensor.arrival_s for sensor in self._sensors.values()), default=np.inf)
            self._clock.wait(min(next_s - self._clock.now(), READ_S))
            chunk = self._arrived()
        return chunk

    def close(self) -> None:
        """Deliver no more."""
        self._is_open = False

    def states(self) -> tuple[SensorState, ...]:
        """Return how each sensor of the montage is doing, in its order."""
        now_s = self._clock.now()
        with self._lock:
            return tuple(self._state(sensor, now_s) for sensor in self._sensors.values())

    def identify(self, placement: Placement, on_switch: Callable[[LightSwitch], None] | None = None) -> None:
        """Do nothing: there is no light."""

    def set_recording(self, recording: bool) -> None:
        """Do nothing: nothing is searched."""

    def disconnect(self, placement: Placement, for_s: float) -> None:
        """Let a sensor drop out now, for a while."""
        now_s = self._clock.now()
        with self._lock:
            self._sensors[placement].outages_s.append((now_s, now_s + for_s))

    def swap(self, a: Placement, b: Placement) -> None:
        """Exchange two sensors on the body, while the montage says what it said."""
        channels = [MONTAGE.placements.index(a), MONTAGE.placements.index(b)]
        self._heard[channels] = self._heard[channels[::-1]]

    def add_crosstalk(self, of: Placement, into: Placement, share: float) -> None:
        """Let the sensor on `into` hear a share of the muscle at `of`, besides what it hears already."""
        self._heard[MONTAGE.placements.index(into), MONTAGE.placements.index(of)] += share

    def flatten(self, placement: Placement) -> None:
        """Let a sensor send its rest level whatever the muscle does: it lies beside the body."""
        self._stuck[placement] = None

    def saturate(self, placement: Placement) -> None:
        """Let a sensor send its highest value: it lies upside down."""
        self._stuck[placement] = int(M40.high)

    def _new_sensors(self) -> dict[Placement, VirtualM40]:
        settings, now_s = self._settings, self._clock.now()
        return {
            placement: VirtualM40(
                placement,
                sensor,
                np.random.default_rng((settings.seed, number)),
                now_s + settings.connect_s * (number + 1),
                settings.sensor,
            )
            for number, (placement, sensor) in enumerate(self._montage.assignments)
        }

    def _arrived(self) -> EmgChunk | None:
        """Take all arrivals that are due, over all sensors in the order of arrival."""
        chunks: list[EmgChunk] = []
        now_s = self._clock.now()
        with self._lock:
            while self._sensors and len(chunks) < MAX_ROWS:
                sensor = min(self._sensors.values(), key=lambda sensor: sensor.arrival_s)
                if sensor.arrival_s > now_s:
                    break
                chunk = sensor.deliver(self._counts(sensor))
                if chunk is not None:
                    chunks.append(chunk)
                sensor.sample_next()
        return joined(chunks) if chunks else None

    def _counts(self, sensor: VirtualM40) -> int:
        """Return what a sensor measures over the 0.1 s before its present sample."""
        if sensor.placement in self._stuck:
            stuck = self._stuck[sensor.placement]
            return round(sensor.rest) if stuck is None else stuck
        activation = np.nan_to_num(self._activation_at(sensor.sample_s - STEP_S / 2))
        return sensor.counts(float(self._heard[MONTAGE.placements.index(sensor.placement)] @ activation))

    def _state(self, sensor: VirtualM40, now_s: float) -> SensorState:
        phase, detail = SensorPhase.STREAMING, ""
        if not self._is_open:
            phase = SensorPhase.CLOSED
        elif sensor.is_out(now_s):
            phase, detail = SensorPhase.LOST, "The connection ended; it is looked for."
        elif sensor.is_awaited:
            phase = SensorPhase.CONNECTING
        return SensorState(
            sensor.placement,
            sensor.sensor,
            phase,
            detail,
            sensor.stream.quality(0, now_s),
            sensor.rssi_dbm,
            max(round(sensor.battery_percent - (now_s - self._opened_s) / _BATTERY_FALLS_S), 0),
            FIRMWARE,
            sensor.reconnects,
            sensor.stream.last_arrival_s,
        )
