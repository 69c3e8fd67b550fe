"""The offset between camera and sensors is found again after it was put in, and refused where it can't be told."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mia_core.muscles import MONTAGE, Muscle, Placement, Side
from mia_core.processing.sync_ritual import SyncError, SyncEstimate, SyncSettings, estimate_offset, joint_speed
from mia_core.skeleton import N_KEYPOINTS

EMD_S, EMD_SD_S = 0.06, 0.012


def bumps(
    times_s: NDArray[np.float64], begins_s: NDArray[np.float64], heights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Contractions that rise for 0.08 s, hold for 0.25 s and fall for 0.3 s."""
    since_s = times_s[:, None] - begins_s[None]
    shape = np.clip(np.minimum(since_s / 0.08, np.minimum(1.0, (0.63 - since_s) / 0.3)), 0.0, 1.0)
    return shape @ heights


def ritual(
    rng: np.random.Generator, offset_s: float, n_events: int = 10, emg_hz: float = 10.0, *, regular: bool = False
) -> SyncEstimate:
    """Simulate a ritual whose camera is late by `offset_s`, and estimate that."""
    pauses_s = np.full(n_events, 0.75) if regular else rng.uniform(1.3, 2.7, n_events)
    begins_s = 2 + np.cumsum(pauses_s)
    heights = rng.uniform(0.6, 1.0, n_events)
    fine_s = np.arange(0.0, begins_s[-1] + 4, 0.001)
    muscle = bumps(fine_s, begins_s, heights) + 0.02 * np.abs(rng.normal(size=len(fine_s)))
    delays_s = EMD_S + rng.normal(0, EMD_SD_S, n_events)
    motion = bumps(fine_s, begins_s + delays_s, heights * rng.uniform(0.8, 1.2, n_events))

    period_s = 1 / emg_hz
    emg_s = np.arange(rng.uniform(period_s, 2 * period_s), fine_s[-1], period_s)
    area = np.concatenate([[0.0], np.cumsum(muscle) * 0.001])
    edges_s = np.append(fine_s, fine_s[-1] + 0.001)
    envelope = (np.interp(emg_s, edges_s, area) - np.interp(emg_s - period_s, edges_s, area)) / period_s
    counts = np.round(480 * envelope).astype(np.float32)

    frames_s = np.arange(rng.uniform(1 / 30, 2 / 30), fine_s[-1], 1 / 30)
    path = np.interp(frames_s, fine_s, np.cumsum(motion) * 0.001) + rng.normal(0, 0.0015, len(frames_s))
    stamps_s = frames_s + rng.normal(0, 0.004, len(frames_s)) + offset_s
    stamps_s = np.maximum.accumulate(stamps_s)
    speed = np.diff(path) / np.maximum(np.diff(frames_s), 1e-6)
    return estimate_offset(stamps_s[1:], speed.astype(np.float32), emg_s, counts)


@pytest.mark.parametrize("emg_hz", [10.0, 1000.0])
def test_95_of_100_offsets_are_found_within_10_ms(emg_hz: float) -> None:
    rng = np.random.default_rng(5)
    put_in_s = rng.uniform(-0.15, 0.15, 100)
    found = [ritual(rng, offset_s, emg_hz=emg_hz) for offset_s in put_in_s]
    errors_s = np.array([estimate.offset_s for estimate in found]) - put_in_s
    print(f"{emg_hz:.0f} Hz: mean {1e3 * errors_s.mean():.1f} ms, sd {1e3 * errors_s.std():.1f} ms")
    assert np.count_nonzero(np.abs(errors_s) <= 0.010) >= 95
    assert all(estimate.n_events == 10 for estimate in found)
    assert sum(estimate.accepted for estimate in found) >= 95
    assert np.median([estimate.standard_error_s for estimate in found]) == pytest.approx(errors_s.std(), rel=0.6)


def test_too_few_contractions_are_refused() -> None:
    with pytest.raises(SyncError, match="Only 3 of at least 5"):
        ritual(np.random.default_rng(1), 0.0, n_events=3)


def test_regular_contractions_are_refused() -> None:
    with pytest.raises(SyncError, match="too regularly"):
        ritual(np.random.default_rng(2), 0.0, regular=True)


def test_a_motion_of_another_muscle_is_refused() -> None:
    rng = np.random.default_rng(3)
    times_s = np.arange(0.0, 20.0, 0.1)
    muscle = bumps(times_s, 2 + np.cumsum(rng.uniform(1.3, 2.7, 7)), np.ones(7)).astype(np.float32)
    frames_s = np.arange(0.0, 20.0, 1 / 30)
    with pytest.raises(SyncError, match="do not fit together"):
        estimate_offset(frames_s, rng.random(len(frames_s)).astype(np.float32), times_s, muscle)


def test_contractions_that_disagree_are_not_accepted() -> None:
    rng = np.random.default_rng(4)
    begins_s = 2 + np.cumsum(rng.uniform(1.3, 2.7, 8))
    times_s, frames_s = np.arange(0.0, 22.0, 0.1), np.arange(0.0, 22.0, 1 / 30)
    muscle = bumps(times_s, begins_s, np.ones(8)).astype(np.float32)
    motion = bumps(frames_s, begins_s + rng.normal(0.06, 0.15, 8), np.ones(8)).astype(np.float32)
    estimate = estimate_offset(frames_s, motion, times_s, muscle, SyncSettings(max_rival=1.0))
    assert not estimate.accepted
    assert estimate.spread_s > 0.040


def test_a_silent_sensor_is_refused() -> None:
    times_s = np.arange(0.0, 20.0, 0.1)
    with pytest.raises(SyncError, match="next to nothing"):
        estimate_offset(times_s, np.ones(200, np.float32), times_s, np.full(200, np.nan, np.float32))
    with pytest.raises(SyncError, match="Only 0"):
        estimate_offset(times_s, np.ones(200, np.float32), times_s, np.zeros(200, np.float32))


@pytest.mark.parametrize("placement", MONTAGE.placements, ids=lambda placement: placement.name)
def test_a_joint_turns_in_the_direction_of_its_muscle(placement: Placement) -> None:
    times_s = np.arange(0.0, 4.0, 1 / 30)
    angles = np.pi - 0.8 * (1 - np.cos(2 * np.pi * times_s / 2)) / 2  # straight, bent after 1 s, straight after 2 s
    keypoints = np.zeros((len(times_s), N_KEYPOINTS, 2), np.float32)
    root, middle, end = placement.keypoints
    keypoints[:, root] = (0, 0)
    keypoints[:, middle] = (0, 100)
    keypoints[:, end] = np.column_stack([100 * np.sin(np.pi - angles), 100 + 100 * np.cos(np.pi - angles)])
    stamps_s, speed = joint_speed(times_s, keypoints, np.ones((len(times_s), N_KEYPOINTS), np.float32), placement)
    bends = placement.muscle in (Muscle.BICEPS, Muscle.HAMSTRINGS)
    phase = stamps_s % 2
    bending = speed[(phase > 0.1) & (phase < 0.95)].mean()
    straightening = speed[(phase > 1.1) & (phase < 1.95)].mean()
    assert (bending > 0.5 and straightening < 0.01) if bends else (straightening > 0.5 and bending < 0.01)


def test_frames_without_the_limb_are_left_out() -> None:
    keypoints = np.zeros((10, N_KEYPOINTS, 2), np.float32)
    confidence = np.ones((10, N_KEYPOINTS), np.float32)
    placement = Placement(Side.LEFT, Muscle.BICEPS)
    confidence[4, placement.keypoints[2]] = 0.2
    keypoints[7, placement.keypoints[0]] = np.nan
    times_s, speed = joint_speed(np.arange(10.0), keypoints, confidence, placement)
    np.testing.assert_array_equal(times_s, [1, 2, 3, 5, 6, 8, 9])
    assert len(speed) == 7
