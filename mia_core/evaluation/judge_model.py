"""Judge a model on the held-out sets and write the outcome into its card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from mia_core.clock import SystemClock
from mia_core.dataset.filmed_set import FilmedSet
from mia_core.evaluation.filmed_windows import FilmedWindows, windows_of
from mia_core.evaluation.heldout_scoring import HeldOutError, nothing_to_judge, score
from mia_core.evaluation.walk_agreement import walk_agreement
from mia_core.evaluation.window_model import WindowModel
from mia_core.models.heldout_scores import EXERCISES, HELDOUT_SETS, OWN_MEAN, REAL_MOTION, TRAINING_MEAN, SetScores
from mia_core.models.model_card import ModelCard, Scalar
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.training.learner import computing_with


def load_heldout(folder: Path) -> dict[str, FilmedSet]:
    """Read the held-out sets that are in a folder, in the order of `HELDOUT_SETS`.

    Raises:
        HeldOutError: There is none.
        FilmedSetError: One can't be read.
    """
    paths = {name: folder / f"{name}.npz" for name in HELDOUT_SETS}
    found = {name: FilmedSet.load(path) for name, path in paths.items() if path.is_file()}
    if not found:
        raise HeldOutError(
            f"There are no held-out sets in {folder}.", f"Make them with `mia heldout --out {folder}` first."
        )
    return found


def judge_model(
    model: WindowModel, sets: Mapping[str, FilmedSet], progress: Callable[[float, str], None] | None = None
) -> dict[str, SetScores]:
    """Judge a model on held-out sets.

    Args:
        model: The model.
        sets: By name.
        progress: Called with the share done in [0, 1] and the name of the set that comes next.

    Raises:
        HeldOutError: The model has learned from, or was chosen on, a subject of one of the sets, has
            learned the exercises left out, or a set has no step with a truth.
    """
    _require_unseen(model.card, sets)
    scores = {}
    for number, (name, filmed) in enumerate(sets.items()):
        if progress is not None:
            progress(number / len(sets), name.replace("_", " "))
        with computing_with():
            scores[name] = _judge_set(model, name, filmed)
    if progress is not None:
        progress(1.0, "done")
    return scores


def with_heldout(card: ModelCard, scores: Mapping[str, SetScores]) -> ModelCard:
    """Return the card with these scores; those of sets that were not judged now are kept as they were."""
    together = {**card.heldout, **scores}
    return replace(card, heldout={name: together[name] for name in HELDOUT_SETS if name in together})


def _judge_set(model: WindowModel, name: str, filmed: FilmedSet) -> SetScores:
    windows = windows_of(filmed.clips)
    if not windows.valid.any():
        raise nothing_to_judge(name)
    predicted = model.predict_windows(windows.keypoints_px, windows.confidence, windows.image_sizes_px)
    baseline, mean = _baseline(model.card, windows)
    scores = score(name, windows, predicted, mean, with_intervals=name == REAL_MOTION)
    return SetScores(
        sha256=filmed.sha256,
        settings=dict(filmed.settings),
        keypoints=filmed.keypoints,
        subjects=filmed.subjects,
        minutes=round(filmed.minutes, 2),
        windows=len(windows),
        judged_utc=SystemClock().utc().isoformat(timespec="seconds"),
        baseline=baseline,
        walk=tuple(row for clip in filmed.clips if clip.measured is not None for row in walk_agreement(model, clip)),
        **{field.name: getattr(scores, field.name) for field in fields(scores)},
    )


def _baseline(card: ModelCard, windows: FilmedWindows) -> tuple[str, Floats]:
    """Return what the baseline says, in words and as (8,) activations."""
    known = {} if card.training is None else card.training.mean_activation
    if all(name in known for name in MONTAGE.names):
        return TRAINING_MEAN, np.array([known[name] for name in MONTAGE.names], np.float32)
    return OWN_MEAN, np.asarray(windows.activation[windows.valid].mean(axis=0), np.float32)


def _require_unseen(card: ModelCard, sets: Mapping[str, FilmedSet]) -> None:
    if card.training is None:
        return
    seen = {*card.training.subjects, *card.training.chosen_on}
    for name, filmed in sets.items():
        shared = sorted(seen & set(filmed.subjects))
        if shared:
            raise HeldOutError(
                f"The model {card.name} was made with {shared[0]}, whose motion is in the held-out set {name}.",
                "Judge models that have not seen these subjects, or make other held-out sets.",
            )
    learned = _names(card.training.recipe, "exercises") - _names(card.training.settings, "left_out_exercises")
    if EXERCISES in sets and (known := sorted(learned & _names(sets[EXERCISES].settings, "exercises"))):
        raise HeldOutError(
            f"The model {card.name} has learned the exercise {known[0]}, which the held-out set {EXERCISES} holds.",
            "Judge it without this set.",
        )


def _names(told: Mapping[str, Scalar], key: str) -> set[str]:
    return {name.strip() for name in str(told.get(key, "")).split(",")} - {""}
