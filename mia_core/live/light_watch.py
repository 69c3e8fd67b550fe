"""Has a sensor switch its light, looks for it in the picture, and tells by how much the camera is late."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np

from mia_core.clock import Clock
from mia_core.live.time_line import on_clock
from mia_core.muscles import Placement
from mia_core.processing.light_change import light_colours, patch_at, sensor_patch
from mia_core.processing.light_sync import AFTER_S, LIGHT_SHOW_S, LightSwitch, LightSync, estimate_light_offset
from mia_core.samples import Frame, Image, Pose
from mia_core.sensors.sensor_source import SensorSource
from mia_core.streams import FanOut

METHOD: Final = "light"
LENGTH_S: Final = LIGHT_SHOW_S + AFTER_S


class LightWatch:
    """One attempt: made, begun, told where the person is, judged or ended.

    Args:
        placement: The muscle whose sensor shows its light.
        sensors: The running sensors.
        frames: Every frame of the camera.
        clock: Tells the present.
        place_px: Where in the picture the light is, None to look where the pose says that the sensor sits.
    """

    def __init__(
        self,
        placement: Placement,
        sensors: SensorSource,
        frames: FanOut[Frame],
        clock: Clock,
        place_px: tuple[float, float] | None = None,
    ) -> None:
        self._placement = placement
        self._sensors = sensors
        self._frames = frames
        self._clock = clock
        self._place_px = place_px
        self._pose: Pose | None = None
        self._lock = threading.Lock()
        self._patches: list[tuple[float, float, Image]] = []
        self._switches: list[LightSwitch] = []
        self._began_s = clock.now()

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return self._clock.now() - self._began_s

    @property
    def is_over(self) -> bool:
        """Whether the sensor has had the time to show itself."""
        return self.elapsed_s >= LENGTH_S

    @property
    def n_switches(self) -> int:
        """How often the light has changed."""
        return len(self._switches)

    def begin(self) -> None:
        """Ask the sensor to switch its light, and look on."""
        self._began_s = self._clock.now()
        self._frames.tap(self._take)
        self._sensors.identify(self._placement, self._switches.append)

    def see(self, pose: Pose | None) -> None:
        """Note where the person is now; somebody who is lost for a moment is where they were."""
        self._pose = pose or self._pose

    def end(self) -> None:
        """Look no more."""
        self._frames.untap(self._take)

    def judge(self) -> LightSync:
        """Look no more, and return what was seen.

        Raises:
            LightChangeError: The light was not told to change, or too few changes were seen.
        """
        self.end()
        with self._lock:
            patches = list(self._patches)
        timestamps_s = np.array([timestamp_s for timestamp_s, _, _ in patches])
        captured_s = np.array([captured_s for _, captured_s, _ in patches])
        colours = light_colours(patch for _, _, patch in patches)
        return estimate_light_offset(on_clock(timestamps_s, captured_s), colours, tuple(self._switches))

    def _take(self, frame: Frame) -> None:
        """Keep the part of a frame in which the light is."""
        pose, place_px = self._pose, self._place_px
        patch = None
        if place_px is not None:
            patch = patch_at(frame.image, place_px)
        elif pose is not None:
            patch = sensor_patch(frame.image, pose.keypoints_px, self._placement)
        if patch is not None:
            with self._lock:
                self._patches.append((frame.timestamp_s, frame.captured_s, patch.copy()))


def light_placements(sensors: SensorSource) -> tuple[Placement, ...]:
    """Return the muscles whose sensors have a light of colours that a camera tells apart."""
    placements = (placement for placement, _ in sensors.montage.assignments)
    lit = ((placement, sensors.profile_of(placement).led) for placement in placements)
    return tuple(placement for placement, led in lit if led is not None and led.contrast is not None)


def light_content(sync: LightSync, placement: Placement) -> dict[str, Any]:
    """Return what a session keeps of it."""
    return {
        "method": METHOD,
        "muscle": placement.name,
        "offset_s": round(sync.offset_s, 6),
        "spread_s": round(sync.spread_s, 6),
        "standard_error_s": round(sync.standard_error_s, 6),
        "n_events": sync.n_changes,
        "n_switches": sync.n_switches,
        "accepted": bool(sync.accepted),
    }
