"""The chain from a frame to muscles, without threads: the same code live and headless."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.live.muscle_readout import MuscleReadout
from mia_core.models.activation_model import ActivationModel
from mia_core.pose.person_tracker import PersonTracker, TrackedPose, Tracking
from mia_core.processing.pose_grid import MAX_GAP_S, PoseGrid
from mia_core.processing.same_person import may_be_same
from mia_core.processing.side_guard import SideGuard
from mia_core.samples import STEP_S, Frame, MuscleActivation, Pose


@dataclass(frozen=True, slots=True)
class Moment:
    """Image, person and muscles of one and the same time.

    Attributes:
        frame: The image.
        tracked: The person in it.
        activation: The muscles at its time, None before the first step.
    """

    frame: Frame
    tracked: TrackedPose
    activation: MuscleActivation | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one more frame brought.

    Attributes:
        frame: The newest frame, None at the end of the source.
        tracked: The person in the newest frame.
        steps: Steps of the 10 Hz grid that became official, oldest first.
        moments: Frames whose muscles are settled now, oldest first; each frame comes up exactly once.
    """

    frame: Frame | None
    tracked: TrackedPose
    steps: tuple[MuscleActivation, ...]
    moments: tuple[Moment, ...]


@dataclass(slots=True)
class StageTimes:
    """Durations of the last calls of one stage."""

    durations_s: deque[float] = field(default_factory=lambda: deque(maxlen=60))

    @property
    def median_ms(self) -> float:
        """Median in milliseconds, 0 before the first call."""
        return 1000 * median(self.durations_s) if self.durations_s else 0.0


class MuscleEstimation:
    """Frames in, muscles out, in one thread.

    The picture is held back by the look-ahead, so that picture and muscles agree. When somebody else is followed, the
    window begins anew: what two people did is nobody's motion.
    """

    def __init__(
        self, tracker: PersonTracker, model: ActivationModel, lookahead: int = 2, clock: Clock | None = None
    ) -> None:
        self._tracker = tracker
        self._model = model
        self._lookahead = lookahead
        self._clock = clock or SystemClock()
        self._guard = SideGuard()
        self._guarded_pose: Pose | None = None
        self._grid = PoseGrid()
        self._readout: MuscleReadout | None = None
        self._waiting: deque[tuple[Frame, TrackedPose]] = deque()
        self.pose_times = StageTimes()
        self.model_times = StageTimes()

    @property
    def warming_up_s(self) -> float:
        """Seconds until the window is full."""
        return 0.0 if self._readout is None else self._readout.missing_steps * STEP_S

    def set_lookahead(self, steps: int) -> None:
        """Change the look-ahead; takes effect with the next frame."""
        self._lookahead = steps
        if self._readout is not None:
            self._readout.lookahead = steps

    def push(self, frame: Frame) -> Estimate:
        """Add the next frame."""
        started_s = self._clock.now()
        tracked = self._guarded(self._tracker.track(frame))
        self.pose_times.durations_s.append(self._clock.now() - started_s)
        if self._readout is None:
            height, width = frame.image.shape[:2]
            self._readout = MuscleReadout(self._model, (width, height), self._lookahead)
        steps: list[MuscleActivation] = []
        for step in self._grid.push(frame.timestamp_s, tracked.pose):
            started_s = self._clock.now()
            steps += self._readout.push(step)
            if step.seen:
                self.model_times.durations_s.append(self._clock.now() - started_s)
        self._waiting.append((frame, tracked))
        return Estimate(frame, tracked, tuple(steps), self._due(frame.timestamp_s - self._lookahead * STEP_S))

    def _guarded(self, tracked: TrackedPose) -> TrackedPose:
        """Put right what the detector takes for the other side; somebody else, or after long, is guarded anew."""
        pose, last = tracked.pose, self._guarded_pose
        if pose is None:
            return tracked
        if last is None or pose.timestamp_s - last.timestamp_s > MAX_GAP_S or not may_be_same(last, pose):
            self._guard = SideGuard()
        self._guarded_pose = pose
        keypoints_px, confidence = self._guard.push(
            pose.keypoints_px[np.newaxis], pose.confidence[np.newaxis], np.array([pose.timestamp_s])
        )
        return replace(tracked, pose=replace(pose, keypoints_px=keypoints_px[0], confidence=confidence[0]))

    def waiting_steps(self) -> tuple[MuscleActivation, ...]:
        """Return the steps that wait for their look-ahead, as far as they are known."""
        return () if self._readout is None else tuple(self._readout.waiting())

    def flush(self) -> Estimate:
        """Give out what waits for its look-ahead: the source has ended."""
        steps = self._readout.flush() if self._readout is not None else []
        return Estimate(None, TrackedPose(None, Tracking.SEARCHING), tuple(steps), self._due(float("inf")))

    def close(self) -> None:
        """Release the tracker."""
        self._tracker.close()

    def _due(self, until_s: float) -> tuple[Moment, ...]:
        """Return the waiting frames up to a time."""
        moments = []
        # The tolerance keeps stamps that differ by a rounding error together.
        while self._waiting and self._waiting[0][0].timestamp_s <= until_s + 1e-6:
            frame, tracked = self._waiting.popleft()
            activation = self._readout.at(frame.timestamp_s) if self._readout is not None else None
            moments.append(Moment(frame, tracked, activation))
        return tuple(moments)
