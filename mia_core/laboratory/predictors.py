"""What is fitted on windows and predicts the muscle activity of others; and the two simplest of its kind."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import WindowSet
from mia_core.errors import MiaError


class PredictorError(MiaError):
    """A predictor was given windows that it can't be fitted on, or can't predict."""


class WindowPredictor(Protocol):
    """Predicts the muscle activity of windows; fitted on some, judged on others."""

    def fit(self, train: WindowSet, seed: int) -> None:
        """Learn from windows.

        Args:
            train: What to learn from, all of it.
            seed: Of everything random: the same windows and seed give the same predictor.

        Raises:
            PredictorError: There is nothing to learn from, or something is missing that this predictor needs.
        """

    def predict(self, test: WindowSet) -> NDArray[np.float32]:
        """Predict; the truth in `test.emg` is not looked at.

        Returns:
            (N, T, C) in the unit and with the channels of the training windows, row by row as in `test`.

        Raises:
            PredictorError: Nothing was learned yet, or steps, channels or units differ from the training windows.
        """


class MeanPredictor:
    """Always says the mean of the training windows, muscle by muscle: the floor that everything must beat."""

    def __init__(self) -> None:
        self._train: WindowSet | None = None
        self._mean = np.zeros(0, np.float32)

    def fit(self, train: WindowSet, seed: int) -> None:
        """Take the mean over windows and steps; every second of recording counts once. Nothing is random."""
        self._train = require_some(train)
        self._mean = mean_curve(train).mean(axis=0)  # (C,)

    def predict(self, test: WindowSet) -> NDArray[np.float32]:
        """Return (N, T, C), the same value in all windows and steps."""
        require_like(test, self._train)
        return np.tile(self._mean, (test.n_windows, test.n_steps, 1))


class ExerciseMeanCurve:
    """Says the mean curve of the window's exercise; of all exercises where training did not have it."""

    def __init__(self) -> None:
        self._train: WindowSet | None = None
        self._curves: dict[str, NDArray[np.float32]] = {}
        self._overall = np.zeros((0, 0), np.float32)

    def fit(self, train: WindowSet, seed: int) -> None:
        """Take the means over windows, step by step; every second of recording counts once. Nothing is random."""
        self._train = require_some(train)
        self._overall = mean_curve(train)
        names = exercise_names(train)
        self._curves = {str(name): mean_curve(train, np.flatnonzero(names == name)) for name in np.unique(names)}

    def predict(self, test: WindowSet) -> NDArray[np.float32]:
        """Return (N, T, C)."""
        require_like(test, self._train)
        predicted = np.empty((test.n_windows, *self._overall.shape), np.float32)
        for row, name in enumerate(exercise_names(test)):
            predicted[row] = self._curves.get(str(name), self._overall)
        return predicted


def mean_curve(windows: WindowSet, rows: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
    """Return (T, C) the mean of windows, weighted by recording time.

    Args:
        windows: The set.
        rows: Which of its windows; None for all.
    """
    chosen = np.arange(windows.n_windows) if rows is None else rows
    weights = np.asarray(windows.weights, np.float64)[chosen]
    total = np.tensordot(weights, np.asarray(windows.emg[chosen], np.float64), axes=1)  # (T, C)
    return np.asarray(total / weights.sum(), np.float32)


def exercise_names(windows: WindowSet) -> NDArray[np.str_]:
    """Return (N,) the name of every window's exercise: numbers differ between sets, names do not."""
    return np.asarray(windows.about.exercises, np.str_)[windows.exercise]


def require_some(train: WindowSet) -> WindowSet:
    """Return the windows when there are any.

    Raises:
        PredictorError: There are none.
    """
    if not train.n_windows:
        raise PredictorError("There is no window to learn from.", "Choose another split, or a larger data set.")
    return train


def require_like(test: WindowSet, train: WindowSet | None) -> WindowSet:
    """Return the training windows when what was learned from them can be asked about others.

    Raises:
        PredictorError: Nothing was learned yet, or channels, steps or unit differ.
    """
    if train is None:
        raise PredictorError("Nothing was learned yet.", "Fit the predictor first.")
    require_same_kind(test, train.about.channels, train.n_steps, train.about.unit)
    return train


def require_same_kind(windows: WindowSet, channels: tuple[str, ...], n_steps: int, unit: str) -> None:
    """Make sure that windows are of the kind that was learned from.

    Raises:
        PredictorError: Channels, steps or unit differ.
    """
    for what, learned, asked in (
        ("channels", channels, windows.about.channels),
        ("steps", n_steps, windows.n_steps),
        ("unit", unit, windows.about.unit),
    ):
        if learned != asked:
            raise PredictorError(
                f"These windows have other {what} ({asked}) than those that were learned from ({learned}).",
                "Import both data sets in the same way.",
            )
