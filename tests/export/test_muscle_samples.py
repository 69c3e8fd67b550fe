"""What a muscle did at a step of a recording, and whether all of it is known."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.export.muscle_samples import MuscleSamples
from mia_core.muscles import MONTAGE
from mia_core.processing.agreement import agreement
from mia_core.sensors.profiles import M40
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_profile import SensorProfile

STEPS_S = np.arange(10, 360) * 0.1


def samples(profile: SensorProfile, times_s: np.ndarray, values: np.ndarray, flags: np.ndarray | None = None):
    """What the left biceps' sensor sent."""
    values = np.asarray(values, np.float32)
    no_flags = np.zeros(len(times_s), np.uint8)
    return MuscleSamples(
        MONTAGE.placements[0],
        SensorId(profile.key, "1"),
        profile,
        times_s,
        values,
        values,
        no_flags if flags is None else flags,
        np.arange(len(times_s)),
    )


@pytest.mark.parametrize("phase_s", [0.0, 0.037, 0.08])
def test_a_perfect_model_is_neither_early_nor_late(phase_s: float) -> None:
    def activation(time_s: np.ndarray) -> np.ndarray:
        return 0.4 + 0.2 * np.sin(4 * time_s) + 0.2 * np.sin(9 * time_s + 1)

    taken_s = phase_s + 0.1 * np.arange(1, 370)
    measured = activation(taken_s[:, None] - np.linspace(0, 0.1, 100)).mean(axis=1)  # since the sample before
    model = activation(STEPS_S)[:, None].astype(np.float32)
    found = agreement(model, samples(M40, taken_s, measured).means(STEPS_S)[:, None])
    assert found.lag_s[0] == pytest.approx(0.0, abs=0.002)
    assert found.r[0] > 0.995
