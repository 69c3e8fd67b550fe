"""Count frames, and how fast they come."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from mia_core.live.muscle_estimation import Estimate, MuscleEstimation
from mia_core.live.snapshot import StreamHealth

RATE_FRAMES = 60


class StreamCounter:
    """Keeps the numbers of `StreamHealth` that come from counting; used on the estimation thread."""

    def __init__(self) -> None:
        self._stamps: deque[tuple[float, int]] = deque(maxlen=RATE_FRAMES)
        self._taken = 0
        self._no_person = 0

    def count(
        self, estimate: Estimate, estimation: MuscleEstimation, skipped: int, health: StreamHealth
    ) -> StreamHealth:
        """Count one frame and return the health with its new numbers.

        Args:
            estimate: What the frame brought; one without a frame counts nothing.
            estimation: Knows how long its stages take.
            skipped: Frames passed over before this one.
            health: The numbers before.
        """
        frame = estimate.frame
        if frame is None:
            return health
        self._stamps.append((frame.timestamp_s, frame.index))
        self._taken += 1
        self._no_person += estimate.tracked.pose is None
        return replace(
            health,
            source_fps=self._source_fps(),
            pose_ms=estimation.pose_times.median_ms,
            model_ms=estimation.model_times.median_ms,
            skipped=skipped,
            lost=frame.index + 1 - self._taken - skipped,
            no_person=self._no_person,
        )

    def _source_fps(self) -> float:
        """Return the rate at which the source numbers its frames, whether they are all taken or not."""
        (first_s, first), (last_s, last) = self._stamps[0], self._stamps[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0
