"""What more of a person's data is worth: adapted and trained from nothing, on the same time that neither saw.

The paper's Figure 7 counts exercises of a new subject; here it is seconds of their recordings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mia_core.dataset.recorded_sampler import RecordedSampler
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError
from mia_core.evaluation.adaptation_report import recorded
from mia_core.evaluation.muscle_comparison import judge
from mia_core.evaluation.recorded_caveats import block_caveats, data_caveats
from mia_core.evaluation.recorded_errors import Interval, blocks_of, interval95
from mia_core.models.runtime import load_runtime
from mia_core.samples import STEP_S
from mia_core.training.adaptation import (
    DEFAULT_STEPS,
    AdaptationSettings,
    adapt,
    adaptation_parts,
    config_like,
    seconds_used,
)
from mia_core.training.parent import Parent
from mia_core.training.trainer import train_on

CURVE_S: Final = (15.0, 30.0, 60.0, 120.0)
"""Seconds that the curve is drawn at, as far as there are so many."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """RMSE over all muscles, as fractions of the maximal activation; intervals are 95 % ones over blocks of time.

    Attributes:
        seconds: So much of the person's time was used.
        adapted: RMSE of the model that was adapted with it.
        adapted95: Its interval.
        scratch: RMSE of the same network, trained from nothing with it.
        scratch95: Its interval.
        over_unadapted95: Interval of adapted - unadapted.
        over_scratch95: Interval of adapted - scratch.
    """

    seconds: float
    adapted: float
    adapted95: Interval
    scratch: float
    scratch95: Interval
    over_unadapted95: Interval
    over_scratch95: Interval


@dataclass(frozen=True, slots=True)
class AdaptationCurve:
    """The curve.

    Attributes:
        model: Name of the model that was adapted.
        subject: To whom.
        provenance: What the truth is: `measured` or `simulated` sEMG.
        data_sha256: Hash of the recordings.
        held_out_s: Seconds that all are judged on.
        blocks: In so many blocks.
        mean: RMSE of always saying the mean of all that may be learned from.
        unadapted: RMSE of the model as it was.
        unadapted95: Its interval.
        points: In the order of their seconds.
        warnings: What to know before believing it.
    """

    model: str
    subject: str
    provenance: str
    data_sha256: str
    held_out_s: float
    blocks: int
    mean: float
    unadapted: float
    unadapted95: Interval
    points: tuple[CurvePoint, ...]
    warnings: tuple[str, ...]


def adaptation_curve(
    model: Path,
    data: RecordedSet,
    work_dir: Path,
    seconds: Sequence[float] = CURVE_S,
    seed: int = 1,
    steps: int | None = None,
    progress: Callable[[float, str], None] = lambda _share, _doing: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> AdaptationCurve | None:
    """Adapt a model, and train its network from nothing, with more and more of a person's recordings.

    Args:
        model: The model.
        data: The recordings.
        work_dir: Where the models go; a run that was stopped goes on from there.
        seconds: How much to use; what is not there is left out, with a warning.
        seed: Of everything random.
        steps: Optimiser steps at most, None for those of each preset.
        progress: Called with the share done in [0, 1] and what comes next.
        should_stop: Asked before every step; True ends it.

    Returns:
        The curve, None when it was stopped.

    Raises:
        CheckpointMismatchError: The recordings are not what the model was made for.
        DataSetError: There is too little of them.
        HeldOutError: There is a muscle of which nothing can be judged.
    """
    parent = Parent.load(model)
    all_of_it = adaptation_parts(data.clips)
    there_s = seconds_used(all_of_it)
    reasons = {part_s: _why_not(data, part_s, there_s) for part_s in sorted(seconds)}
    wanted = [part_s for part_s, why in reasons.items() if not why]
    left_out = [f"Not drawn at {part_s:g} s: {why}" for part_s, why in reasons.items() if why]
    if not wanted:
        raise DataSetError(" ".join(left_out), "Ask for other seconds, or record for longer.")
    paths = [model]
    for part_s in wanted:
        for doing, make in (("adapting", _adapted), ("training from nothing", _scratch)):
            progress((len(paths) - 1) / (2 * len(wanted)), f"{doing} with {part_s:g} s")
            paths.append(
                make(parent, data, part_s, seed, steps, work_dir / f"{doing.split()[0]}-{part_s:g}", should_stop)
            )
            if should_stop():
                return None
    progress(1.0, "judging")
    models = [load_runtime(path, "cpu") for path in paths]
    judged = judge(models, recorded(all_of_it.held_out), recorded(all_of_it.learned_from), blocks_of)
    rmse, drawn = judged.errors.rmse(), judged.errors.drawn()
    points = [
        CurvePoint(
            part_s,
            float(rmse[adapted]),
            interval95(drawn[adapted]),
            float(rmse[adapted + 1]),
            interval95(drawn[adapted + 1]),
            interval95(drawn[adapted] - drawn[1]),
            interval95(drawn[adapted] - drawn[adapted + 1]),
        )
        for part_s, adapted in zip(wanted, range(2, len(rmse), 2), strict=True)
    ]
    return AdaptationCurve(
        model=parent.card.name,
        subject=", ".join(data.subjects),
        provenance=data.provenance,
        data_sha256=data.data_sha256,
        held_out_s=round(len(judged.windows) * STEP_S, 1),
        blocks=judged.errors.blocks,
        mean=float(rmse[0]),
        unadapted=float(rmse[1]),
        unadapted95=interval95(drawn[1]),
        points=tuple(points),
        warnings=(*data_caveats(data), *block_caveats(judged.errors), *left_out),
    )


def _why_not(data: RecordedSet, seconds: float, there_s: float) -> str:
    """Return why nothing can be learned from so many seconds, empty when it can."""
    if seconds > there_s + STEP_S:
        return f"only {there_s:.0f} s can be learned from."
    try:
        parts = adaptation_parts(data.clips, seconds)
        for clips in (parts.learned_from, *parts.chosen_on.values()):
            RecordedSampler(recorded(clips))
    except DataSetError as error:  # a muscle may be hidden all that time
        return str(error)
    return ""


def _adapted(
    parent: Parent,
    data: RecordedSet,
    seconds: float,
    seed: int,
    steps: int | None,
    out_dir: Path,
    should_stop: Callable[[], bool],
) -> Path:
    settings = AdaptationSettings("adapted", seed, seconds, steps or DEFAULT_STEPS)
    return adapt(parent, data, settings, out_dir, should_stop=should_stop)


def _scratch(
    parent: Parent,
    data: RecordedSet,
    seconds: float,
    seed: int,
    steps: int | None,
    out_dir: Path,
    should_stop: Callable[[], bool],
) -> Path:
    """Train the network as `mia train` does without `--init`, with what an adaptation would have had."""
    config = config_like(parent.card, "scratch", seed).on_recorded(steps=steps)
    parts = adaptation_parts(data.clips, seconds)
    return train_on(config, data, parts, out_dir, should_stop=should_stop, draws=False)
