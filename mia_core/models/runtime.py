"""What live use calls: pixels in, activations out, on the fastest device that works."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mia_core.errors import CheckpointMismatchError
from mia_core.models.activation_model import Prediction
from mia_core.models.checkpoint import DEFAULT_MODEL, Checkpoint, find_model, load_checkpoint
from mia_core.models.devices import DeviceChoice, device_label, present_devices
from mia_core.models.inference import InferenceNetwork
from mia_core.models.model_card import ModelCard
from mia_core.models.motion_transformer import MotionTransformer
from mia_core.models.networks import Network, build_network, put_weights
from mia_core.samples import Floats
from mia_core.skeleton import N_KEYPOINTS


def load_runtime(name_or_path: str | Path = DEFAULT_MODEL, device: DeviceChoice = "auto") -> ActivationRuntime:
    """Load a model, ready to predict.

    Args:
        name_or_path: A shipped model's name, or the path of a model's file.
        device: Where to compute; `auto` takes CUDA, else MPS, else the CPU. A device that is absent or fails on a
            first prediction is passed over for the CPU; `ActivationRuntime.device_label` says what was taken.

    Raises:
        ModelNotFoundError: There is no such model.
        CheckpointError: Its files can't be read.
        CheckpointMismatchError: It is for other muscles or of another version.
    """
    checkpoint = load_checkpoint(find_model(name_or_path))
    network = restore_network(checkpoint)
    for candidate in present_devices(device):
        try:
            runtime = ActivationRuntime(checkpoint.card, network, candidate, checkpoint.weights_sha256)
            runtime.warm_up()
        # What torch raises when a driver, a kernel or the memory of an accelerator is missing.
        except RuntimeError:
            continue
        return runtime
    return ActivationRuntime(checkpoint.card, network, torch.device("cpu"), checkpoint.weights_sha256)


def restore_network(checkpoint: Checkpoint) -> Network:
    """Build the trained network of a checkpoint, in evaluation mode on the CPU.

    Raises:
        CheckpointMismatchError: Card and weights do not describe a network of this program.
    """
    card = checkpoint.card
    network = build_network(card.architecture, card.network)
    config = network.config
    if (config.window_steps, config.n_muscles) != (card.window_steps, len(card.channels)):
        raise CheckpointMismatchError(
            f"The card of {card.name} contradicts itself about its window or its muscles.", "Get the model again."
        )
    put_weights(network, checkpoint.weights)
    return network.eval()


class ActivationRuntime:
    """A loaded model that predicts one window at a time; for one thread.

    Args:
        card: The model's card.
        network: The trained network.
        device: Where to compute.
        weights_sha256: Hash of the weights' file, empty for a network that was never saved.

    Attributes:
        card: The model's card.
        weights_sha256: Hash of the weights' file.
        network: The network as it is trained, on the CPU.
        device_label: The device that is really used: `CUDA: <name>`, `MPS` or `CPU`.
    """

    def __init__(self, card: ModelCard, network: Network, device: torch.device, weights_sha256: str = "") -> None:
        self.card = card
        self.weights_sha256 = weights_sha256
        self.device_label = device_label(device)
        self.network = network
        self._device = device
        self._on_device = copy.deepcopy(network).eval().to(device)  # `to` moves in place; the CPU's copy is left alone
        self._fast = InferenceNetwork(self._on_device) if isinstance(self._on_device, MotionTransformer) else None
        reaches = [card.interval80[name] if card.interval80 else (np.nan, np.nan) for name in card.channels]
        self._below, self._above = np.array(reaches, np.float32).T  # (8,) each, in units of the spread
        self._window_shape = (card.window_steps, N_KEYPOINTS, 2)

    def predict(
        self, keypoints_px: Floats, confidence: Floats, image_size_px: tuple[float, float], last_steps: int = 1
    ) -> Prediction:
        """Predict the activations at the end of a window.

        Args:
            keypoints_px: (30, 25, 2) float32 pixels, oldest step first.
            confidence: (30, 25) float32 of the keypoints, in [0, 1].
            image_size_px: (width, height) of the image.
            last_steps: How many of the window's last steps to predict, 1 to 30; fewer are faster.

        Returns:
            (last_steps, 8) in the card's unit and channel order, oldest first.

        Raises:
            ValueError: A shape or number is out of range.
        """
        if (
            keypoints_px.shape != self._window_shape
            or confidence.shape != self._window_shape[:2]
            or not 1 <= last_steps <= len(keypoints_px)
        ):
            raise ValueError(
                f"window {keypoints_px.shape}, confidence {confidence.shape} or last_steps {last_steps} is out of range"
            )
        inputs = self._inputs(keypoints_px, confidence, image_size_px)
        if self._fast is not None:
            values = self._fast(inputs, last_steps)
            return self._prediction(values, torch.ones_like(values))
        with torch.inference_mode():
            mean, spread = self._on_device.outputs(inputs[None])
        return self._prediction(mean[0, -last_steps:], spread[0, -last_steps:])

    def predict_windows(
        self, keypoints_px: Floats, confidence: Floats, image_sizes_px: NDArray[np.floating], at_once: int = 256
    ) -> Prediction:
        """Predict all steps of many windows.

        Args:
            keypoints_px: (n, 30, 25, 2) float32 pixels.
            confidence: (n, 30, 25) float32.
            image_sizes_px: (n, 2) width and height of each window's image.
            at_once: How many windows to compute in one go.

        Returns:
            (n, 30, 8).
        """
        parts = []
        for first in range(0, len(keypoints_px), at_once):
            part = slice(first, first + at_once)
            inputs = self._inputs(keypoints_px[part], confidence[part], image_sizes_px[part])
            with torch.inference_mode():
                parts.append(self._prediction(*self._on_device.outputs(inputs)))
        return Prediction(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "low", "high"))
        )

    def warm_up(self) -> None:
        """Predict twice on a standing window, so that the first real prediction is as fast as the others.

        Raises:
            RuntimeError: The device does not work.
        """
        standing = np.linspace(0, 100, int(np.prod(self._window_shape)), dtype=np.float32).reshape(self._window_shape)
        confidence = np.ones(self._window_shape[:2], np.float32)
        for _ in range(2):
            self.predict(standing, confidence, (100, 100), last_steps=1 + self.card.default_lookahead_steps)

    def _inputs(
        self, keypoints_px: Floats, confidence: Floats, size_px: tuple[float, float] | NDArray[np.floating]
    ) -> Tensor:
        """Return what the network reads."""
        return torch.from_numpy(self.card.normalization.apply(keypoints_px, size_px, confidence)).to(self._device)

    def _prediction(self, mean: Tensor, spread: Tensor) -> Prediction:
        """Turn outputs of the network and their spread into activations with an interval."""
        centre, sd, output = mean.cpu().numpy(), spread.cpu().numpy(), self.card.output
        values = output.mean_activation(centre, sd if self.network.knows_spread else None)
        low = output.to_activation(np.maximum(centre - self._below * sd, 0))
        high = output.to_activation(np.maximum(centre + self._above * sd, 0))
        return Prediction(values, np.minimum(low, values), np.maximum(high, values))
