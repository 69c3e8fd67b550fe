"""Windows of recorded steps: every number tells from which step it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.dataset.recorded_sampler import RecordedSampler
from mia_core.dataset.simulated_set import DataSetError
from mia_core.muscles import MONTAGE
from tests.fakes.step_clips import activation_of, make_step_clip


def test_keypoints_and_muscles_of_a_window_are_of_the_same_steps() -> None:
    sampler = RecordedSampler([make_step_clip(60), make_step_clip(40, start_s=100.0)])
    windows = sampler.draw(300, 0.3, np.random.default_rng(0))
    for keypoints_px, activation in zip(windows.keypoints_px, windows.activation, strict=True):
        steps = keypoints_px[:, 0, 0].astype(int)
        known = np.isfinite(activation[:, 0])
        assert known[-1]
        assert (np.diff(steps)[known[:-1]] == 1).all(), "steps follow one another"
        assert (steps[~known] == steps[known][0]).all(), "before the first known step its pose is held"
        wanted = [[activation_of(step, channel) for channel in range(8)] for step in steps[known]]
        np.testing.assert_allclose(activation[known], wanted, atol=1e-6)
    assert set(windows.clip) == {0, 1}


def test_every_step_after_the_first_second_ends_a_window_and_none_reaches_into_another_clip() -> None:
    sampler = RecordedSampler([make_step_clip(60), make_step_clip(40, start_s=100.0)])
    windows = sampler.every(1)
    assert len(windows) == len(sampler) == 50 + 30
    ends = windows.keypoints_px[:, -1, 0, 0].astype(int)
    assert ends.tolist() == [*range(10, 60), *range(1010, 1040)]
    assert (windows.keypoints_px[50:, :, 0, 0] >= 1000).all()
    assert len(sampler.every(7)) == -(-80 // 7)


def test_what_is_not_known_is_not_learned_from() -> None:
    clip = make_step_clip(60)
    confidence, whole, seen = clip.confidence.copy(), clip.emg_whole.copy(), clip.seen.copy()
    confidence[30, MONTAGE.placements[0].keypoints[1]] = 0.2
    whole[31, 5] = False
    seen[32] = False
    clip = replace(clip, confidence=confidence, emg_whole=whole, seen=seen)
    windows = RecordedSampler([clip]).every(1)
    last = windows.activation[windows.keypoints_px[:, -1, 0, 0] == 59][0]  # of steps 30 to 59
    assert np.isnan(last[0, 0])
    assert np.isfinite(last[0, 2])
    assert np.flatnonzero(np.isnan(last[1])).tolist() == [5]
    assert np.isnan(last[2]).all()
    assert np.isfinite(last[3:]).all()


def test_means_are_of_what_is_known() -> None:
    clip = make_step_clip(100)
    whole = clip.emg_whole.copy()
    whole[50:, 3] = False
    sampler = RecordedSampler([replace(clip, emg_whole=whole)])
    assert len(sampler.activations()) == 50
    np.testing.assert_allclose(sampler.mean_activation()[[0, 3]], [0.495, 0.245 + 0.003], atol=1e-5)


def test_counts_without_calibration_are_refused() -> None:
    clip = make_step_clip(60)
    with pytest.raises(DataSetError, match="in counts; no calibration") as caught:
        RecordedSampler([replace(clip, activation=np.full_like(clip.activation, np.nan))])
    assert "Calibrate" in caught.value.advice


def test_a_muscle_without_a_sensor_is_named() -> None:
    clip = make_step_clip(60)
    activation, emg = clip.activation.copy(), clip.emg.copy()
    activation[:, 1] = emg[:, 1] = np.nan
    with pytest.raises(DataSetError, match="left triceps is never known"):
        RecordedSampler([replace(clip, activation=activation, emg=emg)])


def test_less_than_a_second_is_refused() -> None:
    with pytest.raises(DataSetError, match="longer than a second"):
        RecordedSampler([make_step_clip(10)])
