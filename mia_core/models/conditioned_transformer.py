"""The Transformer of the authors' second code (ICCV 2023), which is told whose body it sees.

It differs from the paper's (`motion_transformer`) in four ways: it reads joints in three dimensions, it has 8 layers of
16 heads, it puts out sEMG in counts with no ReLU behind it, and two of its 128 channels hold a number that stands for
the subject. The authors' file of it has 5,424,712 numbers, of which 4,830,400 are used (`published_checkpoint`).

The same code has a network for the reverse direction, from sEMG to the pose. It is left out on purpose: this program
shows muscles, and it sees the pose itself.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import torch
from torch import Tensor, nn

from mia_core.models.motion_transformer import (
    ByteDropout,
    EncoderLayer,
    HeadInit,
    MotionTransformerConfig,
    sinusoids,
)
from mia_core.models.network_numbers import numbers_from_dict, numbers_to_dict

CONDITIONED: Final = "conditioned"
SUBJECT_CHANNELS: Final = 2
"""So many of the channels hold the subject's number."""
MAX_SUBJECTS: Final = 10
_TYPICAL_COUNTS: Final = 20.0
"""Where outputs start when the mean of the training targets is not known."""


@dataclass(frozen=True, slots=True)
class ConditionedConfig:
    """The numbers of the network; the defaults are the authors'.

    Attributes:
        window_steps: Steps of the 10 Hz grid that it sees at once.
        n_keypoints: Joints or keypoints.
        n_dimensions: Coordinates of each: 3 for joints in metres, 2 for keypoints in fractions of the picture.
        n_muscles: Outputs per step.
        width: Channels of every embedding, those of the subject among them.
        n_layers: Transformer layers, which start from the same weights.
        n_heads: Attention heads; they share out `width`.
        feedforward: Hidden units of each layer's feed-forward part.
        kernel_steps: Steps that the convolution sees, an odd number.
        dropout: Probability of dropping, in training only.
        head_init: How the read-out starts.
    """

    window_steps: int = 30
    n_keypoints: int = 25
    n_dimensions: int = 3
    n_muscles: int = 8
    width: int = 128
    n_layers: int = 8
    n_heads: int = 16
    feedforward: int = 2048
    kernel_steps: int = 9
    dropout: float = 0.1
    head_init: HeadInit = HeadInit.MEAN

    def __post_init__(self) -> None:
        self.layer  # noqa: B018 - refuses impossible numbers
        if self.n_dimensions not in (2, 3) or self.width <= SUBJECT_CHANNELS:
            raise ValueError(f"no network can have these numbers: {self}")

    @property
    def layer(self) -> MotionTransformerConfig:
        """The numbers of one layer, and of the paper's network with such layers."""
        shared = {name: getattr(self, name) for name in _SHARED}
        return MotionTransformerConfig(**shared)

    def to_dict(self) -> dict[str, int | float | str | bool]:
        """Return the numbers by name."""
        return numbers_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> ConditionedConfig:
        """Read what `to_dict` gave.

        Raises:
            CheckpointMismatchError: A number is missing, unknown, of the wrong type, or impossible.
        """
        return numbers_from_dict(cls, values, CONDITIONED)


_SHARED: Final = tuple(
    field.name for field in fields(ConditionedConfig) if field.name in {f.name for f in fields(MotionTransformerConfig)}
)


class ConditionedTransformer(nn.Module):
    """Joints of three seconds and the subject's number to sEMG; 4,830,400 parameters with the authors' numbers.

    Args:
        config: The numbers.
        mean_output: (n_muscles,) mean of the training targets, where `HeadInit.MEAN` starts the read-out; None for a
            typical count.
    """

    positions: Tensor

    def __init__(self, config: ConditionedConfig, mean_output: Sequence[float] | None = None) -> None:
        super().__init__()
        self.config = config
        embedded = config.width - SUBJECT_CHANNELS
        self.local = nn.Conv1d(
            config.n_dimensions * config.n_keypoints, embedded, config.kernel_steps, padding=config.kernel_steps // 2
        )
        self.register_buffer("positions", sinusoids(config.window_steps, embedded), persistent=False)
        self.dropout = ByteDropout(config.dropout)
        first = EncoderLayer(config.layer)
        self.layers = nn.ModuleList([first, *(copy.deepcopy(first) for _ in range(config.n_layers - 1))])
        self.readout = nn.Linear(config.width, config.n_muscles)
        if config.head_init is HeadInit.MEAN:
            mean = torch.as_tensor(mean_output or [_TYPICAL_COUNTS] * config.n_muscles, dtype=torch.float32)
            with torch.no_grad():
                self.readout.weight *= 0.3 * mean[:, None]
                self.readout.bias.copy_(mean)

    def forward(self, joints: Tensor, subject: Tensor) -> Tensor:
        """Predict.

        Args:
            joints: (batch, time, joint, 3) float32 metres as the authors' pose estimator gives them, or
                (batch, time, keypoint, 2) fractions of the picture; time = `window_steps`.
            subject: (batch,) float32 the subjects' numbers, see `subject_number`.

        Returns:
            (batch, time, muscle) in the unit of the training targets; may be a little below 0.
        """
        rows = joints.flatten(2).transpose(1, 2) * math.sqrt(self.config.width)  # (batch, 75, time)
        steps = self.dropout(self.local(rows).transpose(1, 2) + self.positions)  # (batch, time, width - 2)
        told = subject[:, None, None].expand(-1, steps.shape[1], SUBJECT_CHANNELS)  # (batch, time, 2)
        steps = torch.cat([steps, told], -1)  # (batch, time, width)
        for layer in self.layers:
            steps = layer(steps)
        return self.readout(steps)  # type: ignore[no-any-return]


def subject_number(place: int) -> float:
    """Return what the network is told of a subject: 1.0 for the authors' Subject0, down to 0.1 for Subject9.

    Args:
        place: 0 to `MAX_SUBJECTS` - 1.

    Raises:
        ValueError: The network knows no such subject.
    """
    if not 0 <= place < MAX_SUBJECTS:
        raise ValueError(f"there is no number for subject {place}")
    return (MAX_SUBJECTS - place) / MAX_SUBJECTS
