"""Whether a person's recordings are what a model was made for: conditioning, montage, normalisation of the sEMG."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.recorded_set import RecordedSet
from mia_core.errors import CheckpointMismatchError
from mia_core.models.model_card import ModelCard
from mia_core.muscles import MONTAGE
from mia_core.processing.normalization import Normalization, NormalizationKind

FRACTION_OF_MAXIMUM: Final = "fraction of maximal activation"
"""The unit of calibrated recordings."""


def require_fit(card: ModelCard, data: RecordedSet) -> str:
    """Check that a model can go on learning from recordings; steps and keypoints were checked as these were read.

    Returns:
        The one subject of the recordings.

    Raises:
        CheckpointMismatchError: It can't; the message says all that differs.
    """
    others = [*_conditioning(card, data), *_muscles(data), *_people(card, data)]
    if others:
        raise CheckpointMismatchError(
            f"The model {card.name} can't be adapted to these recordings: {'; '.join(others)}.",
            "Record one person with a calibrated sensor on each of the model's muscles, or choose another model.",
        )
    return data.subjects[0]


def _conditioning(card: ModelCard, data: RecordedSet) -> list[str]:
    found = []
    here = Normalization(card.normalization.kind)
    if card.normalization != here:
        found.append(
            f"it takes a torso for no shorter than {card.normalization.min_torso_fraction:g} of the person, and"
            f" {here.min_torso_fraction:g} holds here"
        )
    if here.kind is NormalizationKind.IMAGE and any(0 in clip.image_size_px for clip in data.clips):
        found.append("it sees keypoints in fractions of the picture, whose size the recordings do not tell")
    if card.activation_unit != FRACTION_OF_MAXIMUM:
        found.append(f"it tells {card.activation_unit}, and the recordings {FRACTION_OF_MAXIMUM}")
    return found


def _muscles(data: RecordedSet) -> list[str]:
    """Return which muscles have no sensor or no calibration, by session where sessions differ."""
    found: dict[str, list[str]] = {}
    for session in data.sessions:
        clips = [clip for clip in data.clips if clip.session == session]
        heard = np.any([np.isfinite(clip.emg).any(axis=0) for clip in clips], axis=0)  # (8,)
        calibrated = np.any([np.isfinite(clip.activation).any(axis=0) for clip in clips], axis=0)  # (8,)
        units = clips[0].units
        said = []
        if not heard.all():
            said.append(f"no sensor on {_named(~heard)}")
        if (heard & ~calibrated).any():
            in_units = ", ".join(sorted({units[i] for i in np.flatnonzero(heard & ~calibrated)} - {""})) or "raw values"
            said.append(f"{_named(heard & ~calibrated)} in {in_units}, without the rest and maximum of a calibration")
        for what in said:
            found.setdefault(what, []).append(session)
    everywhere = len(data.sessions)
    return [what if len(of) == everywhere else f"{what} (in {', '.join(of)})" for what, of in found.items()]


def _named(which: NDArray[np.bool_]) -> str:
    labels = [placement.label.lower() for placement, here in zip(MONTAGE.placements, which, strict=True) if here]
    return "any muscle" if len(labels) == len(MONTAGE) else ", ".join(labels)


def _people(card: ModelCard, data: RecordedSet) -> list[str]:
    found = []
    if len(data.subjects) > 1:
        found.append(f"they are of {len(data.subjects)} people: {', '.join(data.subjects)}")
    elif card.training is not None and data.subjects[0] in card.training.subjects:
        found.append(f"it has learned from {data.subjects[0]} already, so nothing of theirs could judge the new model")
    if data.provenance not in ("measured", "simulated"):
        found.append("some of the sEMG is measured and some simulated")
    return found
