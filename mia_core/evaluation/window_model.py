"""What judging asks of a model."""

from __future__ import annotations

from typing import Protocol

from mia_core.models.activation_model import Prediction
from mia_core.models.model_card import ModelCard
from mia_core.samples import Floats


class WindowModel(Protocol):
    """Predicts many windows at once, as `ActivationRuntime` does."""

    @property
    def card(self) -> ModelCard:
        """What the model is and what it was trained on."""

    def predict_windows(self, keypoints_px: Floats, confidence: Floats, image_sizes_px: Floats) -> Prediction:
        """Predict all steps of windows.

        Args:
            keypoints_px: (n, 30, 25, 2) float32 pixels at 10 Hz.
            confidence: (n, 30, 25) float32.
            image_sizes_px: (n, 2) width and height of each window's image.

        Returns:
            (n, 30, 8).
        """
