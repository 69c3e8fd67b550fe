"""Simulated sensors on a subject that obeys, all on a clock that tests wind: no thread, no waiting."""

from __future__ import annotations

from collections.abc import Callable

from app.played_muscles import PlayedMuscles
from app.sensor_page.guided_run import GuidedRun, Stage
from app.sensor_page.heard_sensors import HeardSensors
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE
from mia_core.sensors.emg_calibration import EmgCalibration
from mia_core.sensors.sensor_montage import SensorMontage
from mia_core.sensors.simulated_sensors import SIMULATED_MONTAGE, SimulatedSensors, SimulatedSensorsSettings
from tests.fakes.clock import FakeClock

LEFT_BICEPS, LEFT_TRICEPS, LEFT_QUADRICEPS, LEFT_HAMSTRINGS = MONTAGE.placements[:4]
RIGHT_BICEPS = MONTAGE.placements[4]
PAIR = SIMULATED_MONTAGE
for _placement in MONTAGE.placements[2:]:
    PAIR = PAIR.freed(_placement)
"""A montage of the left upper arm alone: a quarter of the work."""
STEP_S = 0.1


class Rig:
    """Running sensors.

    Args:
        seed: Of the sensors.
        montage: Which sensors sit where, None for one on each muscle.
        calibration: The session's, None for none.
    """

    def __init__(
        self, seed: int = 1, montage: SensorMontage | None = None, calibration: EmgCalibration | None = None
    ) -> None:
        self.clock = FakeClock()
        self.played = PlayedMuscles(self.clock)
        self.sensors = SimulatedSensors(self.played, montage, SimulatedSensorsSettings(seed=seed), self.clock)
        self.feed = SensorFeed(self.sensors, calibration, self.clock)
        self.sensors.open()
        self.played.contract(None)
        self.advance(1.5)  # all are connected

    def heard(self) -> HeardSensors:
        return HeardSensors(self.feed, self.clock)

    def advance(self, seconds: float, poll: Callable[[], None] = lambda: None) -> None:
        """Let time pass, and somebody look every tenth of a second."""
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            chunk = self.sensors.read()
            if chunk is not None:
                self.feed.put(chunk)
            poll()

    def until(self, reached: Callable[[], bool], poll: Callable[[], None], at_most_s: float = 60.0) -> float:
        """Let time pass until something is the case, and return the seconds that it took."""
        for n in range(round(at_most_s / STEP_S)):
            if reached():
                return n * STEP_S
            self.advance(STEP_S, poll)
        raise AssertionError(f"never happened within {at_most_s} s")

    def lead(self, run: GuidedRun, *, hurried: bool = True) -> float:
        """Go on until a run is done, and return the seconds that it took.

        Args:
            run: The run.
            hurried: Whether the user waits neither for announcements nor for good notes to end.
        """

        def poll() -> None:
            run.poll()
            waits = run.stage is Stage.WAITING or (run.stage is Stage.NOTED and not run.length_s)
            if waits or (hurried and run.stage in (Stage.READY, Stage.NOTED)):
                run.go_on()

        return self.until(lambda: run.stage is Stage.DONE, poll, 300.0)
