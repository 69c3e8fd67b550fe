"""What a person's model is worth: before and after, muscle by muscle, on time that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.muscle_comparison import MuscleComparison, judge
from mia_core.evaluation.recorded_caveats import block_caveats, caveats
from mia_core.evaluation.recorded_errors import blocks_of
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.activation_model import Prediction
from mia_core.samples import STEP_S, Floats
from mia_core.step_clip import StepClip
from mia_core.training.adaptation import seconds_used
from mia_core.training.data_split import DataSplit


@dataclass(frozen=True, slots=True)
class AdaptationReport:
    """What came of an adaptation.

    Attributes:
        subject: Who it was adapted to.
        before: Name of the parent.
        after: Name of the adapted model.
        provenance: What the truth is: `measured` or `simulated` sEMG.
        data_sha256: Hash of the recordings.
        sessions: Which they are.
        learned_s: Seconds of the person that were used, those included that said when to stop.
        held_out_s: Seconds that were judged, which the adaptation never saw.
        blocks: In so many blocks of `BLOCK_S` at most.
        film_s: Length of the film that was shown again and again, 0 of a camera.
        covered80: Share of the truths within the 80 % intervals, before and after; None where a model says none.
        rows: All muscles together, then each.
        warnings: What to know before believing it.
    """

    subject: str
    before: str
    after: str
    provenance: str
    data_sha256: str
    sessions: tuple[str, ...]
    learned_s: float
    held_out_s: float
    blocks: int
    film_s: float
    covered80: tuple[float | None, float | None]
    rows: tuple[MuscleComparison, ...]
    warnings: tuple[str, ...]


def judge_adaptation(before: WindowModel, after: WindowModel, data: RecordedSet, parts: DataSplit) -> AdaptationReport:
    """Judge a model and what it was made of on the held-out part of a person's recordings.

    Args:
        before: The parent.
        after: The adapted model.
        data: The recordings.
        parts: How they were divided for the adaptation.

    Raises:
        DataSetError: The muscles of the held-out part are not known.
        HeldOutError: There is a muscle of which nothing can be judged.
    """
    held_out = recorded(parts.held_out)
    judged = judge((before, after), held_out, recorded(parts.learned_from), blocks_of)
    covered_before, covered_after = (_covered(one, judged.truth) for one in judged.said)
    return AdaptationReport(
        subject=", ".join(data.subjects),
        before=before.card.name,
        after=after.card.name,
        provenance=data.provenance,
        data_sha256=data.data_sha256,
        sessions=data.sessions,
        learned_s=round(seconds_used(parts), 1),
        held_out_s=round(len(judged.windows) * STEP_S, 1),
        blocks=judged.errors.blocks,
        film_s=max(clip.repeats_after_s for clip in held_out),
        covered80=(covered_before, covered_after),
        rows=judged.compared(),
        warnings=(*caveats(before.card, after.card, data), *block_caveats(judged.errors)),
    )


def recorded(clips: Sequence[object]) -> tuple[StepClip, ...]:
    """Return those clips that are recorded ones."""
    return tuple(clip for clip in clips if isinstance(clip, StepClip))


def _covered(said: Prediction, truth: Floats) -> float | None:
    known = np.isfinite(truth) & np.isfinite(said.low) & np.isfinite(said.high)
    if not known.any():
        return None
    return float(((said.low <= truth) & (truth <= said.high))[known].mean())
