"""The paper's network (section 4.3): one convolution over time, then a Transformer, then one linear read-out."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mia_core.models.network_numbers import numbers_from_dict, numbers_to_dict

ARCHITECTURE: Final = "motion_transformer"
"""The name of this network in a model's card."""
TYPICAL_ACTIVATION: Final = 0.1
"""Where outputs start when the mean of the training targets is not known."""


class HeadInit(StrEnum):
    """How the read-out starts."""

    MEAN = "mean"
    """At the mean of the training targets: every muscle is alive from the first step."""
    DEFAULT = "default"
    """As `nn.Linear` does, like the paper's code: behind the ReLU about two of eight muscles are dead at the start."""


@dataclass(frozen=True, slots=True)
class MotionTransformerConfig:
    """The numbers of the network; the defaults are the paper's.

    Attributes:
        window_steps: Steps of the 10 Hz grid that it sees at once; 30 = 3.0 s.
        n_keypoints: Keypoints, each with x and y.
        n_muscles: Outputs per step.
        width: Channels of every embedding.
        n_layers: Transformer layers.
        n_heads: Attention heads; they share out `width`.
        feedforward: Hidden units of each layer's feed-forward part.
        kernel_steps: Steps that the convolution sees, an odd number.
        dropout: Probability of dropping, in training only.
        head_init: How the read-out starts.
        identical_layers: Whether all layers start from the same weights, as in the paper's code, which copies one.
    """

    window_steps: int = 30
    n_keypoints: int = 25
    n_muscles: int = 8
    width: int = 128
    n_layers: int = 4
    n_heads: int = 8
    feedforward: int = 2048
    kernel_steps: int = 9
    dropout: float = 0.1
    head_init: HeadInit = HeadInit.MEAN
    identical_layers: bool = True

    def __post_init__(self) -> None:
        sizes = (self.window_steps, self.n_keypoints, self.n_muscles, self.n_layers, self.n_heads, self.feedforward)
        if (
            min(*sizes, self.width, self.kernel_steps) < 1
            or self.width % (2 * self.n_heads)
            or self.kernel_steps % 2 == 0
            or not 0 <= self.dropout < 1
        ):
            raise ValueError(f"no network can have these numbers: {self}")

    def to_dict(self) -> dict[str, int | float | str | bool]:
        """Return the numbers by name, for a model's card."""
        return numbers_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> MotionTransformerConfig:
        """Read what `to_dict` gave.

        Raises:
            CheckpointMismatchError: A number is missing, unknown, of the wrong type, or impossible.
        """
        return numbers_from_dict(cls, values, ARCHITECTURE)


class ByteDropout(nn.Module):
    """Dropout that draws eight random bits per value: on a CPU a tenth of the time of `nn.Dropout`, 20 % of training.

    Args:
        probability: Of dropping, rounded to a multiple of 1 / 256 (the paper's 0.1 becomes 0.1016).
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.threshold = round(probability * 256)

    def forward(self, values: Tensor) -> Tensor:
        """Drop some of the values (any shape) in training, scale the others up so that the mean is kept."""
        if not self.training or self.threshold == 0:
            return values
        words = torch.empty(-(-values.numel() // 8), dtype=torch.int64, device=values.device)
        words.random_(torch.iinfo(torch.int64).min, None)  # all 64 bits are random
        random_bytes = words.view(torch.uint8)[: values.numel()].view(values.shape)
        keep = (random_bytes >= self.threshold).to(values.dtype)
        return values * keep.mul_(256 / (256 - self.threshold))


class EncoderLayer(nn.Module):
    """One post-norm Transformer layer; the same function as `nn.TransformerEncoderLayer` with ReLU."""

    def __init__(self, config: MotionTransformerConfig) -> None:
        super().__init__()
        self.n_heads = config.n_heads
        self.attention_dropout = config.dropout
        self.query_key_value = nn.Linear(config.width, 3 * config.width)
        self.attention_out = nn.Linear(config.width, config.width)
        self.attention_norm = nn.LayerNorm(config.width)
        self.expand = nn.Linear(config.width, config.feedforward)
        self.contract = nn.Linear(config.feedforward, config.width)
        self.feedforward_norm = nn.LayerNorm(config.width)
        self.dropout = ByteDropout(config.dropout)
        # What `nn.MultiheadAttention` does, so that training starts where the paper's starts.
        nn.init.xavier_uniform_(self.query_key_value.weight)
        nn.init.zeros_(self.query_key_value.bias)
        nn.init.zeros_(self.attention_out.bias)

    def forward(self, steps: Tensor) -> Tensor:
        """Mix the steps.

        Args:
            steps: (batch, time, width).

        Returns:
            (batch, time, width).
        """
        batch, time, width = steps.shape
        qkv = self.query_key_value(steps)  # (batch, time, 3 * width)
        qkv = qkv.view(batch, time, 3, self.n_heads, width // self.n_heads)  # (batch, time, 3, head, width / heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # 3 x (batch, head, time, width / heads)
        mixed = functional.scaled_dot_product_attention(
            query, key, value, dropout_p=self.attention_dropout if self.training else 0.0
        )  # (batch, head, time, width / heads)
        mixed = mixed.transpose(1, 2).reshape(batch, time, width)  # (batch, time, width)
        steps = self.attention_norm(steps + self.dropout(self.attention_out(mixed)))  # (batch, time, width)
        hidden = self.dropout(torch.relu(self.expand(steps)))  # (batch, time, feedforward)
        return self.feedforward_norm(steps + self.dropout(self.contract(hidden)))  # type: ignore[no-any-return]


class MotionTransformer(nn.Module):
    """Keypoints of three seconds to the activations of eight muscles; 2,430,856 parameters, all of them used.

    The paper's local motion encoder is `local`, its global feature encoder is `layers`.

    Args:
        config: The numbers.
        mean_output: (n_muscles,) mean of the training targets, where `HeadInit.MEAN` starts the read-out; None for
            `TYPICAL_ACTIVATION`.
    """

    knows_spread: ClassVar = False
    """Whether `outputs` says how far off it may be."""
    positions: Tensor

    def __init__(self, config: MotionTransformerConfig, mean_output: Sequence[float] | None = None) -> None:
        super().__init__()
        self.config = config
        self.local = nn.Conv1d(
            2 * config.n_keypoints, config.width, config.kernel_steps, padding=config.kernel_steps // 2
        )
        self.register_buffer("positions", sinusoids(config.window_steps, config.width), persistent=False)
        self.dropout = ByteDropout(config.dropout)
        first = EncoderLayer(config)
        others = range(config.n_layers - 1)
        self.layers = nn.ModuleList(
            [first, *(copy.deepcopy(first) if config.identical_layers else EncoderLayer(config) for _ in others)]
        )
        self.readout = nn.Linear(config.width, config.n_muscles)
        if config.head_init is HeadInit.MEAN:
            self._start_readout_at(mean_output or [TYPICAL_ACTIVATION] * config.n_muscles)

    def forward(self, coordinates: Tensor) -> Tensor:
        """Predict.

        Args:
            coordinates: (batch, time, keypoint, 2) float32, normalised; time = `window_steps`.

        Returns:
            (batch, time, muscle) >= 0.
        """
        rows = coordinates.flatten(2)  # (batch, time, 50), ordered x0, y0, x1, y1, ...
        rows = rows.transpose(1, 2) * math.sqrt(self.config.width)  # (batch, 50, time)
        steps = self.local(rows).transpose(1, 2)  # (batch, time, width)
        steps = self.dropout(steps + self.positions)  # (batch, time, width)
        for layer in self.layers:
            steps = layer(steps)  # (batch, time, width)
        return torch.relu(self.readout(steps))  # (batch, time, muscle)

    def _start_readout_at(self, mean_output: Sequence[float]) -> None:
        mean = torch.as_tensor(mean_output, dtype=torch.float32)  # (muscle,)
        with torch.no_grad():
            # `nn.Linear` starts with outputs of about 0.6 around its bias: at this scale every muscle starts within a
            # small part of its mean, also one whose mean is small.
            self.readout.weight *= 0.3 * mean[:, None]
            self.readout.bias.copy_(mean)

    def outputs(self, coordinates: Tensor) -> tuple[Tensor, Tensor]:
        """Return (batch, time, muscle) outputs, and ones: this network does not know its spread."""
        values = self(coordinates)
        return values, torch.ones_like(values)


def sinusoids(n_steps: int, width: int) -> Tensor:
    """Return (n_steps, width) the sinusoidal positions of "Attention is all you need": sine even, cosine odd."""
    time = torch.arange(n_steps, dtype=torch.float32)[:, None]  # (n_steps, 1)
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))  # (width / 2,)
    return torch.stack([torch.sin(time * rate), torch.cos(time * rate)], dim=-1).flatten(1)  # (n_steps, width)
