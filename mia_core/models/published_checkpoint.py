"""Reads the checkpoints that the paper's authors published, of both versions of their code.

Such a file is a pickle of `torch.save` with the weights under `my_model`, and `optimizer`, `lr_scheduler`, `epoch` and
`model_args` beside them. It is read without running anything in it. Some of its weights were never used by the authors'
own code; they are dropped and told.
"""

from __future__ import annotations

import pickle
import struct
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mia_core.errors import CheckpointError, CheckpointMismatchError
from mia_core.models.conditioned_transformer import SUBJECT_CHANNELS, ConditionedConfig, ConditionedTransformer
from mia_core.models.eager_reference import PYTORCH_LAYER_NAMES
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.models.networks import put_weights

MODEL: Final = "my_model"
"""Where the weights are in the file."""
_WRAPPER: Final = "module."
"""What PyTorch puts before every name when a network was trained on several devices."""
_POSITIONS: Final = "positional_encoder.pos_encoding"
_NEVER_USED: Final = ("jointdim.", "bn.", "encoder_layer.")
"""Layers that the authors' code makes and never calls: a second read-out, a normalisation, the layer it copies."""
_LAYER: Final = "transformer0.layers"
_RENAMED: Final = {"conv1.bias": "local.bias", "out0.weight": "readout.weight", "out0.bias": "readout.bias"}
_DAMAGE: Final = (
    *(pickle.UnpicklingError, struct.error, EOFError, MemoryError, AssertionError, AttributeError, TypeError),
    *(ValueError, RuntimeError, LookupError, ArithmeticError),
)
"""What reading a damaged file can end with: a pickle is a list of orders, and torch follows them as far as it can."""
_SHOWN: Final = 6
_ADVICE: Final = "Choose a checkpoint of the authors' Transformer that tells muscles from poses."


class Version(StrEnum):
    """The two versions of the authors' code."""

    FIRST = "first version"
    """The paper's Transformer: keypoints in fractions of a portrait picture; sEMG counts / 100 come out."""
    ICCV_2023 = "ICCV 2023"
    """The conditioned Transformer: joints in metres and the subject's number; sEMG counts come out."""


@dataclass(frozen=True, slots=True)
class PublishedCheckpoint:
    """What was in a file.

    Attributes:
        network: Ready for use, in evaluation mode.
        version: Whose network it is.
        epoch: After which epoch the file was written, from 0; None when the file does not say.
        dropped: Names of the weights that the authors' code never used, in the file's order.
        n_numbers: Numbers in all weights of the file, without buffers.
        n_dropped: How many of them were dropped.
    """

    network: MotionTransformer | ConditionedTransformer
    version: Version
    epoch: int | None
    dropped: tuple[str, ...]
    n_numbers: int
    n_dropped: int

    @property
    def summary(self) -> str:
        """For people: what was read, and what was dropped."""
        written = f", written after epoch {self.epoch}" if self.epoch is not None else ""
        layers = sorted({name.split(".")[0] for name in self.dropped})
        n_used = self.n_numbers - self.n_dropped
        return (
            f"The authors' network of the {self.version}{written}: {n_used:,} numbers are used."
            f" Dropped because it never uses them: {self.n_dropped:,} in {', '.join(layers) or 'nothing'}."
        )


def load_published(path: Path) -> PublishedCheckpoint:
    """Read a published checkpoint.

    Args:
        path: The file, as the authors' training code wrote it.

    Raises:
        CheckpointError: The file can't be read, or would have to run code to be read.
        CheckpointMismatchError: It is of another network; the names that are missing or unknown are told.
    """
    content = _read(path)
    weights = {
        str(name).removeprefix(_WRAPPER): value for name, value in content[MODEL].items() if isinstance(value, Tensor)
    }
    version, numbers = _recognise(path, weights)
    network: MotionTransformer | ConditionedTransformer
    if isinstance(numbers, MotionTransformerConfig):
        network = MotionTransformer(numbers)
    else:
        network = ConditionedTransformer(numbers)
    expected = _names(numbers.n_layers)
    dropped = [name for name in weights if name.startswith(_NEVER_USED)]
    missing = sorted(expected.keys() - weights.keys())
    unknown = sorted(weights.keys() - expected.keys() - {*dropped, _POSITIONS})
    if missing or unknown:
        raise CheckpointMismatchError(
            f"{path.name} does not hold the authors' network of the {version}: missing {_listed(missing)}; unknown"
            f" {_listed(unknown)}.",
            _ADVICE,
        )
    _require_same_positions(path, network, weights[_POSITIONS])
    put_weights(network, {own: _array(path, theirs, weights[theirs]) for theirs, own in expected.items()})
    epoch = content.get("epoch")
    learned = [name for name in weights if name != _POSITIONS and "running_" not in name and "num_batches" not in name]
    return PublishedCheckpoint(
        network=network.eval(),
        version=version,
        epoch=epoch if isinstance(epoch, int) else None,
        dropped=tuple(dropped),
        n_numbers=sum(weights[name].numel() for name in learned),
        n_dropped=sum(weights[name].numel() for name in learned if name in dropped),
    )


def _read(path: Path) -> Mapping[str, Any]:
    """Return the file's content, with weights under `MODEL`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles of other protocols, which are then read or refused
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path} can't be read ({error.strerror}).", "Check the path.") from error
    except _DAMAGE as error:
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(
            f"{path} is no checkpoint that can be read without running what is in it ({reason}).",
            "Choose a file that the authors' training code wrote; it is not opened in any other way.",
        ) from error
    holds = sorted(map(str, content)) if isinstance(content, Mapping) else [type(content).__name__]
    if not isinstance(content, Mapping) or not isinstance(content.get(MODEL), Mapping):
        raise CheckpointMismatchError(
            f"{path.name} has no weights under `{MODEL}`; it holds {_listed(holds)}.", _ADVICE
        )
    return content


def _recognise(
    path: Path, weights: Mapping[str, Tensor]
) -> tuple[Version, MotionTransformerConfig | ConditionedConfig]:
    """Tell the version by the shape of the first convolution, and the numbers by the shapes of the others."""
    needed = ("conv1.weight", _POSITIONS, "out0.weight", f"{_LAYER}.0.linear1.weight")
    if absent := [name for name in needed if name not in weights]:
        raise CheckpointMismatchError(
            f"{path.name} holds no Transformer of the authors: missing {_listed(absent)}; it has"
            f" {_listed(sorted(weights))}.",
            _ADVICE,
        )
    convolution, positions, readout, expand = (tuple(weights[name].shape) for name in needed)
    n_layers = len({name.split(".")[2] for name in weights if name.startswith(_LAYER + ".")})
    found = (
        f"{path.name} has a first convolution of {convolution}, {n_layers} layers and positions of {positions}; the"
        " authors' have (128, 1, 50, 9) or (126, 1, 75 or 50, 9)."
    )
    if len(convolution) != 4 or len(positions) != 3 or len(readout) != 2 or len(expand) != 2:
        raise CheckpointMismatchError(found, _ADVICE)
    channels, _, n_rows, kernel_steps = convolution
    paper, conditioned = MotionTransformerConfig(), ConditionedConfig()
    shared: dict[str, Any] = {
        "window_steps": positions[1],
        "n_muscles": readout[0],
        "n_layers": n_layers,
        "feedforward": expand[0],
    }
    try:
        if (channels, n_rows, kernel_steps) == (paper.width, 2 * paper.n_keypoints, paper.kernel_steps):
            return Version.FIRST, replace(paper, **shared)
        per_point, odd = divmod(n_rows, conditioned.n_keypoints)
        if channels + SUBJECT_CHANNELS == conditioned.width and not odd and kernel_steps == conditioned.kernel_steps:
            return Version.ICCV_2023, replace(conditioned, n_dimensions=per_point, **shared)
    except ValueError as error:
        raise CheckpointMismatchError(found, _ADVICE) from error
    raise CheckpointMismatchError(found, _ADVICE)


def _names(n_layers: int) -> dict[str, str]:
    """Return this program's name of every weight that is used, by the authors' name."""
    layers = {
        f"{_LAYER}.{number}.{theirs}": f"layers.{number}.{own}"
        for number in range(n_layers)
        for theirs, own in PYTORCH_LAYER_NAMES.items()
    }
    return {"conv1.weight": "local.weight", **_RENAMED, **layers}


def _array(path: Path, name: str, value: Tensor) -> NDArray[np.float32]:
    """Return a weight as this program holds it: the convolution over an image of one channel is one over time."""
    array = value.detach().to(torch.float32).numpy()
    if not np.isfinite(array).all():
        raise CheckpointError(f"The weight {name} in {path.name} is not finite.", "Get the file again.")
    return array[:, 0] if name == "conv1.weight" else array


def _require_same_positions(path: Path, network: MotionTransformer | ConditionedTransformer, theirs: Tensor) -> None:
    """Positions are computed, not learned: other ones would mean another network."""
    own = network.positions[None]
    if theirs.shape != own.shape or not torch.allclose(theirs.float(), own, atol=1e-4):
        raise CheckpointMismatchError(f"{path.name} has other positions than the authors' sine and cosine.", _ADVICE)


def _listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "nothing") + more
