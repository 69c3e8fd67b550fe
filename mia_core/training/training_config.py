"""The settings of a training run."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

from mia_core.errors import MiaError
from mia_core.exercises import HELD_OUT_EXERCISES
from mia_core.models.model_card import OutputKind, Scalar
from mia_core.processing.normalization import NormalizationKind

HELD_OUT_SUBJECTS: Final = ("cmu-02", "cmu-06")
"""People of the motion capture library whose motion is kept for judging."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class ModelNameError(MiaError):
    """A model can't be named so."""


def check_model_name(name: str) -> None:
    """See that a name can be that of a model's files, and lies in their folder.

    Raises:
        ModelNameError: It can't.
    """
    if not _NAME.fullmatch(name):
        raise ModelNameError(
            f"A model can't be named {name!r}.", "Use letters, digits, `.`, `-` and `_`, a hundred at most."
        )


class ModelKind(StrEnum):
    """The networks that can be trained."""

    PAPER = "paper"
    """`MotionTransformer`, the paper's."""
    MODERN = "modern"
    """`ModernNetwork`: convolutions, then a Transformer, on what the body itself sees."""
    CNN = "cnn"
    """`ModernNetwork` without its Transformer: the baseline."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that a training run can be told. `TrainingConfig.of` gives each network's own defaults.

    Attributes:
        name: Name of the model that comes out.
        model: Which network.
        seed: Of everything random.
        steps: Optimiser steps.
        batch_size: Windows per step.
        peak_learning_rate: Of AdamW, after the warm-up; it then falls along a cosine to 2 % of this.
        warm_up_steps: Steps in which the learning rate grows to its peak.
        weight_decay: Of AdamW, on matrices only.
        width: Channels of the network; `PAPER` has its own.
        local_layers: Convolution blocks; `PAPER` has its own.
        global_layers: Transformer layers; `PAPER` has its own.
        dropout: In the network, in training.
        gradient_clip: Longest allowed gradient.
        ema_decay: Of the running mean of the weights; the mean is what is judged and kept.
        output: What the network puts out.
        normalization: How keypoints are normalised.
        auxiliary_weight: Of the joints' angles, velocities and torques in the loss; 0 learns muscles alone.
        late_weight: Of the last five steps of a window in the loss, those that a live read-out may use; others have 1.
        subject_dropout: In so many windows the subject is unknown; 1 learns no subjects' habits.
        captured_fraction: So many windows are of captured motion, where the data hold any.
        mirror_fraction: So many windows are seen in a mirror, left muscles as right ones.
        sees_mirror: Whether the model looks at every window in a mirror too and says the mean, where it can.
        bone_spread: Standard deviation of the factor on the length of each bone of each window's person.
        padded_fraction: In so many windows the first steps hold one pose, as in the first three live seconds.
        held_out_fraction: So many of the virtual subjects are kept for choosing the best weights.
        chosen_on: Captured subjects that choose the best weights, where the data hold them.
        left_out_subjects: Subjects that are not looked at at all: they will judge the model.
        left_out_exercises: Exercises that are not looked at at all, or kinds such as `mocap_varied`.
        evaluate_every: Steps between evaluations; the run is also saved then, to be resumed.
        patience: Evaluations without improvement after which training ends.

    Raises:
        ModelNameError: It can't be named so.
    """

    name: str = "my-model"
    model: ModelKind = ModelKind.MODERN
    seed: int = 1
    steps: int = 4000
    batch_size: int = 64
    peak_learning_rate: float = 2e-3
    warm_up_steps: int = 300
    weight_decay: float = 0.05
    width: int = 128
    local_layers: int = 2
    global_layers: int = 2
    dropout: float = 0.15
    gradient_clip: float = 1.0
    ema_decay: float = 0.995
    output: OutputKind = OutputKind.SQRT_ACTIVATION
    normalization: NormalizationKind = NormalizationKind.BODY
    auxiliary_weight: float = 0.3
    late_weight: float = 2.0
    subject_dropout: float = 1.0
    captured_fraction: float = 0.5
    mirror_fraction: float = 0.5
    sees_mirror: bool = True
    bone_spread: float = 0.03
    padded_fraction: float = 0.1
    held_out_fraction: float = 0.15
    chosen_on: tuple[str, ...] = ("cmu-08",)
    left_out_subjects: tuple[str, ...] = HELD_OUT_SUBJECTS
    left_out_exercises: tuple[str, ...] = HELD_OUT_EXERCISES
    evaluate_every: int = 250
    patience: int = 8

    def __post_init__(self) -> None:
        check_model_name(self.name)

    @classmethod
    def of(cls, model: ModelKind, name: str = "my-model", seed: int = 1, steps: int | None = None) -> TrainingConfig:
        """Return the defaults of a network, which are not the same for all."""
        if model is ModelKind.PAPER:
            return cls(
                name,
                model,
                seed,
                steps or 2000,
                peak_learning_rate=5e-4,
                warm_up_steps=200,
                dropout=0.1,
                ema_decay=0.998,
                output=OutputKind.ACTIVATION,
                normalization=NormalizationKind.ROOT_TORSO,
                auxiliary_weight=0.0,
            )
        if model is ModelKind.CNN:
            return cls(name, model, seed, steps or 4000, local_layers=4, global_layers=0)
        return cls(name, model, seed, steps or 4000)

    def on_recorded(self, *, steps: int | None = None, starts_from_another: bool = False) -> TrainingConfig:
        """Return these settings for recorded steps, of which nobody knows the joints' angles and torques.

        Args:
            steps: Optimiser steps, None for a few: there is far less to learn than in simulated data.
            starts_from_another: From a trained model, which must not be forgotten: smaller steps.
        """
        return replace(
            self,
            steps=steps or 300,
            peak_learning_rate=2e-4 if starts_from_another else self.peak_learning_rate,
            warm_up_steps=25,
            ema_decay=0.99,
            auxiliary_weight=0.0,
            evaluate_every=25,
            patience=6,
        )

    def to_dict(self) -> dict[str, Scalar]:
        """Return the settings by name, for the model's card."""
        return {name: _scalar(value) for name, value in asdict(self).items()}


def _scalar(value: Scalar | StrEnum | tuple[str, ...]) -> Scalar:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value) if isinstance(value, StrEnum) else value
