"""The adaptation of the activation model to the subject of some sessions, as one piece of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.background_task import Work

if TYPE_CHECKING:
    from mia_core.evaluation.person_model import PersonModel

_READING_SHARE: Final = 0.1
MODELS: Final = "models"


@dataclass(frozen=True, slots=True)
class ModelChoices:
    """What the application uses.

    Attributes:
        present: Setting of the activation model, empty for the one that ships.
        before: The one that was chosen before it.
    """

    present: str = ""
    before: str = ""


def models_folder(recordings: Path) -> Path:
    """Return where models of subjects go: beside the recordings."""
    return recordings.parent / MODELS


def adapt_to_sessions(work: Work, folders: Sequence[Path], models: ModelChoices, out: Path) -> PersonModel | None:
    """Adapt the present model to the subject of sessions, or its parent when it was adapted to somebody already.

    Args:
        work: Told how far it has come.
        folders: Sessions of one subject.
        models: What the application uses.
        out: Where the model goes, under a name that is free.

    Returns:
        What came of it, None when it was stopped.

    Raises:
        MiaError: The sessions do not fit the model, or nothing can be written.
    """
    from app.chosen_model import parent_of
    from mia_core.evaluation.person_model import make_person_model
    from mia_core.models.checkpoint import DEFAULT_MODEL, find_model, load_checkpoint
    from mia_core.training.adaptation import AdaptationSettings
    from mia_core.training.person_recordings import read_recordings

    work.report(0.0, "Reading the sessions")
    parent = find_model(models.present or DEFAULT_MODEL)
    present = load_checkpoint(parent)
    if present.card.adapted_to:
        parent = find_model(parent_of(present, models.before) or DEFAULT_MODEL)
    data = read_recordings(folders, lambda share, doing: work.report(_READING_SHARE * share, f"Reading {doing}"))
    return make_person_model(
        parent,
        data,
        AdaptationSettings(_free_name(out, f"{parent.stem}-{'-'.join(data.subjects)}"[:90])),
        out,
        progress=lambda share, doing: work.report(_READING_SHARE + (1 - _READING_SHARE) * share, doing.capitalize()),
        should_stop=work.is_cancelled,
    )


def _free_name(out: Path, name: str) -> str:
    """Return the name, with a number after it when there are models of that name."""
    number, free = 1, name
    while (out / f"{free}.safetensors").exists():
        number += 1
        free = f"{name}-{number}"
    return free
