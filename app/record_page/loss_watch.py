"""Notices that the camera or all sensors are gone in mid-take: the take goes on, and what is missing is marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.record_page.stream_checks import CAMERA_SILENT_S
from mia_core.clock import Clock
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import Snapshot
from mia_core.muscles import Placement
from mia_core.sensors.sensor_state import SensorPhase

GONE = (SensorPhase.LOST, SensorPhase.SEARCHING, SensorPhase.CONNECTING, SensorPhase.STALE, SensorPhase.CLOSED)

Mark = Callable[[str, Mapping[str, Any]], None]


class LossWatch:
    """Single sensors write their own losses into the session; the camera and the whole montage are watched here.

    Args:
        mark: Writes an event into the session.
        clock: Tells since when.

    Attributes:
        camera_since_s: Since when no picture has come, None while pictures come.
        sensors_since_s: Since when the sensors that are recorded have ended, None while they run.
        sensors: Those that send nothing at the moment.
    """

    def __init__(self, mark: Mark, clock: Clock) -> None:
        self._mark = mark
        self._clock = clock
        self.camera_since_s: float | None = None
        self.sensors_since_s: float | None = None
        self.sensors: tuple[Placement, ...] = ()

    def begin(self) -> None:
        """A take has begun."""
        self.camera_since_s = self.sensors_since_s = None
        self.sensors = ()

    def look(self, snapshot: Snapshot | None, present: SensorFeed | None, recorded: SensorFeed | None) -> None:
        """Look at picture and sensors.

        Args:
            snapshot: The newest picture.
            present: The sensors that run now.
            recorded: Those with which the take began.
        """
        now_s = self._clock.now()
        age_s = 0.0 if snapshot is None else snapshot.health.frame_age_s
        if age_s > CAMERA_SILENT_S and self.camera_since_s is None:
            self.camera_since_s = now_s - age_s
            self._mark("device_lost", {"stream": "frames", "why": f"no picture for {age_s:.1f} s"})
        elif age_s <= CAMERA_SILENT_S and self.camera_since_s is not None:
            self.camera_since_s = None
            self._mark("device_back", {"stream": "frames"})
        if recorded is None:
            return
        if self.sensors_since_s is None and (recorded.error is not None or present is not recorded):
            self.sensors_since_s = now_s
            why = "they were disconnected" if recorded.error is None else str(recorded.error)
            self._mark("device_lost", {"stream": "emg", "why": why})
        states = recorded.states() if self.sensors_since_s is None else ()
        self.sensors = tuple(state.placement for state in states if state.phase in GONE)
