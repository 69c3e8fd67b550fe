"""What each of the processes does in `test_distributed`: trains every network for a few steps, without chance."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

from mia_core.training.distributed import joined
from mia_core.training.trainer import train
from mia_core.training.training_config import ModelKind, TrainingConfig


def config_of(model: ModelKind) -> TrainingConfig:
    """Return settings without dropout; 40 windows are three pieces, which two processes share unevenly.

    Adam moves a weight by about the learning rate however small its gradient is, so also where the gradient is hardly
    more than rounding: the rate is small, but three steps of it are well above the tolerance.
    """
    base = TrainingConfig.of(model, str(model), steps=3)
    return replace(base, batch_size=40, dropout=0.0, warm_up_steps=1, peak_learning_rate=2e-5, evaluate_every=3)


def train_all(data: Path, out: Path) -> dict[str, list[float]]:
    """Train, and return the loss of every step of each network."""
    torch.set_num_threads(1)
    losses: dict[str, list[float]] = {}
    with joined():
        for model in ModelKind:
            told = losses.setdefault(model, [])
            train(config_of(model), data, out / model, after_step=lambda state, told=told: told.append(state.loss))
    return losses


if __name__ == "__main__":
    data, out = (Path(argument) for argument in sys.argv[1:])
    losses = train_all(data, out)
    if any(losses.values()):
        (out / "losses.json").write_text(json.dumps(losses))
