"""What live use calls: pixels in, activations out, on the fastest device that works."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from mia_core.errors import CheckpointMismatchError
from mia_core.models.checkpoint import DEFAULT_MODEL, Checkpoint, find_model, load_checkpoint
from mia_core.models.devices import DeviceChoice, device_label, present_devices
from mia_core.models.inference import InferenceNetwork
from mia_core.models.model_card import ModelCard
from mia_core.models.motion_transformer import ARCHITECTURE, MotionTransformer, MotionTransformerConfig
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


def restore_network(checkpoint: Checkpoint) -> MotionTransformer:
    """Build the trained network of a checkpoint, in evaluation mode on the CPU.

    Raises:
        CheckpointMismatchError: Card and weights do not describe a network of this program.
    """
    card = checkpoint.card
    if card.architecture != ARCHITECTURE:
        raise CheckpointMismatchError(
            f"The model {card.name} is a `{card.architecture}`; this version knows `{ARCHITECTURE}`.",
            "Update the program, or choose another model.",
        )
    config = MotionTransformerConfig.from_dict(card.network)
    if (config.window_steps, config.n_muscles, config.n_keypoints) != (
        card.window_steps,
        len(card.channels),
        N_KEYPOINTS,
    ):
        raise CheckpointMismatchError(
            f"The card of {card.name} contradicts itself about its window, its muscles or its keypoints.",
            "Get the model again.",
        )
    return MotionTransformer.from_weights(config, checkpoint.weights).eval()


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

    def __init__(
        self, card: ModelCard, network: MotionTransformer, device: torch.device, weights_sha256: str = ""
    ) -> None:
        self.card = card
        self.weights_sha256 = weights_sha256
        self.device_label = device_label(device)
        self.network = network
        self._device = device
        # A network moves in place; the CPU's copy is left alone.
        on_device = MotionTransformer.from_weights(network.config, network.weights()).eval().to(device)
        self._network = InferenceNetwork(on_device)
        self._window_shape = (network.config.window_steps, network.config.n_keypoints, 2)

    def predict(self, keypoints_px: Floats, image_size_px: tuple[float, float], last_steps: int = 1) -> Floats:
        """Predict the activations at the end of a window.

        Args:
            keypoints_px: (30, 25, 2) float32 pixels, oldest step first.
            image_size_px: (width, height) of the image.
            last_steps: How many of the window's last steps to predict, 1 to 30; fewer are faster.

        Returns:
            (last_steps, 8) float32 >= 0 in the card's unit and channel order, oldest first.

        Raises:
            ValueError: A shape or number is out of range.
        """
        if keypoints_px.shape != self._window_shape or not 1 <= last_steps <= len(keypoints_px):
            raise ValueError(f"window {keypoints_px.shape} or last_steps {last_steps} is out of range")
        coordinates = self.card.normalization.apply(keypoints_px, image_size_px)
        outputs = self._network(torch.from_numpy(coordinates).to(self._device), last_steps)
        return self.card.output.to_activation(outputs.cpu().numpy())

    def warm_up(self) -> None:
        """Predict twice on a standing window, so that the first real prediction is as fast as the others.

        Raises:
            RuntimeError: The device does not work.
        """
        standing = np.linspace(0, 100, int(np.prod(self._window_shape)), dtype=np.float32).reshape(self._window_shape)
        for _ in range(2):
            self.predict(standing, (100, 100), last_steps=1 + self.card.default_lookahead_steps)
