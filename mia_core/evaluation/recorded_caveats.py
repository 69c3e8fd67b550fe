"""What to know before believing what models are judged by on recordings."""

from __future__ import annotations

from typing import Final

from mia_core.dataset.recorded_parts import Part
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.recorded_errors import BLOCK_S, RecordedErrors
from mia_core.models.model_card import ModelCard

FEW_BLOCKS: Final = 8
"""Of fewer blocks a bootstrap makes intervals that are too narrow."""


def caveats(before: ModelCard, after: ModelCard, data: RecordedSet, part: Part = Part.HELD_OUT) -> tuple[str, ...]:
    """Return what there is to say about a comparison of two models on a part of a person's recordings."""
    said = [*data_caveats(data)]
    for card in (before, after):
        record = card.training
        shares = record is not None and set(record.subjects) & set(data.subjects)
        if record is not None and shares and record.data_sha256 != data.data_sha256:
            said.append(
                f"{card.name} has learned from this subject, but from another set: maybe from this very motion."
            )
    if part is not Part.HELD_OUT:
        said.append(f"This part was {'learned from' if part is Part.LEARNED_FROM else 'used to choose the weights'}.")
    return tuple(said)


def data_caveats(data: RecordedSet) -> tuple[str, ...]:
    """Return what there is to say about the recordings."""
    said = []
    if data.provenance != "measured":
        said.append("The truth is simulated sEMG, not measured: this says that the chain works, not how right it is.")
    if any(clip.repeats_after_s for clip in data.clips):
        said.append(
            "The source is a film. Each part is other motion, but what is shown again is the same motion again: later "
            "rounds are no new evidence, so the intervals are too narrow."
        )
    return tuple(said)


def block_caveats(errors: RecordedErrors) -> tuple[str, ...]:
    """Return what there is to say about so few blocks."""
    if errors.blocks >= FEW_BLOCKS:
        return ()
    return (f"Only {errors.blocks} blocks of {BLOCK_S:g} s were held out: the intervals are rough, and too narrow.",)
