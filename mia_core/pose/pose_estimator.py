"""What every pose estimator does."""

from __future__ import annotations

from typing import Protocol

from mia_core.samples import Frame, Pose


class PoseEstimator(Protocol):
    """Finds one person's keypoints in frames that come in order of time; used from one thread."""

    def estimate(self, frame: Frame) -> Pose | None:
        """Return the pose in the frame, None when nobody is seen."""

    def reset(self) -> None:
        """Forget whom it followed, and look for a person anew in the next frame."""

    def close(self) -> None:
        """Release the model; may be called twice."""
