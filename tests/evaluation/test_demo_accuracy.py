from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.capture.demo_camera import DemoTruth
from mia_core.evaluation.demo_accuracy import demo_accuracy
from mia_core.muscles import MONTAGE
from mia_core.recording.recording_manifest import RecordingManifest, Subject
from mia_core.recording.session_reader import Session
from mia_core.skeleton import INDEX
from tests.fakes.people import standing_px

N_FRAMES, N_STEPS = 90, 30
FRAME_S = np.arange(N_FRAMES) / 30
STEP_S = np.arange(N_STEPS) / 10
WAVE = (0.3 + 0.2 * np.sin(4 * FRAME_S)).astype(np.float32)
TRUTH = DemoTruth(
    timestamps_s=FRAME_S,
    keypoints_px=np.repeat(standing_px()[None], N_FRAMES, axis=0),
    activation=np.repeat(WAVE[:, None], 8, axis=1),
    emg_timestamps_s=STEP_S,
    emg_counts=np.zeros((N_STEPS, 8), np.uint16),
    segments=(("squat", 0.0, 3.0),),
    valid=np.ones(N_FRAMES, bool),
)
PERFECT = Session(
    manifest={},
    recording=RecordingManifest("mia-live 0", "2026-01-01T00:00:00+00:00", "demo", Subject("demo")),
    frame_index=np.arange(N_FRAMES),
    frame_timestamps_s=FRAME_S,
    keypoints_px=TRUTH.keypoints_px.astype(np.float64),
    confidence=np.ones((N_FRAMES, 25)),
    step_timestamps_s=STEP_S,
    activation=np.stack([TRUTH.at(t) for t in STEP_S]).astype(np.float64),
    warming_up=np.zeros(N_STEPS, bool),
    low=np.full((N_STEPS, 8), np.nan),
    high=np.full((N_STEPS, 8), np.nan),
)


def test_a_perfect_session_has_no_error() -> None:
    accuracy = demo_accuracy(PERFECT, TRUTH)
    assert accuracy.detected == 1
    assert accuracy.joint_error == 0
    assert accuracy.steps == N_STEPS * 8
    for muscle in accuracy.muscles.values():
        assert muscle.r == pytest.approx(1)
        assert muscle.rmse == pytest.approx(0, abs=1e-6)
        assert muscle.rmse_of_mean == pytest.approx(WAVE[::3].std(), rel=1e-5)
        assert muscle.beats_mean


def test_joint_errors_are_shares_of_body_height() -> None:
    shifted = PERFECT.keypoints_px.copy()
    shifted[:, INDEX["left_knee"]] += (3.0, 4.0)
    accuracy = demo_accuracy(replace(PERFECT, keypoints_px=shifted), TRUTH)
    nose_to_heel_px = 95 + 80
    assert accuracy.joint_errors["left_knee"] == pytest.approx(5 / nose_to_heel_px, rel=1e-5)
    assert accuracy.joint_errors["right_knee"] == 0
    assert accuracy.joint_error == 0, "the median of twelve joints of which one is off"


def test_always_saying_the_mean_does_not_beat_the_mean() -> None:
    constant = np.full_like(PERFECT.activation, PERFECT.activation.mean())
    accuracy = demo_accuracy(replace(PERFECT, activation=constant), TRUTH)
    assert not any(muscle.beats_mean for muscle in accuracy.muscles.values())
    assert all(np.isnan(muscle.r) for muscle in accuracy.muscles.values())


def test_unknown_and_warming_up_steps_are_left_out() -> None:
    activation = PERFECT.activation.copy()
    activation[:10] = 9.0
    activation[20:, 3] = np.nan
    warming = np.arange(N_STEPS) < 10
    accuracy = demo_accuracy(replace(PERFECT, activation=activation, warming_up=warming), TRUTH)
    assert accuracy.steps == 20 * 7 + 10
    assert all(muscle.rmse < 1e-6 for muscle in accuracy.muscles.values())


def test_what_the_physics_rejected_is_not_judged() -> None:
    activation = PERFECT.activation.copy()
    activation[20:] = 9.0
    accuracy = demo_accuracy(replace(PERFECT, activation=activation), replace(TRUTH, valid=FRAME_S < 1.95))
    assert accuracy.steps == 20 * 8
    assert all(muscle.rmse < 1e-6 for muscle in accuracy.muscles.values())


def test_frames_without_a_person_count_as_not_detected() -> None:
    gone = PERFECT.keypoints_px.copy()
    gone[30:60] = np.nan
    accuracy = demo_accuracy(replace(PERFECT, keypoints_px=gone), TRUTH)
    assert accuracy.detected == pytest.approx(2 / 3)
    assert accuracy.joint_error == 0
    assert set(accuracy.muscles) == set(MONTAGE.names)
