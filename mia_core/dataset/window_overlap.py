"""How far apart in time windows are that follow one another, found in the windows themselves."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import TRAIN, VAL

_FEWEST_SHARED: Final = 3
"""Steps that two windows must share to be recognised as overlapping."""
_ENOUGH: Final = 0.5
"""Share of neighbours that must agree on a stride."""


def steps_apart(emg: NDArray[np.floating]) -> tuple[int, NDArray[np.bool_]]:
    """Return by how many steps windows follow one another, and where one does not follow the one before it.

    Windows that were cut from one recording with a stride shorter than themselves repeat each other's values. Those
    that share nothing are taken to follow one another without a gap, because nothing tells.

    Args:
        emg: (N, T, C) windows in order of time.

    Returns:
        The stride, and (N,) bool: where overlapping windows are interrupted.
    """
    n, n_steps = emg.shape[:2]
    best, best_share, best_same = n_steps, _ENOUGH, np.ones(max(n - 1, 0), np.bool_)
    for stride in range(1, n_steps - _FEWEST_SHARED + 1):
        before, after = emg[:-1, stride:], emg[1:, : n_steps - stride]
        told = (before != before[:, :1]).any(axis=(1, 2))  # values that never change agree at any stride
        same = (before == after).all(axis=(1, 2))
        share = same[told].mean() if told.any() else 0.0
        if share > best_share:
            best, best_share, best_same = stride, float(share), same | ~told
    return best, np.concatenate([np.zeros(min(n, 1), np.bool_), ~best_same])


def times_of_parts(
    parts: NDArray[np.int8], numbers: NDArray[np.int64], emg: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return when published windows begin, and where one begins another recording than the one before it.

    Both parts were cut from one recording. Where their windows overlap, the last of `train` still hold what the first
    of `val` hold, so they stay one recording, in which that can be seen.

    Args:
        parts: (N,) `TRAIN`, then `VAL`, each in order of time.
        numbers: (N,) running numbers, within each part.
        emg: (N, T, C) the windows.

    Returns:
        (N,) first steps, and (N,) bool.
    """
    starts, breaks = np.zeros(len(parts), np.int64), np.zeros(len(parts), np.bool_)
    for part in (TRAIN, VAL):
        rows = np.flatnonzero(parts == part)
        stride, breaks[rows] = steps_apart(emg[rows])
        starts[rows] = (numbers[rows] - numbers[rows].min(initial=np.iinfo(np.int64).max)) * stride
    border = int((parts == TRAIN).sum())
    if 0 < border < len(parts):
        between, _ = steps_apart(emg[border - 1 : border + 1])
        if between < emg.shape[1]:
            starts[border:] += starts[border - 1] + between
        else:
            breaks[border] = True
    return starts, breaks
