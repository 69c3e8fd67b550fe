"""A fitted network as it is passed on: between jobs, to the disk, to a training that starts from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mia_core.errors import CheckpointMismatchError
from mia_core.laboratory.network_recipes import Numbers
from mia_core.laboratory.network_settings import NETWORKS


@dataclass(frozen=True)
class NetworkState:
    """A fitted network: all that is needed to predict, or to learn on.

    Attributes:
        name: One of `NETWORKS`.
        numbers: Its numbers.
        channels: The muscles that it tells, in order.
        unit: Of what it tells.
        n_steps: Steps of a window.
        subjects: Whose windows it learned from.
        weights: By name.
    """

    name: str
    numbers: Numbers
    channels: tuple[str, ...]
    unit: str
    n_steps: int
    subjects: tuple[str, ...]
    weights: Mapping[str, NDArray[np.float32]]

    @property
    def about(self) -> dict[str, Any]:
        """All but the weights, for JSON."""
        return {name: value for name, value in asdict(replace(self, weights={})).items() if name != "weights"}

    @classmethod
    def of(cls, about: Mapping[str, Any], weights: Mapping[str, NDArray[np.float32]]) -> NetworkState:
        """Put together what `about` and `weights` gave.

        Raises:
            CheckpointMismatchError: `about` is of something else.
        """
        try:
            state = cls(**about, weights=weights)
            state = replace(state, channels=tuple(state.channels), subjects=tuple(state.subjects))
        except TypeError as error:
            raise CheckpointMismatchError(
                f"What is stored beside the weights does not describe a network of the laboratory ({error}).",
                "Choose a file that the laboratory wrote.",
            ) from error
        if state.name not in NETWORKS:
            raise CheckpointMismatchError(
                f"The network {state.name!r} is not known; there are {', '.join(NETWORKS)}.", "Update the program."
            )
        return state
