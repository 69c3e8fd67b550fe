"""What a muscle did at a step of a recording, and whether all of it is known."""

from __future__ import annotations

import numpy as np
import pytest

from mia_core.export.muscle_samples import MuscleSamples
from mia_core.muscles import MONTAGE
from mia_core.processing.agreement import agreement
from mia_core.samples import SampleFlag
from mia_core.sensors.profiles import M40, MYOWARE, NPG_LITE, UMYO
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


@pytest.mark.parametrize(("profile", "pace"), [(M40, 1.0), (MYOWARE, 1.0), (MYOWARE, 0.93), (NPG_LITE, 1.0)])
@pytest.mark.parametrize("is_told", [False, True])
def test_a_single_lost_sample_is_missing_at_any_rate(profile: SensorProfile, pace: float, is_told: bool) -> None:
    period_s = 1 / (profile.rate_hz * pace)
    times_s = 0.003 + np.arange(0, 4, period_s)
    lost = int(np.searchsorted(times_s, 2.02))
    flags = np.zeros(len(times_s), np.uint8)
    flags[lost + 1] = SampleFlag.AFTER_LOSS if is_told else 0
    steps_s = np.arange(5, 35) * 0.1
    every = samples(profile, times_s, times_s, np.zeros_like(flags))
    assert every.is_whole(steps_s).all()
    kept = np.arange(len(times_s)) != lost
    found = samples(profile, times_s[kept], times_s[kept], flags[kept]).is_whole(steps_s)
    gap_s = times_s[lost - 1], times_s[lost + 1]
    expected = (steps_s + 0.05 <= gap_s[0] + 1e-9) | (steps_s - 0.05 >= gap_s[1] - 1e-9)
    assert found.tolist() == expected.tolist()


def test_a_loss_that_a_counter_told_counts_whatever_the_times_say() -> None:
    times_s = np.arange(0, 4, 0.02)
    flags = np.zeros(len(times_s), np.uint8)
    flags[100] = SampleFlag.AFTER_LOSS
    steps_s = np.arange(5, 35) * 0.1
    assert np.flatnonzero(~samples(MYOWARE, times_s, times_s, flags).is_whole(steps_s)).tolist() == [15]
    # Inferred losses are told later than they were; there are none in these times.
    inferred = flags + np.uint8(SampleFlag.INDEX_INFERRED)
    assert samples(MYOWARE, times_s, times_s, inferred).is_whole(steps_s).all()


def test_a_sensor_that_only_advertises_is_whole_while_it_is_heard() -> None:
    heard = np.flatnonzero(np.random.default_rng(1).random(600) < 0.3)
    times_s = heard / UMYO.rate_hz
    flags = np.where(np.diff(heard, prepend=0) > 1, SampleFlag.AFTER_LOSS, 0).astype(np.uint8)
    steps_s = np.arange(5, 35) * 0.1
    assert samples(UMYO, times_s, times_s, flags).is_whole(steps_s).all()
    silent = (times_s > 2.0) & (times_s < 2.3)
    found = samples(UMYO, times_s[~silent], times_s[~silent], flags[~silent]).is_whole(steps_s)
    assert np.flatnonzero(~found).tolist() == [15, 16, 17, 18]
