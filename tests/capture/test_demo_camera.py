from __future__ import annotations

import numpy as np

from mia_core.capture.demo_camera import DemoCamera, DemoTruth
from mia_core.exercises import EXERCISE_NAMES
from mia_core.streams import EndOfStream
from tests.fakes.clock import FakeClock


def test_video_and_truth_belong_together() -> None:
    truth = DemoTruth.load()
    camera = DemoCamera(realtime=False)
    info = camera.open()
    stamps_s = []
    try:
        while (frame := camera.read()) is not None:
            stamps_s.append(frame.timestamp_s)
    except EndOfStream:
        camera.close()
    assert (info.name, info.stable_id, info.is_live) == ("Demo subject (simulated)", "demo", False)
    assert (info.width_px, info.height_px) == (640, 480)
    assert np.allclose(stamps_s, truth.timestamps_s, atol=1e-3)
    assert truth.duration_s > 55
    assert len({name for name, _, _ in truth.segments} & set(EXERCISE_NAMES)) >= 6


def test_truth_is_plausible() -> None:
    truth = DemoTruth.load()
    assert truth.activation.shape == (len(truth.timestamps_s), 8)
    assert truth.activation.min() >= 0
    assert truth.activation.max() <= 1
    assert (truth.activation.std(axis=0) > 0.01).all(), "every muscle does something"
    assert (truth.keypoints_px >= 0).all()
    assert (truth.keypoints_px < (640, 480)).all(), "the whole body stays in the picture"
    assert truth.emg_counts.max() <= 1023


def test_the_medley_has_no_end() -> None:
    truth = DemoTruth.load()
    for when_s in (0.0, 3.21, 30.0):
        assert np.allclose(truth.at(when_s), truth.at(when_s + truth.duration_s), atol=1e-3)


def test_live_it_begins_again_at_the_end() -> None:
    truth = DemoTruth.load()
    clock = FakeClock()
    camera = DemoCamera(realtime=True, clock=clock)
    assert camera.open().is_live
    n = len(truth.timestamps_s)
    stamps_s: list[float] = []
    while len(stamps_s) < n + 10:
        frame = camera.read()
        if frame is not None:
            stamps_s.append(frame.timestamp_s)
    camera.close()
    assert np.allclose(np.diff(stamps_s), 1 / 30, atol=2e-3)
