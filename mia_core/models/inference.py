"""The paper's network as a few matrix products: the same numbers as `MotionTransformer`, in less than half the time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mia_core.models.motion_transformer import EncoderLayer, MotionTransformer


@dataclass(frozen=True, slots=True)
class _Affine:
    """`inputs @ weight + bias` with the weight stored (in, out).

    With 30 rows, MKL multiplies by an (in, out) matrix up to twice as fast as by the (out, in) one of `nn.Linear`; and
    adding the bias afterwards costs less than `addmm`, which first writes it into every row.
    """

    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> _Affine:
        """Take an (out, in) weight as `nn.Linear` has it."""
        return cls(weight.detach().T.contiguous(), bias.detach().contiguous())

    def __call__(self, inputs: Tensor) -> Tensor:
        return torch.mm(inputs, self.weight).add_(self.bias)


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: Tensor
    bias: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        return functional.layer_norm(inputs, self.weight.shape, self.weight, self.bias)


class _Layer:
    """One `EncoderLayer` without dropout, for one window."""

    def __init__(self, layer: EncoderLayer) -> None:
        width = layer.attention_out.in_features
        self.n_heads = layer.n_heads
        # The 1 / sqrt(width of a head) of the attention is part of the query's weights.
        scale = torch.ones(3 * width, device=layer.attention_out.weight.device)
        scale[:width] = 1 / math.sqrt(width // layer.n_heads)
        qkv = layer.query_key_value
        self.query_key_value = _Affine.of(qkv.weight * scale[:, None], qkv.bias * scale)
        self.attention_out = _Affine.of(layer.attention_out.weight, layer.attention_out.bias)
        self.attention_norm = _Norm(layer.attention_norm.weight.detach(), layer.attention_norm.bias.detach())
        self.expand = _Affine.of(layer.expand.weight, layer.expand.bias)
        self.contract = _Affine.of(layer.contract.weight, layer.contract.bias)
        self.feedforward_norm = _Norm(layer.feedforward_norm.weight.detach(), layer.feedforward_norm.bias.detach())

    def __call__(self, steps: Tensor, last_steps: int) -> Tensor:
        """Mix (time, width) and return the last (last_steps, width)."""
        time, width = steps.shape
        qkv = self.query_key_value(steps).view(time, 3, self.n_heads, -1)  # (time, 3, head, width / heads)
        query, key, value = qkv.permute(1, 2, 0, 3)  # 3 x (head, time, width / heads)
        attention = torch.softmax(torch.bmm(query[:, -last_steps:], key.transpose(1, 2)), -1)  # (head, last, time)
        mixed = torch.bmm(attention, value).transpose(0, 1).reshape(last_steps, width)  # (last, width)
        steps = self.attention_norm(self.attention_out(mixed).add_(steps[-last_steps:]))  # (last, width)
        hidden = self.expand(steps).relu_()  # (last, feedforward)
        return self.feedforward_norm(self.contract(hidden).add_(steps))  # (last, width)


class InferenceNetwork:
    """A trained `MotionTransformer` made ready for one window at a time, on the network's device.

    What `forward` multiplies at every call is multiplied into the weights once, and the last layer is computed only for
    the steps that are asked for. Exact: nothing is approximated.

    Args:
        network: The network; a later change of it is not seen.
    """

    def __init__(self, network: MotionTransformer) -> None:
        config = network.config
        bias = network.local.bias
        if bias is None:
            raise ValueError("the convolution has no bias")
        weight = network.local.weight.flatten(1) * math.sqrt(config.width)  # (width, 50 * kernel)
        self.kernel_steps = config.kernel_steps
        self.window_steps = config.window_steps
        self.local = _Affine.of(weight, network.positions + bias)  # its bias is (time, width)
        self.layers = [_Layer(layer) for layer in network.layers if isinstance(layer, EncoderLayer)]
        self.readout = _Affine.of(network.readout.weight, network.readout.bias)

    @torch.inference_mode()
    def __call__(self, coordinates: Tensor, last_steps: int) -> Tensor:
        """Predict the end of one window.

        Args:
            coordinates: (time, keypoint, 2) normalised.
            last_steps: How many steps to return, 1 to time.

        Returns:
            (last_steps, muscle) >= 0.
        """
        pad = self.kernel_steps // 2
        rows = functional.pad(coordinates.flatten(1), (0, 0, pad, pad))  # (time + kernel - 1, 50)
        patches = rows.unfold(0, self.kernel_steps, 1).reshape(len(coordinates), -1)  # (time, 50 * kernel)
        steps = self.local(patches)  # (time, width)
        for layer in self.layers[:-1]:
            steps = layer(steps, self.window_steps)  # (time, width)
        steps = self.layers[-1](steps, last_steps)  # (last, width)
        return self.readout(steps).relu_()  # (last, muscle)
