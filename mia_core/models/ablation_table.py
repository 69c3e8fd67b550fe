"""What each ingredient of a model is worth: what its card says under `ablations`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mia_core.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class BriefScores:
    """How a model does on one held-out set, in short; as in `SetScores`.

    Attributes:
        ratio: Error over that of always saying the training mean.
        r_legs: Mean correlation of the leg muscles.
        r_arms: Mean correlation of the arm muscles.
    """

    ratio: float
    r_legs: float
    r_arms: float


@dataclass(frozen=True, slots=True)
class AblationRow:
    """A model that was made like the shipped one but for one thing.

    Attributes:
        change: What is different, in a few words.
        parameters: How many numbers the network has.
        seed: Of its training.
        steps: Optimiser steps at most; fewer than the shipped model's, the same in all rows.
        scores: By the name of the held-out set.
    """

    change: str
    parameters: int
    seed: int
    steps: int
    scores: Mapping[str, BriefScores]


def read_ablations(values: object) -> tuple[AblationRow, ...]:
    """Read what a card says under `ablations`.

    Raises:
        CheckpointError: Something is missing or of another kind.
    """
    try:
        if not isinstance(values, list):
            raise TypeError(type(values).__name__)
        return tuple(_row(row) for row in values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"What the model's card says about its ingredients can't be read ({error!r}).",
            "Get the model's .json again.",
        ) from error


def _row(values: Any) -> AblationRow:
    return AblationRow(
        change=str(values["change"]),
        parameters=int(values["parameters"]),
        seed=int(values["seed"]),
        steps=int(values["steps"]),
        scores={
            str(name): BriefScores(**{part: float(score[part]) for part in ("ratio", "r_legs", "r_arms")})
            for name, score in values["scores"].items()
        },
    )
