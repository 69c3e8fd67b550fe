"""What each network is trained to do: its outputs against the truth."""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mia_core.models.modern import ModernConfig, ModernNetwork
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.models.networks import Network
from mia_core.processing.normalization import NormalizationKind
from mia_core.samples import WINDOW_STEPS
from mia_core.training.batches import Batch, Batches
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_data import Sampler

LATE_STEPS: Final = 5
"""Steps at the end of a window of which a live read-out may use any."""
_LEAST_SCALE = 0.01
"""A muscle that never moves must not be divided by nothing."""
_SCALING_BATCHES = 8


class Objective(Protocol):
    """A network's loss."""

    def __call__(self, network: nn.Module, batch: Batch, share: float) -> Tensor:
        """Return the loss of a batch.

        Args:
            network: In training; may be wrapped for several processes.
            batch: What it sees, and the truth.
            share: What to divide sums over valid steps by: their number in the whole batch, whoever computes the rest,
                over the number of processes.
        """


def prepare(
    config: TrainingConfig, sampler: Sampler, batches: Batches, device: torch.device
) -> tuple[Network, Objective]:
    """Build the network, with the scales of the training data, and its loss."""
    targets = config.output.from_activation(sampler.activations())  # (n, 8)
    mean, scale = targets.mean(axis=0), np.maximum(targets.std(axis=0), _LEAST_SCALE)
    weight = torch.ones(WINDOW_STEPS)
    weight[-LATE_STEPS:] = config.late_weight
    weight = (weight / weight.mean()).to(device)
    torch.manual_seed(config.seed)
    if config.model is ModelKind.PAPER:
        paper = MotionTransformer(MotionTransformerConfig(dropout=config.dropout), mean.tolist()).to(device)
        return paper, _PaperObjective(config, torch.from_numpy(scale).to(device), weight, device)
    first = Batch.of([batches.draw((config.seed, 0, number)) for number in range(_SCALING_BATCHES)])
    numbers = ModernConfig(
        n_features=math.prod(first.inputs.shape[2:]),
        width=config.width,
        local_layers=config.local_layers,
        global_layers=config.global_layers,
        dilated=config.model is ModelKind.CNN,
        feedforward=2 * config.width,
        dropout=config.dropout,
        n_subjects=len(sampler.subjects) if config.subject_dropout < 1 else 0,
        sees_mirror=config.sees_mirror and config.normalization is NormalizationKind.BODY,
    )
    network = ModernNetwork(numbers)
    features = first.inputs.reshape(-1, numbers.n_features)
    network.feature_mean.copy_(torch.from_numpy(features.mean(axis=0)))
    network.feature_scale.copy_(torch.from_numpy(features.std(axis=0) + 0.05))
    network.output_mean.copy_(torch.from_numpy(mean))
    network.output_scale.copy_(torch.from_numpy(scale))
    states = first.joint_states[first.valid]
    return network.to(device), _ModernObjective(
        config,
        torch.from_numpy(states.mean(axis=0)).to(device),
        torch.from_numpy(states.std(axis=0) + 0.02).to(device),
        network,
        weight,
        device,
    )


class _PaperObjective:
    """The mean squared error, in standard deviations of each muscle so that all weigh the same."""

    def __init__(self, config: TrainingConfig, scale: Tensor, weight: Tensor, device: torch.device) -> None:
        self._config, self._scale, self._weight, self._device = config, scale, weight, device

    def __call__(self, network: nn.Module, batch: Batch, share: float) -> Tensor:
        target = torch.from_numpy(self._config.output.from_activation(batch.activation)).to(self._device)  # (n, 30, 8)
        target, known = _known(target)
        valid = torch.from_numpy(batch.valid).to(self._device) * self._weight  # (n, 30)
        predicted = network(torch.from_numpy(batch.inputs).to(self._device))  # (n, 30, 8)
        error = (((predicted - target) / self._scale).square() * known).mean(-1)  # (n, 30)
        return torch.sum(error * valid) / share


class _ModernObjective:
    """Muscles in standard deviations of each, their spread by likelihood, and the joints.

    The spread is fitted to errors as they are: its gradient does not reach the mean, so that a muscle which is hard to
    tell is not given up.
    """

    def __init__(
        self,
        config: TrainingConfig,
        state_mean: Tensor,
        state_scale: Tensor,
        network: ModernNetwork,
        weight: Tensor,
        device: torch.device,
    ) -> None:
        self._config, self._device, self._weight = config, device, weight
        self._state_mean, self._state_scale = state_mean, state_scale
        # The network's own: it may be given weights with other scales, to start from.
        self._mean, self._scale = network.output_mean, network.output_scale

    def __call__(self, network: nn.Module, batch: Batch, share: float) -> Tensor:
        config = self._config
        target = torch.from_numpy(config.output.from_activation(batch.activation)).to(self._device)
        target, known = _known((target - self._mean) / self._scale)  # (n, 30, 8) both
        valid = torch.from_numpy(batch.valid).to(self._device) * self._weight  # (n, 30)
        said = network(torch.from_numpy(batch.inputs).to(self._device), self._subjects(batch))
        squared = (said.mean - target).square()  # (n, 30, 8)
        surprise = said.log_spread + 0.5 * squared.detach() * (-2 * said.log_spread).exp()
        error = ((squared + 0.25 * surprise) * known).mean(-1)  # (n, 30)
        if config.auxiliary_weight:
            states = (torch.from_numpy(batch.joint_states).to(self._device) - self._state_mean) / self._state_scale
            off = nn.functional.smooth_l1_loss(said.auxiliary, states, reduction="none").mean(-1)  # (n, 30)
            error = error + config.auxiliary_weight * off
        return torch.sum(error * valid) / share

    def _subjects(self, batch: Batch) -> Tensor | None:
        if self._config.subject_dropout >= 1:
            return None
        subjects = torch.from_numpy(batch.subject).to(self._device)
        unknown = torch.rand(len(subjects), device=self._device) < self._config.subject_dropout
        return torch.where(unknown, -1, subjects)


def _known(target: Tensor) -> tuple[Tensor, Tensor]:
    """Return targets without NaN, and where there were none."""
    known = target.isfinite()
    return torch.where(known, target, torch.zeros_like(target)), known
