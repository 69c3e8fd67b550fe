"""MediaPipe's pose landmarker; the only import of mediapipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mediapipe import Image, ImageFormat
from mediapipe.tasks.python import BaseOptions, vision

from mia_core.bundled import POSE_MODEL
from mia_core.errors import PoseModelError
from mia_core.opencv import cv2
from mia_core.pose.body25_mapping import N_LANDMARKS, to_body25
from mia_core.samples import Frame, Pose


class MediaPipeEstimator:
    """One person per frame, followed over time (VIDEO mode).

    Args:
        model_path: A pose landmarker `.task` bundle: the one that ships, or another of the user's choice.

    Raises:
        PoseModelError: The bundle is missing or unreadable.
    """

    def __init__(self, model_path: Path = POSE_MODEL) -> None:
        self._model_path = model_path
        self._landmarker: Any = self._create()
        self._last_ms = -1

    def estimate(self, frame: Frame) -> Pose | None:
        """Return the pose in the frame, None when nobody is seen."""
        # mp.Image ignores numpy strides, so the picture must be contiguous: cvtColor makes a fresh one.
        rgb = cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB)
        self._last_ms = max(round(frame.timestamp_s * 1000), self._last_ms + 1)  # must grow strictly
        result = self._landmarker.detect_for_video(Image(ImageFormat.SRGB, rgb), self._last_ms)
        if not result.pose_landmarks:
            return None
        height, width = frame.image.shape[:2]
        table = np.array([(p.x, p.y, p.visibility) for p in result.pose_landmarks[0]], np.float32)
        if table.shape != (N_LANDMARKS, 3):
            raise PoseModelError(
                f"{self._model_path.name} gives {len(table)} landmarks instead of {N_LANDMARKS}.",
                "Choose a pose landmarker bundle in the settings.",
            )
        keypoints_px, confidence = to_body25(table[:, :2] * np.array([width, height], np.float32), table[:, 2])
        return Pose(keypoints_px, confidence, frame.timestamp_s, frame.index)

    def reset(self) -> None:
        """Forget whom it followed; the library has no call for that, so the landmarker is made anew (0.1 s)."""
        fresh = self._create()
        self._landmarker.close()
        self._landmarker = fresh

    def close(self) -> None:
        """Release the model."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None

    def _create(self) -> Any:
        try:
            # As bytes, because the library can't open paths with letters beyond ASCII on Windows.
            base = BaseOptions(model_asset_buffer=self._model_path.read_bytes())
            options = vision.PoseLandmarkerOptions(base_options=base, running_mode=vision.RunningMode.VIDEO)
            return vision.PoseLandmarker.create_from_options(options)
        except (OSError, RuntimeError, ValueError) as error:
            raise PoseModelError(
                f"The pose model {self._model_path} can't be loaded.",
                "Choose a MediaPipe pose landmarker bundle (.task), or go back to the one that ships.",
            ) from error
