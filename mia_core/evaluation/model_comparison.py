"""Two models on the same recorded motion, read as live use does: before and after one was fitted to a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.muscle_comparison import MuscleComparison, judge
from mia_core.evaluation.recorded_caveats import caveats
from mia_core.evaluation.window_model import WindowModel

ONE_STRETCH: Final = "Only one stretch was judged: how much another one would differ is not known."


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """What comes out.

    Attributes:
        part: Which part of the set it was.
        subjects: Whose motion.
        provenance: What the truth is: `measured` or `simulated` sEMG.
        minutes: How much of it.
        stretches: Trials, or stretches of time: the blocks of the bootstrap.
        film_s: Length of the film that was shown again and again, 0 of a camera.
        rows: All muscles together, then each.
        warnings: What to know before believing it.
    """

    part: str
    subjects: tuple[str, ...]
    provenance: str
    minutes: float
    stretches: int
    film_s: float
    rows: tuple[MuscleComparison, ...]
    warnings: tuple[str, ...]


def compare(before: WindowModel, after: WindowModel, data: RecordedSet, part: Part = Part.HELD_OUT) -> ModelComparison:
    """Compare two models on a part of a recorded set.

    Raises:
        DataSetError: The set is too small for parts, or its muscles are not known.
        HeldOutError: Nothing can be judged.
    """
    parts = parts_of(data.clips)
    clips = parts[part]
    judged = judge((before, after), clips, parts[Part.LEARNED_FROM], lambda windows: windows.clip)
    return ModelComparison(
        str(part),
        tuple(sorted({clip.subject for clip in clips})),
        data.provenance,
        round(len(judged.windows) / 600, 2),
        judged.errors.blocks,
        max(clip.repeats_after_s for clip in clips),
        judged.compared(),
        (*caveats(before.card, after.card, data, part), *((ONE_STRETCH,) if judged.errors.blocks < 2 else ())),
    )
