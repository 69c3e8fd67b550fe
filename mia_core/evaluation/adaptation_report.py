"""What a person's model is worth: before and after, muscle by muscle, on time that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.recorded_sampler import RecordedSampler, RecordedWindows
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.evaluation.model_comparison import ALL, caveats
from mia_core.evaluation.recorded_errors import (
    EVERYTHING,
    READ_AT,
    Interval,
    RecordedErrors,
    interval95,
    muscle_channels,
    read_live,
)
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.activation_model import Prediction
from mia_core.samples import STEP_S, Floats
from mia_core.step_clip import StepClip
from mia_core.training.adaptation import seconds_used
from mia_core.training.data_split import DataSplit

BLOCK_S: Final = 5.0
"""Errors of muscles that are further apart than this have little to do with one another."""
FEW_BLOCKS: Final = 8
"""Of fewer blocks a bootstrap makes intervals that are too narrow."""


@dataclass(frozen=True, slots=True)
class MuscleGain:
    """Errors of activation as fractions of the maximal one; intervals are 95 % ones, by a bootstrap over blocks.

    Attributes:
        muscle: Name of the muscle, or `all`.
        steps: How many steps were judged.
        mean: RMSE of always saying the mean of what was learned from.
        before: RMSE of the parent.
        before95: Its interval.
        after: RMSE of the adapted model.
        after95: Its interval.
        change95: Interval of `after - before` on the same blocks; below zero all through, the gain is no accident.
        r_before: Correlation of the parent with the truth over time, None over all muscles or where nothing moves.
        r_after: The same of the adapted model.
    """

    muscle: str
    steps: int
    mean: float
    before: float
    before95: Interval
    after: float
    after95: Interval
    change95: Interval
    r_before: float | None
    r_after: float | None


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
    rows: tuple[MuscleGain, ...]
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
    windows = RecordedSampler(held_out).every(1)
    truth = windows.activation[:, READ_AT]  # (n, 8)
    said = [read_live(model, windows) for model in (before, after)]
    mean = RecordedSampler(recorded(parts.learned_from)).mean_activation()
    errors = RecordedErrors.of([mean, *(one.values for one in said)], truth, blocks_of(windows))
    return AdaptationReport(
        subject=", ".join(data.subjects),
        before=before.card.name,
        after=after.card.name,
        provenance=data.provenance,
        data_sha256=data.data_sha256,
        sessions=data.sessions,
        learned_s=round(seconds_used(parts), 1),
        held_out_s=round(len(windows) * STEP_S, 1),
        blocks=errors.blocks,
        film_s=max(clip.repeats_after_s for clip in held_out),
        covered80=(_covered(said[0], truth), _covered(said[1], truth)),
        rows=tuple(_row(errors, said, truth, *which) for which in ((ALL, EVERYTHING), *muscle_channels())),
        warnings=(*caveats(before.card, after.card, data), *block_caveats(errors)),
    )


def blocks_of(windows: RecordedWindows) -> NDArray[np.intp]:
    """Return (n,) the number of the block of time that each window's end is in; blocks never reach over two clips."""
    new_clip = np.concatenate([[True], np.diff(windows.clip) != 0])
    first = np.maximum.accumulate(np.where(new_clip, np.arange(len(windows)), 0))  # (n,)
    in_clip = (np.arange(len(windows)) - first) // round(BLOCK_S / STEP_S)
    new_block = new_clip | np.concatenate([[True], np.diff(in_clip) != 0])
    return np.asarray(np.cumsum(new_block) - 1, np.intp)


def block_caveats(errors: RecordedErrors) -> tuple[str, ...]:
    """Return what there is to say about so few blocks."""
    if errors.blocks >= FEW_BLOCKS:
        return ()
    return (f"Only {errors.blocks} blocks of {BLOCK_S:g} s were held out: the intervals are rough, and too narrow.",)


def recorded(clips: Sequence[object]) -> tuple[StepClip, ...]:
    """Return those clips that are recorded ones."""
    return tuple(clip for clip in clips if isinstance(clip, StepClip))


def _covered(said: Prediction, truth: Floats) -> float | None:
    known = np.isfinite(truth) & np.isfinite(said.low) & np.isfinite(said.high)
    if not known.any():
        return None
    return float(((said.low <= truth) & (truth <= said.high))[known].mean())


def _row(errors: RecordedErrors, said: Sequence[Prediction], truth: Floats, name: str, channels: slice) -> MuscleGain:
    mean, before, after = (float(rmse) for rmse in errors.rmse(channels))
    drawn = errors.drawn(channels)
    r_before, r_after = (None if name == ALL else _r(one.values[:, channels], truth[:, channels]) for one in said)
    return MuscleGain(
        name,
        errors.steps(channels),
        mean,
        before,
        interval95(drawn[1]),
        after,
        interval95(drawn[2]),
        interval95(drawn[2] - drawn[1]),
        r_before,
        r_after,
    )


def _r(said: Floats, truth: Floats) -> float | None:
    known = np.isfinite(truth)
    a, b = said[known].astype(np.float64), truth[known].astype(np.float64)
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])
