"""Where the thirty steps of windows lie in frames or steps that stand one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mia_core.samples import WINDOW_STEPS


def window_steps(
    ends: NDArray[np.intp], clip_first: NDArray[np.intp], held: NDArray[np.intp], per_step: int = 1
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return where each step of some windows is read, and whether it only holds the pose of a later one.

    What lies before a window's clip, and at least the first `held` steps, is read where the first step after them is.

    Args:
        ends: (n,) rows of the windows' last steps.
        clip_first: (n,) first row of the clip that each window ends in.
        held: (n,) how many of its first steps hold a pose at least.
        per_step: Rows from one step to the next.

    Returns:
        (n, 30) rows, and (n, 30) bool.
    """
    steps = np.arange(WINDOW_STEPS)
    at = ends[:, np.newaxis] - (WINDOW_STEPS - 1 - steps) * per_step
    held = np.maximum(held, (at < clip_first[:, np.newaxis]).sum(axis=1))
    is_held = steps < held[:, np.newaxis]
    return np.where(is_held, np.take_along_axis(at, held[:, np.newaxis], axis=1), at), is_held
