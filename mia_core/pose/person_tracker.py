"""Follow one person, and notice when what is followed does not behave like one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mia_core.pose.pose_estimator import PoseEstimator
from mia_core.processing.same_person import body_size_px, hips_apart_px
from mia_core.samples import KNOWN_CONFIDENCE, Floats, Frame, Image, Pose
from mia_core.skeleton import LIMB_JOINTS, TRUNK_AND_LEGS

_EIGHT = list(TRUNK_AND_LEGS)
_LIMBS = list(LIMB_JOINTS)
_THUMBNAIL = 48
"""Pixels along the longer side of the coarse picture in which motion is looked for."""


class Tracking(StrEnum):
    """How well the person is followed."""

    SEARCHING = "searching"
    """Nobody is seen."""
    PARTIAL = "partial"
    """A person is seen, but not all of the trunk and the legs."""
    TRACKING = "tracking"
    """A whole person is followed."""
    REACQUIRING = "reacquiring"
    """What was followed did not behave like a person and was let go."""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """When a lock is implausible. The detector itself keeps a wrong lock for as long as it looks vaguely human.

    Attributes:
        low_confidence: Median confidence of the eight trunk and leg joints below which a lock is doubted ...
        low_confidence_s: ... when it lasts this long.
        scale_jump: Factor by which the body's size may change from one frame to the next.
        centre_jump: Body sizes that the hips may move from one frame to the next.
        still_s: Time without any motion of the joints, while the picture moves, after which a lock is doubted.
        still_fraction: Joints that stay within this fraction of the body's size count as not moving; a person who
            stands still sways more.
        image_motion: Mean grey-level change per pixel from frame to frame above which the picture moves.
        first_backoff_s: Least time between two re-acquisitions; doubles each time that they find the same thing again.
        last_backoff_s: Where doubling ends.
    """

    low_confidence: float = 0.3
    low_confidence_s: float = 1.0
    scale_jump: float = 1.6
    centre_jump: float = 1.2
    still_s: float = 2.0
    still_fraction: float = 0.006
    image_motion: float = 1.0
    first_backoff_s: float = 2.0
    last_backoff_s: float = 32.0


@dataclass(frozen=True, slots=True)
class TrackedPose:
    """The outcome for one frame.

    Attributes:
        pose: The person, None when nobody plausible is seen.
        tracking: How well the person is followed.
        reacquired: Why the previous lock was let go in this frame, empty when it was not.
    """

    pose: Pose | None
    tracking: Tracking
    reacquired: str = ""


class PersonTracker:
    """A pose estimator with a sense of what is plausible.

    A doubted lock is dropped and the estimator looks for a person anew in the same frame. When it finds the same thing
    at the same place, that is accepted (perhaps someone really stands still) and the next doubt comes later.
    """

    def __init__(self, estimator: PoseEstimator, settings: TrackerSettings | None = None) -> None:
        self._estimator = estimator
        self._settings = settings or TrackerSettings()
        self._history: deque[tuple[float, Floats, float]] = deque()
        self._previous: Pose | None = None
        self._thumbnail: NDArray[np.float32] | None = None
        self._low_since_s: float | None = None
        self._backoff_s = self._settings.first_backoff_s
        self._retry_after_s = -np.inf

    def track(self, frame: Frame) -> TrackedPose:
        """Return the person in the frame, if there is one."""
        motion = self._image_motion(frame.image)
        pose = self._estimate(frame)
        reason = "" if pose is None else self._doubt(pose, motion)
        if reason and frame.timestamp_s >= self._retry_after_s:
            pose = self._reacquire(frame, pose)
            return TrackedPose(pose, Tracking.REACQUIRING, reason)
        if pose is None:
            self._forget()
            return TrackedPose(None, Tracking.SEARCHING)
        self._previous = pose
        whole = bool((pose.confidence[_EIGHT] >= KNOWN_CONFIDENCE).all())
        return TrackedPose(pose, Tracking.TRACKING if whole else Tracking.PARTIAL)

    def close(self) -> None:
        """Release the estimator."""
        self._estimator.close()

    def _estimate(self, frame: Frame) -> Pose | None:
        """Estimate, and mark keypoints outside the picture as unknown: the detector invents them."""
        pose = self._estimator.estimate(frame)
        if pose is None:
            return None
        height, width = frame.image.shape[:2]
        inside = ((pose.keypoints_px >= 0) & (pose.keypoints_px < np.array([width, height]))).all(axis=1)
        return Pose(pose.keypoints_px, pose.confidence * inside, pose.timestamp_s, pose.frame_index)

    def _reacquire(self, frame: Frame, doubted: Pose | None) -> Pose | None:
        self._forget()
        self._estimator.reset()
        pose = self._estimate(frame)
        same = pose is not None and doubted is not None and _distance(pose, doubted) < 0.5
        self._backoff_s = (
            min(self._backoff_s * 2, self._settings.last_backoff_s) if same else self._settings.first_backoff_s
        )
        self._retry_after_s = frame.timestamp_s + self._backoff_s
        self._previous = pose
        return pose

    def _forget(self) -> None:
        self._history.clear()
        self._previous = None
        self._low_since_s = None

    def _doubt(self, pose: Pose, image_motion: float) -> str:
        """Return why this pose is implausible, empty when it is not."""
        settings = self._settings
        previous = self._previous
        if previous is not None:
            ratio = body_size_px(pose) / body_size_px(previous)
            if max(ratio, 1 / ratio) > settings.scale_jump:
                return "the body's size jumped"
            if _distance(pose, previous) > settings.centre_jump:
                return "the body's place jumped"
        if np.median(pose.confidence[_EIGHT]) >= settings.low_confidence:
            self._low_since_s = None
        elif self._low_since_s is None:
            self._low_since_s = pose.timestamp_s
        elif pose.timestamp_s - self._low_since_s > settings.low_confidence_s:
            return "trunk and legs are hardly visible"
        return "nothing moves but the picture" if self._still(pose, image_motion) else ""

    def _still(self, pose: Pose, image_motion: float) -> bool:
        """Whether no joint has moved for a while although the picture did."""
        history = self._history
        history.append((pose.timestamp_s, pose.keypoints_px[_LIMBS], image_motion))
        while history[-1][0] - history[0][0] > self._settings.still_s:
            history.popleft()
        if history[-1][0] - history[0][0] < 0.9 * self._settings.still_s:
            return False
        if np.mean([motion for _, _, motion in history]) < self._settings.image_motion:
            return False
        points = np.stack([points for _, points, _ in history])
        spread_px = np.linalg.norm(points - np.median(points, axis=0), axis=2).mean()
        return bool(spread_px < self._settings.still_fraction * body_size_px(pose))

    def _image_motion(self, image: Image) -> float:
        """Return the mean change of the coarse picture since the last frame, in grey levels."""
        stride = max(1, max(image.shape[:2]) // _THUMBNAIL)
        thumbnail = image[::stride, ::stride, 1].astype(np.float32)
        previous, self._thumbnail = self._thumbnail, thumbnail
        if previous is None or previous.shape != thumbnail.shape:
            return 0.0
        return float(np.abs(thumbnail - previous).mean())


def _distance(a: Pose, b: Pose) -> float:
    """Return how far apart the hips of two poses are, in body sizes."""
    return hips_apart_px(a, b) / body_size_px(b)
