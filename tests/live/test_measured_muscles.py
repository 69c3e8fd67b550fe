"""Sensors beside the prediction of a running pipeline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mia_core.errors import DeviceLostError
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.sensor_feed import SensorFeed
from mia_core.muscles import MONTAGE
from mia_core.samples import Floats, Frame
from mia_core.sensors.emg_calibration import EmgCalibration, MuscleReference
from mia_core.sensors.sensor_montage import SensorId
from mia_core.sensors.sensor_state import Light
from tests.fakes.clock import FakeClock
from tests.fakes.people import HipModel, NumberedSource, ScriptedEstimator
from tests.fakes.scripted_sensors import COUNTS, ScriptedSensors, chunk
from tests.fakes.waiting import wait_until

START_S = 1000.0
"""Where on the monotonic clock the source begins."""
LAG_S = 0.3
"""The sensors show everything so much earlier than the model does."""


class Stamped(NumberedSource):
    """Frames that arrive at their own pace from `START_S` on."""

    def read(self) -> Frame | None:
        frame = super().read()
        return None if frame is None else replace(frame, captured_s=START_S + frame.timestamp_s)


class Truth:
    label = "simulated truth"

    def over(self, timestamps_s: np.ndarray) -> Floats:
        return np.repeat(np.sin(timestamps_s)[:, None], 8, axis=1).astype(np.float32)


def moving_x(timestamp_s: np.ndarray) -> np.ndarray:
    """Where the person stands; the model predicts a thousandth of it."""
    return 160 + 60 * np.sin(2 * timestamp_s) * np.sin(0.7 * timestamp_s)


class Swaying(ScriptedEstimator):
    """Says that the person sways."""

    def estimate(self, frame: Frame):
        pose = super().estimate(frame)
        assert pose is not None
        x = moving_x(np.array([frame.timestamp_s]))[0] - (100 + 0.5 * frame.index)
        return replace(pose, keypoints_px=pose.keypoints_px + np.array([x, 0], np.float32))


def feed_on(sensors: ScriptedSensors, calibrated: tuple[int, ...] = (0, 1, 2)) -> SensorFeed:
    """A feed whose first muscles are calibrated so that a count is a thousandth."""
    references = {
        MONTAGE.placements[channel]: MuscleReference(0.0, 1000.0, SensorId(COUNTS.key, str(channel)), "2026-01-01")
        for channel in calibrated
    }
    return SensorFeed(sensors, EmgCalibration(references), FakeClock())


@pytest.fixture
def pipe() -> LivePipeline:
    """A pipeline that has seen 40 s."""
    source = Stamped([index / 15 for index in range(600)])
    made = LivePipeline(source, Swaying, HipModel, PipelineSettings(lossless=True), reference=Truth())
    made.start()
    assert made.wait(60)
    made.stop()
    return made


def fill(feed: SensorFeed, channels: tuple[int, ...], end_s: float = 40.0) -> None:
    """What the model will predict, as counts at 10 Hz, `LAG_S` before it does."""
    times_s = np.arange(0.0, end_s, 0.1)
    for channel in channels:
        feed.put(chunk(channel, START_S + times_s, moving_x(times_s - 0.05 + LAG_S)))


def test_measured_muscles_lie_beside_the_predicted_ones_of_the_same_moment(pipe: LivePipeline) -> None:
    feed = feed_on(ScriptedSensors(channels=(0, 1, 5)))
    fill(feed, (0, 5))
    pipe.set_sensors(feed)
    history, snapshot = pipe.history(), pipe.snapshot()
    measured = moving_x(history.timestamps_s + LAG_S) / 1000
    # Nothing came before the first step, and the last sample ends before what is around the last one.
    assert np.allclose(history.reference[1:-1, 0], measured[1:-1], atol=1e-3)
    assert np.isnan(history.reference[:, [1, 2, 3, 4, 6, 7]]).all(), "no sensor, or nothing from it"
    assert snapshot.reference_label == "simulated sEMG"
    assert snapshot.sensors is not None
    assert not snapshot.sensors.is_measured
    assert [state.placement.name for state in snapshot.sensors.states] == [MONTAGE.names[c] for c in (0, 1, 5)]
    assert snapshot.sensors.calibrated.tolist() == [True, True, *[False] * 6]


def test_agreement_is_told_over_the_last_half_minute_and_in_percent_only_where_calibrated(pipe: LivePipeline) -> None:
    feed = feed_on(ScriptedSensors())
    fill(feed, (0, 5))
    pipe.set_sensors(feed)
    found = pipe.history().agreement
    assert found is not None
    assert found.n[0] == pytest.approx(300, abs=5)
    assert found.n[1] == 0
    assert found.r[[0, 5]] == pytest.approx(found.r[0], abs=1e-3)
    assert found.lag_s[[0, 5]] == pytest.approx([LAG_S, LAG_S], abs=0.11)
    assert 0 < found.rmse[0] < 0.1
    assert np.isnan(found.rmse[5]), "its scale is its own"
    assert np.isnan(found.r[1])


def test_sensors_can_come_and_go_at_any_time(pipe: LivePipeline) -> None:
    times_s = pipe.history().timestamps_s
    assert pipe.snapshot().reference_label == "simulated truth"
    assert pipe.snapshot().sensors is None
    assert np.allclose(pipe.history().reference[:, 3], np.sin(times_s), atol=1e-6)
    feed = feed_on(ScriptedSensors())
    pipe.set_sensors(feed)
    assert np.isnan(pipe.history().reference).all()
    assert pipe.history().agreement is None
    pipe.set_sensors(None)
    assert pipe.snapshot().reference_label == "simulated truth"
    assert pipe.history().agreement is not None


def test_the_picture_has_what_was_measured_when_it_was_taken() -> None:
    feed = feed_on(ScriptedSensors())
    fill(feed, (0,))
    source = Stamped([index / 15 for index in range(120)])
    pipe = LivePipeline(source, Swaying, HipModel, PipelineSettings(lossless=True))
    pipe.set_sensors(feed)
    pipe.start()
    assert pipe.wait(20)
    pipe.stop()
    reference = pipe.snapshot().reference
    assert reference is not None
    assert reference.timestamp_s == pytest.approx(119 / 15)
    # Five sixths of the 0.1 s around 7.933 s belong to the sample of 8.0 s, one to that of 7.9 s.
    expected = np.array([1, 5]) @ moving_x(np.array([7.9, 8.0]) - 0.05 + LAG_S) / 6000
    assert reference.values[0] == pytest.approx(expected, abs=1e-4)
    assert np.isnan(reference.values[1])


def test_a_sensor_that_is_lost_in_mid_set_has_no_value_from_then_on(pipe: LivePipeline) -> None:
    feed = feed_on(ScriptedSensors())
    fill(feed, (0,), end_s=20.0)
    fill(feed, (1,))
    pipe.set_sensors(feed)
    history = pipe.history()
    lost = history.timestamps_s > 20.5
    assert np.isnan(history.reference[lost, 0]).all()
    assert np.isfinite(history.reference[(history.timestamps_s > 1) & (history.timestamps_s < 20), 0]).all()
    assert np.isfinite(history.reference[lost & (history.timestamps_s < 39.9), 1]).all()
    assert np.isfinite(history.predicted[lost, 0]).all()


def test_sensors_that_fail_do_not_end_the_picture(pipe: LivePipeline) -> None:
    sensors = ScriptedSensors()
    feed = feed_on(sensors)
    feed.start()
    pipe.set_sensors(feed)
    sensors.send(DeviceLostError("The adapter", "it was pulled out"))
    wait_until(lambda: feed.error is not None)
    snapshot = pipe.snapshot()
    feed.stop()
    assert snapshot.error == ""
    assert snapshot.sensors is not None
    assert "pulled out" in snapshot.sensors.error
    assert snapshot.sensors.advice
    assert snapshot.sensors.states[0].quality.light is Light.GREEN
