"""Thrown-away models: they lie in a folder `.trash` beside where they were, and can be brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mia_core.errors import CheckpointError
from mia_core.models.checkpoint import card_path

TRASH: Final = ".trash"


def discard_model(path: Path) -> Path:
    """Move a model's weights and card into the trash beside it; return where the weights lie now.

    Raises:
        CheckpointError: There is one of that name in the trash, or the disk refuses.
    """
    return _move(path, path.parent / TRASH)


def restore_model(path: Path) -> Path:
    """Bring a model back to where it was; return where the weights lie now.

    Args:
        path: Of the weights, where they were before.

    Raises:
        CheckpointError: It is not in the trash, there is another one in its place by now, or the disk refuses.
    """
    return _move(path.parent / TRASH / path.name, path.parent)


def _move(path: Path, folder: Path) -> Path:
    target = folder / path.name
    for taken in (target, card_path(target)):
        if taken.exists():
            raise CheckpointError(f"{taken} is there already, and nothing is overwritten.", "Move that one first.")
    if not (path.is_file() and card_path(path).is_file()):
        raise CheckpointError(f"There is no model {path}.", "Give the path of a .safetensors file.")
    try:
        folder.mkdir(exist_ok=True)
        card_path(path).replace(card_path(target))
        path.replace(target)
    except OSError as error:
        raise CheckpointError(
            f"The model {path} can't be moved to {folder} ({error.strerror}).", "Check the rights of that folder."
        ) from error
    return target
