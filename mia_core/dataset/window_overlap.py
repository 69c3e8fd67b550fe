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

_Recording = tuple[NDArray[np.intp], NDArray[np.int64]]
"""Rows and first steps of windows that nothing interrupts."""


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
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.bool_]]:
    """Return in which order published windows follow one another, when they begin, and where a recording does.

    Both parts were cut from the same recordings. Where their windows overlap, the last of `train` still hold what the
    first of `val` hold, so they are put together again into one recording, in which that can be seen.

    Args:
        parts: (N,) `TRAIN` or `VAL`.
        numbers: (N,) running numbers, ascending within each part.
        emg: (N, T, C) the windows.

    Returns:
        (N,) rows in order; of these rows, (N,) first steps, and (N,) whether one begins another recording than the one
        before.
    """
    learned, judged = (_uninterrupted(np.flatnonzero(parts == part), numbers, emg) for part in (TRAIN, VAL))
    recordings: list[_Recording] = []
    for rows, starts in learned:
        recordings.append((rows, starts))
        for place, (others, their_starts) in enumerate(judged):
            between, _ = steps_apart(emg[[rows[-1], others[0]]])
            if between < emg.shape[1]:
                moved = their_starts - their_starts[0] + starts[-1] + between
                recordings[-1] = np.concatenate([rows, others]), np.concatenate([starts, moved])
                del judged[place]
                break
    recordings += judged
    order = np.concatenate([np.zeros(0, np.intp), *(rows for rows, _ in recordings)])
    breaks = np.concatenate([np.zeros(0, np.bool_), *(np.arange(len(rows)) == 0 for rows, _ in recordings)])
    breaks[:1] = False
    return order, np.concatenate([np.zeros(0, np.int64), *(starts for _, starts in recordings)]), breaks


def _uninterrupted(rows: NDArray[np.intp], numbers: NDArray[np.int64], emg: NDArray[np.floating]) -> list[_Recording]:
    """Return the pieces of one part that nothing interrupts."""
    if not len(rows):
        return []
    stride, breaks = steps_apart(emg[rows])
    starts = (numbers[rows] - numbers[rows[0]]) * stride
    cuts = np.flatnonzero(breaks)
    return list(zip(np.split(rows, cuts), np.split(starts, cuts), strict=True))
