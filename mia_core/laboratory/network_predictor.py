"""Networks as predictors: fitted on windows from scratch or from other weights, and stored without pickle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save
from torch import nn

from mia_core.dataset.window_set import WindowSet
from mia_core.errors import CheckpointError, CheckpointMismatchError
from mia_core.laboratory.network_fitting import FittingProgress, predict_rows, train_network
from mia_core.laboratory.network_recipes import recipe_of
from mia_core.laboratory.network_settings import NETWORKS, NetworkSettings, Preset
from mia_core.laboratory.network_start import start_as_told
from mia_core.laboratory.network_state import NetworkState
from mia_core.laboratory.predictors import PredictorError, require_same_kind, require_some
from mia_core.models.networks import put_weights, weights_of
from mia_core.training.learner import computing_with
from mia_core.whole_file import whole_file

_ABOUT: Final = "about"


class NetworkPredictor:
    """A network that learns from windows; a `WindowPredictor`.

    Everything is computed on one thread, so that the same windows, settings and seed give the same weights.

    Args:
        name: One of `NETWORKS`.
        settings: How it is trained; None for the quick preset.

    Attributes:
        name: The name.
        settings: The settings.

    Raises:
        ValueError: There is no such network.
    """

    def __init__(self, name: str, settings: NetworkSettings | None = None) -> None:
        self.name = name
        self.settings = settings or NetworkSettings.of(name, Preset.QUICK)
        if name not in NETWORKS:
            raise ValueError(f"there is no network {name!r}; there are {', '.join(NETWORKS)}")
        self._recipe = recipe_of(name)
        self._network: nn.Module | None = None
        self._state: NetworkState | None = None

    def fit(
        self,
        train: WindowSet,
        seed: int,
        progress: Callable[[FittingProgress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Learn from scratch.

        Args:
            train: What to learn from; where the settings hold a share out, it also chooses the weights.
            seed: Of the first weights, of order and dropout.
            progress: Called after every step.
            should_stop: Asked before every step; True ends the training with the best weights so far.

        Raises:
            PredictorError: There is nothing to learn from, or the network needs joints that are not there.
        """
        self._learn(require_some(train), seed, None, progress, should_stop)

    def fit_from(
        self,
        start: NetworkState,
        train: WindowSet,
        seed: int,
        progress: Callable[[FittingProgress], None] = lambda _: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Learn on, from the weights of a fitted network of the same kind; it is left as it is.

        Args:
            start: Whose weights, numbers and scales to start from; the optimiser starts anew.
            train: See `fit`.
            seed: See `fit`.
            progress: See `fit`.
            should_stop: See `fit`.

        Raises:
            PredictorError: The windows have other channels, steps or another unit than `start`; or see `fit`.
            CheckpointMismatchError: The weights are of another network.
        """
        self._learn(require_some(train), seed, start, progress, should_stop)

    def predict(self, test: WindowSet) -> NDArray[np.float32]:
        """Return (N, T, C) in the unit and with the channels of the training windows.

        Raises:
            PredictorError: Nothing was learned yet, or steps, channels or unit differ.
        """
        state, network = self.state, self._network
        if network is None:
            raise PredictorError("Nothing was learned yet.", "Fit the predictor first.")
        require_same_kind(test, state.channels, state.n_steps, state.unit)
        with computing_with(1):
            return predict_rows(network, self._recipe, test, state.subjects, np.arange(test.n_windows))

    @property
    def state(self) -> NetworkState:
        """What was fitted, a copy.

        Raises:
            PredictorError: Nothing was learned yet.
        """
        if self._state is None:
            raise PredictorError("Nothing was learned yet.", "Fit the predictor first.")
        return self._state

    @classmethod
    def of(cls, state: NetworkState, settings: NetworkSettings | None = None) -> NetworkPredictor:
        """Return a fitted predictor.

        Raises:
            CheckpointMismatchError: The weights do not fit the numbers.
        """
        predictor = cls(state.name, settings)
        predictor._state, predictor._network = state, predictor._revive(state)
        return predictor

    def save(self, path: Path) -> None:
        """Write the fitted network to a `.safetensors` file, whole or not at all.

        Raises:
            PredictorError: Nothing was learned yet.
            CheckpointError: The file can't be written.
        """
        state = self.state
        stored = {"settings": self.settings.to_dict(), "state": state.about}
        data = save(dict(state.weights), {_ABOUT: json.dumps(stored, sort_keys=True)})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(data)
        except OSError as error:
            raise CheckpointError(
                f"The network can't be written to {path} ({error.strerror}).", "Choose a folder that can be written to."
            ) from error

    @classmethod
    def load(cls, path: Path) -> NetworkPredictor:
        """Read what `save` wrote.

        Raises:
            CheckpointError: The file can't be read or is damaged.
            CheckpointMismatchError: It is something else.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                stored = json.loads((file.metadata() or {}).get(_ABOUT, "{}"))
            weights = load_file(path)
        except OSError as error:
            raise CheckpointError(f"{path} can't be read ({error}).", "Check the path.") from error
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"{path} is damaged or not a network ({error}).", "Fit the network again.") from error
        if not isinstance(stored, dict) or not all(
            isinstance(stored.get(part), dict) for part in ("settings", "state")
        ):
            raise CheckpointMismatchError(
                f"{path} is not a network of the laboratory.", "Choose a file that the laboratory wrote."
            )
        return cls.of(NetworkState.of(stored["state"], weights), NetworkSettings.from_dict(stored["settings"]))

    def _learn(
        self,
        train: WindowSet,
        seed: int,
        start: NetworkState | None,
        progress: Callable[[FittingProgress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        there = [train.about.subjects[number] for number in np.unique(train.subject)]
        with computing_with(1), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if start is None:
                subjects = tuple(there)
                numbers = self._recipe.first_numbers(train, self.settings)
                network = self._recipe.build(numbers, train)
                start_as_told(network, train, self.settings)
            else:
                require_same_kind(train, start.channels, start.n_steps, start.unit)
                subjects = tuple(dict.fromkeys([*start.subjects, *there]))
                numbers, network = start.numbers, self._revive(start)
            train_network(network, self._recipe, train, subjects, self.settings, seed, progress, should_stop)
        about = train.about
        self._network = network
        self._state = NetworkState(
            self.name, numbers, about.channels, about.unit, train.n_steps, subjects, weights_of(network)
        )

    def _revive(self, state: NetworkState) -> nn.Module:
        """Return a network with the weights of a state."""
        if state.name != self.name:
            raise CheckpointMismatchError(
                f"The weights are of the network {state.name}, not of {self.name}.",
                f"Start from a {self.name} network.",
            )
        network = self._recipe.build(state.numbers, None)
        put_weights(network, state.weights)
        return network.eval()
