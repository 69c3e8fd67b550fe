"""Two models on the same recorded motion, read as live use does: before and after one was fitted to a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_sampler import RecordedSampler, RecordedWindows
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.heldout_scoring import HeldOutError
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.model_card import DEFAULT_LOOKAHEAD_STEPS, ModelCard
from mia_core.muscles import MONTAGE
from mia_core.samples import WINDOW_STEPS, Floats

BOOTSTRAP_DRAWS: Final = 2000
_SEED: Final = 0
ALL: Final = "all"
"""Name of the row over all muscles."""
_READ_AT: Final = WINDOW_STEPS - 1 - DEFAULT_LOOKAHEAD_STEPS
Array = NDArray[np.float64]


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
    truth = windows.activation[:, _READ_AT]  # (n, 8)
    mean = RecordedSampler(parts[Part.LEARNED_FROM]).mean_activation()
    said = [np.broadcast_to(mean, truth.shape), _read(before, windows), _read(after, windows)]
    known = np.isfinite(truth)
    if not known.any(axis=0).all():
        raise HeldOutError("There is a muscle of which nothing can be judged.", "Record for longer.")
    errors = np.array([np.where(known, np.square(one - truth, dtype=np.float64), 0.0) for one in said])  # (3, n, 8)
    in_clip = windows.clip == np.arange(len(clips))[:, np.newaxis]  # (clips, n)
    sums = in_clip.astype(np.float64) @ errors  # (3, clips, 8)
    counts = in_clip.astype(np.float64) @ known.astype(np.float64)  # (clips, 8)
    judged = counts.any(axis=1)
    return ModelComparison(
        str(part),
        tuple(sorted({clip.subject for clip in clips})),
        data.provenance,
        round(len(windows) / 600, 2),
        int(judged.sum()),
        max(clip.repeats_after_s for clip in clips),
        _rows(sums[:, judged], counts[judged]),
        tuple(_warnings(before.card, after.card, data, part)),
    )


def _read(model: WindowModel, windows: RecordedWindows) -> Floats:
    """Return (n, 8) what a model says of the step that live use would read."""
    said = model.predict_windows(windows.keypoints_px, windows.confidence, windows.image_sizes_px)
    return said.values[:, _READ_AT]


def _rows(sums: Array, counts: Array) -> tuple[MuscleComparison, ...]:
    """Return a row for all muscles and for each, from (3, stretches, 8) squared errors and (stretches, 8) counts."""
    n = len(counts)
    draws = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), BOOTSTRAP_DRAWS)  # (draws, stretches)
    rows = []
    for name, channels in ((ALL, slice(None)), *((name, slice(i, i + 1)) for i, name in enumerate(MONTAGE.names))):
        of, count = sums[:, :, channels].sum(axis=2), counts[:, channels].sum(axis=1)  # (3, stretches), (stretches,)
        mean, before, after = (float(rmse) for rmse in np.sqrt(of.sum(axis=1) / count.sum()))
        drawn = np.sqrt(of @ draws.T / np.maximum(count @ draws.T, 1))  # (3, draws)
        low, high = np.quantile(drawn[2] - drawn[1], (0.025, 0.975))
        rows.append(MuscleComparison(name, int(count.sum()), mean, before, after, (float(low), float(high))))
    return tuple(rows)


def _warnings(before: ModelCard, after: ModelCard, data: RecordedSet, part: Part) -> list[str]:
    said = []
    if data.provenance != "measured":
        said.append("The truth is simulated sEMG, not measured: this says that the chain works, not how right it is.")
    if any(clip.repeats_after_s for clip in data.clips):
        said.append(
            "The source is a film. Each part is other motion, but what is shown again is the same motion again: later "
            "rounds are no new evidence, so the intervals are too narrow."
        )
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
