"""Put poses that come at any rate on the 10 Hz grid, one at a time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from mia_core.processing.same_person import may_be_same
from mia_core.processing.step_mean import mean_between
from mia_core.samples import STEP_S, Floats, Pose

MAX_GAP_S = 0.5
"""Over a longer absence of the person nothing is interpolated: the steps in it are unseen."""
HOLD_S = 0.2
"""For so long a person whom the detector misses is held in place instead of being unseen."""
MAX_JUMP_S = 60.0
"""When time jumps further than this, the grid goes on at the new time without filling the gap."""


@dataclass(frozen=True, slots=True)
class PoseStep:
    """The pose at one step of the 10 Hz grid.

    Attributes:
        timestamp_s: The step's time, a whole multiple of 0.1 s after the first frame.
        keypoints_px: (25, 2) float32; while nobody is seen, where the person was last.
        confidence: (25,) float32; zero while nobody is seen.
        seen: Whether a person was seen around this time.
        anew: Whether it is the first step of somebody who can't be who was seen before.
    """

    timestamp_s: float
    keypoints_px: Floats
    confidence: Floats
    seen: bool
    anew: bool = False


class PoseGrid:
    """Resamples poses to the grid: each step is the mean pose over the 100 ms before it (`step_mean`).

    A step is given out as soon as the first frame at or after its time has come: nothing is ever looked up in the
    future, and frames may come at any rate, also an uneven one. The grid starts at the first frame. Nothing is averaged
    from one person to another, nor across a long absence.
    """

    def __init__(self) -> None:
        self._start_s: float | None = None
        self._next_step = 0
        self._recent: deque[Pose] = deque()
        """The poses that the mean of the next step needs: those of the last 100 ms, and one before."""
        self._seen: Pose | None = None
        """Who was seen last."""
        self._anew = False
        """Whether it is somebody else of whom no step has come yet."""

    def push(self, timestamp_s: float, pose: Pose | None) -> list[PoseStep]:
        """Add one frame's pose (None: nobody) and return the steps that it completes, oldest first.

        For half a second a person whom the detector misses stands where they were, with confidence 0, as in training.

        Args:
            timestamp_s: The frame's time; must grow from call to call.
            pose: The person in the frame.
        """
        if self._start_s is None:
            self._start_s = timestamp_s
        if timestamp_s - self._due_s() > MAX_JUMP_S:
            self._next_step = round((timestamp_s - self._start_s) / STEP_S)
        new = self._missed(timestamp_s) if pose is None else pose
        another = pose is not None and self._seen is not None and not may_be_same(self._seen, pose)
        breaks = pose is not None and (another or timestamp_s - self._seen_s > MAX_GAP_S)
        self._anew |= another
        steps = []
        # The tolerance keeps a stamp of 0.0999999 from missing its step by a rounding error.
        while (due_s := self._due_s()) <= timestamp_s + 1e-6:
            step = self._at(due_s, new, missed=pose is None, breaks=breaks)
            steps.append(replace(step, anew=True) if step.seen and self._anew else step)
            self._anew &= not step.seen
            self._next_step += 1
        if breaks:
            self._recent.clear()
        if new is not None:
            self._recent.append(new)
            while len(self._recent) > 1 and self._recent[1].timestamp_s <= self._due_s() - STEP_S:
                self._recent.popleft()
        if pose is not None:
            self._seen = pose
        return steps

    @property
    def _seen_s(self) -> float:
        return -np.inf if self._seen is None else self._seen.timestamp_s

    def _due_s(self) -> float:
        return (self._start_s or 0.0) + self._next_step * STEP_S

    def _missed(self, timestamp_s: float) -> Pose | None:
        """Return the last pose as held in a frame without anybody, None when it is too old for that."""
        if not self._recent or timestamp_s - self._seen_s > MAX_GAP_S:
            return None
        last = self._recent[-1]
        return Pose(last.keypoints_px, np.zeros_like(last.confidence), timestamp_s, last.frame_index)

    def _at(self, due_s: float, new: Pose | None, *, missed: bool, breaks: bool) -> PoseStep:
        if new is None or (missed and due_s - self._seen_s > HOLD_S):
            return self._unseen(due_s)
        if not self._recent:
            reached = new.timestamp_s - due_s <= HOLD_S
            return PoseStep(due_s, new.keypoints_px, new.confidence, seen=True) if reached else self._unseen(due_s)
        if breaks:
            if due_s < new.timestamp_s - 1e-6:
                return self._unseen(due_s)
            return PoseStep(due_s, new.keypoints_px, new.confidence, seen=True)
        poses = [*self._recent, new]
        times_s = np.array([pose.timestamp_s for pose in poses])
        span = due_s - STEP_S, min(due_s, new.timestamp_s)
        keypoints_px = mean_between(times_s, np.stack([pose.keypoints_px for pose in poses]), *span)
        confidence = mean_between(times_s, np.stack([pose.confidence for pose in poses]), *span)
        return PoseStep(due_s, keypoints_px, confidence, seen=True)

    def _unseen(self, due_s: float) -> PoseStep:
        keypoints_px = self._recent[-1].keypoints_px if self._recent else np.zeros((25, 2), np.float32)
        return PoseStep(due_s, keypoints_px, np.zeros(25, np.float32), seen=False)
