"""A small network for what the body itself sees: the paper's two parts, local and global, with its spread.

As in the paper a local motion encoder (convolutions over neighbouring steps) comes before a global one (a Transformer
over the whole window); what is different is small: it reads `body_features`, normalises before each block, and says
besides the mean of every muscle how far off it may be, and what the joints do. Asked for muscles, it looks at a window
as it is and in a mirror, and says the mean of both. Without global layers it is a plain temporal convolution network,
the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mia_core.joints import JOINTS
from mia_core.models.network_numbers import numbers_from_dict, numbers_to_dict
from mia_core.muscles import MONTAGE
from mia_core.processing.body_features import FEATURE_MIRROR, FEATURE_MIRROR_SIGN, N_FEATURES

MODERN: Final = "modern"
CONVOLUTIONAL: Final = "cnn"
N_AUXILIARY: Final = 3 * len(JOINTS)
"""Angle, velocity and torque of every joint: learned beside the muscles, because they explain them."""
_LOG_SPREAD: Final = (-3.0, 2.0)
"""Bounds of the logarithm of the spread, in standard deviations of the muscle."""


@dataclass(frozen=True, slots=True)
class ModernConfig:
    """The numbers of the network.

    Attributes:
        n_features: Numbers in the description of a step.
        window_steps: Steps that it sees at once.
        n_muscles: Outputs per step.
        width: Channels of every step.
        local_layers: Convolution blocks.
        kernel_steps: Steps that each convolution sees, an odd number.
        dilated: Whether each block looks twice as far as the one before.
        global_layers: Transformer layers; 0 for the convolutional baseline.
        n_heads: Attention heads.
        feedforward: Hidden units in each Transformer layer.
        dropout: Probability of dropping, in training only.
        n_subjects: Subjects whose habits are learned beside; 0 for none.
        sees_mirror: Whether `ModernNetwork.outputs` looks in a mirror too; not for one person, whose sides may differ.
    """

    n_features: int = N_FEATURES
    window_steps: int = 30
    n_muscles: int = 8
    width: int = 64
    local_layers: int = 2
    kernel_steps: int = 5
    dilated: bool = False
    global_layers: int = 2
    n_heads: int = 4
    feedforward: int = 128
    dropout: float = 0.15
    n_subjects: int = 0
    sees_mirror: bool = False

    def __post_init__(self) -> None:
        sizes = (self.n_features, self.window_steps, self.n_muscles, self.width, self.n_heads, self.feedforward)
        if (
            min(*sizes, self.local_layers, self.kernel_steps) < 1
            or min(self.global_layers, self.n_subjects) < 0
            or self.width % self.n_heads
            or self.kernel_steps % 2 == 0
            or not 0 <= self.dropout < 1
            or (self.sees_mirror and (self.n_features, self.n_muscles) != (N_FEATURES, len(MONTAGE)))
        ):
            raise ValueError(f"no network can have these numbers: {self}")

    def to_dict(self) -> dict[str, int | float | str | bool]:
        """Return the numbers by name, for a model's card."""
        return numbers_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> ModernConfig:
        """Read what `to_dict` gave, or what it gave before networks looked in a mirror.

        Raises:
            CheckpointMismatchError: A number is missing, unknown, of the wrong type, or impossible.
        """
        return numbers_from_dict(cls, {"sees_mirror": False, **values}, MODERN)


class _LocalBlock(nn.Module):
    """Neighbouring steps, mixed by two convolutions around a residual."""

    def __init__(self, config: ModernConfig, number: int) -> None:
        super().__init__()
        dilation = 2**number if config.dilated else 1
        padding = dilation * (config.kernel_steps // 2)
        self.norm = nn.LayerNorm(config.width)
        self.mix = nn.Conv1d(config.width, config.width, config.kernel_steps, padding=padding, dilation=dilation)
        self.out = nn.Conv1d(config.width, config.width, 1)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, steps: Tensor) -> Tensor:
        """Mix (batch, time, width)."""
        rows = self.norm(steps).transpose(1, 2)  # (batch, width, time)
        mixed = self.out(functional.gelu(self.mix(rows))).transpose(1, 2)  # (batch, time, width)
        return steps + self.dropout(mixed)  # type: ignore[no-any-return]


class _GlobalBlock(nn.Module):
    """All steps of the window: a Transformer layer that normalises first."""

    def __init__(self, config: ModernConfig) -> None:
        super().__init__()
        self.n_heads, self.attention_dropout = config.n_heads, config.dropout
        self.attention_norm, self.feedforward_norm = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.attention_out = nn.Linear(config.width, config.width)
        self.expand = nn.Linear(config.width, config.feedforward)
        self.contract = nn.Linear(config.feedforward, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, steps: Tensor) -> Tensor:
        """Mix (batch, time, width)."""
        batch, time, width = steps.shape
        qkv = self.query_key_value(self.attention_norm(steps)).view(batch, time, 3, self.n_heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # 3 x (batch, head, time, width / heads)
        mixed = functional.scaled_dot_product_attention(
            query, key, value, dropout_p=self.attention_dropout if self.training else 0.0
        )
        steps = steps + self.dropout(self.attention_out(mixed.transpose(1, 2).reshape(batch, time, width)))
        hidden = functional.gelu(self.expand(self.feedforward_norm(steps)))  # (batch, time, feedforward)
        return steps + self.dropout(self.contract(hidden))  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class ModernOutput:
    """What the network says of every step, in units of its training: standardised.

    Attributes:
        mean: (batch, time, muscle).
        log_spread: (batch, time, muscle) logarithm of the standard deviation about the mean.
        auxiliary: (batch, time, `N_AUXILIARY`).
    """

    mean: Tensor
    log_spread: Tensor
    auxiliary: Tensor


class ModernNetwork(nn.Module):
    """Descriptions of three seconds to muscles, their spread, and joints.

    What was seen in training is stored beside the weights: means and scales of features, outputs and auxiliary values.

    Args:
        config: The numbers.
    """

    knows_spread: ClassVar = True
    """Whether `outputs` says how far off it may be."""
    feature_mean: Tensor
    feature_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor
    feature_mirror: Tensor
    feature_mirror_sign: Tensor

    def __init__(self, config: ModernConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("feature_mean", torch.zeros(config.n_features))
        self.register_buffer("feature_scale", torch.ones(config.n_features))
        self.register_buffer("output_mean", torch.zeros(config.n_muscles))
        self.register_buffer("output_scale", torch.ones(config.n_muscles))
        self.register_buffer("feature_mirror", torch.from_numpy(FEATURE_MIRROR), persistent=False)
        self.register_buffer("feature_mirror_sign", torch.from_numpy(FEATURE_MIRROR_SIGN), persistent=False)
        self.embed = nn.Linear(config.n_features, config.width)
        self.positions = nn.Parameter(0.02 * torch.randn(config.window_steps, config.width))
        self.subjects = nn.Parameter(torch.zeros(config.n_subjects, config.width)) if config.n_subjects else None
        self.dropout = nn.Dropout(config.dropout)
        self.local_layers = nn.ModuleList(_LocalBlock(config, number) for number in range(config.local_layers))
        self.global_layers = nn.ModuleList(_GlobalBlock(config) for _ in range(config.global_layers))
        self.norm = nn.LayerNorm(config.width)
        self.auxiliary = nn.Linear(config.width, N_AUXILIARY)
        self.hidden = nn.Linear(config.width + N_AUXILIARY, config.width)
        self.readout = nn.Linear(config.width, 2 * config.n_muscles)
        nn.init.zeros_(self.readout.weight)  # training starts at the mean, with a spread of one standard deviation
        nn.init.zeros_(self.readout.bias)

    def forward(self, features: Tensor, subjects: Tensor | None = None) -> ModernOutput:
        """Predict.

        Args:
            features: (batch, time, ...) with `n_features` in all, such as `body_features`; time = `window_steps`.
            subjects: (batch,) int64 numbers of known subjects, -1 for somebody unknown; None when all are unknown,
                which is the mean of the known ones, zero.
        """
        scaled = ((features.flatten(2) - self.feature_mean) / self.feature_scale).clamp(-8, 8)
        steps = self.dropout(self.embed(scaled))  # (batch, time, width)
        if subjects is not None and self.subjects is not None:
            known = (subjects >= 0).to(steps.dtype)[:, None]
            habits = self.subjects - self.subjects.mean(0)  # (subject, width)
            steps = steps + (known * habits[subjects.clamp(min=0)])[:, None]
        for layer in self.local_layers:
            steps = layer(steps)
        if len(self.global_layers):
            steps = steps + self.positions
        for layer in self.global_layers:
            steps = layer(steps)
        steps = self.norm(steps)
        auxiliary = self.auxiliary(steps)  # (batch, time, N_AUXILIARY)
        hidden = functional.gelu(self.hidden(torch.cat([steps, auxiliary], -1)))
        mean, log_spread = self.readout(self.dropout(hidden)).chunk(2, -1)
        return ModernOutput(mean, log_spread.clamp(*_LOG_SPREAD), auxiliary)

    def outputs(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return (batch, time, muscle) mean and standard deviation in the unit of the targets.

        A network that sees the mirror says the mean of both sights; where they differ, its spread is wider.
        """
        if not self.config.sees_mirror:
            return self._told(features)
        features = features.flatten(2)
        mirrored = features[..., self.feature_mirror] * self.feature_mirror_sign
        mean, spread = self._told(torch.cat([features, mirrored]))
        (mean, other), (spread, other_spread) = mean.chunk(2), spread.chunk(2)
        other, other_spread = other[..., MONTAGE.mirror], other_spread[..., MONTAGE.mirror]
        variance = (spread.square() + other_spread.square()) / 2 + ((mean - other) / 2).square()
        return (mean + other) / 2, variance.sqrt()

    def _told(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation after one look."""
        said = self(features)
        mean = (said.mean * self.output_scale + self.output_mean).clamp(min=0)
        return mean, said.log_spread.exp() * self.output_scale
