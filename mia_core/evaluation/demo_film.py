"""The demo video through the real detector, as one filmed clip."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from mia_core.bundled import DEMO_VIDEO, POSE_MODEL
from mia_core.capture.demo_camera import DemoCamera, DemoTruth
from mia_core.dataset.filmed_set import FilmedClip
from mia_core.evaluation.heldout_recipes import Recipe, Task
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.models.heldout_scores import DEMO
from mia_core.motion_clip import MOTION_HZ
from mia_core.pose.mediapipe_estimator import MediaPipeEstimator
from mia_core.pose.person_tracker import PersonTracker
from mia_core.samples import Floats, Pose
from mia_core.skeleton import N_KEYPOINTS
from mia_core.streams.source import EndOfStream

REAL_DETECTOR: Final = "the real detector on the rendered demo video"
DEMO_SUBJECT: Final = "demo"


def demo_recipe() -> Recipe:
    """Return the set of the demo video."""
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in _FILES.items()}
    return Recipe(DEMO, REAL_DETECTOR, dict(hashes), (Task("demo video", film_demo),))


_FILES: Final = {"video_sha256": DEMO_VIDEO, "pose_model_sha256": POSE_MODEL}


def film_demo() -> Sequence[FilmedClip]:
    """Return what the detector sees in the demo video, at 30 Hz, next to the truth about it.

    Where it finds nobody, the last pose is held with confidence 0, as in live use.

    Raises:
        HeldOutError: The video is not at 30 Hz.
    """
    truth = DemoTruth.load()
    if not np.allclose(np.diff(truth.timestamps_s), 1 / MOTION_HZ, atol=1e-4):
        raise HeldOutError("The demo video is not at 30 frames a second.", "Install mia-live again.")
    camera, tracker = DemoCamera(realtime=False), PersonTracker(MediaPipeEstimator())
    info = camera.open()
    poses: list[Pose | None] = []
    try:
        while len(poses) < len(truth.valid):
            frame = camera.read()
            if frame is not None:
                poses.append(tracker.track(frame).pose)
    except EndOfStream as end:
        raise HeldOutError("The demo video is shorter than what is known about it.", "Install mia-live again.") from end
    finally:
        camera.close()
        tracker.close()
    keypoints_px, confidence = _held(poses)
    return [
        FilmedClip(
            name="demo@0",
            subject=DEMO_SUBJECT,
            image_size_px=(float(info.width_px), float(info.height_px)),
            keypoints_px=keypoints_px,
            confidence=confidence,
            activation=truth.activation,
            valid=truth.valid,
        )
    ]


def _held(poses: Sequence[Pose | None]) -> tuple[Floats, Floats]:
    """Return (T, 25, 2) keypoints and (T, 25) confidences, the last pose held where there is none."""
    found = [pose for pose in poses if pose is not None]
    keypoints_px = np.zeros((len(poses), N_KEYPOINTS, 2), np.float32)
    confidence = np.zeros((len(poses), N_KEYPOINTS), np.float32)
    last = found[0].keypoints_px if found else keypoints_px[0]
    for frame, pose in enumerate(poses):
        if pose is not None:
            last, confidence[frame] = pose.keypoints_px, pose.confidence
        keypoints_px[frame] = last
    return keypoints_px, confidence
