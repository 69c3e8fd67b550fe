"""Train the paper's network on labelled motion: a plain loop that can be stopped, killed and resumed."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from mia_core.clock import SystemClock
from mia_core.dataset.simulated_set import DataSetError, SimulatedSet
from mia_core.dataset.window_sampler import WindowSampler
from mia_core.models.checkpoint import save_checkpoint
from mia_core.models.devices import present_devices
from mia_core.models.model_card import SIMULATED, HeldOutMetrics, ModelCard, TrainingRecord
from mia_core.models.modern import CONVOLUTIONAL, MODERN
from mia_core.models.networks import PAPER, Network, weights_of
from mia_core.motion_clip import MOTION_HZ, MotionClip
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats
from mia_core.training.batches import Batch, BatchMaker
from mia_core.training.data_split import split
from mia_core.training.evaluation import judge
from mia_core.training.objective import prepare
from mia_core.training.training_config import ModelKind, TrainingConfig
from mia_core.training.training_state import TrainingState

_ARCHITECTURES: Final = {ModelKind.PAPER: PAPER, ModelKind.MODERN: MODERN, ModelKind.CNN: CONVOLUTIONAL}
LOG_NAME: Final = "training_log.jsonl"
LICENCE_NOTE: Final = (
    "Weights: Apache-2.0. Trained on data that were simulated with the body model of musclemimic_models (Apache-2.0);"
    " its notice says that the arm's muscle definitions descend from MoBL-ARMS, which was released for non-commercial"
    " use."
)
_VALIDATION_WINDOWS: Final = 800
_TEST_WINDOWS: Final = 4000
_EVALUATION_SEED: Final = 2022
_LIVE_LOOKAHEAD: Final = "2"
"""The look-ahead of live use, at which the weights are chosen."""
"""Evaluations see the same cameras every time, whatever the seed of the training."""


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Where a run stands, told after every evaluation.

    Attributes:
        step: Optimiser steps done.
        steps: Of so many.
        loss: Mean training loss since the last evaluation; 1 is about the error of always saying the mean.
        learning_rate: In use.
        windows_per_s: Training speed since the last evaluation.
        wall_s: Seconds since the start, over all sittings.
        best_step: The step with the best score so far.
        scores: On each set that chooses the weights, the error at the look-ahead of live use over that of always saying
            the mean.
        rmse_over_mean: Their mean, which chooses the best weights.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    windows_per_s: float
    wall_s: float
    best_step: int
    scores: Mapping[str, float]
    rmse_over_mean: float


def train(
    config: TrainingConfig,
    data_dir: Path,
    out_dir: Path,
    progress: Callable[[TrainingProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    test_dir: Path | None = None,
) -> Path:
    """Train a model.

    A run that was stopped goes on from there, and one that was killed from its last evaluation, when it is started
    again with the same settings, data and `out_dir`. A killed one comes to the same weights as an unbroken one.

    Args:
        config: The settings.
        data_dir: Data set of simulated clips; some of its subjects are held out to choose the best weights.
        out_dir: Where the checkpoint, the log and the state of the run go; made when absent.
        progress: Called after every evaluation.
        should_stop: Asked before every step; True ends the training early, with the best weights so far.
        test_dir: Data set for the metrics in the card, of subjects that are in no way trained on; None judges on the
            subjects of `data_dir` that chose the weights, and the card says so.

    Returns:
        Path of the weights, `out_dir/NAME.safetensors`, with the card beside it.

    Raises:
        DataSetError: A data set is missing, damaged or too small, or the test set shares subjects with the other.
        TrainingRunError: `out_dir` holds a run with other settings or data.
        CheckpointError: The checkpoint can't be written.
    """
    data = SimulatedSet.load(data_dir)
    test = SimulatedSet.load(test_dir) if test_dir else None
    if test and set(test.subjects + test.clip_sha256) & set(data.subjects + data.clip_sha256):
        raise DataSetError(
            f"{test_dir} and {data_dir} share subjects, so the one can't judge what was learned from the other.",
            "Simulate the test set with another seed.",
        )
    out_dir.mkdir(parents=True, exist_ok=True)
    with closing(_Training(config, data, out_dir)) as training:
        run = training.run
        while run.step < config.steps and run.stale_evaluations < config.patience and not should_stop():
            training.make_step()
            if run.step % config.evaluate_every == 0 or run.step == config.steps:
                progress(training.evaluate())
        if run.best_step == 0:
            progress(training.evaluate())
        training.save()
        return training.write(test)


class _Training:
    """Network, optimiser and data of one run."""

    def __init__(self, config: TrainingConfig, data: SimulatedSet, out_dir: Path) -> None:
        self._config, self._data, self._out_dir = config, data, out_dir
        self._clock = SystemClock()
        self._split = split(data, config)
        sampler = WindowSampler(self._split.learned_from)
        self._batches = BatchMaker(sampler, config)
        self._mean = sampler.mean_activation()
        self._device = present_devices()[0]
        self._network, self._objective = prepare(config, sampler, self._batches, self._device)
        self._average = copy.deepcopy(self._network).eval()
        self._best = copy.deepcopy(self._average)
        self._optimizer = _optimizer(self._network, config)
        self._validation = {
            what: BatchMaker(WindowSampler(clips), config).fixed(_VALIDATION_WINDOWS, _EVALUATION_SEED)
            for what, clips in self._split.chosen_on.items()
        }
        self._state = TrainingState(out_dir, self._network, self._average, self._best, self._optimizer)
        fingerprint = hashlib.sha256(json.dumps([config.to_dict(), data.data_sha256]).encode()).hexdigest()
        self.run = self._state.restore(fingerprint)
        self._losses: list[float] = []
        self._since_s = self._clock.now()
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._next = self._draw_ahead()

    def close(self) -> None:
        """End the thread that draws batches."""
        self._drawing.shutdown(cancel_futures=True)

    def make_step(self) -> None:
        """Take one optimiser step on a fresh batch; the next one is drawn meanwhile."""
        config, step = self._config, self.run.step
        batch = self._next.result()
        self.run.step += 1
        self._next = self._draw_ahead()
        # Everything random depends on seed and step only, so that a resumed run repeats what an unbroken one does.
        torch.manual_seed(config.seed + step * 1_000_003)
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        self._network.train()
        loss = self._objective(self._network, batch, max(int(batch.valid.sum()), 1))
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), config.gradient_clip)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._update_average()
        self._losses.append(loss.item())

    def evaluate(self) -> TrainingProgress:
        """Judge the mean weights on what chooses them, keep them when they are the best, and save the run."""
        run, config = self.run, self._config
        spent_s = self._clock.now() - self._since_s
        metrics = {what: self._judge(self._average, batch, what) for what, batch in self._validation.items()}
        scores = {what: judged.rmse_over_mean_by_lookahead[_LIVE_LOOKAHEAD] for what, judged in metrics.items()}
        score = float(np.mean(list(scores.values())))
        if score < run.best_score or run.best_step == 0:
            run.best_score, run.best_step, run.stale_evaluations = score, run.step, 0
            self._best.load_state_dict(self._average.state_dict())
        else:
            run.stale_evaluations += 1
        self.save()
        report = TrainingProgress(
            step=run.step,
            steps=config.steps,
            loss=float(np.mean(self._losses)) if self._losses else math.nan,
            learning_rate=learning_rate(run.step, config),
            windows_per_s=len(self._losses) * config.batch_size / max(spent_s, 1e-9),
            wall_s=run.wall_s,
            best_step=run.best_step,
            scores=scores,
            rmse_over_mean=score,
        )
        self._log(report, metrics)
        self._losses = []
        return report

    def save(self) -> None:
        """Write all that is needed to go on from here."""
        now_s = self._clock.now()
        self.run.wall_s += now_s - self._since_s
        self._since_s = now_s
        self._state.save(self.run)

    def write(self, test: SimulatedSet | None) -> Path:
        """Judge the best weights on the test set and write them as a checkpoint."""
        what, batch = next(iter(self._validation.items()))
        data = f"{what}, which also chose the weights"
        if test:
            batch = BatchMaker(WindowSampler(test.clips), self._config).fixed(_TEST_WINDOWS, _EVALUATION_SEED)
            kinds = len({clip.exercise for clip in test.clips})
            data = (
                f"{test.minutes:.1f} {test.provenance} minutes, other draws from the same generator,"
                f" {kinds} kinds of motion: {json.dumps(dict(test.recipe))}"
            )
        card = ModelCard(
            name=self._config.name,
            architecture=_ARCHITECTURES[self._config.model],
            network=self._network.config.to_dict(),
            provenance=SIMULATED if self._data.provenance == "simulated" else self._data.provenance,
            normalization=self._batches.normalization,
            output=self._config.output,
            interval80=self._interval80(),
            licence_note=LICENCE_NOTE,
            created_utc=self._clock.utc().isoformat(timespec="seconds"),
            training=self._record(),
            metrics=self._judge(self._best, batch, data),
        )
        return save_checkpoint(self._out_dir / f"{card.name}.safetensors", card, weights_of(self._best))

    def _draw_ahead(self) -> Future[Batch]:
        return self._drawing.submit(self._batches.draw, (self._config.seed, 1, self.run.step))

    @torch.no_grad()
    def _update_average(self) -> None:
        """Let the running mean of the weights follow; it follows faster in the first steps."""
        decay = min(self._config.ema_decay, self.run.step / (self.run.step + 9))
        for mean, value in zip(self._average.parameters(), self._network.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)

    @torch.inference_mode()
    def _outputs(self, network: Network, batch: Batch) -> tuple[Floats, Floats]:
        """Return a network's (n, 30, 8) outputs and their spread."""
        parts = [network.outputs(part.to(self._device)) for part in torch.split(torch.from_numpy(batch.inputs), 256)]
        mean, spread = (torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True))
        return mean, spread

    def _judge(self, network: Network, batch: Batch, data: str) -> HeldOutMetrics:
        """Compare a network's activations with the true ones."""
        predicted = self._config.output.to_activation(self._outputs(network, batch)[0])
        return judge(predicted, batch.activation, batch.valid, self._mean, data)

    def _interval80(self) -> dict[str, float]:
        """Return the factors on the spread within which 80 % of the truths lie, by muscle (split conformal).

        They are measured on the virtual subjects that were not learned from (Lei et al. 2018, J Am Stat Assoc
        113:1094), at all steps of the window.
        """
        batch = next(iter(self._validation.values()))
        mean, spread = self._outputs(self._best, batch)
        off = np.abs(self._config.output.from_activation(batch.activation) - mean) / spread  # (n, 30, 8)
        factors = np.quantile(off[batch.valid], 0.8, axis=0)
        return {name: round(float(factor), 5) for name, factor in zip(MONTAGE.names, factors, strict=True)}

    def _log(self, report: TrainingProgress, metrics: dict[str, HeldOutMetrics]) -> None:
        """Append one JSON line to the log."""
        judged = {what: asdict(one) for what, one in metrics.items()}
        with (self._out_dir / LOG_NAME).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(report) | {"metrics": judged}) + "\n")

    def _record(self) -> TrainingRecord:
        learned_from = self._split.learned_from
        return TrainingRecord(
            data_sha256=self._data.data_sha256,
            recipe=self._data.recipe,
            minutes=round(sum(len(clip.valid) for clip in learned_from) / MOTION_HZ / 60, 2),
            clips=len(learned_from),
            subjects=_subjects(learned_from),
            chosen_on=_subjects([clip for clips in self._split.chosen_on.values() for clip in clips]),
            seed=self._config.seed,
            steps=self.run.best_step,
            wall_s=round(self.run.wall_s, 1),
            settings=self._config.to_dict(),
            mean_activation={name: round(float(mean), 5) for name, mean in zip(MONTAGE.names, self._mean, strict=True)},
        )


def _subjects(clips: Sequence[MotionClip]) -> tuple[str, ...]:
    return tuple(sorted({clip.subject for clip in clips}))


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
