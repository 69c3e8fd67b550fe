from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mia_core.processing.pose_grid import PoseGrid
from mia_core.processing.step_mean import mean_between, step_means
from mia_core.samples import Floats, Pose
from tests.fakes.people import standing_px


def shaken(rng: np.random.Generator, n: int) -> Floats:
    """(n, 25, 2) somebody of whom every frame is different, and who is still one person."""
    return (standing_px() + rng.normal(0, 1, (n, 25, 2))).astype(np.float32)


def test_a_straight_line_is_read_in_the_middle_of_its_step() -> None:
    frames = np.arange(13, dtype=np.float32)[:, None]
    np.testing.assert_allclose(step_means(frames)[:, 0], [1.5, 4.5, 7.5, 10.5])


def test_jitter_is_halved() -> None:
    frames = np.random.default_rng(0).normal(size=(3001, 50)).astype(np.float32)
    assert 0.5 < step_means(frames).std() < 0.56


@given(st.integers(0, 1000), st.integers(2, 8))
def test_training_and_live_make_the_same_steps_of_30_frames_a_second(seed: int, n_steps: int) -> None:
    """The trainer's weights are what the live grid comes to when frames are 33 ms apart."""
    frames = shaken(np.random.default_rng(seed), 3 * n_steps + 1)
    grid, steps = PoseGrid(), []
    for index, keypoints_px in enumerate(frames):
        steps += grid.push(index / 30, Pose(keypoints_px, np.ones(25, np.float32), index / 30, index))
    live = np.stack([step.keypoints_px for step in steps[1:]])
    trained = step_means(frames.reshape(len(frames), -1)).reshape(-1, 25, 2)
    np.testing.assert_allclose(live, trained, rtol=1e-4)


def test_frames_without_the_person_count_as_in_training() -> None:
    """There the last pose is held and its confidence is 0."""
    frames = shaken(np.random.default_rng(3), 31)
    lost = [10, 11, 17]
    grid, steps = PoseGrid(), []
    for index, keypoints_px in enumerate(frames):
        pose = Pose(keypoints_px, np.ones(25, np.float32), index / 30, index)
        steps += grid.push(index / 30, None if index in lost else pose)
    held, sure = frames.copy(), np.ones((31, 25), np.float32)
    for index in lost:
        held[index], sure[index] = held[index - 1], 0
    trained = step_means(held.reshape(31, -1)).reshape(-1, 25, 2)
    np.testing.assert_allclose(np.stack([step.keypoints_px for step in steps[1:]]), trained, rtol=1e-4)
    np.testing.assert_allclose(np.stack([step.confidence for step in steps[1:]]), step_means(sure), atol=1e-4)
    assert all(step.seen for step in steps)


def test_before_the_first_value_it_is_held() -> None:
    times_s, values = np.array([1.0, 1.1]), np.array([[4.0], [6.0]])
    np.testing.assert_allclose(mean_between(times_s, values, 0.0, 1.0), [4.0])
    np.testing.assert_allclose(mean_between(times_s, values, 1.0, 1.1), [5.0])
    np.testing.assert_allclose(mean_between(times_s[:1], values[:1], 0.9, 1.3), [4.0])
