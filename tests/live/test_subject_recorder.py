"""A whole recording through the running pipeline: frames and samples that carry their own numbers."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from mia_core.capture.persistent_camera import PersistentCamera
from mia_core.clock import SystemClock
from mia_core.errors import DeviceLostError, RecordingError
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import PipelineState
from mia_core.live.subject_recorder import SessionPlan, SubjectRecorder
from mia_core.recording.disk_guard import DiskGuard
from mia_core.recording.recorded_video import RecordedVideo
from mia_core.recording.recording_health import RecordingState
from mia_core.recording.recording_manifest import Privacy, RecordingManifest, Subject
from mia_core.recording.session_folder import new_session_folder
from mia_core.recording.session_reader import Session, read_session
from mia_core.recording.session_recording import RecordingSettings, SessionRecording
from mia_core.samples import Frame, Pose
from mia_core.streams import EndOfStream
from tests.fakes.numbered_streams import NumberedCamera, NumberedSensors, index_of
from tests.fakes.people import HipModel, ScriptedEstimator
from tests.fakes.scripted_sensors import ScriptedSensors, chunk
from tests.fakes.waiting import wait_until

SETTINGS = RecordingSettings(disk=DiskGuard(free_bytes=lambda _: 10**12))
PLAN = SessionPlan(Path(), Subject("P01"), tags=("test",))


def record(
    out: Path, seconds: float, size: tuple[int, int], backgrounds: int, privacy: Privacy = Privacy.FULL
) -> tuple[Session, int]:
    """Record to the end of the camera; returns the session and by how many bytes memory grew after ten seconds."""
    camera, sensors = NumberedCamera(seconds, size, backgrounds=backgrounds), NumberedSensors(seconds + 5)
    pipeline = LivePipeline(camera, ScriptedEstimator, HipModel, PipelineSettings())
    feed = SensorFeed(sensors)
    recording = SessionRecording(privacy, SETTINGS)
    recorder = SubjectRecorder(recording, pipeline.captured, feed, replace(PLAN, recordings=out))
    pipeline.record(recorder)
    feed.start()
    pipeline.start()
    process, early, clock, fullest = psutil.Process(), 0, SystemClock(), 0.0
    begun_s = clock.now()
    try:
        while not pipeline.wait(0.25):
            fullest = max(fullest, recording.health().queue_fill, recording.health().frame_queue_fill)
            if not early and clock.now() - begun_s > 10:
                early = process.memory_info().rss
        growth = process.memory_info().rss - early if early else 0
    finally:
        pipeline.stop()
        feed.stop()
    print(f"queues at most {100 * fullest:.0f} % full; memory grew by {growth / 1e6:.1f} MB after the first 10 s")
    assert pipeline.snapshot().state is PipelineState.FINISHED, pipeline.snapshot().error
    assert recording.health().state is RecordingState.ENDED
    assert recording.manifest is not None
    folder = recording.health().folder
    assert folder is not None
    return read_session(folder), growth


def check(session: Session, n_frames: int) -> None:
    manifest = session.recording
    assert manifest is not None
    assert manifest.complete
    assert dict(manifest.counts.overflows) == {}
    assert session.captured.index.tolist() == list(range(n_frames))
    assert manifest.counts.frames_lost == 0
    assert session.emg is not None
    taken_s = (session.captured.captured_ns[-1] - session.captured.captured_ns[0]) / 1e9  # a late camera catches up
    for channel in range(8):
        counters = session.emg.counters[session.emg.channels == channel]
        assert counters.tolist() == list(range(int(counters[0]), int(counters[-1]) + 1))
        assert len(counters) >= taken_s * 1000 - 500
    assert set(manifest.counts.samples_lost.values()) == {0}
    estimated = session.frame_index
    assert (estimated[1:] > estimated[:-1]).all()
    assert manifest.counts.skipped == n_frames - len(estimated)
    steps = np.rint(session.step_timestamps_s * 10).astype(int).tolist()
    first = int(np.ceil(session.captured.timestamps_s[estimated[0]] * 10 - 1e-6))
    last = int(session.captured.timestamps_s[estimated[-1]] * 10 + 1e-6)
    assert steps == list(range(steps[0], last + 1)), "ten rows a second, from the first look to the last"
    assert steps[0] in (first - 1, first)
    assert manifest.counts.steps == len(steps)


def test_ten_seconds_lose_nothing(tmp_path: Path) -> None:
    session, _ = record(tmp_path, 10, (240, 320), backgrounds=4)
    check(session, 300)
    assert session.captured.in_video.all()
    assert session.video is not None
    with av.open(str(session.video)) as container:
        frames = list(container.decode(video=0))
        assert [index_of(frame.to_ndarray(format="bgr24")) for frame in frames] == list(range(300))
        assert [round(float(frame.time) * 30) for frame in frames] == list(range(300))
    assert session.recording is not None
    assert session.recording.camera is not None
    assert session.recording.camera["name"] == "numbered"
    assert session.recording.model["name"] == "hip"
    assert session.recording.tags == ("test",)


@pytest.mark.heavy
@pytest.mark.timeout(300)
def test_a_minute_of_720p_with_eight_sensors_of_one_kilohertz_loses_nothing(tmp_path: Path) -> None:
    session, growth = record(tmp_path, 60, (720, 1280), backgrounds=8)
    check(session, 1800)
    assert session.captured.in_video.all()
    assert session.video is not None
    video = RecordedVideo(session.video)
    assert [index_of(video.picture(number)) for number in range(len(video))] == list(range(1800))
    video.close()
    assert growth <= 20e6


def test_a_session_that_begins_in_mid_run_has_the_seconds_before(tmp_path: Path) -> None:
    pipeline = LivePipeline(NumberedCamera(4), ScriptedEstimator, HipModel, PipelineSettings())
    recording = SessionRecording(settings=replace(SETTINGS, past_s=0.5))
    recorder = SubjectRecorder(recording, pipeline.captured)
    with pytest.raises(RecordingError, match="has not begun"):
        recorder.begin_session(replace(PLAN, recordings=tmp_path))
    pipeline.record(recorder)
    pipeline.start()
    wait_until(lambda: pipeline.snapshot().position_s > 1.5)
    assert list(tmp_path.iterdir()) == []
    assert recording.health().past_s <= 0.5
    folder = recorder.begin_session(replace(PLAN, recordings=tmp_path))
    assert pipeline.wait(10)
    pipeline.stop()
    session = read_session(folder)
    assert session.recording is not None
    first = int(session.captured.index[0])
    assert session.captured.index.tolist() == list(range(first, 120))
    before_s = session.recording.clock_anchor["monotonic_s"] - session.captured.captured_ns[0] / 1e9
    assert 0.0 < before_s < 1.0, "from before the beginning, and about what was asked for, of the 1.5 s there are"
    assert first > 15


def test_a_recording_that_ends_leaves_the_pipeline_running(tmp_path: Path) -> None:
    pipeline = LivePipeline(NumberedCamera(6), ScriptedEstimator, HipModel, PipelineSettings())
    recording = SessionRecording(settings=SETTINGS)
    pipeline.record(SubjectRecorder(recording, pipeline.captured, plan=replace(PLAN, recordings=tmp_path)))
    pipeline.start()
    wait_until(lambda: recording.health().counts.frames > 30)
    pipeline.record(None)
    wait_until(lambda: recording.manifest is not None)
    position_s = pipeline.snapshot().position_s
    wait_until(lambda: pipeline.snapshot().position_s > position_s)
    assert pipeline.snapshot().state is PipelineState.RUNNING
    pipeline.stop()
    assert read_session(next((tmp_path / "sub-P01").iterdir())).recording == recording.manifest


class HeldEstimator(ScriptedEstimator):
    """Holds on to one frame until it is let go."""

    def __init__(self, held: int) -> None:
        super().__init__()
        self._held = held
        self.holds, self.let_go = threading.Event(), threading.Event()

    def estimate(self, frame: Frame) -> Pose | None:
        if frame.index >= self._held and not self.let_go.is_set():
            self.holds.set()
            self.let_go.wait(10)
        return super().estimate(frame)


@pytest.mark.parametrize("by_stopping", [False, True])
def test_what_was_captured_before_the_end_is_estimated_and_nothing_is_captured_after(
    tmp_path: Path, by_stopping: bool
) -> None:
    estimator = HeldEstimator(40)
    pipeline = LivePipeline(NumberedCamera(20), lambda: estimator, HipModel, PipelineSettings())
    seen: list[int] = []
    pipeline.captured.tap(lambda frame: seen.append(frame.index))
    recording = SessionRecording(settings=SETTINGS)
    pipeline.record(SubjectRecorder(recording, pipeline.captured, plan=replace(PLAN, recordings=tmp_path)))
    pipeline.start()
    assert estimator.holds.wait(10)
    wait_until(lambda: recording.health().counts.frames > 50)  # the estimation is behind by ten frames
    if by_stopping:
        stopping = threading.Thread(target=pipeline.stop)
        stopping.start()
        before, after = seen[-1], 10**6
    else:
        before = seen[-1]
        pipeline.record(None)
        after = seen[-1]
        wait_until(lambda: seen[-1] > after + 2)  # newer frames have taken its last one's place
    estimator.let_go.set()
    wait_until(lambda: recording.manifest is not None)
    pipeline.stop()
    manifest = recording.manifest
    assert manifest is not None
    assert manifest.complete
    session = read_session(tmp_path / "sub-P01" / manifest.session_id)
    last = int(session.captured.index[-1])
    assert before <= last <= after + 1
    assert session.frame_index[-1] == last
    assert session.captured.in_video.all()
    assert session.video is not None
    assert last / 30 - 0.1 < session.step_timestamps_s[-1] <= last / 30 + 1e-6
    assert manifest.counts.skipped == last + 1 - len(session.frame_index)
    assert pipeline.snapshot().health.lost == 0


@pytest.mark.parametrize("is_full", [False, True])
def test_a_take_that_the_disk_ends_has_the_poses_of_its_last_frames_while_there_is_room(
    tmp_path: Path, is_full: bool
) -> None:
    estimator, free = HeldEstimator(40), [10**10]
    pipeline = LivePipeline(NumberedCamera(600), lambda: estimator, HipModel, PipelineSettings())
    seen: list[int] = []
    pipeline.captured.tap(lambda frame: seen.append(frame.index))
    settings = RecordingSettings(sync_every_s=0.0, disk=DiskGuard(free_bytes=lambda _: free[0]))
    recording = SessionRecording(settings=settings)
    recorder = SubjectRecorder(recording, pipeline.captured, plan=replace(PLAN, recordings=tmp_path))
    pipeline.record(recorder)
    pipeline.start()
    assert estimator.holds.wait(10)
    wait_until(lambda: recording.health().counts.frames > 50)  # the estimation is behind by ten frames
    free[0] = 9 * 10**8
    wait_until(lambda: recorder.has_ended)
    after = seen[-1]
    wait_until(lambda: seen[-1] > after + 2)  # newer frames have taken its last one's place
    if is_full:
        free[0] = 4 * 10**8
        wait_until(lambda: recording.health().state is RecordingState.ENDED)
    else:
        assert recording.health().state is RecordingState.RECORDING
    estimator.let_go.set()
    wait_until(lambda: recording.manifest is not None and not pipeline.snapshot().recording)
    assert pipeline.snapshot().state is PipelineState.RUNNING
    pipeline.stop()
    manifest = recording.manifest
    assert manifest is not None
    assert manifest.complete
    assert manifest.notes == ("The recording was ended because only 0.9 GB were free.",)
    session = read_session(tmp_path / "sub-P01" / manifest.session_id)
    last = int(session.captured.index[-1])
    assert 50 <= last <= after + 1
    assert session.captured.index.tolist() == list(range(last + 1))
    assert session.captured.in_video.all()
    assert session.frame_index[-1] == (39 if is_full else last)
    if not is_full:
        assert last / 30 - 0.1 < session.step_timestamps_s[-1] <= last / 30 + 1e-6


def test_a_take_that_ends_as_it_begins_leaves_searches_allowed(tmp_path: Path) -> None:
    feed = SensorFeed(sensors := ScriptedSensors())
    pipeline = LivePipeline(NumberedCamera(20), ScriptedEstimator, HipModel, PipelineSettings())
    began: list[bool] = []

    class EndedAtOnce(SessionRecording):
        def begin(self, *_: object) -> None:
            """Fail as it does when its pipeline has ended meanwhile, and note what was told before."""
            began.extend(sensors.recordings)
            raise RecordingError("It is over.", "Begin anew.")

    recording = EndedAtOnce(settings=SETTINGS)
    begun = threading.Event()
    recorder = SubjectRecorder(recording, pipeline.captured, feed, on_begun=begun.set)
    pipeline.record(recorder)
    pipeline.start()
    assert begun.wait(10)
    with pytest.raises(RecordingError, match="over"):
        recorder.begin_session(replace(PLAN, recordings=tmp_path))
    pipeline.stop()
    assert began == [True], "told before the first sample, since the end may come at any time after it"
    assert sensors.recordings == [True, False]


def test_two_sessions_in_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    utc = SystemClock().utc()
    first = new_session_folder(tmp_path, Subject("P01"), utc)
    first.mkdir(parents=True)
    second = new_session_folder(tmp_path, Subject("P01"), utc)
    assert second != first
    assert second.parent == first.parent == tmp_path / "sub-P01"
    manifest = RecordingManifest("mia-live 0", "", second.name, Subject("P01"))
    assert RecordingManifest.from_json(manifest.to_json()) == manifest


class PulledCamera(NumberedCamera):
    """A camera that is pulled out after a while."""

    def read(self) -> Frame | None:
        try:
            return super().read()
        except EndOfStream as end:
            raise DeviceLostError("numbered", "it was pulled out") from end


def test_a_camera_that_is_lost_leaves_a_marked_gap_and_the_take_goes_on(tmp_path: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    cameras = iter([PulledCamera(1), NumberedCamera(1)])
    source = PersistentCamera(
        lambda: next(cameras),
        lambda why: recording.mark("device_lost", {"stream": "frames", "why": why}),
        lambda: recording.mark("device_back", {"stream": "frames"}),
    )
    pipeline = LivePipeline(source, ScriptedEstimator, HipModel, PipelineSettings())
    pipeline.record(SubjectRecorder(recording, pipeline.captured, plan=replace(PLAN, recordings=tmp_path)))
    pipeline.start()
    assert pipeline.wait(20)
    pipeline.stop()
    assert recording.manifest is not None
    assert recording.manifest.complete
    assert recording.manifest.counts.frames == 60
    assert recording.manifest.counts.frames_lost >= 25, "a second without a camera"
    session = read_session(tmp_path / "sub-P01" / recording.manifest.session_id)
    assert {event.kind for event in session.events} == {"device_lost", "device_back", "gap"}
    (gap,) = (event for event in session.events if event.kind == "gap")
    assert gap.details["stream"] == "frames"
    assert gap.details["seconds"] > 0.9
    steps_s = session.captured.timestamps_s
    assert (steps_s[1:] > steps_s[:-1]).all()
    assert session.video is not None
    video = RecordedVideo(session.video)
    assert len(video) == 60
    video.close()


def test_sensors_that_break_leave_the_take_going(tmp_path: Path) -> None:
    sensors = ScriptedSensors()
    sensors.send(chunk(0, [SystemClock().now()], [5.0]))
    feed = SensorFeed(sensors)
    pipeline = LivePipeline(NumberedCamera(2), ScriptedEstimator, HipModel, PipelineSettings())
    recording = SessionRecording(settings=replace(SETTINGS, past_s=1.0))
    plan = replace(PLAN, recordings=tmp_path)
    pipeline.record(SubjectRecorder(recording, pipeline.captured, feed, plan))
    pipeline.start()
    wait_until(lambda: recording.health().state is RecordingState.RECORDING)
    feed.start()
    sensors.send(DeviceLostError("hub", "it broke"))
    assert pipeline.wait(20)
    pipeline.stop()
    feed.stop()
    assert feed.error is not None
    assert recording.manifest is not None
    assert recording.manifest.complete
    assert recording.manifest.counts.frames == 60
    assert dict(recording.manifest.counts.samples) == {"left_biceps": 1}
    assert sensors.recordings == [True, False], "no search disturbs them in between"
