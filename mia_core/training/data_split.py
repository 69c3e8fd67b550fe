"""Who is learned from, who chooses the weights, and who is not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mia_core.dataset.recorded_parts import Part, parts_of
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError, SimulatedSet
from mia_core.dataset.window_sampler import MOCAP
from mia_core.motion_clip import MotionClip
from mia_core.training.training_config import TrainingConfig
from mia_core.training.training_data import Clips, TrainingData


@dataclass(frozen=True, slots=True)
class DataSplit:
    """Clips by what they are used for.

    Attributes:
        learned_from: Clips of which windows are drawn.
        chosen_on: Clips by which the best weights are chosen: by what they are, virtual subjects first.
        held_out: Recorded clips that are kept to judge by.
    """

    learned_from: Clips
    chosen_on: Mapping[str, Clips]
    held_out: Clips = ()


def split(data: TrainingData, config: TrainingConfig) -> DataSplit:
    """Split a data set.

    A simulated one by whole subjects, and by clips where there are fewer than three virtual subjects; a recorded one by
    whole exercises or stretches (`parts_of`), because what it is for is the subject who is in it.

    Raises:
        DataSetError: There is nothing to learn from, or nothing to choose on.
    """
    if isinstance(data, RecordedSet):
        parts = parts_of(data.clips)
        choosing = {"other motion of the subject": parts[Part.CHOSEN_ON]}
        return DataSplit(parts[Part.LEARNED_FROM], choosing, parts[Part.HELD_OUT])
    return _split_simulated(data, config)


def _split_simulated(data: SimulatedSet, config: TrainingConfig) -> DataSplit:
    clips = [
        clip
        for clip in data.clips
        if clip.subject not in config.left_out_subjects
        and not {clip.exercise, clip.exercise.split(":")[0]} & {*config.left_out_exercises}
    ]
    captured = [clip for clip in clips if clip.exercise.startswith(MOCAP)]
    generated = [clip for clip in clips if not clip.exercise.startswith(MOCAP)]
    kept, held_out = _hold_out(generated, config)
    choosing = {"virtual subjects": held_out}
    as_recorded = [clip for clip in captured if clip.exercise.startswith(f"{MOCAP}:")]  # and not with varied arms
    if judges := tuple(clip for clip in as_recorded if clip.subject in config.chosen_on):
        choosing["captured motion"] = judges
    return DataSplit((*kept, *(clip for clip in captured if clip.subject not in config.chosen_on)), choosing)


def _hold_out(clips: list[MotionClip], config: TrainingConfig) -> tuple[tuple[MotionClip, ...], tuple[MotionClip, ...]]:
    by_subject = len({clip.subject for clip in clips}) >= 3
    groups = [clip.subject if by_subject else str(number) for number, clip in enumerate(clips)]
    names = sorted(set(groups))
    if len(names) < 2:
        raise DataSetError("A data set of one clip can't be split.", "Make more clips with `mia simulate`.")
    n = min(max(1, round(config.held_out_fraction * len(names))), len(names) - 1)
    chosen = set(np.random.default_rng(config.seed).choice(names, n, replace=False).tolist())
    kept = tuple(clip for clip, group in zip(clips, groups, strict=True) if group not in chosen)
    held = tuple(clip for clip, group in zip(clips, groups, strict=True) if group in chosen)
    return kept, held
