"""What the network learns from is what it is given live: the same poses at the same steps, padded the same way."""

import numpy as np

from mia_core.dataset.window_sampler import WindowSampler
from mia_core.processing.pose_grid import PoseGrid
from mia_core.processing.step_mean import step_means
from mia_core.processing.windows import PoseWindow
from mia_core.samples import WINDOW_STEPS, Pose
from tests.fakes.motion_clips import make_clip

CLIP = make_clip(seed=3, seconds=6.0)
KEYPOINTS_PX = (100 * CLIP.joints_m[..., [0, 2]]).astype(np.float32)  # a camera at infinity


def live_windows() -> dict[int, np.ndarray]:
    """The live window after each step of the grid, by the step's number; frames come at 30 Hz."""
    grid, window, windows = PoseGrid(), PoseWindow(), {}
    for index, keypoints_px in enumerate(KEYPOINTS_PX):
        pose = Pose(keypoints_px, np.ones(25, np.float32), index / 30, index)
        for step in grid.push(index / 30, pose):
            window.push(step)
            windows[round(10 * step.timestamp_s)] = window.keypoints_px()
    return windows


def test_windows_hold_the_same_poses_and_labels_belong_to_their_last_steps() -> None:
    live = live_windows()
    sampler = WindowSampler([CLIP])
    windows = sampler.every(stride_frames=1)
    first_end = len(CLIP.valid) - len(sampler)  # ends follow each other frame by frame
    compared = 0
    for row in range(len(sampler)):
        end = first_end + row
        if end % 3:
            continue  # another phase of the grid than the live one
        step = end // 3
        held = windows.held[row]
        trained_on = step_means((100 * windows.joints_m[row][..., [0, 2]]).reshape(91, -1)).reshape(30, 25, 2)
        assert np.allclose(trained_on[held:], live[step][held:], atol=1e-3), step
        assert np.allclose(windows.activation[row, -1], CLIP.activation[end])
        assert held == max(WINDOW_STEPS - 1 - step, 0)
        compared += 1
    assert compared > 40
