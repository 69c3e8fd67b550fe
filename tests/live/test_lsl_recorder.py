"""What is published comes back through another program's reader of the Lab Streaming Layer, at the right times."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from mia_core.clock import SystemClock
from mia_core.errors import MissingExtraError
from mia_core.live.lsl_recorder import LslError, LslRecorder
from mia_core.live.muscle_estimation import Estimate
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import StreamHealth
from mia_core.live.time_line import TimeLine
from mia_core.models.activation_model import ActivationModel
from mia_core.muscles import MONTAGE
from mia_core.pose.person_tracker import TrackedPose, Tracking
from mia_core.samples import Frame, MuscleActivation
from mia_core.skeleton import INDEX
from mia_core.streams import SourceInfo
from tests.fakes.clock import FakeClock
from tests.fakes.loopback_lsl import RESOLVE_S, inlet, labels_and_units, loopback_lsl
from tests.fakes.people import HipModel, make_pose
from tests.fakes.scripted_sensors import RAW, ScriptedSensors, chunk

__all__ = ["loopback_lsl"]

INFO = SourceInfo("Test camera", "test", is_live=True, width_px=640, height_px=480)
NOTHING = np.zeros((1, 1, 3), np.uint8)


@dataclass
class Notes:
    """A recorder that notes what it was told."""

    begun: list[tuple[SourceInfo, ActivationModel]] = field(default_factory=list)
    written: list[Estimate] = field(default_factory=list)
    finished: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    has_ended: bool = False

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        self.begun.append((info, model))

    def write(self, estimate: Estimate) -> None:
        self.written.append(estimate)

    def end(self) -> Frame | None:
        return None

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        self.finished.append((notes, complete))


def estimate(index: int, captured_s: float, steps: tuple[MuscleActivation, ...] = (), seen: bool = True) -> Estimate:
    frame = Frame(NOTHING, index / 10, captured_s, index)
    pose = make_pose(index, index / 10, 100.0 + index, confidence=0.75) if seen else None
    return Estimate(frame, TrackedPose(pose, Tracking.TRACKING if seen else Tracking.SEARCHING), steps, ())


def rows_of(stream: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Wait for so many rows; returns them, and their time stamps on the publisher's clock."""
    rows, stamps = [], []
    while len(rows) < n:
        row, stamp_s = stream.pull_sample(timeout=RESOLVE_S)
        assert row is not None, f"only {len(rows)} of {n} rows came"
        rows.append(row)
        stamps.append(stamp_s)
    return np.array(rows), np.array(stamps)


@dataclass
class Published:
    notes: Notes
    recorder: LslRecorder
    time_line: TimeLine
    feed: SensorFeed
    clock: FakeClock
    zero_s: float
    """What LSL's clock said at 0 of the clock that stands still; exact to the time that the beginning took."""
    tolerance_s: float


@pytest.fixture
def published(loopback_lsl: Any) -> Iterator[Published]:
    clock, notes, time_line = FakeClock(), Notes(), TimeLine()
    feed = SensorFeed(ScriptedSensors(RAW, (2, 5)))
    before_s = loopback_lsl.local_clock()
    recorder = LslRecorder(notes, time_line, feed, clock)
    after_s = loopback_lsl.local_clock()
    recorder.begin(INFO, HipModel(), StreamHealth())
    zero_s, tolerance_s = (before_s + after_s) / 2 - clock.now(), (after_s - before_s) / 2 + 1e-6
    yield Published(notes, recorder, time_line, feed, clock, zero_s, tolerance_s)
    recorder.finish(StreamHealth(), ("over",), True)
    assert notes.finished == [(("over",), True)]


def test_predictions_are_published_at_the_times_of_their_steps(published: Published, loopback_lsl: Any) -> None:
    stream = inlet(loopback_lsl, "mia predicted activation")
    assert labels_and_units(stream) == [(name, HipModel.card.activation_unit) for name in MONTAGE.names]
    info = stream.info(RESOLVE_S)
    assert (info.nominal_srate(), info.type()) == (10.0, "MuscleActivation")
    assert info.desc().child_value("name") == "hip"
    assert info.desc().child_value("provenance") == "a test"
    for index in range(12):
        captured_s = 200 + index / 10 + 0.003 * (index % 2)
        published.time_line.note(Frame(NOTHING, index / 10, captured_s, index))
        values = np.arange(8, dtype=np.float32) / 8 + index
        values[3] = np.nan
        steps = (MuscleActivation(values, (index - 2) / 10),) if index >= 2 else ()
        published.recorder.write(estimate(index, captured_s, steps))
    rows, stamps_s = rows_of(stream, 10)
    assert np.array_equal(rows[:, 0], np.arange(2, 12))
    assert np.isnan(rows[:, 3]).all()
    assert np.array_equal(rows[:, 7], np.arange(2, 12) + 0.875)
    expected_s = published.zero_s + 200 + np.arange(10) / 10 + 0.003 * (np.arange(10) % 2)
    assert np.abs(stamps_s - expected_s).max() <= published.tolerance_s
    assert len(published.notes.written) == 12
    assert published.notes.begun[0][0] == INFO


def test_poses_are_published_as_they_were_found(published: Published, loopback_lsl: Any) -> None:
    stream = inlet(loopback_lsl, "mia estimated pose")
    assert labels_and_units(stream)[:4] == [
        ("nose_x", "pixels"),
        ("nose_y", "pixels"),
        ("nose_confidence", "1"),
        ("neck_x", "pixels"),
    ]
    assert stream.info(RESOLVE_S).nominal_srate() == 0.0
    for index in range(4):
        published.recorder.write(estimate(index, 300 + index / 7, seen=index != 2))
    published.recorder.write(Estimate(None, TrackedPose(None, Tracking.SEARCHING), (), ()))  # the end of the source
    rows, stamps_s = rows_of(stream, 4)
    hips = 3 * INDEX["mid_hip"]
    assert rows.shape == (4, 75)
    assert np.isnan(rows[2]).all()
    assert rows[[0, 1, 3], hips].tolist() == [100.0, 101.0, 103.0]
    assert rows[[0, 1, 3], hips + 2].tolist() == [0.75] * 3
    assert np.abs(stamps_s - published.zero_s - 300 - np.arange(4) / 7).max() <= published.tolerance_s


def test_samples_are_published_as_they_arrived(published: Published, loopback_lsl: Any) -> None:
    assert not loopback_lsl.resolve_byprop("name", "mia measured sEMG", 1, 0.1), "simulated is never called measured"
    stream = inlet(loopback_lsl, "mia simulated sEMG")
    assert labels_and_units(stream) == [("left_quadriceps", "counts"), ("right_triceps", "counts")]
    info = stream.info(RESOLVE_S)
    assert (info.nominal_srate(), info.type()) == (0.0, "EMG")
    assert info.desc().child_value("is_measured") == "False"
    published.feed.arrived.put(chunk(5, 400 + np.arange(50) / 500, np.arange(50)))
    published.feed.arrived.put(chunk(2, [400.2], [-7]))
    rows, stamps_s = rows_of(stream, 51)
    assert rows[:50, 1].tolist() == list(range(50))
    assert np.isnan(rows[:50, 0]).all()
    assert rows[50, 0] == -7
    assert np.isnan(rows[50, 1])
    expected_s = published.zero_s + np.append(400 + np.arange(50) / 500, 400.2)
    assert np.abs(stamps_s - expected_s).max() <= published.tolerance_s


def test_after_the_end_nothing_is_published(loopback_lsl: Any) -> None:
    feed = SensorFeed(ScriptedSensors(RAW, (2,)))
    recorder = LslRecorder(Notes(), TimeLine(), feed, SystemClock())
    recorder.begin(INFO, HipModel(), StreamHealth())
    assert len(loopback_lsl.resolve_bypred("starts-with(name,'mia ')", 3, RESOLVE_S)) == 3
    recorder.finish(StreamHealth(), (), False)
    feed.arrived.put(chunk(2, [400.2], [-7]))
    assert loopback_lsl.resolve_bypred("starts-with(name,'mia ')", 1, 0.3) == []


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(MissingExtraError, match="packages that are not installed") as raised:
        LslRecorder(Notes(), TimeLine())
    assert "mia-live[lsl]" in raised.value.advice


def test_a_library_for_another_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def broken(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "pylsl":
            raise RuntimeError("liblsl library found but could not be loaded")
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(LslError, match="can't be loaded") as raised:
        LslRecorder(Notes(), TimeLine())
    assert "glibc 2.35" in raised.value.advice
