"""The paper's second baseline: the muscle activity of the training window whose keypoints are nearest, exactly.

The distance is Euclidean over all coordinates of a window: 30 steps x 25 keypoints x 2 = 1500.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import WindowSet
from mia_core.laboratory.predictors import PredictorError, exercise_names, require_like, require_some

_BLOCK: Final = 128
"""Queries that are multiplied at once: their scores stay in the processor's cache."""
_UNIT_ROUNDOFF: Final = 2.0**-24
"""Of float32."""
_RERANKED_AT_ONCE: Final = 1024
_LARGEST: Final = 1e15
"""Of coordinates: squares of larger ones leave float32."""


class NearestNeighbour:
    """Copies the muscle activity of the nearest training window.

    Args:
        known_exercise: Whether only windows of the same exercise are searched, as the paper does in-distribution;
            else all are.
    """

    def __init__(self, *, known_exercise: bool) -> None:
        self.known_exercise = known_exercise
        self._train: WindowSet | None = None

    def fit(self, train: WindowSet, seed: int) -> None:
        """Keep the windows; nothing is random."""
        self._train = require_some(train)

    def predict(self, test: WindowSet) -> NDArray[np.float32]:
        """Return (N, T, C), copies of training windows.

        Raises:
            PredictorError: See `WindowPredictor`; or training did not have an exercise that is to be known.
        """
        train = require_like(test, self._train)
        return np.asarray(train.emg[self.neighbours(test)], np.float32)

    def neighbours(self, test: WindowSet) -> NDArray[np.intp]:
        """Return (N,) the row of each window's nearest training window, the first one on ties.

        Raises:
            PredictorError: As `predict`.
        """
        train = require_like(test, self._train)
        if not self.known_exercise:
            return nearest_rows(flat(train), flat(test))
        learned, asked = exercise_names(train), exercise_names(test)
        found = np.empty(test.n_windows, np.intp)
        for name in np.unique(asked):
            mine, theirs = np.flatnonzero(asked == name), np.flatnonzero(learned == name)
            if not len(theirs):
                raise PredictorError(
                    f"No training window is of the exercise {name}, which the search should keep to.",
                    "Search all exercises instead.",
                )
            found[mine] = theirs[nearest_rows(flat(train, theirs), flat(test, mine))]
        return found


def flat(windows: WindowSet, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
    """Return (n, T * 50) the keypoints of windows, all of them or some rows."""
    keypoints = windows.keypoints if rows is None else windows.keypoints[rows]
    return np.asarray(keypoints, np.float32).reshape(len(keypoints), -1)


def nearest_rows(gallery: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.intp]:
    """Find each query's nearest row by Euclidean distance, exactly.

    One product of matrices in float32 gives all distances up to rounding. What may be nearest within the bound of that
    rounding is measured again in float64, from the numbers as they were given.

    Args:
        gallery: (N, D) float32, N >= 1.
        queries: (M, D) float32.

    Returns:
        (M,) rows of the gallery; the first one on ties.

    Raises:
        PredictorError: A number is NaN or as good as infinite, or there is no gallery.
    """
    for numbers in (gallery, queries):
        if numbers.size and not np.abs(numbers).max() < _LARGEST:  # not true of NaN either
            raise PredictorError("The keypoints hold what is no place in a picture.", "Validate the data set.")
    if not len(gallery):
        raise PredictorError("There is no window to search in.", "Choose another split, or a larger data set.")
    centre = gallery.mean(axis=0, dtype=np.float64).astype(np.float32)  # without it, large common parts drown the rest
    centred = gallery - centre  # (N, D)
    squares = np.einsum("nd,nd->n", centred, centred, dtype=np.float64)  # (N,)
    reach = float(np.sqrt(squares.max()))
    half_squares = (squares / 2).astype(np.float32)
    dimensions = gallery.shape[1]
    scores = np.empty((_BLOCK, len(gallery)), np.float32)
    nearest = np.empty(len(queries), np.intp)
    for start in range(0, len(queries), _BLOCK):
        block = queries[start : start + _BLOCK]
        moved = block - centre  # (b, D)
        lengths = np.sqrt(np.einsum("bd,bd->b", moved, moved, dtype=np.float64))  # (b,)
        score = scores[: len(block)]
        np.matmul(moved, centred.T, out=score)
        np.subtract(half_squares, score, out=score)  # half of the squared distance, less a part of the query alone
        # A sum of D products is off by less than D roundings of the product of lengths, in whatever order it is made;
        # the subtractions of the centre and of the product add a few roundings of squared lengths.
        error = _UNIT_ROUNDOFF * ((dimensions + 4) * lengths * reach + 4 * (lengths + reach) ** 2)  # (b,)
        limits = (score.min(axis=1) + 2 * error).astype(np.float32)
        of_query, row = np.nonzero(score <= np.nextafter(limits, np.float32(np.inf))[:, np.newaxis])
        ends = np.searchsorted(of_query, np.arange(len(block) + 1))
        for number in range(len(block)):
            candidates = row[ends[number] : ends[number + 1]]
            nearest[start + number] = (
                candidates[0] if len(candidates) == 1 else _exactly(gallery, candidates, block[number])
            )
    return nearest


def _exactly(gallery: NDArray[np.float32], candidates: NDArray[np.intp], query: NDArray[np.float32]) -> int:
    """Return the candidate that is nearest in float64, the first one on ties."""
    wide = query.astype(np.float64)
    distances = np.concatenate(
        [
            np.square(gallery[candidates[start : start + _RERANKED_AT_ONCE]] - wide).sum(axis=1)
            for start in range(0, len(candidates), _RERANKED_AT_ONCE)
        ]
    )
    return int(candidates[np.argmin(distances)])
