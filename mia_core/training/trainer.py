"""Train a network on labelled motion: a plain loop that can be stopped, killed, resumed and shared by processes."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from mia_core.clock import SystemClock
from mia_core.dataset.recorded_set import RecordedSet
from mia_core.dataset.simulated_set import DataSetError, SimulatedSet
from mia_core.errors import CheckpointError
from mia_core.models.checkpoint import save_checkpoint
from mia_core.models.model_card import DEFAULT_LOOKAHEAD_STEPS, Scalar
from mia_core.models.networks import weights_of
from mia_core.training.data_split import DataSplit, split
from mia_core.training.distributed import Processes, joined
from mia_core.training.learner import Learner, computing_with, learning_rate
from mia_core.training.loss_curve import can_draw, draw_curve
from mia_core.training.parent import Parent
from mia_core.training.training_card import card_of, described, described_part, provenance_of, record_of, subjects_of
from mia_core.training.training_config import TrainingConfig
from mia_core.training.training_data import TrainingData, load_data, sampler_of
from mia_core.training.training_log import StepProgress, TrainingLog, TrainingProgress
from mia_core.training.training_state import TrainingState
from mia_core.training.validation import Validation

_LIVE_LOOKAHEAD: Final = str(DEFAULT_LOOKAHEAD_STEPS)
"""The look-ahead of live use, at which the weights are chosen."""


def train(
    config: TrainingConfig,
    data_dir: Path,
    out_dir: Path,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    test_dir: Path | None = None,
    *,
    init: Path | None = None,
    after_step: Callable[[StepProgress], None] = lambda _: None,
) -> Path:
    """Train a model.

    A run that was stopped goes on from there, and one that was killed from its last evaluation, when it is started
    again with the same settings, data and `out_dir`. A killed one comes to the same weights as an unbroken one.

    Under `torchrun` the processes share every batch and come to the weights that one would; the first one evaluates,
    writes and calls `progress` and `after_step`. A run may go on with another number of processes.

    Args:
        config: The settings.
        data_dir: Data set of simulated clips, some of whose subjects are held out to choose the best weights; or of
            recorded steps, of which some motion is held out to choose, and some to judge.
        out_dir: Where the checkpoint, the log, the loss curve and the state of the run go; made when absent.
        progress: Called after every evaluation.
        should_stop: Asked before every step; True ends the training early, with the best weights so far.
        test_dir: Data set for the metrics in the card, of subjects that are in no way trained on; None judges on the
            subjects of `data_dir` that chose the weights, and the card says so.
        init: Checkpoint of the same network to start from; its card's name and hash go into the new card's settings.
            On recorded steps its weights are kept when nothing better is found.
        after_step: Called after every step.

    Returns:
        Path of the weights, `out_dir/NAME.safetensors`, with the card beside it.

    Raises:
        DataSetError: A data set is missing, damaged or too small, or what is to judge was learned from, here or by
            `init`.
        TrainingRunError: `out_dir` holds a run with other settings, data or start.
        CheckpointError: The checkpoint can't be written, or `init` can't be read.
        CheckpointMismatchError: `init` is of another network.
        ProcessesError: So many processes can't share the batches or the devices.
    """
    data = load_data(data_dir)
    if test_dir and isinstance(data, RecordedSet):
        raise DataSetError(f"{data_dir} keeps a part of its own to judge by.", "Leave out --test.")
    test = SimulatedSet.load(test_dir) if test_dir else None
    parent = Parent.load(init) if init else None
    if test and isinstance(data, SimulatedSet) and _share(test, data):
        raise DataSetError(
            f"{test_dir} and {data_dir} share subjects, so the one can't judge what was learned from the other.",
            "Simulate the test set with another seed.",
        )
    if test and parent:
        parent.require_strange(test.subjects, "judge the new one")
    parts = split(data, config)
    return train_on(config, data, parts, out_dir, progress, should_stop, test, parent=parent, after_step=after_step)


def train_on(
    config: TrainingConfig,
    data: TrainingData,
    parts: DataSplit,
    out_dir: Path,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    test: SimulatedSet | None = None,
    *,
    parent: Parent | None = None,
    after_step: Callable[[StepProgress], None] = lambda _: None,
    about: Mapping[str, Scalar] = MappingProxyType({}),
    draws: bool = True,
) -> Path:
    """Train a model on data that were read and divided by the caller: see `train`.

    Args:
        config: The settings.
        data: Where the parts are from.
        parts: What is learned from, what chooses the weights, and what is held out.
        out_dir: As in `train`.
        progress: As in `train`.
        should_stop: As in `train`.
        test: Data set for the metrics in the card.
        parent: The model to start from.
        after_step: Called after every step.
        about: What else the card's settings say; a run goes on only with the same.
        draws: Whether to draw the loss curve after every evaluation, where Matplotlib is there.

    Raises:
        DataSetError: What chooses the weights was learned from by the parent.
        TrainingRunError: As in `train`.
        CheckpointError: The checkpoint can't be written.
        CheckpointMismatchError: The parent is another network.
        ProcessesError: So many processes can't share the batches or the devices.
    """
    with (
        computing_with(),
        joined() as processes,
        closing(_Training(config, data, parts, out_dir, processes, parent, about, draws=draws)) as training,
    ):
        run = training.run
        if parent and isinstance(data, RecordedSet) and processes.leads and not math.isfinite(run.best_score):
            progress(training.evaluate())  # it counts as the best until something better was learned
        while run.step < config.steps:
            done = training.make_step(wants_stop=run.stale_evaluations >= config.patience or should_stop())
            if done is None:
                break
            if processes.leads:
                after_step(done)
                if run.step % config.evaluate_every == 0 or run.step == config.steps:
                    progress(training.evaluate())
        if processes.leads:
            if not math.isfinite(run.best_score):
                progress(training.evaluate())
            training.write(test)
    return training.path


def _share(test: SimulatedSet, data: SimulatedSet) -> bool:
    """Return whether two sets have a subject or a clip in common."""
    return bool(set(test.subjects + test.clip_sha256) & set(data.subjects + data.clip_sha256))


class _Training:
    """One run: what it learns, where it stands, and what it leaves in its folder."""

    def __init__(
        self,
        config: TrainingConfig,
        data: TrainingData,
        parts: DataSplit,
        out_dir: Path,
        processes: Processes,
        parent: Parent | None,
        about: Mapping[str, Scalar],
        *,
        draws: bool,
    ) -> None:
        self._config, self._data, self._out_dir, self._processes = config, data, out_dir, processes
        self._split, self._parent = parts, parent
        self._draws = draws and can_draw()
        self._clock = SystemClock()
        self.path = out_dir / f"{config.name}.safetensors"
        sampler = sampler_of(self._split.learned_from)
        self._mean = sampler.mean_activation()
        self._settings = {**config.to_dict(), **(parent.settings if parent else {}), **about}
        if parent:
            choosing = subjects_of(*self._split.chosen_on.values())
            parent.require_strange(choosing, "choose the best weights")
        self._learner = Learner(config, sampler, processes, parent)
        self._best = copy.deepcopy(self._learner.average)
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"The model can't be written to {out_dir} ({error.strerror}).",
                "Choose a folder that can be written to.",
            ) from error
        learner = self._learner
        self._state = TrainingState(out_dir, learner.network, learner.average, self._best, learner.optimizer)
        fingerprint = hashlib.sha256(json.dumps([self._settings, data.data_sha256]).encode()).hexdigest()
        self.run = self._state.restore(fingerprint)
        self._log = TrainingLog(out_dir)
        if processes.leads:
            self._log.go_back_to(self.run.step)
        self._losses: list[float] = []
        self._since_s = self._clock.now()

    @cached_property
    def _validation(self) -> Validation:
        """Drawn by the process that evaluates, when it first does."""
        return Validation(self._split.chosen_on, self._config, self._mean, self._processes.device)

    def close(self) -> None:
        """End the thread that draws batches."""
        self._learner.close()

    def make_step(self, *, wants_stop: bool) -> StepProgress | None:
        """Take one optimiser step; return None when this or another process wants to stop."""
        loss = self._learner.step(self.run.step, wants_stop=wants_stop)
        if loss is None:
            return None
        self.run.step += 1
        self._losses.append(loss)
        return StepProgress(self.run.step, loss, self._windows_per_s())

    def evaluate(self) -> TrainingProgress:
        """Judge the mean weights on what chooses them, keep them when they are the best, and save the run."""
        run, config, windows_per_s = self.run, self._config, self._windows_per_s()
        metrics = self._validation.judge(self._learner.average)
        scores = {what: judged.rmse_over_mean_by_lookahead[_LIVE_LOOKAHEAD] for what, judged in metrics.items()}
        score = float(np.mean(list(scores.values())))
        if score < run.best_score or not math.isfinite(run.best_score):
            run.best_score, run.best_step, run.stale_evaluations = score, run.step, 0
            self._best.load_state_dict(self._learner.average.state_dict())
        else:
            run.stale_evaluations += 1
        self._save()
        report = TrainingProgress(
            step=run.step,
            steps=config.steps,
            loss=float(np.mean(self._losses)) if self._losses else math.nan,
            learning_rate=learning_rate(run.step, config),
            windows_per_s=windows_per_s,
            wall_s=run.wall_s,
            best_step=run.best_step,
            scores=scores,
            rmse_over_mean=score,
        )
        self._log.append(report, metrics)
        if self._draws:
            draw_curve(self._log.read(), self._out_dir)
        self._losses = []
        return report

    def write(self, test: SimulatedSet | None) -> None:
        """Save the run, judge the best weights on the test set and write them as a checkpoint."""
        self._save()
        if test:
            metrics = self._validation.judge_on(self._best, test.clips, described(test))
        elif isinstance(self._data, RecordedSet):
            held_out = self._split.held_out
            metrics = self._validation.judge_on(self._best, held_out, described_part(self._data, held_out))
        else:
            what, metrics = next(iter(self._validation.judge(self._best).items()))
            metrics = replace(metrics, data=f"{what}, which also chose the weights")
        record = record_of(self._data, self._split, self.run, self._mean, self._settings)
        if self._parent:
            record = self._parent.included_in(record)
        card = card_of(
            self._config,
            self._best,
            record,
            provenance_of(self._data, self._parent),
            self._validation.interval80(self._best),
            metrics,
            self._clock.utc(),
        )
        save_checkpoint(self.path, card, weights_of(self._best))

    def _windows_per_s(self) -> float:
        spent_s = self._clock.now() - self._since_s
        return len(self._losses) * self._config.batch_size / max(spent_s, 1e-9)

    def _save(self) -> None:
        """Write all that is needed to go on from here."""
        now_s = self._clock.now()
        self.run.wall_s += now_s - self._since_s
        self._since_s = now_s
        self._state.save(self.run)
