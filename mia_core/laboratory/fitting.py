"""What a job of the laboratory is: fit a predictor on some windows of a set and let it predict others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mia_core.dataset.window_set import WindowSet, open_window_set
from mia_core.laboratory.job_folder import Arrays, Job, JobFolder, LaboratoryError
from mia_core.laboratory.nearest_neighbour import NearestNeighbour
from mia_core.laboratory.predictors import ExerciseMeanCurve, MeanPredictor, WindowPredictor
from mia_core.laboratory.random_predictor import RandomPredictor

if TYPE_CHECKING:
    from mia_core.laboratory.network_state import NetworkState

RANDOM: Final = "random"
NEAREST: Final = "nearest"
NEAREST_ANY: Final = "nearest_any"
MEAN: Final = "mean"
EXERCISE_CURVE: Final = "exercise_curve"
SIMPLE: Final[Mapping[str, Callable[[], WindowPredictor]]] = {
    RANDOM: RandomPredictor,
    NEAREST: partial(NearestNeighbour, known_exercise=True),
    NEAREST_ANY: partial(NearestNeighbour, known_exercise=False),
    MEAN: MeanPredictor,
    EXERCISE_CURVE: ExerciseMeanCurve,
}
"""Predictors that are no networks, by name."""

PREDICTED: Final = "predicted"
_STATE: Final = "state"
_WEIGHT: Final = "weight:"


@dataclass(frozen=True, slots=True)
class FitAndPredict:
    """Does jobs of the kind that `Workbench` makes.

    Their settings are `data`: hash of the set; `predictor`: a name in `SIMPLE` or of a network; `learning`:
    `NetworkSettings.to_dict()`, or None for what is no network, and for a network that is used as it was; `train`,
    `test`: rows; `n_steps`: length of the pieces that windows are cut into; `keeps_weights`: whether others will start
    from it. A job that needs another one starts from its weights.

    Attributes:
        data: Folder of the windows.
    """

    data: Path

    def __call__(self, job: Job, folder: JobFolder) -> Arrays:
        """Return `predicted` (N, T, C), row by row as in `test`, and, if asked for, the weights.

        Raises:
            LaboratoryError: The windows are not those that the job is about.
            MiaError: It can't be fitted.
        """
        asked = job.settings
        windows = open_window_set(self.data)
        if windows.about.sha256 != asked["data"]:
            raise LaboratoryError(
                f"{self.data} changed while experiments were running.", "Start the same command again."
            )
        n_steps = int(asked["n_steps"])
        train, test = (windows.take(np.array(asked[part], np.intp)) for part in ("train", "test"))
        pieces = cut(test, n_steps)
        if asked["predictor"] in SIMPLE:
            simple = SIMPLE[asked["predictor"]]()
            simple.fit(cut(train, n_steps), job.seed)
            return {PREDICTED: put_together(simple.predict(pieces), test.n_steps)}
        from mia_core.laboratory.network_predictor import NetworkPredictor
        from mia_core.laboratory.network_settings import NetworkSettings

        start = read_state(folder.load(job.needs[0]).arrays) if job.needs else None
        if asked["learning"] is None:
            if start is None:
                raise ValueError(f"{job.label}: neither learned nor to learn")
            predictor = NetworkPredictor.of(start)
        else:
            predictor = NetworkPredictor(asked["predictor"], NetworkSettings.from_dict(asked["learning"]))
            if start is None:
                predictor.fit(cut(train, n_steps), job.seed)
            else:
                predictor.fit_from(start, cut(train, n_steps), job.seed)
        predicted = {PREDICTED: put_together(predictor.predict(pieces), test.n_steps)}
        return {**predicted, **stored_state(predictor.state)} if asked["keeps_weights"] else predicted


def starts_of_pieces(n_steps: int, length: int) -> tuple[int, ...]:
    """Return where pieces of a window begin that together cover it: one after another, the last one at its end."""
    starts = list(range(0, n_steps - length + 1, length))
    if starts[-1] + length < n_steps:
        starts.append(n_steps - length)
    return tuple(starts)


def cut(windows: WindowSet, length: int) -> WindowSet:
    """Cut windows into pieces of `length` steps, each a window; those of one window follow each other."""
    if length == windows.n_steps:
        return windows
    starts = np.array(starts_of_pieces(windows.n_steps, length))
    steps = starts[:, np.newaxis] + np.arange(length)  # (pieces, length)

    def pieces(array: NDArray[np.float32]) -> NDArray[np.float32]:
        return array[:, steps].reshape(-1, length, *array.shape[2:])

    each: dict[str, Any] = {
        name: np.repeat(getattr(windows, name), len(starts)) for name in ("subject", "exercise", "recording", "part")
    }
    return replace(
        windows,
        keypoints=pieces(windows.keypoints),
        emg=pieces(windows.emg),
        joints=None if windows.joints is None else pieces(windows.joints),
        start_step=(windows.start_step[:, np.newaxis] + starts).reshape(-1).astype(np.int32),
        **each,
    )


def put_together(predicted: NDArray[np.float32], n_steps: int) -> NDArray[np.float32]:
    """Put predictions of pieces together to windows of `n_steps`; where pieces overlap, the earlier one counts."""
    length = predicted.shape[1]
    starts = starts_of_pieces(n_steps, length)
    whole = np.empty((len(predicted) // len(starts), n_steps, predicted.shape[2]), np.float32)
    for place in reversed(range(len(starts))):
        whole[:, starts[place] : starts[place] + length] = predicted[place :: len(starts)]
    return whole


def stored_state(state: NetworkState) -> Arrays:
    """Return a fitted network as arrays of a job's result."""
    weights = {f"{_WEIGHT}{name}": value for name, value in state.weights.items()}
    return {_STATE: np.array(json.dumps(state.about, sort_keys=True)), **weights}


def read_state(arrays: Arrays) -> NetworkState:
    """Return the network that a job with `keeps_weights` fitted, from its arrays."""
    from mia_core.laboratory.network_state import NetworkState

    weights = {name.removeprefix(_WEIGHT): value for name, value in arrays.items() if name.startswith(_WEIGHT)}
    return NetworkState.of(json.loads(str(arrays[_STATE])), weights)
