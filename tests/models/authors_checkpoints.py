"""Files to the documented key list of the authors' checkpoints, made with PyTorch's own layers."""

import math
from collections import Counter

import torch
from torch import nn

from mia_core.models.motion_transformer import sinusoids


class AuthorsNetwork(nn.Module):
    """The keys and shapes of the authors' Transformers, dead layers too.

    Args:
        channels: Of the convolution: 128 in the first version, 126 in the second.
        n_rows: Coordinates of a step.
        n_layers: Transformer layers.
        n_heads: Attention heads.
    """

    def __init__(self, channels=128, n_rows=50, n_layers=4, n_heads=8, n_steps=30):
        super().__init__()
        self.positional_encoder = nn.Module()
        self.positional_encoder.register_buffer("pos_encoding", sinusoids(n_steps, channels)[None])
        self.jointdim = nn.Linear(128, 8)
        self.conv1 = nn.Conv2d(1, channels, (n_rows, 9), padding=(0, 4))
        self.bn = nn.BatchNorm1d(128)
        self.encoder_layer = nn.TransformerEncoderLayer(128, n_heads)
        self.transformer0 = nn.TransformerEncoder(self.encoder_layer, n_layers, enable_nested_tensor=False)
        self.out0 = nn.Linear(128, 8)

    def forward(self, points, subject=None):
        """(batch, time, point, 2 or 3) -> (batch, time, 8)."""
        rows = points.flatten(2).transpose(1, 2)[:, None] * math.sqrt(128)
        steps = self.conv1(rows)[:, :, 0].transpose(1, 2) + self.positional_encoder.pos_encoding
        if subject is not None:
            steps = torch.cat([steps, subject[:, None, None].expand(-1, steps.shape[1], 2)], -1)
        out = self.out0(self.transformer0(steps.transpose(0, 1)))
        return (torch.relu(out) if subject is None else out).transpose(0, 1)


def first_version(seed=0, **numbers):
    torch.manual_seed(seed)
    return _shaken(AuthorsNetwork(**numbers))


def second_version(seed=0, n_dimensions=3):
    torch.manual_seed(seed)
    return _shaken(AuthorsNetwork(126, 25 * n_dimensions, n_layers=8, n_heads=16))


def write(path, network, *, epoch=250, prefix="", **changes):
    """Write the file that the authors' training code would."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-6)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [6000, 9000, 12000], gamma=1.0)
    assert isinstance(scheduler.state_dict()["milestones"], Counter)
    weights = {prefix + name: value for name, value in network.state_dict().items()}
    content = {
        "epoch": epoch,
        "model_args": {"num_tokens": 50, "dim_model": 128, "num_heads": 8, "classif": False, "device": "cuda"},
        "my_model": weights,
        "optimizer": optimizer.state_dict(),
        "lr_scheduler": scheduler.state_dict(),
    }
    torch.save(content | changes, path)
    return path


@torch.no_grad()
def _shaken(network):
    """Layers that start from the same weights would hide an exchange of layers."""
    for parameter in network.parameters():
        parameter += 0.02 * torch.randn_like(parameter)
    return network.eval()
