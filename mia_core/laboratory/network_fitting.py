"""The training of the laboratory's networks: one thread, one seed, one result."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mia_core.dataset.window_set import WindowSet
from mia_core.laboratory.network_recipes import Recipe
from mia_core.laboratory.network_settings import NetworkSettings, Optimiser

_PREDICTED_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True)
class FittingProgress:
    """Where a training stands.

    Attributes:
        step: Steps taken.
        steps: Steps in all.
        loss: Of the last step, in the network's own unit.
        held_out_rmse: Error on the held-out share in the unit of the windows, where it was looked at after this step.
    """

    step: int
    steps: int
    loss: float
    held_out_rmse: float | None


def train_network(
    network: nn.Module,
    recipe: Recipe,
    train: WindowSet,
    subjects: tuple[str, ...],
    settings: NetworkSettings,
    seed: int,
    progress: Callable[[FittingProgress], None],
    should_stop: Callable[[], bool],
) -> None:
    """Train a network in place; it is left in evaluation mode, with the best or the last weights.

    Args:
        network: With the weights to start from.
        recipe: Its recipe.
        train: What to learn from, and what to choose by where the settings hold a share out.
        subjects: Whose windows were learned from.
        settings: How.
        seed: Of order and dropout.
        progress: Called after every step.
        should_stop: Asked before every step; True ends the training with the best weights so far.
    """
    learned, held_out = hold_out(train, settings.held_out)
    steps = settings.steps(len(learned))
    looks = {round((number + 1) * steps / settings.evaluations) for number in range(settings.evaluations)}
    optimiser = _optimiser(network, settings)
    weights = train.weights[learned] if settings.by_recording_time else None
    order = _batches(learned, weights, settings.batch_size, np.random.default_rng((seed, 1)))
    best: tuple[float, dict[str, Any]] | None = None
    torch.manual_seed(seed)
    for step in range(steps):
        if should_stop():
            break
        rows = next(order)
        for group in optimiser.param_groups:
            group["lr"] = settings.rate(step, steps)
        network.train()
        loss = recipe.loss(network, recipe.inputs(train, rows, subjects), torch.from_numpy(train.emg[rows]))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if settings.gradient_clip:
            nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_clip)
        optimiser.step()
        error = None
        if len(held_out) and step + 1 in looks:
            off = predict_rows(network, recipe, train, subjects, held_out) - train.emg[held_out]
            error = float(np.sqrt(np.mean(np.square(off, dtype=np.float64))))
            if best is None or error < best[0]:
                best = error, copy.deepcopy(network.state_dict())
        progress(FittingProgress(step + 1, steps, loss.item(), error))
    if best is not None:
        network.load_state_dict(best[1])
    network.eval()


@torch.inference_mode()
def predict_rows(
    network: nn.Module, recipe: Recipe, windows: WindowSet, subjects: tuple[str, ...], rows: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return (n, T, C) what a network says of some windows, in their unit."""
    network.eval()
    said = np.empty((len(rows), *windows.emg.shape[1:]), np.float32)
    for start in range(0, len(rows), _PREDICTED_AT_ONCE):
        some = rows[start : start + _PREDICTED_AT_ONCE]
        said[start : start + len(some)] = recipe.predict(network, recipe.inputs(windows, some, subjects)).numpy()
    return said


def hold_out(train: WindowSet, share: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split rows into what is learned from and the last share of each recording.

    Returns:
        Rows to learn from and rows to choose by, in order. They have no step in common: windows that reach into the
        held-out time are in neither. A recording too short to be divided is learned from.
    """
    learned, held_out = np.ones(train.n_windows, np.bool_), np.zeros(train.n_windows, np.bool_)
    if share > 0:
        for recording in np.unique(train.recording):
            rows = np.flatnonzero(train.recording == recording)
            starts = train.start_step[rows].astype(np.int64)
            first, end = int(starts.min()), int(starts.max()) + train.n_steps
            border = end - share * (end - first)
            held_out[rows] = starts >= border
            learned[rows] = starts + train.n_steps <= (starts[starts >= border].min(initial=end))
    return np.flatnonzero(learned), np.flatnonzero(held_out)


def _batches(
    rows: NDArray[np.intp], weights: NDArray[np.float64] | None, size: int, generator: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """Return batches without end: every epoch in another order, or drawn by weight."""
    n_batches = max(1, len(rows) // size)
    uneven = weights is not None and np.ptp(weights) > 1e-9
    share = weights / weights.sum() if weights is not None else None
    while True:
        drawn = generator.choice(rows, len(rows), p=share) if uneven else generator.permutation(rows)
        for number in range(n_batches):
            yield drawn[number * size : (number + 1) * size]


def _optimiser(network: nn.Module, settings: NetworkSettings) -> torch.optim.Optimizer:
    parameters, rate, decay = network.parameters(), settings.learning_rate, settings.weight_decay
    if settings.optimiser is Optimiser.SGD:
        return torch.optim.SGD(parameters, rate, momentum=0.9, weight_decay=decay)
    kind = torch.optim.AdamW if settings.optimiser is Optimiser.ADAMW else torch.optim.Adam
    return kind(parameters, rate, weight_decay=decay)
