"""Everything that a training run must remember to go on after it was killed. Never pickle."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from mia_core.errors import MiaError
from mia_core.whole_file import whole_file

FILE_NAME: Final = "training_state.safetensors"
_MOMENTS: Final = ("exp_avg", "exp_avg_sq", "step")


class TrainingRunError(MiaError):
    """A folder holds another training run."""


@dataclass(slots=True)
class RunState:
    """Where a run stands.

    Attributes:
        fingerprint: Hash over settings and data; a run goes on only with the same ones.
        step: Optimiser steps done.
        best_step: The step at which the best weights were found.
        best_score: Their score, smaller is better.
        stale_evaluations: Evaluations since then.
        wall_s: Seconds of training so far, over all sittings.
    """

    fingerprint: str
    step: int = 0
    best_step: int = 0
    best_score: float = float("inf")
    stale_evaluations: int = 0
    wall_s: float = 0.0


class TrainingState:
    """The tensors and numbers of a run, and their file.

    Args:
        folder: Where the file lies.
        network: The network in training.
        average: The running mean of its weights.
        best: The best running mean so far.
        optimizer: An AdamW over `network.parameters()`, in whatever groups.
    """

    def __init__(
        self, folder: Path, network: nn.Module, average: nn.Module, best: nn.Module, optimizer: torch.optim.Optimizer
    ) -> None:
        self._path = folder / FILE_NAME
        self._modules = {"network": network, "average": average, "best": best}
        self._optimizer = optimizer

    def save(self, run: RunState) -> None:
        """Write the file; it appears whole or not at all."""
        tensors = {
            f"{part}.{name}": value
            for part, module in self._modules.items()
            for name, value in module.state_dict().items()
        }
        for number, moments in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": moments[name] for name in _MOMENTS}
        plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        with whole_file(self._path) as file:
            file.write(save(plain, _meta(run)))

    def restore(self, fingerprint: str) -> RunState:
        """Take up the run of that fingerprint, or start a new one when there is none that can be read.

        Raises:
            TrainingRunError: There is a run with other settings or data.
        """
        try:
            with safe_open(self._path, framework="pt") as file:
                run = RunState(**json.loads(file.metadata()["run"]))
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        except (OSError, SafetensorError, ValueError, TypeError, KeyError):
            return RunState(fingerprint)
        if run.fingerprint != fingerprint:
            raise TrainingRunError(
                f"{self._path.parent} holds a training run with other settings or data.",
                "Choose an empty folder, or give the settings of that run.",
            )
        for part, module in self._modules.items():
            module.load_state_dict(_below(tensors, part))
        self._restore_optimizer(_below(tensors, "optimizer"))
        return run

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        numbers = sorted({int(name.split(".")[0]) for name in tensors})
        moments = {number: {name: tensors[f"{number}.{name}"] for name in _MOMENTS} for number in numbers}
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _meta(run: RunState) -> dict[str, str]:
    return {"run": json.dumps(asdict(run))}


def _below(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): value for name, value in tensors.items() if name.startswith(f"{part}.")}
