"""Ways to start the paper's Transformer that let it learn in few steps; what the network can compute stays the same."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import nn

from mia_core.dataset.window_set import WindowSet
from mia_core.laboratory.network_settings import NetworkSettings
from mia_core.models.motion_transformer import MotionTransformer

_SCALING_WINDOWS: Final = 512
_LEAST_DEVIATION: Final = 0.005
"""Of a coordinate, as a share of the picture: one that never moves is not blown up."""


@torch.no_grad()
def start_as_told(network: nn.Module, train: WindowSet, settings: NetworkSettings) -> None:
    """Change a new network's first weights as the settings ask; other networks than the Transformer stay as they are.

    Args:
        network: Just built.
        train: What it will learn from.
        settings: Say by `coordinate_gain` and `quiet_layers` what to do.
    """
    if not isinstance(network, MotionTransformer):
        return
    if settings.coordinate_gain:
        _centre(network, train, settings.coordinate_gain)
    if settings.quiet_layers:
        _quieten(network)


def _centre(network: MotionTransformer, train: WindowSet, gain: float) -> None:
    """Let the first convolution see how coordinates differ from their means in training, in deviations.

    The means of coordinates are ten times larger than their changes, so otherwise motion hardly shows beside them and
    beside the code of positions.
    """
    rows = np.linspace(0, len(train) - 1, min(len(train), _SCALING_WINDOWS)).astype(np.intp)
    coordinates = np.asarray(train.keypoints[rows], np.float64).reshape(-1, 2 * train.keypoints.shape[2])  # (n, 50)
    mean, deviation = coordinates.mean(axis=0), np.maximum(coordinates.std(axis=0), _LEAST_DEVIATION)
    root = math.sqrt(network.config.width)  # by which the network multiplies its input
    scale = torch.as_tensor(gain / (deviation * root), dtype=torch.float32)
    network.local.weight *= scale[None, :, None]
    bias = -network.local.weight.sum(dim=2) @ torch.as_tensor(mean * root, dtype=torch.float32)
    if network.local.bias is not None:
        network.local.bias.copy_(bias)


def _quieten(network: MotionTransformer) -> None:
    """Let every layer begin by passing on what it gets, normalised: its two branches add nothing yet.

    Layers that normalise after adding need thousands of steps of a small rate to begin with; without the branches
    there is nothing that a large rate could upset.
    """
    ends = ("attention_out", "contract")
    for name, weights in network.layers.named_parameters():
        if name.split(".")[-2] in ends:
            nn.init.zeros_(weights)
