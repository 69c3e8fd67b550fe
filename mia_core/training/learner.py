"""A network that takes one optimiser step after another: alone, or as one of several processes."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import torch

from mia_core.models.networks import Network, put_weights
from mia_core.training.batches import PIECE, Batch
from mia_core.training.distributed import Processes, ProcessesError
from mia_core.training.objective import prepare
from mia_core.training.parent import Parent
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_data import Sampler, batches_of


class Learner:
    """Network, running mean of its weights, optimiser, and a thread that draws batches ahead.

    Everything random depends on the seed and on the number of the step only, so that a resumed run repeats what an
    unbroken one does, and several processes compute what one would.

    Args:
        config: The settings.
        sampler: What is learned from.
        processes: Who shares the batches.
        parent: Whose weights to start from, with the scales stored beside them; None for random ones.

    Attributes:
        network: In training.
        average: The running mean of its weights, ready for use.
        optimizer: The AdamW.
        batches: Where its batches come from.

    Raises:
        CheckpointMismatchError: The parent is another network.
        ProcessesError: There are more processes than pieces in a batch.
    """

    def __init__(
        self, config: TrainingConfig, sampler: Sampler, processes: Processes, parent: Parent | None = None
    ) -> None:
        n_pieces = -(-config.batch_size // PIECE)
        if processes.world > n_pieces:
            raise ProcessesError(
                f"{processes.world} processes can't share batches of {config.batch_size} windows, which have"
                f" {n_pieces} pieces.",
                f"Start at most {n_pieces}.",
            )
        self._config, self._processes = config, processes
        self.batches = batches_of(sampler, config)
        self.network, self._objective = prepare(config, sampler, self.batches, processes.device)
        if parent is not None:
            parent.require(self.network, config)
            put_weights(self.network, parent.weights)
            for name, weights in self.network.named_parameters():
                weights.requires_grad_(not name.startswith(parent.kept))
        self.average: Network = copy.deepcopy(self.network).eval()
        # Without its Transformer the network does not use its positions.
        self._shared = processes.wrap(self.network, has_idle_parameters=config.model is ModelKind.CNN)
        self.optimizer = _optimizer(self.network, config)
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._ahead: tuple[int, Future[Batch]] | None = None

    def close(self) -> None:
        """End the thread that draws batches."""
        self._drawing.shutdown(cancel_futures=True)

    def step(self, number: int, *, wants_stop: bool = False) -> float | None:
        """Take the optimiser step of that number on its batch, all processes together; draw the next one meanwhile.

        Args:
            number: From 0.
            wants_stop: Whether this process would rather end; if one does, none takes the step.

        Returns:
            The loss over the whole batch; None when somebody wants to stop.
        """
        config, processes = self._config, self._processes
        batch = self._draw(number).result()
        n_valid, n_stops = processes.total(int(batch.valid.sum()), wants_stop)
        if n_stops:
            return None
        self._ahead = number + 1, self._draw(number + 1)
        torch.manual_seed(config.seed + number * 1_000_003 + processes.rank * 500_009)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(number, config)
        self.network.train()
        loss = self._objective(self._shared, batch, max(n_valid, 1) / processes.world)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.gradient_clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._update_average(number + 1)
        return processes.total(loss.item())[0] / processes.world

    def _draw(self, number: int) -> Future[Batch]:
        """Return this process's part of a step's batch, which may have been drawn ahead."""
        if self._ahead is not None and self._ahead[0] == number:
            return self._ahead[1]
        seed = (self._config.seed, 1, number)
        return self._drawing.submit(self.batches.draw, seed, self._processes.rank, self._processes.world)

    @torch.no_grad()
    def _update_average(self, n_steps: int) -> None:
        """Let the running mean of the weights follow; it follows faster in the first steps."""
        decay = min(self._config.ema_decay, n_steps / (n_steps + 9))
        for mean, value in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)


@contextmanager
def computing_with(threads: int | None = None) -> Iterator[None]:
    """Let torch compute with so many threads on the processor, until the block ends.

    Args:
        threads: How many; None for at most one fewer than there are cores, because the last one draws batches. Threads
            of torch wait for one another many times in every step, and a core that does something else holds up all
            of them: with two threads on two busy cores training took eight times as long as with one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads or min(before, max(1, (os.cpu_count() or 1) - 1)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Return the learning rate at a step: a linear warm-up, then a cosine down to 2 % of the peak."""
    if step < config.warm_up_steps:
        return config.peak_learning_rate * (step + 1) / config.warm_up_steps
    done = min(1.0, (step - config.warm_up_steps) / max(1, config.steps - config.warm_up_steps))
    return config.peak_learning_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def _optimizer(network: Network, config: TrainingConfig) -> torch.optim.AdamW:
    """Return an AdamW that decays matrices and leaves biases and norms alone."""
    matrices = [parameter for parameter in network.parameters() if parameter.ndim >= 2]
    others = [parameter for parameter in network.parameters() if parameter.ndim < 2]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.peak_learning_rate)
