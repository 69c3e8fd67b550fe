"""A trained model fitted to one person by a minute or two of their own recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_sampler import SHORTEST_STEPS
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError
from mia_core.errors import MiaError
from mia_core.models.model_card import ADAPTED_TO, SECONDS_USED, ModelCard, Scalar
from mia_core.samples import STEP_S
from mia_core.step_clip import StepClip
from mia_core.training.adaptation_fit import require_fit
from mia_core.training.data_split import DataSplit
from mia_core.training.parent import ARCHITECTURES, Parent
from mia_core.training.trainer import train_on
from mia_core.training.training_config import ModelKind, TrainingConfig, check_model_name
from mia_core.training.training_log import StepProgress

DEFAULT_STEPS: Final = 150
KEPT: Final = {
    ModelKind.PAPER: ("local", "layers.0", "layers.1", "layers.2"),
    ModelKind.MODERN: ("embed", "positions", "subjects", "local_layers", "global_layers", "norm", "auxiliary"),
    ModelKind.CNN: ("embed", "positions", "subjects", "local_layers", "global_layers", "norm", "auxiliary"),
}
"""Beginnings of the names of the parameters that a person's model takes over: all but the last ones, which turn what
was understood of the motion into muscles. For two simulated people and 15 s the last ones of `modern` came to 5.0 and
3.4 % RMSE, all of them to 6.0 and 3.9 (unadapted: 6.4 and 3.8); with a minute both were alike."""
_LEARNED_SHARE: Final = 2 / 3
"""Of the seconds that are used; the others say when to stop. So divides `parts_of`, too."""
_OWN_NUMBERS: Final = ("width", "local_layers", "global_layers", "dropout")
"""What a network may have otherwise than the defaults."""


class AdaptationError(MiaError):
    """A model can't be fitted to a person in the way that was asked for."""


@dataclass(frozen=True, slots=True)
class AdaptationSettings:
    """What an adaptation can be told.

    Attributes:
        name: Name of the model that comes out, and of its files.
        seed: Of everything random.
        seconds: At most so much of the person's time is learned from or says when to stop; None for all of it but
            what is held out.
        steps: Optimiser steps at most.

    Raises:
        ModelNameError: It can't be named so.
    """

    name: str
    seed: int = 1
    seconds: float | None = None
    steps: int = DEFAULT_STEPS

    def __post_init__(self) -> None:
        check_model_name(self.name)


def adaptation_parts(clips: Sequence[StepClip], seconds: float | None = None) -> DataSplit:
    """Divide a person's time as `parts_of` does, and use no more than so many seconds of it, the first ones.

    What is held out does not depend on the seconds, so that adaptations by less and by more are judged on the same.

    Raises:
        DataSetError: There is too little.
    """
    parts = parts_of(clips)
    learned, chosen = parts[Part.LEARNED_FROM], parts[Part.CHOSEN_ON]
    if seconds is not None:
        learned = _first_of(learned, _LEARNED_SHARE * seconds)
        chosen = _first_of(chosen, (1 - _LEARNED_SHARE) * seconds)
    if not learned or not chosen:
        raise DataSetError("That is too little to learn from.", "Give at least five seconds.")
    return DataSplit(learned, {"other motion of the subject": chosen}, parts[Part.HELD_OUT])


def seconds_used(parts: DataSplit) -> float:
    """Return how much of a person's time is learned from or says when to stop."""
    clips = [*parts.learned_from, *(clip for clips in parts.chosen_on.values() for clip in clips)]
    return sum(len(clip) for clip in clips if isinstance(clip, StepClip)) * STEP_S


def config_like(card: ModelCard, name: str, seed: int = 1) -> TrainingConfig:
    """Return the defaults of `mia train` for a network with a model's own numbers, output and normalisation.

    Raises:
        AdaptationError: It is a network that is not trained here.
    """
    kinds = {architecture: kind for kind, architecture in ARCHITECTURES.items()}
    if card.architecture not in kinds:
        raise AdaptationError(
            f"The model {card.name} is a network `{card.architecture}`, which is not trained here.",
            f"Give a model whose network is one of {', '.join(kinds)}.",
        )
    config = TrainingConfig.of(kinds[card.architecture], name, seed)
    own = {} if config.model is ModelKind.PAPER else {n: card.network[n] for n in _OWN_NUMBERS if n in card.network}
    return replace(
        config,
        **own,  # type: ignore[arg-type]  # what does not fit is refused together with the whole network
        output=card.output,
        normalization=card.normalization.kind,
    )


def adaptation_config(card: ModelCard, settings: AdaptationSettings) -> TrainingConfig:
    """Return the preset for little data: a model's own network, small batches, an early end.

    Nothing is mirrored: a person's left and right side have calibrations of their own, which is much of what there is
    to learn.

    Raises:
        AdaptationError: It is a network that is not trained here.
    """
    config = config_like(card, settings.name, settings.seed).on_recorded(starts_from_another=True)
    return replace(
        config,
        steps=settings.steps,
        batch_size=32,
        peak_learning_rate=1e-3,
        warm_up_steps=10,
        mirror_fraction=0.0,
        sees_mirror=False,
        evaluate_every=10,
    )


def adapt(
    parent: Parent,
    data: RecordedSet,
    settings: AdaptationSettings,
    out_dir: Path,
    after_step: Callable[[StepProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Path:
    """Fit a model to the person of a recorded set: what `train` does, with a preset of its own.

    Args:
        parent: The model to start from; it is left alone.
        data: The recordings of one person.
        settings: What else there is to say.
        out_dir: As in `train`.
        after_step: Called after every optimiser step.
        should_stop: Asked before every step.

    Returns:
        Path of the weights, with the card beside it.

    Raises:
        CheckpointMismatchError: The recordings are not what the model was made for, or are of several people.
        DataSetError: There is too little.
        AdaptationError: The model is a network that is not trained here.
        CheckpointError: The model can't be written.
    """
    subject = require_fit(parent.card, data)
    parts = adaptation_parts(data.clips, settings.seconds)
    config = adaptation_config(parent.card, settings)
    about: dict[str, Scalar] = {ADAPTED_TO: subject, SECONDS_USED: round(seconds_used(parts), 1)}
    child = replace(parent, kept=KEPT[config.model])
    return train_on(
        config,
        data,
        parts,
        out_dir,
        should_stop=should_stop,
        parent=child,
        after_step=after_step,
        about=about,
        draws=False,
    )


def _first_of(clips: Sequence[StepClip], seconds: float) -> tuple[StepClip, ...]:
    """Return the first so many seconds of clips in the order of their time."""
    left, first = round(seconds / STEP_S), []
    for clip in sorted(clips, key=lambda clip: (clip.session, clip.start_s)):
        if min(left, len(clip)) > SHORTEST_STEPS:
            first.append(clip.cut(slice(0, left)))
        left -= len(clip)
    return tuple(first)
