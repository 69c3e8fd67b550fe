"""The settings of a training run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from mia_core.models.model_card import OutputKind, Scalar
from mia_core.models.motion_transformer import HeadInit
from mia_core.processing.normalization import NormalizationKind


class LossKind(StrEnum):
    """What is minimised; errors are counted in standard deviations of each muscle, so that all weigh the same."""

    MSE = "mse"
    """The mean squared error, the paper's loss but for the standard deviations."""
    SMOOTH_L1 = "smooth_l1"
    """Squared below one standard deviation, linear above."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that a training run can be told.

    Attributes:
        name: Name of the model that comes out.
        seed: Of everything random.
        steps: Optimiser steps.
        batch_size: Windows per step.
        peak_learning_rate: Of AdamW, after the warm-up; it then falls along a cosine to 2 % of this.
        warm_up_steps: Steps in which the learning rate grows to its peak.
        weight_decay: Of AdamW, on matrices only.
        dropout: In the network, in training.
        gradient_clip: Longest allowed gradient.
        ema_decay: Of the running mean of the weights; the mean is what is judged and kept.
        loss: What is minimised.
        output: What the network puts out.
        head_init: How the read-out starts.
        normalization: How keypoints are normalised.
        mirror_fraction: So many windows are seen in a mirror, left muscles as right ones.
        bone_spread: Standard deviation of the factor on the length of each bone of each window's person.
        padded_fraction: In so many windows the first steps hold one pose, as in the first three live seconds.
        held_out_fraction: So many of the subjects are kept for choosing the best weights.
        evaluate_every: Steps between evaluations on the held-out subjects; the run is also saved then, to be resumed.
        patience: Evaluations without improvement after which training ends.
    """

    name: str = "my-model"
    seed: int = 1
    steps: int = 2000
    batch_size: int = 64
    peak_learning_rate: float = 5e-4
    warm_up_steps: int = 200
    weight_decay: float = 0.05
    dropout: float = 0.1
    gradient_clip: float = 1.0
    ema_decay: float = 0.998
    loss: LossKind = LossKind.MSE
    output: OutputKind = OutputKind.ACTIVATION
    head_init: HeadInit = HeadInit.MEAN
    normalization: NormalizationKind = NormalizationKind.ROOT_TORSO
    mirror_fraction: float = 0.5
    bone_spread: float = 0.05
    padded_fraction: float = 0.1
    held_out_fraction: float = 0.15
    evaluate_every: int = 250
    patience: int = 8

    def to_dict(self) -> dict[str, Scalar]:
        """Return the settings by name, for the model's card."""
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(self).items()}
