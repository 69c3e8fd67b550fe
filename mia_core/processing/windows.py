"""The sliding window of 30 steps that the network sees."""

from __future__ import annotations

from collections import deque

import numpy as np

from mia_core.processing.pose_grid import PoseStep
from mia_core.samples import WINDOW_STEPS, Floats


class PoseWindow:
    """The last 30 steps; until there are so many, its front is padded by holding the first pose.

    It begins with the first step in which a person is seen, and begins anew after `restart_after` unseen steps, since
    a window that spans a long absence is no motion.
    """

    def __init__(self, restart_after: int = WINDOW_STEPS // 2) -> None:
        self._steps: deque[PoseStep] = deque(maxlen=WINDOW_STEPS)
        self._restart_after = restart_after
        self._unseen = 0

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def missing_steps(self) -> int:
        """Steps until the window is full; while positive, its front is padding."""
        return WINDOW_STEPS - len(self._steps)

    def restart(self) -> None:
        """Forget what was seen: what comes next does not continue it."""
        self._steps.clear()
        self._unseen = 0

    def push(self, step: PoseStep) -> None:
        """Add the next step of the grid."""
        self._unseen = 0 if step.seen else self._unseen + 1
        if self._unseen >= self._restart_after:
            self.restart()
        if self._steps or step.seen:
            self._steps.append(step)

    def keypoints_px(self) -> Floats:
        """Return the window as (30, 25, 2) float32 pixels, oldest step first.

        Raises:
            IndexError: Nobody was seen yet; ask `len()` first.
        """
        points = [step.keypoints_px for step in self._steps]
        return np.stack([points[0]] * self.missing_steps + points)

    def confidence(self) -> Floats:
        """Return the (30, 25) float32 confidences of the window's keypoints, oldest step first.

        Raises:
            IndexError: Nobody was seen yet; ask `len()` first.
        """
        values = [step.confidence for step in self._steps]
        return np.stack([values[0]] * self.missing_steps + values)

    def step(self, steps_back: int) -> PoseStep | None:
        """Return the step so many steps before the newest, None when the window does not reach back so far."""
        return self._steps[-1 - steps_back] if steps_back < len(self._steps) else None
