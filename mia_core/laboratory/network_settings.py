"""How the laboratory trains a network: as the paper did, or quickly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from mia_core.models.conditioned_transformer import CONDITIONED
from mia_core.models.modern import MODERN
from mia_core.models.motion_transformer import HeadInit
from mia_core.models.network_numbers import numbers_from_dict, numbers_to_dict
from mia_core.models.paper_cnn import PAPER as CNN_PAPER
from mia_core.models.paper_cnn import REPOSITORY as CNN_REPOSITORY

PAPER: Final = "paper"
NETWORKS: Final = (PAPER, CNN_PAPER, CNN_REPOSITORY, MODERN, CONDITIONED)
"""Names of the networks; `PAPER` is the paper's Transformer."""


class Preset(StrEnum):
    """Ways to train that are known by name."""

    PAPER = "paper"
    """The optimisation that the paper or the authors' code tells; hours to days on a processor."""
    QUICK = "quick"
    """A far higher learning rate and few steps: to see that all works, never to be called the paper's."""


class Optimiser(StrEnum):
    """What moves the weights."""

    ADAM = "adam"
    """The paper's text."""
    ADAMW = "adamw"
    """The authors' code."""
    SGD = "sgd"
    """With momentum 0.9."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """All that the training of a network can be told; `NetworkSettings.of` gives each network's own.

    Attributes:
        optimiser: What moves the weights.
        learning_rate: Its rate, at its greatest.
        weight_decay: Of the optimiser, on all weights, as in the authors' code.
        batch_size: Windows per step; what is left of an epoch is dropped, as in the authors' code.
        epochs: How often the training windows are gone through.
        most_steps: Steps after which training ends in any case; 0 for no bound.
        warm_up: In this share of the steps the rate grows from 0.
        falls: Whether the rate then falls to 0 along a cosine; else it stays.
        gradient_clip: Longest allowed gradient; 0 for any.
        head_init: How the last layer starts.
        coordinate_gain: At this gain the Transformer's first convolution starts on coordinates in deviations from
            their means in training; 0 leaves it as it is, like the paper's.
        quiet_layers: Whether the Transformer's layers start by passing on what they get.
        dropout: Of the Transformer, in training alone.
        by_recording_time: Whether windows are drawn so that every second of recording counts once; else each epoch
            goes through all windows in random order.
        held_out: This last share of every training recording is not learned from, but chooses the best weights; 0
            keeps the last weights, as the paper does.
        evaluations: How often the held-out share is looked at.
    """

    optimiser: Optimiser = Optimiser.ADAM
    learning_rate: float = 5e-6
    weight_decay: float = 0.0
    batch_size: int = 32
    epochs: int = 251
    most_steps: int = 0
    warm_up: float = 0.0
    falls: bool = False
    gradient_clip: float = 0.0
    head_init: HeadInit = HeadInit.MEAN
    coordinate_gain: float = 0.0
    quiet_layers: bool = False
    dropout: float = 0.1
    by_recording_time: bool = False
    held_out: float = 0.0
    evaluations: int = 10

    def __post_init__(self) -> None:
        if (
            not 0 < self.learning_rate < 10
            or min(self.batch_size, self.epochs, self.evaluations) < 1
            or min(self.most_steps, self.weight_decay, self.gradient_clip, self.coordinate_gain) < 0
            or not 0 <= self.warm_up < 1
            or not 0 <= self.dropout < 1
            or not 0 <= self.held_out <= 0.5
        ):
            raise ValueError(f"nothing can be trained like this: {self}")

    @classmethod
    def of(cls, name: str, preset: Preset) -> NetworkSettings:
        """Return a network's settings.

        Args:
            name: One of `NETWORKS`.
            preset: Which way.

        Raises:
            ValueError: There is no such network.
        """
        if name not in NETWORKS:
            raise ValueError(f"there is no network {name!r}; there are {', '.join(NETWORKS)}")
        return _OF[preset][name]

    def to_dict(self) -> dict[str, int | float | str | bool]:
        """Return the settings by name."""
        return numbers_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> NetworkSettings:
        """Read what `to_dict` gave.

        Raises:
            CheckpointMismatchError: A setting is missing, unknown, of the wrong type, or impossible.
        """
        return numbers_from_dict(cls, values, "laboratory")

    def steps(self, n_windows: int) -> int:
        """Return how many steps are taken with so many windows to learn from."""
        steps = self.epochs * max(1, n_windows // self.batch_size)
        return min(steps, self.most_steps or steps)

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate at a step, from 0, of so many."""
        warming = round(self.warm_up * steps)
        if step < warming:
            return self.learning_rate * (step + 1) / (warming + 1)
        done = (step - warming) / max(1, steps - warming)
        return self.learning_rate * (0.5 * (1 + math.cos(math.pi * done)) if self.falls else 1)


_PAPERS: Final = NetworkSettings()
_QUICK: Final = NetworkSettings(
    optimiser=Optimiser.ADAMW,
    learning_rate=1e-3,
    weight_decay=0.01,
    batch_size=16,
    epochs=1000,
    most_steps=400,
    warm_up=0.1,
    falls=True,
    gradient_clip=1.0,
    by_recording_time=True,
)
_MODERN: Final = replace(_QUICK, weight_decay=0.05, batch_size=32, most_steps=0, epochs=60, held_out=0.15)
_OF: Final = {
    Preset.PAPER: {
        PAPER: _PAPERS,
        CNN_PAPER: replace(_PAPERS, batch_size=8),
        CNN_REPOSITORY: replace(_PAPERS, batch_size=8),
        # The paper has no such network: what is usual.
        MODERN: _MODERN,
        CONDITIONED: NetworkSettings(Optimiser.ADAMW, 5e-5, 0.01, batch_size=64, epochs=101),
    },
    Preset.QUICK: {
        PAPER: replace(_QUICK, coordinate_gain=20.0, quiet_layers=True, dropout=0.0),
        CNN_PAPER: _QUICK,
        CNN_REPOSITORY: _QUICK,
        MODERN: replace(_QUICK, learning_rate=2e-3, batch_size=32),
        CONDITIONED: replace(_QUICK, learning_rate=3e-4, batch_size=32),
    },
}
