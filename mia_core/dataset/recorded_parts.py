"""Which part of a recorded set is learned from, which chooses the weights, and which is held out to judge by.

Neighbouring steps are alike, and a film that is shown again is the same motion again. So parts are never mixed step by
step: whole exercises go one way or the other; without at least four, whole stretches of time; of a film, stretches of
it, in all of its rounds together. The parts depend on the data alone, so that everybody holds out the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from mia_core.dataset.simulated_set import DataSetError
from mia_core.export.trials import UNLABELLED
from mia_core.samples import STEP_S, WINDOW_STEPS
from mia_core.step_clip import StepClip

ROUND_PARTS: Final = 8
"""Stretches of a film."""
STRETCH_S: Final = 15.0
"""Of a recording without exercises."""
_FEWEST: Final = 4
"""Groups of which one may be held out."""


class Part(StrEnum):
    """What a stretch is used for."""

    LEARNED_FROM = "learned-from"
    CHOSEN_ON = "chosen-on"
    HELD_OUT = "held-out"


def parts_of(clips: Sequence[StepClip]) -> Mapping[Part, tuple[StepClip, ...]]:
    """Cut clips into stretches and say what each is used for: every fourth group is held out.

    Unlabelled stretches between exercises go nowhere: they may hold any motion.

    Raises:
        DataSetError: There is too little to hold something out.
    """
    exercises = {clip.exercise for clip in clips if not clip.repeats_after_s} - {UNLABELLED}
    groups: dict[tuple[str, str], list[StepClip]] = {}
    for clip in clips:
        for key, piece in _pieces(clip, by_exercise=len(exercises) >= _FEWEST):
            groups.setdefault(key, []).append(piece)
    parts: dict[Part, list[StepClip]] = {part: [] for part in Part}
    for kind in sorted({kind for kind, _ in groups}):
        of_kind = sorted(key for key in groups if key[0] == kind)
        for number, key in enumerate(of_kind):
            parts[_use_of(number)] += groups[key]
    if not all(parts.values()):
        raise DataSetError(
            "The recordings are too short to hold something out.",
            f"Record at least {_FEWEST} exercises, or a minute and a half.",
        )
    return {part: tuple(pieces) for part, pieces in parts.items()}


def _use_of(number: int) -> Part:
    if number % 4 == _FEWEST - 1:
        return Part.HELD_OUT
    return Part.CHOSEN_ON if number % 4 == 1 else Part.LEARNED_FROM


def _pieces(clip: StepClip, *, by_exercise: bool) -> Iterator[tuple[tuple[str, str], StepClip]]:
    """Yield the pieces of a clip that are longer than a second, each with its group: what kind, and which of it."""
    if not clip.repeats_after_s and by_exercise:
        if clip.exercise != UNLABELLED:
            yield ("exercise", clip.exercise), clip
        return
    middles_s = clip.start_s + (np.arange(len(clip)) + 0.5) * STEP_S  # (T,)
    if clip.repeats_after_s:
        kind = f"film of {clip.repeats_after_s:.3f} s"
        number = np.floor(middles_s % clip.repeats_after_s / clip.repeats_after_s * ROUND_PARTS).astype(int)
    else:
        kind, number = clip.session, np.floor(middles_s / STRETCH_S).astype(int)
    for rows in np.split(np.arange(len(clip)), np.flatnonzero(np.diff(number)) + 1):
        if len(rows) > WINDOW_STEPS // 3:
            yield (kind, f"{number[rows[0]]:06d}"), clip.cut(slice(int(rows[0]), int(rows[-1]) + 1))
