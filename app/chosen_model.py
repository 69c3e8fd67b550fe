"""Which activation model the application uses, and how to go back when that was adapted to a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.app_settings import SettingsStore
from mia_core.errors import MiaError
from mia_core.models.checkpoint import DEFAULT_MODEL, Checkpoint, find_model, load_checkpoint
from mia_core.models.model_bin import discard_model


class NotAdaptedError(MiaError):
    """What is to be undone is no adaptation."""


def choose(store: SettingsStore, path: Path) -> None:
    """Let the application use a model from its next start on."""
    store.save(store.load().with_activation_model(str(path.resolve())))


def undo_adaptation(store: SettingsStore, path: Path) -> tuple[Path, str]:
    """Throw an adapted model into the trash; an application that used it uses its parent again.

    Returns:
        Where the model lies now; and the parent that the application uses from now on, empty when it did not use this
        model.

    Raises:
        NotAdaptedError: It was not adapted to anybody.
        CheckpointError: It can't be read or moved.
    """
    child = load_checkpoint(path)
    if not child.card.adapted_to:
        raise NotAdaptedError(
            f"The model {child.card.name} was not adapted to anybody, so there is nothing to undo.",
            "Give a model that `mia finetune` made.",
        )
    settings = store.load()
    used = bool(settings.activation_model) and Path(settings.activation_model).resolve() == path.resolve()
    parent = parent_of(child, settings.activation_model_before) if used else ""
    lies = discard_model(path)
    if used:
        store.save(replace(settings, activation_model=parent, activation_model_before=""))
    return lies, (parent or DEFAULT_MODEL) if used else ""


def parent_of(child: Checkpoint, before: str) -> str:
    """Return the setting that chooses a model's parent, empty for the model that is used when none is chosen.

    The parent is looked for where the application had its model before, and among those that ship.
    """
    training = child.card.training
    wanted = "" if training is None else str(training.settings.get("init_weights_sha256", ""))
    shipped = "" if training is None else str(training.settings.get("init", ""))
    for candidate in (before, shipped):
        try:
            if candidate and load_checkpoint(find_model(candidate)).weights_sha256 == wanted:
                return "" if candidate == DEFAULT_MODEL else candidate
        except MiaError:
            continue
    return ""


def told_of(chosen: str) -> str:
    """Return in a few words what a chosen model was adapted to, empty when to nobody or when it can't be read."""
    try:
        card = load_checkpoint(find_model(chosen or DEFAULT_MODEL)).card
    except MiaError:
        return ""
    if not card.adapted_to or card.training is None:
        return ""
    return f"Adapted to {card.adapted_to}, from {card.training.settings.get('init', 'another model')}."
