from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.side_guard import MAX_HELD_S, SideGuard, may_exchange
from mia_core.skeleton import INDEX, MIRROR, N_KEYPOINTS
from tests.fakes.people import standing_px

LEGS = [
    INDEX[f"{side}_{name}"]
    for side in ("left", "right")
    for name in ("hip", "knee", "ankle", "heel", "big_toe", "small_toe")
]


def turning(rate_deg_s: float, n: int = 120, rate_hz: float = 30, start_deg: float = 0) -> np.ndarray:
    """(n, 25, 2) a person who turns about the upright: only breadths change."""
    points = np.repeat(standing_px()[None], n, axis=0)
    facing = np.cos(np.radians(start_deg + rate_deg_s * np.arange(n) / rate_hz))
    points[..., 0] = 160 + (points[..., 0] - 160) * facing[:, None]
    return points


def guarded(points: np.ndarray, rate_hz: float = 30) -> np.ndarray:
    guard = SideGuard()
    sure = np.ones((1, N_KEYPOINTS), np.float32)
    return np.concatenate([guard.push(frame[None], sure, np.array([i / rate_hz]))[0] for i, frame in enumerate(points)])


def exchanged(points: np.ndarray, frames: slice) -> np.ndarray:
    changed = points.copy()
    changed[frames, LEGS] = points[frames][:, np.asarray(MIRROR)[LEGS]]
    return changed


@given(st.integers(1, 80), st.integers(1, round(30 * MAX_HELD_S) - 1), st.floats(-100, 100))
def test_exchanged_legs_are_put_right(first: int, length: int, rate_deg_s: float) -> None:
    points = turning(rate_deg_s)
    lines = np.abs(points[:, INDEX["left_hip"], 0] - points[:, INDEX["right_hip"], 0])
    edges = [first - 1, first, first + length - 1, min(first + length, 119)]
    if (lines[edges] < 8).any():
        return  # seen from the side the line says nothing
    damaged = exchanged(points, slice(first, first + length))
    assert may_exchange(damaged[None], 30.0).all()
    np.testing.assert_array_equal(guarded(damaged), points)


@pytest.mark.parametrize("rate_deg_s", [0, 90, 360, 480])
def test_a_real_turn_is_believed(rate_deg_s: float) -> None:
    points = turning(rate_deg_s)
    assert not may_exchange(points[None], 30.0).any()
    np.testing.assert_array_equal(guarded(points), points)


@given(st.floats(8, 60), st.floats(-480, 480), st.floats(0, 360), st.integers(0, 1000))
def test_whoever_turns_is_believed_at_any_frame_rate(
    rate_hz: float, rate_deg_s: float, start_deg: float, seed: int
) -> None:
    points = turning(rate_deg_s, 60, rate_hz, start_deg)
    points += np.random.default_rng(seed).uniform(-0.2, 0.2, points.shape).astype(np.float32)
    assert not may_exchange(points[None], rate_hz).any()
    np.testing.assert_array_equal(guarded(points, rate_hz), points)


@pytest.mark.parametrize("rate_hz", [8, 10, 15, 24, 60])
@pytest.mark.parametrize("start_deg", [0, 180])
def test_exchanged_legs_are_put_right_at_other_rates_too(rate_hz: float, start_deg: float) -> None:
    points = turning(20, 40, rate_hz, start_deg)
    damaged = exchanged(points, slice(5, 9))
    np.testing.assert_array_equal(guarded(damaged, rate_hz), points)


def test_after_a_second_the_detector_is_believed() -> None:
    points = turning(0)
    damaged = exchanged(points, slice(40, 120))
    result = guarded(damaged)
    np.testing.assert_array_equal(result[40:70], points[40:70])
    np.testing.assert_array_equal(result[72:], damaged[72:])


def test_people_are_guarded_each_on_their_own_and_confidence_goes_with_the_point() -> None:
    guard, calm = SideGuard(2), standing_px()
    sure = np.linspace(0, 1, N_KEYPOINTS, dtype=np.float32)[None].repeat(2, axis=0)
    guard.push(np.stack([calm, calm]), sure, np.zeros(2))
    damaged = exchanged(calm[None], slice(0, 1))[0]
    points, confidence = guard.push(np.stack([calm, damaged]), sure, np.full(2, 1 / 30))
    np.testing.assert_array_equal(points, np.stack([calm, calm]))
    np.testing.assert_array_equal(confidence[0], sure[0])
    np.testing.assert_array_equal(confidence[1, LEGS], sure[1, np.asarray(MIRROR)[LEGS]])
