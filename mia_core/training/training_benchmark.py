"""How fast `mia train` learns, against the paper's recipe as its authors run it, on the processor.

The recipe: the paper's network written with PyTorch's own layers, dropout 0.1, AdamW, mean squared error, batches of 32
in float32 that lie ready. `mia train` draws its batches while it learns: it films the demo subject's motion with a
fresh camera for every window, which is part of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from mia_core.bundled import DEMO_TRUTH
from mia_core.clock import SystemClock, processor_s
from mia_core.dataset.window_sampler import WindowSampler
from mia_core.joints import JOINTS
from mia_core.models.eager_reference import EagerReference
from mia_core.models.motion_transformer import MotionTransformer, MotionTransformerConfig
from mia_core.motion_clip import MotionClip
from mia_core.muscles import MONTAGE
from mia_core.training.distributed import Processes
from mia_core.training.learner import Learner, computing_with
from mia_core.training.training_config import ModelKind, TrainingConfig

EAGER: Final = "eager recipe of the paper"
BFLOAT16: Final = "modern, bfloat16"
_EAGER_BATCH: Final = 32
_ROUNDS: Final = 5
_WINDOWS_PER_TURN: Final = 128


@dataclass(frozen=True, slots=True)
class TrainingSpeed:
    """How fast one way of training is.

    Attributes:
        windows_per_s: Windows that are learned from in a second, median over the rounds.
        processor_ms: Processor time of a window, all threads together, median over the rounds.
        speed_ratio: Speed over that of the eager recipe in the same round, median over the rounds.
        processor_ratio: Processor time of the eager recipe over this one's, likewise; a busy machine changes it less.
    """

    windows_per_s: float
    processor_ms: float
    speed_ratio: float
    processor_ratio: float


@dataclass(frozen=True, slots=True)
class TrainingBenchmark:
    """The outcome.

    Attributes:
        threads: Threads that every network computes with; `mia train` draws batches in one more.
        speeds: By what was trained: `EAGER`, `modern` and `paper` as `mia train` does, and `BFLOAT16`: the modern
            network under `torch.autocast`.
    """

    threads: int
    speeds: Mapping[str, TrainingSpeed]

    @property
    def bfloat16_gain(self) -> float:
        """Speed of bfloat16 over that of float32; below 1 it does not pay."""
        return self.speeds[BFLOAT16].speed_ratio / self.speeds[ModelKind.MODERN].speed_ratio


def measure_training(threads: int = 1, rounds: int = _ROUNDS) -> TrainingBenchmark:
    """Train each way for a moment, in turns, so that a busy machine slows all.

    Args:
        threads: Threads that every network computes with.
        rounds: Turns of each; one takes about 4 s on an idle core.
    """
    sampler = WindowSampler([_demo_clip()])
    alone = Processes(0, 1, torch.device("cpu"))
    modern, paper = TrainingConfig.of(ModelKind.MODERN), TrainingConfig.of(ModelKind.PAPER)
    with (
        computing_with(threads),
        closing(Learner(modern, sampler, alone)) as modern_learner,
        closing(Learner(modern, sampler, alone)) as bfloat16_learner,
        closing(Learner(paper, sampler, alone)) as paper_learner,
    ):
        ways = {
            EAGER: (_eager_step(), _EAGER_BATCH),
            str(ModelKind.MODERN): (_steps_of(modern_learner), modern.batch_size),
            str(ModelKind.PAPER): (_steps_of(paper_learner), paper.batch_size),
            BFLOAT16: (_in_bfloat16(_steps_of(bfloat16_learner)), modern.batch_size),
        }
        spent_s = np.array([[_turn(step, size) for step, size in ways.values()] for _ in range(rounds)])
    over_eager = np.median(spent_s[:, :1] / spent_s, axis=0)  # (way, 2)
    seconds = np.median(spent_s, axis=0)  # (way, 2) by the clock and of the processor, for one window
    return TrainingBenchmark(
        threads,
        {
            name: TrainingSpeed(1 / float(wall), 1e3 * float(processor), float(faster), float(cheaper))
            for name, (wall, processor), (faster, cheaper) in zip(ways, seconds, over_eager, strict=True)
        },
    )


def _turn(step: Callable[[], object], batch_size: int) -> tuple[float, float]:
    """Return the seconds of a window, by the clock and of the processor.

    The first step is not measured: it uses a batch that was drawn before, and meanwhile others end their drawing.
    """
    clock, n_steps = SystemClock(), _WINDOWS_PER_TURN // batch_size
    step()
    started_s, used_s = clock.now(), processor_s()
    for _ in range(n_steps):
        step()
    n_windows = n_steps * batch_size
    return (clock.now() - started_s) / n_windows, (processor_s() - used_s) / n_windows


def _eager_step() -> Callable[[], object]:
    network = EagerReference(MotionTransformer(MotionTransformerConfig(dropout=0.1))).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    rows, truth = torch.randn(_EAGER_BATCH, 1, 50, 30), torch.rand(_EAGER_BATCH, len(MONTAGE), 30)

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(network(rows), truth)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.item()

    return step


def _steps_of(learner: Learner) -> Callable[[], object]:
    numbers = iter(range(1_000_000))
    return lambda: learner.step(next(numbers))


def _in_bfloat16(step: Callable[[], object]) -> Callable[[], object]:
    def cast_step() -> object:
        with torch.autocast("cpu", torch.bfloat16):
            return step()

    return cast_step


def _demo_clip() -> MotionClip:
    with np.load(DEMO_TRUTH) as truth:
        joints_m, activation, valid = truth["joints_m"], truth["activation"], truth["valid"]
    at_rest = np.zeros((len(valid), len(JOINTS)), np.float32)
    return MotionClip(
        joints_m=joints_m,
        activation=activation,
        emg_counts=np.zeros((len(valid) // 3, len(MONTAGE)), np.uint16),
        joint_angles_rad=at_rest,
        joint_torques_nm=at_rest,
        valid=valid,
        exercise="demo",
        subject="demo",
    )
