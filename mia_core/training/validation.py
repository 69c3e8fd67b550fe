"""The windows that choose the best weights, and what is measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch

from mia_core.models.model_card import HeldOutMetrics
from mia_core.models.networks import Network
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.training.batches import Batch
from mia_core.training.evaluation import judge
from mia_core.training.objective import LATE_STEPS
from mia_core.training.training_config import TrainingConfig
from mia_core.training.training_data import Clips, batches_of, sampler_of

_CHOOSING_WINDOWS: Final = 800
_TEST_WINDOWS: Final = 4000
_SEED: Final = 2022
"""Evaluations see the same cameras every time, whatever the seed of the training."""


class Validation:
    """Judges networks on windows of clips that are not learned from.

    Args:
        chosen_on: Clips that choose the weights, by what they are; the first kind also calibrates the intervals.
        config: The settings.
        training_mean: (8,) mean activation of what is learned from.
        device: Where the networks are.
    """

    def __init__(
        self,
        chosen_on: Mapping[str, Clips],
        config: TrainingConfig,
        training_mean: Floats,
        device: torch.device,
    ) -> None:
        self._config, self._mean, self._device = config, training_mean, device
        self._batches = {what: self._windows(clips, _CHOOSING_WINDOWS) for what, clips in chosen_on.items()}

    def judge(self, network: Network) -> dict[str, HeldOutMetrics]:
        """Return how good a network in evaluation mode is on each of the choosing sets."""
        return {what: self._judge(network, batch, what) for what, batch in self._batches.items()}

    def judge_on(self, network: Network, clips: Clips, data: str) -> HeldOutMetrics:
        """Return how good a network is on other clips, which `data` names."""
        return self._judge(network, self._windows(clips, _TEST_WINDOWS), data)

    def interval80(self, network: Network) -> dict[str, tuple[float, float]]:
        """Return how many spreads below and above the output the interval reaches, by muscle (split conformal).

        They are measured on the first kind of what chooses the weights, at the steps that a live read-out may use; a
        tenth of the truths lie below and a tenth above, for activations have a long tail upwards. The idea is
        split conformal prediction (Lei et al. 2018, J Am Stat Assoc 113:1094); its guarantee does not hold strictly,
        because neighbouring steps are alike and the same clips chose the weights.
        """
        batch = next(iter(self._batches.values()))
        mean, spread = self._outputs(network, batch)
        off = (self._config.output.from_activation(batch.activation) - mean) / spread  # (n, 30, 8)
        off = off[:, -LATE_STEPS:][batch.valid[:, -LATE_STEPS:]]
        below, above = np.nanquantile(off, (0.1, 0.9), axis=0)
        return {
            name: (round(max(-float(low), 0.0), 5), round(max(float(high), 0.0), 5))
            for name, low, high in zip(MONTAGE.names, below, above, strict=True)
        }

    def _windows(self, clips: Clips, at_most: int) -> Batch:
        return batches_of(sampler_of(clips), self._config).fixed(at_most, _SEED)

    def _judge(self, network: Network, batch: Batch, data: str) -> HeldOutMetrics:
        mean, spread = self._outputs(network, batch)
        predicted = self._config.output.mean_activation(mean, spread if network.knows_spread else None)
        return judge(predicted, batch.activation, batch.valid, self._mean, data)

    @torch.inference_mode()
    def _outputs(self, network: Network, batch: Batch) -> tuple[Floats, Floats]:
        """Return a network's (n, 30, 8) outputs and their spread."""
        parts = [network.outputs(part.to(self._device)) for part in torch.split(torch.from_numpy(batch.inputs), 256)]
        mean, spread = (torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True))
        return mean, spread
