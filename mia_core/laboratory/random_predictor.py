"""The paper's first baseline: the muscle activity of any training window of the same exercise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import WindowSet
from mia_core.laboratory.predictors import exercise_names, require_like, require_some


class RandomPredictor:
    """Pairs every window with one of the shuffled training windows of its exercise.

    As in the paper's code none is used twice, until all were used; then they are shuffled anew. An exercise that
    training did not have is paired with windows of all.
    """

    def __init__(self) -> None:
        self._train: WindowSet | None = None
        self._seed = 0

    def fit(self, train: WindowSet, seed: int) -> None:
        """Keep the windows; the seed is that of the shuffling."""
        self._train, self._seed = require_some(train), seed

    def predict(self, test: WindowSet) -> NDArray[np.float32]:
        """Return (N, T, C), copies of training windows."""
        train = require_like(test, self._train)
        learned, asked = exercise_names(train), exercise_names(test)
        paired = np.empty(test.n_windows, np.intp)
        generator = np.random.default_rng(self._seed)
        for name in np.unique(asked):
            mine = np.flatnonzero(asked == name)
            theirs = np.flatnonzero(learned == name)
            if not len(theirs):
                theirs = np.arange(train.n_windows)
            rounds = -(-len(mine) // len(theirs))
            paired[mine] = np.concatenate([generator.permutation(theirs) for _ in range(rounds)])[: len(mine)]
        return np.asarray(train.emg[paired], np.float32)
