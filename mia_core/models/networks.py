"""The networks that a card can name, and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from mia_core.errors import CheckpointMismatchError
from mia_core.models.modern import CONVOLUTIONAL, MODERN, ModernConfig, ModernNetwork
from mia_core.models.motion_transformer import ARCHITECTURE, MotionTransformer, MotionTransformerConfig

Network = MotionTransformer | ModernNetwork
PAPER: Final = ARCHITECTURE
ARCHITECTURES: Final = (PAPER, MODERN, CONVOLUTIONAL)


def build_network(architecture: str, numbers: Mapping[str, object]) -> Network:
    """Build an untrained network.

    Args:
        architecture: One of `ARCHITECTURES`.
        numbers: What its configuration's `to_dict` gave.

    Raises:
        CheckpointMismatchError: There is no such network, or the numbers do not describe it.
    """
    if architecture == PAPER:
        return MotionTransformer(MotionTransformerConfig.from_dict(numbers))
    if architecture in (MODERN, CONVOLUTIONAL):
        return ModernNetwork(ModernConfig.from_dict(numbers))
    raise CheckpointMismatchError(
        f"The network `{architecture}` is not known; this version knows {', '.join(ARCHITECTURES)}.",
        "Update the program, or choose another model.",
    )


def weights_of(network: torch.nn.Module) -> dict[str, NDArray[np.float32]]:
    """Return a copy of all parameters and stored scales by name."""
    return {name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()}


def put_weights(network: torch.nn.Module, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Give a network these weights.

    Raises:
        CheckpointMismatchError: A weight is missing, unknown, or has the wrong shape.
    """
    own = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    given = {name: value.shape for name, value in weights.items()}
    wrong = sorted(name for name in own.keys() | given.keys() if own.get(name) != given.get(name))
    if wrong:
        name = wrong[0]
        raise CheckpointMismatchError(
            f"The weights do not fit the network: {name} should be {own.get(name, 'absent')} and is"
            f" {given.get(name, 'absent')}.",
            "Keep each model's .safetensors and .json together as they were written, or train it again.",
        )
    network.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in weights.items()})
