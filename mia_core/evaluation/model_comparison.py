"""Two models on the same recorded motion, read as live use does: before and after one was fitted to a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_sampler import RecordedSampler
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.recorded_errors import (
    EVERYTHING,
    READ_AT,
    RecordedErrors,
    interval95,
    muscle_channels,
    read_live,
)
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.model_card import ModelCard

ALL: Final = "all"
"""Name of the row over all muscles."""


@dataclass(frozen=True, slots=True)
class MuscleComparison:
    """Errors of activation, as fractions of the maximal one.

    Attributes:
        muscle: Name of the muscle, or `all`.
        steps: How many steps were judged.
        mean: RMSE of always saying the mean of what was learned from.
        before: RMSE of the first model.
        after: RMSE of the second one.
        change95: 95 % interval of the difference, negative where the second one is better: bootstrap over stretches.
    """

    muscle: str
    steps: int
    mean: float
    before: float
    after: float
    change95: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """What comes out.

    Attributes:
        part: Which part of the set it was.
        subjects: Whose motion.
        provenance: What the truth is: `measured` or `simulated` sEMG.
        minutes: How much of it.
        stretches: Trials, or stretches of time.
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
    windows = RecordedSampler(clips).every(1)
    mean = RecordedSampler(parts[Part.LEARNED_FROM]).mean_activation()
    said = [mean, read_live(before, windows).values, read_live(after, windows).values]
    errors = RecordedErrors.of(said, windows.activation[:, READ_AT], windows.clip)
    return ModelComparison(
        str(part),
        tuple(sorted({clip.subject for clip in clips})),
        data.provenance,
        round(len(windows) / 600, 2),
        errors.blocks,
        max(clip.repeats_after_s for clip in clips),
        tuple(_row(errors, name, channels) for name, channels in ((ALL, EVERYTHING), *muscle_channels())),
        tuple(caveats(before.card, after.card, data, part)),
    )


def _row(errors: RecordedErrors, name: str, channels: slice) -> MuscleComparison:
    mean, before, after = (float(rmse) for rmse in errors.rmse(channels))
    drawn = errors.drawn(channels)
    return MuscleComparison(name, errors.steps(channels), mean, before, after, interval95(drawn[2] - drawn[1]))


def caveats(before: ModelCard, after: ModelCard, data: RecordedSet, part: Part = Part.HELD_OUT) -> list[str]:
    """Return what to know before believing a comparison of two models."""
    said = data_caveats(data)
    for card in (before, after):
        record = card.training
        shares = record is not None and set(record.subjects) & set(data.subjects)
        if record is not None and shares and record.data_sha256 != data.data_sha256:
            said.append(
                f"{card.name} has learned from this subject, but from another set: maybe from this very motion."
            )
    if part is not Part.HELD_OUT:
        said.append(f"This part was {'learned from' if part is Part.LEARNED_FROM else 'used to choose the weights'}.")
    return said


def data_caveats(data: RecordedSet) -> list[str]:
    """Return what to know before believing what is judged on recordings."""
    said = []
    if data.provenance != "measured":
        said.append("The truth is simulated sEMG, not measured: this says that the chain works, not how right it is.")
    if any(clip.repeats_after_s for clip in data.clips):
        said.append(
            "The source is a film. Each part is other motion, but what is shown again is the same motion again: later "
            "rounds are no new evidence, so the intervals are too narrow."
        )
    return said
