"""Filmed clips made by hand, and a model that reads its answer off the keypoints."""

from __future__ import annotations

import numpy as np

from mia_core.dataset.filmed_set import FilmedClip
from mia_core.models.activation_model import Prediction
from mia_core.models.model_card import ModelCard
from mia_core.motion_clip import MOTION_HZ
from mia_core.samples import Floats

HALF_WIDTH = 0.1


def clip(activation: np.ndarray, name: str = "squat@1", measured: np.ndarray | None = None) -> FilmedClip:
    """A still person whose first eight keypoints show the activation in x, in hundreds of pixels."""
    frames = len(activation)
    rng = np.random.default_rng(1)
    keypoints = np.broadcast_to(rng.uniform(100, 400, (25, 2)), (frames, 25, 2)).astype(np.float32)
    keypoints[:, :8, 0] = 100 * activation
    return FilmedClip(
        name=name,
        subject="heldout-1",
        image_size_px=(640.0, 480.0),
        keypoints_px=keypoints,
        confidence=np.ones((frames, 25), np.float32),
        activation=activation.astype(np.float32),
        valid=np.ones(frames, np.bool_),
        measured=None if measured is None else measured.astype(np.float32),
    )


def waves(seconds: float, delay_s: float = 0.0) -> np.ndarray:
    """(T, 8) slow activations between 0.1 and 0.5, later by a delay."""
    times = np.arange(round(seconds * MOTION_HZ)) / MOTION_HZ - delay_s
    return 0.3 + 0.2 * np.sin(2 * np.pi * times[:, None] * (0.5 + 0.1 * np.arange(8)))


class ReadingModel:
    """Says what the first eight keypoints show."""

    def __init__(self, card: ModelCard, *, knows_spread: bool = True) -> None:
        self.card = card
        self._half_width = HALF_WIDTH if knows_spread else np.nan

    def predict_windows(self, keypoints_px: Floats, confidence: Floats, image_sizes_px: Floats) -> Prediction:
        values = keypoints_px[:, :, :8, 0] / 100
        half = np.float32(self._half_width)
        return Prediction(values, values - half, values + half)
