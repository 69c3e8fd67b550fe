"""The model that a training starts from, when it does not start from random weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mia_core.dataset.simulated_set import DataSetError
from mia_core.errors import CheckpointMismatchError
from mia_core.models.checkpoint import Weights, load_checkpoint
from mia_core.models.model_card import ModelCard, Scalar, TrainingRecord
from mia_core.models.modern import CONVOLUTIONAL, MODERN
from mia_core.models.networks import PAPER, Network
from mia_core.training.training_config import ModelKind, TrainingConfig

ARCHITECTURES: Final = {ModelKind.PAPER: PAPER, ModelKind.MODERN: MODERN, ModelKind.CNN: CONVOLUTIONAL}
"""What a card calls each network."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A trained model.

    Attributes:
        card: What it says of itself.
        weights: Its parameters and stored scales by name.
        weights_sha256: Which model exactly it is.
        kept: Beginnings of the names of parameters that a child takes over as they are; it learns the others.
    """

    card: ModelCard
    weights: Weights
    weights_sha256: str
    kept: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Parent:
        """Read a checkpoint.

        Raises:
            CheckpointError: It can't be read.
            CheckpointMismatchError: Card and weights are of different models.
        """
        checkpoint = load_checkpoint(path)
        return cls(checkpoint.card, checkpoint.weights, checkpoint.weights_sha256)

    def require(self, network: Network, config: TrainingConfig) -> None:
        """Check that a training with these settings can go on from this model.

        Raises:
            CheckpointMismatchError: It is another network, has other numbers, or is fed or read in another way.
        """
        card, wanted = self.card, network.config.to_dict()
        wanted.pop("sees_mirror", None)  # how a network is asked, which its weights do not care about
        pairs: list[tuple[str, object, object]] = [
            ("network", card.architecture, ARCHITECTURES[config.model]),
            ("normalisation of keypoints", str(card.normalization.kind), str(config.normalization)),
            ("output", str(card.output), str(config.output)),
            *((name, card.network.get(name), value) for name, value in wanted.items()),
        ]
        others = [f"its {what} is {has}, not {wants}" for what, has, wants in pairs if has != wants]
        if others:
            raise CheckpointMismatchError(
                f"Training can't start from the model {card.name}: {others[0]}.",
                "Give a checkpoint of the same network and numbers, or train without --init.",
            )

    def require_strange(self, subjects: Iterable[str], purpose: str) -> None:
        """Check that this model did not learn from subjects that something is to be judged by.

        Raises:
            DataSetError: It did.
        """
        known = set(self.card.training.subjects if self.card.training else ()) & set(subjects)
        if known:
            raise DataSetError(
                f"The model {self.card.name} has learned from {', '.join(sorted(known)[:3])}, who should {purpose}.",
                "Start from another model, or use data of other subjects (another --seed of `mia simulate`).",
            )

    def included_in(self, record: TrainingRecord) -> TrainingRecord:
        """Return a child's record with the subjects of this model, so that none of them ever judges the child."""
        mine = self.card.training
        if mine is None:
            return record
        return replace(
            record,
            subjects=tuple(sorted({*record.subjects, *mine.subjects})),
            chosen_on=tuple(sorted({*record.chosen_on, *mine.chosen_on})),
        )

    @property
    def settings(self) -> dict[str, Scalar]:
        """What a child's card says of it."""
        kept = {"kept": ", ".join(self.kept)} if self.kept else {}
        return {"init": self.card.name, "init_weights_sha256": self.weights_sha256, **kept}
