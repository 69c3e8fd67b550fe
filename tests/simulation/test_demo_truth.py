"""The demo that ships: its video and its truth belong together, and the detector finds the truth in the video."""

import hashlib
import json

import cv2
import numpy as np
import pytest

from mia_core.bundled import DEMO_TRUTH, DEMO_VIDEO
from mia_core.exercises import EXERCISE_NAMES
from mia_core.muscles import MONTAGE
from mia_core.pose.mediapipe_estimator import MediaPipeEstimator
from mia_core.samples import Frame
from mia_core.simulation.demo import DemoSettings, medley
from mia_core.skeleton import INDEX, LIMB_JOINTS


@pytest.fixture(scope="module")
def truth():
    with np.load(DEMO_TRUTH, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def frames():
    video = cv2.VideoCapture(str(DEMO_VIDEO))
    try:
        while True:
            there, image = video.read()
            if not there:
                return
            yield image, video.get(cv2.CAP_PROP_POS_MSEC) / 1000
    finally:
        video.release()


def test_truth_belongs_to_the_video(truth):
    meta = json.loads(str(truth["meta"]))
    assert meta["provenance"] == "simulated"
    assert meta["video_sha256"] == hashlib.sha256(DEMO_VIDEO.read_bytes()).hexdigest()
    assert DEMO_VIDEO.stat().st_size < 6e6


def test_there_is_one_truth_for_every_frame(truth):
    stamps = [stamp for _, stamp in frames()]
    n = len(truth["timestamps_s"])
    assert len(stamps) == n == 1800
    np.testing.assert_allclose(stamps, truth["timestamps_s"], atol=1e-3)
    assert truth["keypoints_px"].shape == (n, 25, 2)
    assert truth["joints_m"].shape == (n, 25, 3)
    assert truth["activation"].shape == (n, len(MONTAGE))
    assert truth["emg_counts"].shape == (len(truth["emg_timestamps_s"]), len(MONTAGE)) == (600, 8)


def test_activation_and_counts_are_on_their_scales(truth):
    assert 0.0 <= truth["activation"].min() < 0.05
    assert 0.5 < truth["activation"].max() <= 1.0
    assert truth["emg_counts"].max() <= 1023


def test_keypoints_are_the_joints_seen_by_the_camera(truth):
    seen = DemoSettings().camera().project(truth["joints_m"][None])[0]
    np.testing.assert_allclose(seen, truth["keypoints_px"], atol=1e-2)
    assert (seen >= 0).all()
    assert (seen <= [640, 480]).all()


def test_segments_are_exercises_in_order(truth):
    segments = json.loads(str(truth["segments"]))
    assert len({segment["exercise"] for segment in segments}) >= 6
    assert {segment["exercise"] for segment in segments} <= set(EXERCISE_NAMES)
    edges = [edge for segment in segments for edge in (segment["start_s"], segment["end_s"])]
    assert edges == sorted(edges)
    assert edges[-1] < 60.0
    _, planned = medley(DemoSettings())
    assert [(s.exercise, s.start_s) for s in planned] == [(s["exercise"], s["start_s"]) for s in segments]


def test_a_medley_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="more than"):
        medley(DemoSettings(duration_s=20.0))


def test_the_subject_turns_to_both_sides(truth):
    hips = truth["joints_m"][:, INDEX["left_hip"]] - truth["joints_m"][:, INDEX["right_hip"]]
    heading = np.degrees(np.arctan2(hips[:, 1], hips[:, 0]))
    assert heading.min() < -25
    assert heading.max() > 25


@pytest.mark.heavy
def test_the_detector_finds_the_true_joints(truth):
    estimator = MediaPipeEstimator()
    errors, missed = [], 0
    height_px = np.ptp(truth["keypoints_px"][0, :, 1])
    for index, (image, stamp) in enumerate(frames()):
        pose = estimator.estimate(Frame(image, stamp, stamp, index))
        if pose is None:
            missed += 1
            continue
        off = pose.keypoints_px[list(LIMB_JOINTS)] - truth["keypoints_px"][index][list(LIMB_JOINTS)]
        errors.append(np.linalg.norm(off, axis=1) / height_px)
    estimator.close()
    assert missed <= 18
    assert np.median(errors) <= 0.03
