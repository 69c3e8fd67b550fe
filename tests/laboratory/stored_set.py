"""Stores windows as a set on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mia_core.dataset.window_block import WindowBlock
from mia_core.dataset.window_set import WindowSet
from mia_core.dataset.window_set_writer import WindowSetWriter


def stored(path: Path, windows: WindowSet) -> Path:
    """Write all windows, one block for each recording."""
    with WindowSetWriter(path, windows.about, n_steps=windows.n_steps) as writer:
        for number in np.unique(windows.recording):
            one = windows.take(windows.recording == number)
            writer.append(
                WindowBlock(
                    name=f"recording {number}",
                    subject=one.about.subjects[one.subject[0]],
                    exercise=one.about.exercises[one.exercise[0]],
                    keypoints=one.keypoints,
                    emg=one.emg,
                    start_step=one.start_step,
                    part=one.part,
                )
            )
        writer.finish()
    return path
