"""Models on disk: `NAME.safetensors` holds the weights, `NAME.json` the card. Never pickle, never torch here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mia_core import bundled
from mia_core.errors import CheckpointError, CheckpointMismatchError, ModelNotFoundError
from mia_core.models.model_card import ModelCard
from mia_core.whole_file import whole_file

DEFAULT_MODEL: Final = "modern-sim-1"
"""The shipped model that is used when none is named."""
MAX_BYTES: Final = 1 << 30
"""A file larger than this is not one of ours, and is not read into memory."""
_SUFFIX: Final = ".safetensors"

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as it lies on disk.

    Attributes:
        card: What it says of itself.
        weights: Parameters by name, float32.
        weights_sha256: Hash of the weights' file: which model exactly this is.
    """

    card: ModelCard
    weights: Weights
    weights_sha256: str


def save_checkpoint(path: Path, card: ModelCard, weights: Weights) -> Path:
    """Write the weights to `path` and the card beside it; each appears whole or not at all.

    Args:
        path: Ends in `.safetensors`; its folder is made when absent.
        card: The card.
        weights: Parameters by name, float32.

    Returns:
        `path`.

    Raises:
        CheckpointError: The files can't be written.
    """
    data = save({name: np.ascontiguousarray(value) for name, value in weights.items()}, {"name": card.name})
    card_text = card.to_json(hashlib.sha256(data).hexdigest())
    _write({path: data, card_path(path): card_text.encode()})
    return path


def replace_card(path: Path, card: ModelCard) -> None:
    """Write another card for the weights at `path`, which stay as they are.

    Raises:
        CheckpointError: The model can't be read, or the card can't be written.
        CheckpointMismatchError: The present card and the weights are of different models.
    """
    weights_sha256 = load_checkpoint(path).weights_sha256
    _write({card_path(path): card.to_json(weights_sha256).encode()})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a model and check that card and weights belong together and fit this program's montage and window.

    Args:
        path: Ends in `.safetensors`; the card lies beside it.

    Raises:
        CheckpointError: A file is missing, damaged, or not what its name says.
        CheckpointMismatchError: Card and weights are of different models, or the model is for other muscles.
    """
    card, weights_sha256 = _read_card(path)
    card.require()
    data = _read(path)
    try:
        weights = load(data)
    # safetensors raises KeyError for a number format that numpy lacks.
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged or not a model file ({error}).", "Get the file again.") from error
    if hashlib.sha256(data).hexdigest() != weights_sha256:
        raise CheckpointMismatchError(
            f"The weights in {path.name} are not those that the card {card_path(path).name} belongs to.",
            "Keep each model's .safetensors and .json together as they were written.",
        )
    for name, value in weights.items():
        if value.dtype != np.float32 or not np.isfinite(value).all():
            raise CheckpointError(
                f"The weight {name} in {path.name} is not finite float32.", "Train the model again, or use another."
            )
    return Checkpoint(card, weights, weights_sha256)


def card_path(path: Path) -> Path:
    """Return where the card of the weights at `path` lies."""
    return path.with_suffix(".json")


def available_models() -> tuple[str, ...]:
    """Return the names of the shipped models that have both files, in alphabetical order."""
    found = bundled.MODELS.glob(f"*{_SUFFIX}")
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in found if card_path(path).is_file()))


def find_model(name_or_path: str | Path) -> Path:
    """Return the weights file of a shipped model by its name, or of any model by its path (either of its two files).

    Raises:
        ModelNotFoundError: There is no such model; its message lists the shipped ones.
    """
    shipped = bundled.MODELS / f"{name_or_path}{_SUFFIX}"
    if str(name_or_path) in available_models():
        return shipped
    path = Path(name_or_path)
    if path.suffix == ".json":
        path = path.with_suffix(_SUFFIX)
    if path.suffix == _SUFFIX and path.is_file():
        return path
    raise ModelNotFoundError(
        f"There is no model {name_or_path}; the shipped ones are: {', '.join(available_models()) or 'none'}.",
        f"Give one of these names, or the path of a {_SUFFIX} file with its .json beside it.",
    )


def _write(contents: Mapping[Path, bytes]) -> None:
    """Write files, each of which appears whole or not at all."""
    for path, content in contents.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(content)
        except OSError as error:
            raise CheckpointError(
                f"The model can't be written to {path} ({error.strerror}).", "Choose a folder that can be written to."
            ) from error


def _read_card(path: Path) -> tuple[ModelCard, str]:
    try:
        text = _read(card_path(path)).decode()
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{card_path(path)} is not a model's card ({error}).", "Get the file again.") from error
    return ModelCard.from_json(text)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CheckpointError(f"{path} is too large for a model ({size >> 20} MB).", "Choose a model's file.")
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{path} can't be read ({error.strerror}).", "Check that the model's .safetensors and .json are both there."
        ) from error
