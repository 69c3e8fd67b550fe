"""The authors' own checkpoints as predictors of the laboratory, on windows of the data that they were made for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mia_core.dataset.channel_names import FIRST_VERSION_CHANNELS, ICCV2023_CHANNELS
from mia_core.laboratory.network_predictor import NetworkPredictor
from mia_core.laboratory.network_settings import PAPER
from mia_core.laboratory.network_state import NetworkState
from mia_core.models.conditioned_transformer import CONDITIONED, MAX_SUBJECTS
from mia_core.models.networks import weights_of
from mia_core.models.published_checkpoint import PublishedCheckpoint, Version, load_published

_UNIT: Final = "counts"
_SUBJECTS: Final = tuple(f"Subject{number}" for number in range(MAX_SUBJECTS))


def published_network(path: Path) -> tuple[NetworkPredictor, PublishedCheckpoint]:
    """Read a checkpoint of the authors.

    Args:
        path: The file, of either version of their code.

    Returns:
        What predicts, and what was read and dropped.

    Raises:
        CheckpointError: The file can't be read, or would have to run code to be read.
        CheckpointMismatchError: It is of another network.
    """
    read = load_published(path)
    first = read.version is Version.FIRST
    state = NetworkState(
        name=PAPER if first else CONDITIONED,
        numbers=read.network.config.to_dict(),
        channels=FIRST_VERSION_CHANNELS if first else ICCV2023_CHANNELS,
        unit=_UNIT,
        n_steps=read.network.config.window_steps,
        subjects=() if first else _SUBJECTS,
        weights=weights_of(read.network),
    )
    return NetworkPredictor.of(state), read
