"""What every activation model does at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mia_core.samples import Floats

if TYPE_CHECKING:
    from mia_core.models.model_card import ModelCard


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

    def predict(self, keypoints_px: Floats, image_size_px: tuple[float, float], last_steps: int = 1) -> Floats:
        """Predict the last steps of one window.

        Args:
            keypoints_px: (30, 25, 2) float32 BODY_25 window at 10 Hz, in pixels, oldest step first.
            image_size_px: (width, height) of the frames.
            last_steps: How many of the newest steps to return, 1 to 30.

        Returns:
            (last_steps, 8) float32 activations >= 0, channels of `MONTAGE`, oldest step first.
        """
