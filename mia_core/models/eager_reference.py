"""The paper's network written with PyTorch's own Transformer, as its authors did: the yardstick of speed and parity."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn

from mia_core.models.motion_transformer import EncoderLayer, MotionTransformer, sinusoids

PYTORCH_LAYER_NAMES: Final = {
    "self_attn.in_proj_weight": "query_key_value.weight",
    "self_attn.in_proj_bias": "query_key_value.bias",
    "self_attn.out_proj.weight": "attention_out.weight",
    "self_attn.out_proj.bias": "attention_out.bias",
    "linear1.weight": "expand.weight",
    "linear1.bias": "expand.bias",
    "linear2.weight": "contract.weight",
    "linear2.bias": "contract.bias",
    "norm1.weight": "attention_norm.weight",
    "norm1.bias": "attention_norm.bias",
    "norm2.weight": "feedforward_norm.weight",
    "norm2.bias": "feedforward_norm.bias",
}
"""Parameters of `nn.TransformerEncoderLayer`, and what they are called in `EncoderLayer`."""


class EagerReference(nn.Module):
    """`nn.Conv2d` over all coordinates, `nn.TransformerEncoder` (time first, post-norm), `nn.Linear`, ReLU.

    Args:
        network: Where numbers and weights are copied from.
    """

    positions: Tensor

    def __init__(self, network: MotionTransformer) -> None:
        super().__init__()
        config = network.config
        rows = 2 * config.n_keypoints
        self.scale = math.sqrt(config.width)
        self.conv = nn.Conv2d(1, config.width, (rows, config.kernel_steps), padding=(0, config.kernel_steps // 2))
        layer = nn.TransformerEncoderLayer(config.width, config.n_heads, config.feedforward, config.dropout)
        self.encoder = nn.TransformerEncoder(layer, config.n_layers, enable_nested_tensor=False)
        self.readout = nn.Linear(config.width, config.n_muscles)
        self.register_buffer("positions", sinusoids(config.window_steps, config.width)[:, None], persistent=False)
        self.dropout = nn.Dropout(config.dropout)
        self._copy(network)

    def forward(self, rows: Tensor) -> Tensor:
        """Predict.

        Args:
            rows: (batch, 1, 50, time) coordinates, as the paper's code takes them.

        Returns:
            (batch, muscle, time) >= 0.
        """
        steps = self.conv(rows * self.scale)[:, :, 0]  # (batch, width, time)
        steps = self.dropout(steps.permute(2, 0, 1) + self.positions)  # (time, batch, width)
        steps = self.encoder(steps)  # (time, batch, width)
        return torch.relu(self.readout(steps)).permute(1, 2, 0)  # (batch, muscle, time)

    @torch.no_grad()
    def _copy(self, network: MotionTransformer) -> None:
        self.conv.weight.copy_(network.local.weight[:, None])
        self.conv.bias.copy_(network.local.bias)  # type: ignore[union-attr, arg-type]
        self.readout.load_state_dict(network.readout.state_dict())
        for theirs, ours in zip(self.encoder.layers, network.layers, strict=True):
            if isinstance(ours, EncoderLayer):
                weights = ours.state_dict()
                theirs.load_state_dict({name: weights[own] for name, own in PYTORCH_LAYER_NAMES.items()})
