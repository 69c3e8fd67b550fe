"""The paper's convolutional baseline (section 5.2), as its text describes it and as its code holds it.

The text tells of five spatio-temporal convolutions whose kernels are smaller than the axis of coordinates, and which
reduce it step by step to one row. The kernels of the code that fits this text leave nothing of 50 rows; `PAPER` is that
network with its last kernel one row shorter. `REPOSITORY` is the other network of the code: its first kernel spans all
coordinates at once, and the others see time alone. Which of the two made the paper's table is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from mia_core.models.motion_transformer import TYPICAL_ACTIVATION, HeadInit
from mia_core.models.network_numbers import numbers_from_dict, numbers_to_dict

PAPER: Final = "cnn_paper"
REPOSITORY: Final = "cnn_repo"
_WIDTHS: Final = {PAPER: (32, 64, 128, 64), REPOSITORY: (128, 64, 128, 64)}
_KERNEL_STEPS: Final = 9
_KERNEL_ROWS: Final = 13
_PADDED_ROWS: Final = 1
_N_NORMALISED: Final = 3


@dataclass(frozen=True, slots=True)
class PaperCnnConfig:
    """The numbers of the network.

    Attributes:
        kind: `PAPER` (2,216,328 parameters) or `REPOSITORY` (284,424).
        n_keypoints: Keypoints, each with x and y; 25 for `PAPER`, whose kernels are made for 50 rows.
        n_muscles: Outputs per step.
        head_init: How the last layer starts.
    """

    kind: str = PAPER
    n_keypoints: int = 25
    n_muscles: int = 8
    head_init: HeadInit = HeadInit.MEAN

    def __post_init__(self) -> None:
        fits = self.n_keypoints == 25 if self.kind == PAPER else self.n_keypoints >= 1
        if self.kind not in _WIDTHS or not fits or self.n_muscles < 1:
            raise ValueError(f"no network can have these numbers: {self}")

    def to_dict(self) -> dict[str, int | float | str | bool]:
        """Return the numbers by name."""
        return numbers_to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> PaperCnnConfig:
        """Read what `to_dict` gave.

        Raises:
            CheckpointMismatchError: A number is missing, unknown, of the wrong type, or impossible.
        """
        return numbers_from_dict(cls, values, PAPER)

    @property
    def kernels(self) -> tuple[tuple[int, int], ...]:
        """(rows, steps) of the five kernels."""
        shrinking, spanning = (_KERNEL_ROWS,) * 4 + (_KERNEL_ROWS - 1,), (2 * self.n_keypoints, 1, 1, 1, 1)
        rows = shrinking if self.kind == PAPER else spanning
        return tuple((n_rows, _KERNEL_STEPS) for n_rows in rows)


class PaperCnn(nn.Module):
    """Five convolutions over coordinates and time; batch normalisation after the first three, ReLU after all.

    The rows shrink 50, 40, 30, 20, 10, 1 in `PAPER`, and 50, 1, 1, 1, 1, 1 in `REPOSITORY`; all steps stay, however
    many there are.

    Args:
        config: The numbers.
        mean_output: (n_muscles,) mean of the training targets, where `HeadInit.MEAN` starts the last layer; None for
            `TYPICAL_ACTIVATION`.
    """

    def __init__(self, config: PaperCnnConfig, mean_output: Sequence[float] | None = None) -> None:
        super().__init__()
        self.config = config
        padding = (_PADDED_ROWS if config.kind == PAPER else 0, _KERNEL_STEPS // 2)
        widths = (1, *_WIDTHS[config.kind], config.n_muscles)
        convolutions = [
            nn.Conv2d(narrow, wide, kernel, padding=padding)
            for narrow, wide, kernel in zip(widths[:-1], widths[1:], config.kernels, strict=True)
        ]
        self.convolutions = nn.ModuleList(convolutions)
        self.norms = nn.ModuleList(nn.BatchNorm2d(wide) for wide in widths[1 : 1 + _N_NORMALISED])
        if config.head_init is HeadInit.MEAN:
            mean = torch.as_tensor(mean_output or [TYPICAL_ACTIVATION] * config.n_muscles, dtype=torch.float32)
            with torch.no_grad():
                # Every muscle starts within a small part of its mean, so that none is dead behind the ReLU.
                convolutions[-1].weight *= 0.3 * mean[:, None, None, None]
                convolutions[-1].bias.copy_(mean)  # type: ignore[union-attr]

    def forward(self, coordinates: Tensor) -> Tensor:
        """Predict.

        Args:
            coordinates: (batch, time, keypoint, 2) float32, fractions of the picture; any number of steps.

        Returns:
            (batch, time, muscle) >= 0.
        """
        rows = coordinates.flatten(2).transpose(1, 2)[:, None]  # (batch, 1, 50, time), ordered x0, y0, x1, y1, ...
        for number, convolution in enumerate(self.convolutions):
            rows = convolution(rows)  # (batch, channel, fewer rows, time)
            if number < _N_NORMALISED:
                rows = self.norms[number](rows)
            rows = torch.relu(rows)
        return rows[:, :, 0].transpose(1, 2)  # (batch, time, muscle)
