"""The card of a model that comes out of a training run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import SimulatedSet
from mia_core.models.model_card import RECORDED, SIMULATED, HeldOutMetrics, ModelCard, Scalar, TrainingRecord
from mia_core.models.networks import Network
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import Normalization
from mia_core.samples import Floats
from mia_core.training.data_split import DataSplit
from mia_core.training.parent import ARCHITECTURES, Parent
from mia_core.training.training_config import TrainingConfig
from mia_core.training.training_data import Clips, TrainingData, minutes_of
from mia_core.training.training_state import RunState

LICENCE_NOTE: Final = (
    "Weights: Apache-2.0. Trained on data that were simulated with the body model of musclemimic_models (Apache-2.0);"
    " its notice says that the arm's muscle definitions descend from MoBL-ARMS, which was released for non-commercial"
    " use."
)


def card_of(
    config: TrainingConfig,
    network: Network,
    record: TrainingRecord,
    provenance: str,
    interval80: Mapping[str, tuple[float, float]],
    metrics: HeldOutMetrics,
    created: datetime,
) -> ModelCard:
    """Return the card of a trained network.

    Args:
        config: What the training was told.
        network: The network; only its numbers count.
        record: How it was made.
        provenance: What kind of truth it learned from: see `provenance_of`.
        interval80: As in `ModelCard`.
        metrics: How good it is.
        created: When it was finished.
    """
    return ModelCard(
        name=config.name,
        architecture=ARCHITECTURES[config.model],
        network=network.config.to_dict(),
        provenance=provenance,
        normalization=Normalization(config.normalization),
        output=config.output,
        interval80=interval80,
        licence_note=LICENCE_NOTE,
        created_utc=created.isoformat(timespec="seconds"),
        training=record,
        metrics=metrics,
    )


def provenance_of(data: TrainingData, parent: Parent | None) -> str:
    """Return what kind of truth a model learned from; nothing simulated is ever called measured."""
    if data.provenance == "simulated":
        return SIMULATED
    if isinstance(data, SimulatedSet):
        return data.provenance
    before = f", on top of {parent.card.name} ({parent.card.provenance})" if parent else ""
    return f"{data.provenance} sEMG of {', '.join(data.subjects)}{before}"


def record_of(
    data: TrainingData, parts: DataSplit, run: RunState, mean_activation: Floats, settings: Mapping[str, Scalar]
) -> TrainingRecord:
    """Return how a model was made.

    Args:
        data: The whole data set.
        parts: Which of it was learned from, and which chose the weights.
        run: Where the run ended.
        mean_activation: (8,) of what was learned from.
        settings: All that the training was told, by name.
    """
    learned_from = parts.learned_from
    return TrainingRecord(
        data_sha256=data.data_sha256,
        recipe=_recipe(data),
        minutes=round(minutes_of(learned_from), 2),
        clips=len(learned_from),
        subjects=subjects_of(learned_from),
        chosen_on=subjects_of(*parts.chosen_on.values()),
        seed=int(settings["seed"]),
        steps=run.best_step,
        wall_s=round(run.wall_s, 1),
        settings=settings,
        mean_activation={
            name: round(float(mean), 5) for name, mean in zip(MONTAGE.names, mean_activation, strict=True)
        },
    )


def subjects_of(*sets: Clips) -> tuple[str, ...]:
    """Return the subjects of clips, in alphabetical order."""
    return tuple(sorted({clip.subject for clips in sets for clip in clips}))


def described(test: SimulatedSet) -> str:
    """Return in a few words what a test set is."""
    kinds = len({clip.exercise for clip in test.clips})
    return (
        f"{test.minutes:.1f} {test.provenance} minutes, other draws from the same generator, {kinds} kinds of motion:"
        f" {json.dumps(dict(test.recipe))}"
    )


def described_part(data: RecordedSet, held_out: Clips) -> str:
    """Return in a few words what the part of a recorded set is that was held out."""
    return (
        f"{minutes_of(held_out):.1f} minutes of {', '.join(data.subjects)}, motion that was not learned from; "
        f"sEMG {data.provenance}"
    )


def _recipe(data: TrainingData) -> Mapping[str, Scalar]:
    if isinstance(data, SimulatedSet):
        return data.recipe
    return {
        "kind": RECORDED,
        "subjects": ", ".join(data.subjects),
        "sessions": ", ".join(data.sessions),
        "semg": data.provenance,
        "intervals": "calibrated on the recorded motion that chose the weights",
    }
