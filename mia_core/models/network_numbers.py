"""The numbers of a network as a card holds them: by name, and checked when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from mia_core.errors import CheckpointMismatchError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Numbers = TypeVar("Numbers", bound=DataclassInstance)


def numbers_to_dict(numbers: DataclassInstance) -> dict[str, int | float | str | bool]:
    """Return a configuration's numbers by name; choices as their text."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(numbers).items()}


def numbers_from_dict(kind: type[Numbers], values: Mapping[str, object], network: str) -> Numbers:
    """Read what `numbers_to_dict` gave.

    Args:
        kind: The configuration, all of whose fields have defaults; their types are those that are accepted.
        values: The numbers by name.
        network: What an error calls the network.

    Raises:
        CheckpointMismatchError: A number is missing, unknown, of the wrong type, or impossible.
    """
    defaults = {field.name: getattr(kind(), field.name) for field in fields(kind)}
    choices = {name: type(value) for name, value in defaults.items() if isinstance(value, StrEnum)}
    wrong = defaults.keys() ^ values.keys() or {
        name
        for name, default in defaults.items()
        if type(values[name]) is not (str if name in choices else type(default))
    }
    try:
        if wrong:
            raise ValueError(f"see {', '.join(sorted(wrong))}")
        return kind(**{**values, **{name: choice(str(values[name])) for name, choice in choices.items()}})
    except ValueError as error:
        raise CheckpointMismatchError(
            f"The model's card does not describe the network `{network}` ({error}).",
            "Use a model that was trained with this version, or train it again.",
        ) from error
