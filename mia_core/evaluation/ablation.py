"""Train a model again and again, each time without one of its ingredients, and judge every one on the held-out sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from mia_core.dataset.filmed_set import FilmedSet
from mia_core.dataset.window_sampler import MOCAP_VARIED
from mia_core.evaluation.judge_model import judge_model
from mia_core.models.ablation_table import AblationRow, BriefScores
from mia_core.models.checkpoint import card_path, load_checkpoint
from mia_core.models.model_card import OutputKind
from mia_core.models.runtime import load_runtime
from mia_core.processing.normalization import NormalizationKind
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_log import StepProgress
from mia_core.training.training_state import TrainingRunError

_RANDOM_MOVEMENT: Final = ("body_babble", "arm_babble")
AS_SHIPPED: Final = "as shipped"


def ablations(base: TrainingConfig) -> Mapping[str, TrainingConfig]:
    """Return the settings to try by what is different in each, first the base itself.

    Args:
        base: Settings of the network `modern`.
    """
    of_kind = {kind: TrainingConfig.of(kind, base.name, base.seed, base.steps) for kind in ModelKind}
    return {
        AS_SHIPPED: base,
        "the paper's network and input": of_kind[ModelKind.PAPER],
        "convolutions only, no Transformer": of_kind[ModelKind.CNN],
        "Transformer only after one convolution": replace(base, local_layers=1),
        "half the width": replace(base, width=base.width // 2),
        "one and a half times the width": replace(base, width=base.width * 3 // 2),
        "coordinates in place of body features": replace(base, normalization=NormalizationKind.ROOT_TORSO),
        "no joint angles and torques to learn": replace(base, auxiliary_weight=0.0),
        "activation in place of its root": replace(base, output=OutputKind.ACTIVATION),
        "all steps of a window alike": replace(base, late_weight=1.0),
        "a subject embedding, dropped for half": replace(base, subject_dropout=0.5),
        "no mirrored windows in training": replace(base, mirror_fraction=0.0),
        "one look, none in a mirror": replace(base, sees_mirror=False),
        "no random change of bones": replace(base, bone_spread=0.0),
        "captured motion as recorded only": replace(base, left_out_exercises=(*base.left_out_exercises, MOCAP_VARIED)),
        "no captured motion": replace(base, captured_fraction=0.0),
        "no random movement": replace(base, left_out_exercises=(*base.left_out_exercises, *_RANDOM_MOVEMENT)),
    }


def ablate(
    variants: Mapping[str, TrainingConfig],
    data_dir: Path,
    sets: Mapping[str, FilmedSet],
    out_dir: Path,
    progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> tuple[AblationRow, ...]:
    """Train and judge all variants; those that are there already are only judged.

    Args:
        variants: Settings by what is different in them, as `ablations` gives.
        data_dir: Data set to train on.
        sets: Held-out sets by name.
        out_dir: Each variant gets a folder of its own in it.
        progress: Called with the share done in [0, 1] and what is being trained.
        should_stop: Asked before every step; True leaves out what is not ready.

    Raises:
        DataSetError: The data set can't be read.
        TrainingRunError: `out_dir` holds variants with other settings or data.
        HeldOutError: A set holds subjects that were learned from.
    """
    rows = []
    for number, (change, config) in enumerate(variants.items()):

        def after_step(
            step: StepProgress, number: int = number, change: str = change, last: int = config.steps
        ) -> None:
            progress((number + step.step / last) / len(variants), change)

        progress(number / len(variants), change)
        folder = out_dir / "".join(letter if letter.isalnum() else "-" for letter in change)
        path = folder / f"{config.name}.safetensors"
        if path.is_file():
            _require_same(path, config)
        else:
            train(config, data_dir, folder, should_stop=should_stop, after_step=after_step)
            if should_stop():  # what was stopped is not what it says it is; its training goes on next time
                path.unlink()
                card_path(path).unlink()
                break
        rows.append(_judged(change, path, config, sets))
    progress(1.0, "done")
    return tuple(rows)


def _require_same(path: Path, config: TrainingConfig) -> None:
    training = load_checkpoint(path).card.training
    if training is None or dict(training.settings) != config.to_dict():
        raise TrainingRunError(
            f"{path} was trained with other settings than are asked for now.", "Choose another folder, or delete it."
        )


def _judged(change: str, path: Path, config: TrainingConfig, sets: Mapping[str, FilmedSet]) -> AblationRow:
    scores = judge_model(load_runtime(path, "cpu"), sets)
    return AblationRow(
        change=change,
        parameters=sum(weight.size for weight in load_checkpoint(path).weights.values()),
        seed=config.seed,
        steps=config.steps,
        scores={
            name: BriefScores(round(of_set.ratio, 4), round(of_set.r_legs, 4), round(of_set.r_arms, 4))
            for name, of_set in scores.items()
        },
    )
