"""A trained model fitted to one person by a minute or two of their own recordings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_sampler import SHORTEST_STEPS
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError
from mia_core.errors import CheckpointError, MiaError
from mia_core.models.checkpoint import card_path
from mia_core.models.model_card import ADAPTED_TO, ModelCard, Scalar
from mia_core.samples import STEP_S
from mia_core.step_clip import StepClip
from mia_core.training.adaptation_fit import require_fit
from mia_core.training.data_split import DataSplit
from mia_core.training.parent import ARCHITECTURES, Parent
from mia_core.training.trainer import train_on
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_log import StepProgress

_LEARNED_SHARE: Final = 2 / 3
"""Of the seconds that are used; the others say when to stop. So divides `parts_of`, too."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


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
        steps: Optimiser steps at most, None for the preset's.
    """

    name: str
    seed: int = 1
    seconds: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise AdaptationError(
                f"A model can't be named {self.name!r}.", "Use letters, digits, `.`, `-` and `_`, a hundred at most."
            )


def adaptation_parts(clips: Sequence[StepClip], seconds: float | None = None) -> DataSplit:
    """Divide a person's time as `parts_of` does, and use no more than so many seconds of it.

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
        raise DataSetError("A second of motion is too little to learn from.", "Give more seconds.")
    return DataSplit(learned, {"other motion of the subject": chosen}, parts[Part.HELD_OUT])


def seconds_used(parts: DataSplit) -> float:
    """Return how much of the person's time is learned from or says when to stop."""
    return _seconds_of([*parts.learned_from, *(clip for clips in parts.chosen_on.values() for clip in clips)])


def adaptation_config(card: ModelCard, name: str, seed: int = 1, steps: int | None = None) -> TrainingConfig:
    """Return the preset for little data: the parent's own network, small steps, an early end.

    Windows are not mirrored: the person's left and right side have calibrations of their own, which is what there is
    to learn.

    Raises:
        AdaptationError: The parent is a network that is not trained here.
    """
    kinds = {architecture: kind for kind, architecture in ARCHITECTURES.items()}
    if card.architecture not in kinds:
        raise AdaptationError(
            f"The model {card.name} is a network `{card.architecture}`, which is not trained here.",
            f"Give a model whose network is one of {', '.join(kinds)}.",
        )
    base = TrainingConfig.of(kinds[card.architecture], name, seed)
    base = base.on_recorded(steps=steps, starts_from_another=True)
    numbers = {field: card.network[field] for field in _OWN_NUMBERS[base.model] if field in card.network}
    return replace(
        base,
        **numbers,  # type: ignore[arg-type]  # what does not fit is refused with the whole network
        output=card.output,
        normalization=card.normalization.kind,
        mirror_fraction=0.0,
        evaluate_every=10,
    )


_OWN_NUMBERS: Final = {
    ModelKind.PAPER: ("dropout",),
    ModelKind.MODERN: ("width", "local_layers", "global_layers", "dropout"),
    ModelKind.CNN: ("width", "local_layers", "global_layers", "dropout"),
}
"""What a model may have otherwise than the defaults."""


def adapt(
    parent: Parent,
    data: RecordedSet,
    settings: AdaptationSettings,
    out_dir: Path,
    after_step: Callable[[StepProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Fit a model to the person of a recorded set. The parent is left alone.

    Args:
        parent: The model to start from.
        data: The recordings of one person.
        settings: What else there is to say.
        out_dir: Where `NAME.safetensors` and its card go, once both are whole; made when absent.
        after_step: Called after every optimiser step.
        should_stop: Asked before every step; True ends it, and nothing is left behind.

    Returns:
        Path of the weights, None when it was stopped.

    Raises:
        AdaptationError: There is a model of that name already.
        CheckpointMismatchError: The recordings are not what the model was made for, or are of several people.
        DataSetError: There is too little, or the parent has learned from this person already.
        CheckpointError: The model can't be written.
    """
    (subject,) = require_fit(parent.card, data)
    target = out_dir / f"{settings.name}.safetensors"
    for path in (target, card_path(target)):
        if path.exists():
            raise AdaptationError(
                f"{path} exists already, and nothing is overwritten.", "Give another --name or --out."
            )
    parts = adaptation_parts(data.clips, settings.seconds)
    config = adaptation_config(parent.card, settings.name, settings.seed, settings.steps)
    about: dict[str, Scalar] = {ADAPTED_TO: subject, "adaptation_seconds": round(seconds_used(parts), 1)}
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out_dir, prefix=f".{settings.name}-") as work:
            made = train_on(
                config,
                data,
                parts,
                Path(work),
                should_stop=should_stop,
                parent=replace(parent, kept=KEPT[config.model]),
                after_step=after_step,
                about=about,
            )
            if should_stop():
                return None
            card_path(made).replace(card_path(target))
            made.replace(target)
    except OSError as error:
        raise CheckpointError(
            f"The model can't be written to {out_dir} ({error.strerror}).", "Choose a folder that can be written to."
        ) from error
    return target


KEPT: Final = {ModelKind.PAPER: (), ModelKind.MODERN: (), ModelKind.CNN: ()}
"""Beginnings of the names of the parameters that a person's model has in common with its parent."""


def _first_of(clips: Sequence[StepClip], seconds: float) -> tuple[StepClip, ...]:
    """Return the first so many seconds of clips in the order of their time."""
    left, first = round(seconds / STEP_S), []
    for clip in sorted(clips, key=lambda clip: (clip.session, clip.start_s)):
        if min(left, len(clip)) > SHORTEST_STEPS:
            first.append(clip.cut(slice(0, left)))
        left -= len(clip)
    return tuple(first)


def _seconds_of(clips: Sequence[object]) -> float:
    return sum(len(clip) for clip in clips if isinstance(clip, StepClip)) * STEP_S
