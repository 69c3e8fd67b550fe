"""What every activation model does at run time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mia_core.samples import Floats

if TYPE_CHECKING:
    from mia_core.models.model_card import ModelCard


@dataclass(frozen=True, slots=True)
class Prediction:
    """Activations and how sure the model is of them; channels of `MONTAGE`.

    Attributes:
        values: (..., 8) float32 >= 0.
        low: (..., 8) lower end of the interval that should hold 80 % of the truths; NaN where the model does not know.
        high: (..., 8) its upper end.
    """

    values: Floats
    low: Floats
    high: Floats


class ActivationModel(Protocol):
    """Tells the activation of the eight muscles from a window of poses."""

    @property
    def card(self) -> ModelCard:
        """What the model is, what it was trained on, and how well it did."""

    @property
    def weights_sha256(self) -> str:
        """Hash of the weights: which model exactly this is."""

    @property
    def device_label(self) -> str:
        """The device that it really runs on, such as `CPU` or `CUDA: NVIDIA RTX 4070`."""

    def predict(
        self, keypoints_px: Floats, confidence: Floats, image_size_px: tuple[float, float], last_steps: int = 1
    ) -> Prediction:
        """Predict the last steps of one window.

        Args:
            keypoints_px: (30, 25, 2) float32 BODY_25 window at 10 Hz, in pixels, oldest step first.
            confidence: (30, 25) float32 of the keypoints, in [0, 1].
            image_size_px: (width, height) of the frames.
            last_steps: How many of the newest steps to return, 1 to 30.

        Returns:
            (last_steps, 8), oldest step first.
        """
