from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.simulated_set import DataSetError
from mia_core.dataset.window_sampler import WindowSampler
from tests.fakes.motion_clips import make_clip


def numbered(clip_number: int, seconds: float = 6.0, valid=None):
    """A clip whose every joint and muscle says which clip and frame it is of."""
    clip = make_clip(clip_number, seconds)
    n = len(clip.valid)
    frames = np.arange(n, dtype=np.float32)
    joints = np.broadcast_to(frames[:, None, None], (n, 25, 3)).copy()
    joints[..., 2] = clip_number
    activation = np.broadcast_to(frames[:, None] / 1000, (n, 8)).astype(np.float32)
    return replace(clip, joints_m=joints, activation=activation, valid=clip.valid if valid is None else valid)


def test_windows_are_every_third_frame_of_one_clip():
    windows = WindowSampler([numbered(0), numbered(1)]).draw(200, 0, 0, np.random.default_rng(0))
    assert windows.joints_m.shape == (200, 91, 25, 3)
    frames, clips = windows.joints_m[:, 3::3, 0, 0], windows.joints_m[:, :, 0, 2]
    assert (clips == clips[:, :1]).all()
    assert set(clips[:, 0]) == {0, 1}
    full = windows.held == 0
    np.testing.assert_allclose(windows.activation[full][:, :, 0], frames[full] / 1000)
    assert (np.diff(windows.joints_m[full][:, :, 0, 0], axis=1) >= 0).all()
    assert full.any()
    assert (np.diff(frames[full], axis=1) == 3).all()
    assert set(frames[full][:, 0] % 3) == {0, 1, 2}, "all phases of the 10 Hz grid"


@pytest.mark.parametrize("padded_fraction", [0.0, 1.0])
def test_held_steps_repeat_the_first_pose_and_are_not_valid(padded_fraction):
    sampler = WindowSampler([numbered(0)])
    windows = sampler.draw(300, padded_fraction, 0, np.random.default_rng(1))
    frames = windows.activation[:, :, 0] * 1000
    assert (windows.held > 0).any()
    if padded_fraction == 1:
        assert (windows.held > 0).all()
    for row, held, valid in zip(frames, windows.held, windows.valid, strict=True):
        assert (row[:held] == row[held]).all()
        np.testing.assert_allclose(np.diff(row[held:]), 3, atol=1e-3)
        assert not valid[:held].any()
        assert valid[held:].all()


def test_invalid_frames_stay_invalid_and_end_no_window():
    valid = np.ones(180, bool)
    valid[100:120] = False
    windows = WindowSampler([numbered(0, valid=valid)]).draw(300, 0, 0, np.random.default_rng(0))
    frames = np.round(1000 * windows.activation[:, :, 0]).astype(int)
    real = np.arange(30) >= windows.held[:, None]
    np.testing.assert_array_equal(windows.valid[real], valid[frames[real]])
    assert windows.valid[:, -1].all()


def test_every_is_even_and_repeatable():
    sampler = WindowSampler([numbered(0), numbered(1)])
    windows = sampler.every(stride_frames=15)
    ends = windows.joints_m[:, -1, 0, 0]
    assert len(ends) == -(-len(sampler) // 15)
    np.testing.assert_array_equal(windows.joints_m, sampler.every(15).joints_m)


def test_mean_counts_valid_frames_only():
    valid = np.ones(180, bool)
    valid[90:] = False
    np.testing.assert_allclose(WindowSampler([numbered(0, valid=valid)]).mean_activation(), 44.5 / 1000, rtol=1e-5)


def test_no_usable_frame_is_an_error():
    with pytest.raises(DataSetError, match="valid"):
        WindowSampler([numbered(0, valid=np.zeros(180, bool))])
    with pytest.raises(DataSetError, match="second"):
        WindowSampler([numbered(0, seconds=0.5)])


def test_captured_motion_gets_its_share():
    captured = replace(numbered(1), exercise="mocap:01_01", subject="cmu-01")
    sampler = WindowSampler([numbered(0), captured])
    windows = sampler.draw(1000, 0, 0.3, np.random.default_rng(0))
    assert 0.25 < (windows.joints_m[:, 0, 0, 2] == 1).mean() < 0.35
    assert sampler.subjects == ("cmu-01", "s0")
    np.testing.assert_array_equal(windows.subject == 0, windows.joints_m[:, 0, 0, 2] == 1)
    only = WindowSampler([captured]).draw(50, 0, 0.3, np.random.default_rng(0))
    assert (only.joints_m[:, 0, 0, 2] == 1).all(), "all of it where there is nothing else"
