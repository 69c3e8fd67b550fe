"""Sets of windows in memory, with made-up numbers."""

from __future__ import annotations

import numpy as np

from mia_core.dataset.window_set import NO_PART, WindowSet, WindowSetAbout
from mia_core.muscles import MONTAGE
from mia_core.samples import WINDOW_STEPS


def window_set(
    subjects: tuple[str, ...] = ("anna", "ben"),
    exercises: tuple[str, ...] = ("squat", "running", "skater"),
    *,
    steps_each: int = 300,
    stride: int = WINDOW_STEPS,
    seed: int = 0,
    n_steps: int = WINDOW_STEPS,
) -> WindowSet:
    """Return a set with one recording of each exercise of each subject, without published parts."""
    rng = np.random.default_rng(seed)
    starts = np.arange(0, steps_each - n_steps + 1, stride, dtype=np.int32)
    pairs = [(subject, exercise) for subject in range(len(subjects)) for exercise in range(len(exercises))]
    n = len(starts) * len(pairs)
    motion = rng.uniform(0.2, 0.8, (len(pairs), steps_each, 25, 2)).astype(np.float32)
    emg = rng.uniform(0, 100, (len(pairs), steps_each, len(MONTAGE))).astype(np.float32)
    cut = starts[:, np.newaxis] + np.arange(n_steps)  # (starts, T)
    of_pair = np.repeat(np.array(pairs), len(starts), axis=0)
    return WindowSet(
        keypoints=motion[:, cut].reshape(n, n_steps, 25, 2),
        emg=emg[:, cut].reshape(n, n_steps, len(MONTAGE)),
        joints=None,
        subject=of_pair[:, 0].astype(np.int16),
        exercise=of_pair[:, 1].astype(np.int16),
        recording=np.repeat(np.arange(len(pairs), dtype=np.int32), len(starts)),
        start_step=np.tile(starts, len(pairs)),
        part=np.full(n, NO_PART, np.int8),
        about=WindowSetAbout(subjects, exercises, MONTAGE.names, "percent", "simulated", "simulated"),
    )
