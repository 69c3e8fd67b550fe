"""One M40 that does not exist: its own clock, gain, rest level, noise and luck with the radio."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from mia_core.muscles import MONTAGE, Placement
from mia_core.samples import EmgChunk
from mia_core.sensors.profiles import M40
from mia_core.sensors.sample_stream import SampleStream
from mia_core.sensors.sensor_montage import SensorId


@dataclass(frozen=True, slots=True)
class VirtualM40Settings:
    """How imperfect a sensor is. The amounts are our choice, none is measured on an M40.

    Attributes:
        counts_at_full: Counts above rest of a fully active muscle under a sensor of gain 1; the paper's data reach 480.
        gain_spread: Standard deviation of the logarithm of the sensors' gains: skin, fat and placement differ.
        rest_counts: Lowest and highest level at rest.
        amplitude_noise: Scatter of an amplitude estimated over 0.1 s, relative to it.
        background_counts: Standard deviation of the noise at rest.
        clock_ppm: Standard deviation of the sensors' clock errors, in millionths.
        latency_s: Shortest way of a sample from the electrode to the program.
        jitter_s: Mean of what the radio adds to it.
        loss: Chance that a sample never arrives.
    """

    counts_at_full: float = 420.0
    gain_spread: float = 0.15
    rest_counts: tuple[float, float] = (8.0, 24.0)
    amplitude_noise: float = 0.08
    background_counts: float = 1.5
    clock_ppm: float = 30.0
    latency_s: float = 0.012
    jitter_s: float = 0.006
    loss: float = 0.0005


class VirtualM40:
    """A sensor that always holds the next sample that is on its way.

    Args:
        placement: The muscle it sits on, as the montage says.
        sensor: Which sensor it is.
        random: Its luck.
        connected_s: Monotonic time from which it sends.
        settings: How imperfect it is.

    Attributes:
        placement: The muscle it sits on, as the montage says.
        sensor: Which sensor it is.
        stream: Decodes, stamps and judges what it sends, as for the real one.
        rest: Counts at rest.
        rssi_dbm: Signal strength.
        battery_percent: Battery when it was opened.
        outages_s: (begin, end) of the times when its connection is down.
        reconnects: How often it came back.
        sample_s: When the next sample is (was) taken.
        arrival_s: When it arrives.
    """

    def __init__(
        self,
        placement: Placement,
        sensor: SensorId,
        random: np.random.Generator,
        connected_s: float,
        settings: VirtualM40Settings,
    ) -> None:
        self.placement = placement
        self.sensor = sensor
        self.stream = SampleStream(M40, {0: MONTAGE.placements.index(placement)})
        self.stream.new_segment()
        self._settings = settings
        self._random = random
        self._gain = float(np.exp(random.normal(0.0, settings.gain_spread)))
        self.rest = float(random.uniform(*settings.rest_counts))
        self.rssi_dbm = int(random.integers(-72, -48))
        self.battery_percent = int(random.integers(70, 101))
        self.outages_s: list[tuple[float, float]] = []
        self.reconnects = 0
        self._period_s = (1 + random.normal(0.0, settings.clock_ppm) * 1e-6) / M40.rate_hz
        self._first_s = connected_s + random.uniform(0.0, self._period_s)
        self._n = -1
        self._delivered_s = -np.inf  # when the last sample that arrived was taken
        self.sample_s = self.arrival_s = -np.inf
        self.sample_next()

    def sample_next(self) -> None:
        """Go on to the next sample that is not lost on the air."""
        self._n += 1
        while self._random.random() < self._settings.loss:
            self._n += 1
        self.sample_s = self._first_s + self._n * self._period_s
        late_s = self._settings.latency_s + self._random.exponential(self._settings.jitter_s)
        self.arrival_s = max(self.sample_s + late_s, self.arrival_s)

    def deliver(self, counts: int) -> EmgChunk | None:
        """Return the present sample as it arrives; None while the connection is down."""
        if self.is_out(self.sample_s):
            return None
        if self._delivered_s > -np.inf and self.is_awaited:
            self.stream.new_segment()
            self.reconnects += 1
        self._delivered_s = self.sample_s
        return self.stream.add(self.arrival_s, struct.pack("<H", counts))

    def counts(self, heard: float) -> int:
        """Return what is sent for an activation that reaches the electrodes."""
        scatter = 1 + self._settings.amplitude_noise * self._random.normal()
        noise = self._settings.background_counts * self._random.normal()
        counts = self.rest + self._gain * self._settings.counts_at_full * heard * scatter + noise
        return int(np.clip(round(counts), M40.low, M40.high))

    def is_out(self, time_s: float) -> bool:
        """Return whether the connection is down at a time."""
        return any(begin_s <= time_s < end_s for begin_s, end_s in self.outages_s)

    @property
    def is_awaited(self) -> bool:
        """Whether nothing has arrived yet since the sensors were opened or the connection was last down."""
        went_out = any(self._delivered_s < begin_s <= self.sample_s for begin_s, _ in self.outages_s)
        return went_out or self._delivered_s == -np.inf
