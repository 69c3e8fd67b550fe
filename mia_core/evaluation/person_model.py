"""From a model and a person's recordings to a model of theirs: files that appear whole, with the report beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mia_core.dataset.recorded_set import RecordedSet
from mia_core.errors import CheckpointError
from mia_core.evaluation.adaptation_curve import AdaptationCurve, adaptation_curve
from mia_core.evaluation.adaptation_picture import draw_curve, draw_report
from mia_core.evaluation.adaptation_report import AdaptationReport, judge_adaptation
from mia_core.models.checkpoint import card_path
from mia_core.models.runtime import load_runtime
from mia_core.training.adaptation import AdaptationError, AdaptationSettings, adapt, adaptation_parts
from mia_core.training.loss_curve import can_draw
from mia_core.training.parent import Parent
from mia_core.training.training_log import StepProgress

_REPORT: Final = "-report"
_CURVE: Final = "-curve"


@dataclass(frozen=True, slots=True)
class PersonModel:
    """What came of it.

    Attributes:
        path: The weights, with the card beside them.
        report: Before and after on time that was held out.
        curve: Errors by seconds of data, where it was asked for.
    """

    path: Path
    report: AdaptationReport
    curve: AdaptationCurve | None


def make_person_model(
    model: Path,
    data: RecordedSet,
    settings: AdaptationSettings,
    out_dir: Path,
    curve_s: Sequence[float] = (),
    progress: Callable[[float, str], None] = lambda _share, _doing: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> PersonModel | None:
    """Adapt a model, judge it, and write `NAME.safetensors`, `NAME.json`, `NAME-report.json` and `.png`.

    Args:
        model: The model to start from; it is left alone.
        data: The recordings of one person.
        settings: How to adapt.
        out_dir: Where the files go; made when absent.
        curve_s: Seconds of data to draw the curve at, as `NAME-curve.json` and `.png`; none for no curve.
        progress: Called with the share done in [0, 1] and what comes next.
        should_stop: Asked before every step; True ends it, and no file is left behind.

    Returns:
        What came of it, None when it was stopped.

    Raises:
        AdaptationError: There is a model of that name already, or the network is not trained here.
        CheckpointMismatchError: The recordings are not what the model was made for.
        DataSetError: There is too little of them.
        HeldOutError: There is a muscle of which nothing can be judged.
        CheckpointError: The model can't be read, or nothing can be written.
    """
    target = out_dir / f"{settings.name}.safetensors"
    if target.exists() or card_path(target).exists():
        raise AdaptationError(f"{target} is there already, and nothing is overwritten.", "Give another name or folder.")
    own_share = 1 / (1 + 2 * len(curve_s))
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out_dir, prefix=f".{settings.name}-") as work:
            whole = Path(work) / "whole"
            whole.mkdir()

            def after_step(state: StepProgress) -> None:
                progress(own_share * state.step / settings.steps, f"adapting, step {state.step}")

            made = adapt(Parent.load(model), data, settings, Path(work) / "adapting", after_step, should_stop)
            if should_stop():
                return None
            parts = adaptation_parts(data.clips, settings.seconds)
            report = judge_adaptation(load_runtime(model, "cpu"), load_runtime(made, "cpu"), data, parts)
            curve = None
            if curve_s:
                curve = adaptation_curve(
                    model,
                    data,
                    Path(work) / "curve",
                    curve_s,
                    settings.seed,
                    progress=lambda share, doing: progress(own_share + (1 - own_share) * share, doing),
                    should_stop=should_stop,
                )
                if curve is None:
                    return None
            _write(whole / settings.name, report, curve)
            for path in (card_path(made), made, *sorted(whole.iterdir())):
                path.replace(out_dir / path.name)
    except OSError as error:
        raise CheckpointError(
            f"The model can't be written to {out_dir} ({error.strerror}).", "Choose a folder that can be written to."
        ) from error
    progress(1.0, "done")
    return PersonModel(target, report, curve)


def _write(stem: Path, report: AdaptationReport, curve: AdaptationCurve | None) -> None:
    """Write what came out beside where the model will be, with pictures where they can be drawn."""
    for ending, outcome in ((_REPORT, report), (_CURVE, curve)):
        if outcome is not None:
            text = json.dumps(asdict(outcome), indent=2) + "\n"
            stem.with_name(f"{stem.name}{ending}.json").write_text(text, encoding="utf-8")
    if can_draw():
        draw_report(report, stem.with_name(f"{stem.name}{_REPORT}.png"))
        if curve is not None:
            draw_curve(curve, stem.with_name(f"{stem.name}{_CURVE}.png"))
