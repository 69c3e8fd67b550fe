"""How much of one core the simulator needs for a frame, stage by stage.

    OMP_NUM_THREADS=1 python -m mia_core.simulation.simulation_benchmark

One thread, since processor time of several adds up.
"""

from __future__ import annotations

import sys
from dataclasses import astuple, dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mia_core.clock import processor_s
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.emg_model import envelope
from mia_core.simulation.inverse_dynamics import explain
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import draw_motion

MOTIONS: Final = ("squat", "skater", "hook_punch", "body_babble", "arm_babble")


@dataclass(frozen=True, slots=True)
class FrameCost:
    """Processor time per frame of 30 Hz, milliseconds.

    Attributes:
        draw_ms: A motion script and its targets.
        move_ms: Targets to configurations: balance and inverse kinematics.
        explain_ms: Inverse dynamics and static optimisation.
        envelope_ms: Effort to what electrodes see.
        reference_ms: No part of the simulator: a fixed amount of arithmetic (a hundred 31 by 132 least squares), which
            tells the speed of the machine.
    """

    draw_ms: float
    move_ms: float
    explain_ms: float
    envelope_ms: float
    reference_ms: float

    @property
    def total_ms(self) -> float:
        """All stages of the simulator."""
        return float(sum(astuple(self)[:4]))


def measure_frame_cost(duration_s: float = 6.0, seed: int = 0) -> FrameCost:
    """Simulate one clip of each of `MOTIONS`, and time every stage after one unmeasured clip."""
    body = MuscleBody()
    _stages(body, MOTIONS[0], 1.0, seed)
    spent = np.zeros(5)
    frames = 0
    for motion in MOTIONS:
        stages, n = _stages(body, motion, duration_s, seed)
        spent[:4] += stages
        spent[4] += _reference_s()
        frames += n
    spent[:4] /= frames
    spent[4] /= len(MOTIONS)
    return FrameCost(*(1e3 * spent).tolist())


def _stages(body: MuscleBody, motion: str, duration_s: float, seed: int) -> tuple[NDArray[np.float64], int]:
    """Return the processor seconds of the four stages, and the number of frames."""
    times = [processor_s()]
    targets = draw_motion(motion, duration_s, np.random.default_rng(seed))
    times.append(processor_s())
    configurations = configurations_of(body, targets)
    times.append(processor_s())
    effort = explain(body, configurations)
    times.append(processor_s())
    envelope(body, effort)
    times.append(processor_s())
    return np.diff(times), len(configurations)


def _reference_s() -> float:
    matrix = np.random.default_rng(0).normal(size=(132, 31))
    start = processor_s()
    for _ in range(100):
        np.linalg.solve(matrix.T @ matrix, matrix[0])
    return processor_s() - start


if __name__ == "__main__":
    cost = measure_frame_cost()
    for field in fields(cost):
        sys.stdout.write(f"{field.name.removesuffix('_ms'):10} {getattr(cost, field.name):7.3f} ms\n")
    sys.stdout.write(f"{'in all':10} {cost.total_ms:7.3f} ms a frame, without the reference\n")
