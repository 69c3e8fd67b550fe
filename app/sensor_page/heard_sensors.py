"""What the sensors of a montage send while somebody is led through a check: every sample once, and the newest level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from mia_core.clock import Clock
from mia_core.errors import MiaError
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.sensor_track import Trace
from mia_core.muscles import Placement
from mia_core.sensors.sensor_montage import SensorId, SensorMontage
from mia_core.sensors.sensor_profile import SensorProfile
from mia_core.sensors.sensor_state import SensorPhase

Samples = Mapping[Placement, Trace]

_HEARD: Final = (SensorPhase.STREAMING, SensorPhase.STALE)
_LATE_S: Final = 2.0
"""Samples may become known so long after they were taken."""
_LEVEL_S: Final = 0.7
"""A level is as old at most."""


class HeardSensors:
    """The running sensors by where a montage says they are, which may have been corrected since they were started.

    Args:
        feed: The running sensors.
        clock: Tells what is new.
    """

    def __init__(self, feed: SensorFeed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._montage = feed.source.montage
        self._taken_at_s = clock.now()
        self._taken_s: dict[SensorId, float] = {}
        self._newest: dict[SensorId, tuple[float, float]] = {}  # time and value

    @property
    def feed(self) -> SensorFeed:
        """The running sensors."""
        return self._feed

    @property
    def montage(self) -> SensorMontage:
        """Where they are."""
        return self._montage

    @property
    def placements(self) -> tuple[Placement, ...]:
        """The muscles that have one, in order."""
        return tuple(placement for placement, _ in self._montage.assignments)

    @property
    def error(self) -> MiaError | None:
        """What ended all of them, None while they run."""
        return self._feed.error

    def set_montage(self, montage: SensorMontage) -> None:
        """Believe another montage of the same sensors from now on."""
        self._montage = montage

    def set_feed(self, feed: SensorFeed) -> None:
        """Go on with the same sensors, started anew."""
        self._feed = feed
        self._montage = feed.source.montage
        self._taken_s.clear()
        self._taken_at_s = self._clock.now()

    def profile_of(self, placement: Placement) -> SensorProfile:
        """Return the kind of sensor on a muscle (KeyError for a muscle without one)."""
        was_at = self._feed.source.montage.placement_of(dict(self._montage.assignments)[placement])
        if was_at is None:
            raise KeyError(placement)
        return self._feed.source.profile_of(was_at)

    def missing(self) -> tuple[Placement, ...]:
        """Return the muscles whose sensors are not connected now, in order."""
        heard = {state.sensor for state in self._feed.states() if state.phase in _HEARD and self.error is None}
        return tuple(placement for placement, sensor in self._montage.assignments if sensor not in heard)

    def take_new(self) -> Samples:
        """Return what was taken since the last call, each sample once."""
        now_s = self._clock.now()
        envelopes = self._feed.envelopes(min(now_s - self._taken_at_s + _LATE_S, 60.0))
        fresh: dict[Placement, Trace] = {}
        sensor_on = dict(self._feed.source.montage.assignments)
        for was_at, trace in envelopes.items():
            sensor = sensor_on[was_at]
            new = trace.times_s > self._taken_s.get(sensor, self._taken_at_s)
            placement = self._montage.placement_of(sensor)
            if placement is not None and new.any():
                fresh[placement] = trace.of(new)
                self._taken_s[sensor] = float(trace.times_s[-1])
                self._newest[sensor] = float(trace.times_s[-1]), float(trace.values[-1])
            self._taken_s.setdefault(sensor, self._taken_at_s)
        self._taken_at_s = now_s
        return fresh

    def level(self, placement: Placement) -> float:
        """Return the newest envelope of a muscle in the unit of its sensor's profile, NaN when there is none now."""
        sensor = self._montage.sensor_at(placement)
        time_s, value = self._newest.get(sensor, (-np.inf, np.nan)) if sensor is not None else (-np.inf, np.nan)
        return value if self._clock.now() - time_s <= _LEVEL_S else float("nan")
