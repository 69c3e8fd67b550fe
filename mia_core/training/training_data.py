"""The two kinds of data that networks learn from: simulated motion, which is filmed anew every time, and recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mia_core.dataset.recorded_sampler import RecordedSampler
from mia_core.dataset.recorded_set import RecordedSet, is_recorded
from mia_core.dataset.simulated_set import SimulatedSet
from mia_core.dataset.window_sampler import WindowSampler
from mia_core.motion_clip import MOTION_HZ, MotionClip
from mia_core.samples import STEP_S
from mia_core.step_clip import StepClip
from mia_core.training.batches import Batches, BatchMaker
from mia_core.training.recorded_batches import RecordedBatches
from mia_core.training.training_config import TrainingConfig

Clips = Sequence[MotionClip] | Sequence[StepClip]
TrainingData = SimulatedSet | RecordedSet
Sampler = WindowSampler | RecordedSampler


def load_data(folder: Path) -> TrainingData:
    """Read a folder that `mia simulate` or `mia export --to packed` wrote.

    Raises:
        DataSetError: It is neither, incomplete, or a clip is not the one that was written.
        MiaError: A clip can't be read.
    """
    return RecordedSet.load(folder) if is_recorded(folder) else SimulatedSet.load(folder)


def sampler_of(clips: Clips) -> Sampler:
    """Return what cuts windows out of clips of one kind.

    Raises:
        DataSetError: There is nothing to learn from them.
    """
    recorded = [clip for clip in clips if isinstance(clip, StepClip)]
    return RecordedSampler(recorded) if recorded else WindowSampler([c for c in clips if isinstance(c, MotionClip)])


def batches_of(sampler: Sampler, config: TrainingConfig) -> Batches:
    """Return what shows a sampler's windows to a network."""
    return BatchMaker(sampler, config) if isinstance(sampler, WindowSampler) else RecordedBatches(sampler, config)


def minutes_of(clips: Clips) -> float:
    """Return how many minutes of motion clips hold."""
    return sum(len(c) * STEP_S if isinstance(c, StepClip) else len(c.valid) / MOTION_HZ for c in clips) / 60
