"""A recording from begin to finish: everything that was handed in is on disk, or its loss is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from mia_core.errors import RecordingError
from mia_core.muscles import MONTAGE
from mia_core.recording import session as form
from mia_core.recording.disk_guard import DiskGuard
from mia_core.recording.recorded_video import RecordedVideo
from mia_core.recording.recording_health import RecordingState
from mia_core.recording.recording_manifest import Privacy, RecordingManifest, Subject
from mia_core.recording.session_reader import Session, read_session
from mia_core.recording.session_recording import RecordingSettings, SessionRecording
from mia_core.recording.session_writers import WRITER
from mia_core.samples import Frame, MuscleActivation
from mia_core.sensors.sensor_state import SensorPhase, SensorState
from tests.fakes.clock import FakeClock
from tests.fakes.numbered_streams import NumberedSensors, index_of, numbered_chunk, numbered_frame
from tests.fakes.people import make_pose
from tests.fakes.scripted_sensors import ScriptedSensors, chunk
from tests.fakes.waiting import wait_until

MANIFEST = RecordingManifest("mia-live 0", "2026-01-01T00:00:00+00:00", "one", Subject("P01"))
PLENTY = DiskGuard(free_bytes=lambda _: 10**12)
SETTINGS = RecordingSettings(disk=PLENTY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sub-P01" / "one"


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("recording")]


def steps(index: int) -> tuple[MuscleActivation, ...]:
    """A step with every third frame at 30 Hz, which says its own number."""
    if index % 3:
        return ()
    return (MuscleActivation(np.full(8, index / 3000, np.float32), index / 30),)


def put(recording: SessionRecording, indices: range) -> None:
    for index in indices:
        frame = numbered_frame(index)
        recording.put_frame(frame)
        recording.put_estimate(frame, make_pose(index, frame.timestamp_s), steps(index))


def video_indices(session: Session) -> list[int]:
    """The indices in the pictures, as a reader that is not ours sees them."""
    if session.video is None:
        return []
    with av.open(str(session.video)) as container:
        return [index_of(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def test_everything_handed_in_is_on_disk(folder: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    sensors = NumberedSensors(1.0)
    recording.begin(folder, MANIFEST, sensors)
    put(recording, range(60))
    for begin in range(0, 2000, 20):
        recording.put_emg(numbered_chunk(begin, 20))
    recording.mark("marker", {"text": "slipped"})
    manifest = recording.finish()
    session = read_session(folder)
    assert manifest == session.recording
    assert manifest is not None
    assert manifest.complete
    assert session.captured.index.tolist() == list(range(60))
    assert session.captured.in_video.all()
    assert np.array_equal(session.captured.captured_ns, np.rint((100 + np.arange(60) / 30) * 1e9).astype(np.int64))
    assert session.frame_index.tolist() == list(range(60))
    assert session.keypoints_px[7, 8, 0] == pytest.approx(make_pose(7, 0.0).keypoints_px[8, 0], abs=0.01)
    assert np.allclose(session.activation[:, 0], np.arange(20) / 1000, atol=1e-5)
    assert session.emg is not None
    for channel in range(8):
        rows = session.emg.channels == channel
        assert session.emg.counters[rows].tolist() == list(range(2000))
        assert session.emg.values[rows].tolist() == list(range(2000))
    assert [(event.kind, dict(event.details)) for event in session.events] == [("marker", {"text": "slipped"})]
    assert video_indices(session) == list(range(60))
    counts = manifest.counts
    assert (counts.frames, counts.in_video, counts.estimated, counts.detected, counts.steps) == (60, 60, 60, 60, 20)
    assert (counts.skipped, counts.frames_lost, dict(counts.overflows)) == (0, 0, {})
    assert dict(counts.samples) == dict.fromkeys(MONTAGE.names, 2000)
    assert dict(counts.samples_lost) == dict.fromkeys(MONTAGE.names, 0)
    assert manifest.clock_anchor["source_zero_monotonic_s"] == 100.0
    assert manifest.sensors is not None
    assert manifest.sensors["label"] == "simulated sEMG"
    assert not (folder / WRITER).exists()
    assert recording.health().state is RecordingState.ENDED


def test_pictures_have_the_times_of_their_frames(folder: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    times_s = [5.0, 5.0333331, 5.1, 5.1, 5.05, 7.123456]  # a damaged file repeats and reverses stamps
    for index, time_s in enumerate(times_s):
        recording.put_frame(Frame(numbered_frame(index).image, time_s, 100 + time_s, index))
    recording.finish()
    video = RecordedVideo(folder / form.VIDEO)
    expected = [0.0, 0.033333, 0.1, 0.100001, 0.100002, 2.123456]
    assert video.times_s.tolist() == pytest.approx(expected, abs=1e-9)
    assert [index_of(video.picture(n)) for n in range(6)] == list(range(6))
    video.close()


def test_lost_frames_and_samples_are_counted_and_gaps_are_marked(folder: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST, NumberedSensors(1.0))
    put(recording, range(10))
    put(recording, range(40, 50))  # a second is missing
    recording.put_emg(numbered_chunk(0, 20))
    recording.put_emg(numbered_chunk(25, 20))
    recording.put_emg(numbered_chunk(2045, 20))
    manifest = recording.finish()
    assert manifest is not None
    assert manifest.counts.frames_lost == 30
    assert set(manifest.counts.samples_lost.values()) == {5 + 2000}
    gaps = {event.details["stream"]: event.details["seconds"] for event in read_session(folder).events}
    assert gaps == {"frames": 1.033, **dict.fromkeys(MONTAGE.names, 2.001)}


def test_a_required_stream_that_is_missing_is_told(folder: Path) -> None:
    recording = SessionRecording(Privacy.KEYPOINTS_ONLY, SETTINGS)
    recording.start()
    recording.begin(folder, replace(MANIFEST, required_streams=("video", "pose", "emg")))
    put(recording, range(5))
    manifest = recording.finish()
    assert manifest is not None
    assert manifest.notes == ("The required stream video is missing.", "The required stream emg is missing.")


@pytest.mark.parametrize(
    ("calibrated", "missing"), [((), True), (("left_biceps",), True), (("left_biceps", "left_triceps"), False)]
)
def test_a_required_calibration_is_one_of_every_sensor(
    folder: Path, calibrated: tuple[str, ...], missing: bool
) -> None:
    calibration = {"references": {muscle: {} for muscle in calibrated}} if calibrated else None
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    wanted = replace(MANIFEST, required_streams=("emg", "calibration"), calibration=calibration)
    recording.begin(folder, wanted, ScriptedSensors(channels=(0, 1)))
    for channel in (0, 1):
        recording.put_emg(chunk(channel, [100.0], [7.0]))
    manifest = recording.finish()
    assert manifest is not None
    assert manifest.notes == (("The required stream calibration is missing.",) if missing else ())


def test_slow_sensors_are_written_as_text(folder: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST, ScriptedSensors())
    recording.put_emg(chunk(2, [100.0, 100.1], [143.0, 7.0]))
    recording.finish()
    session = read_session(folder)
    assert (folder / form.EMG_CSV).exists()
    assert session.emg is not None
    assert session.emg.values.tolist() == [143.0, 7.0]


def test_estimates_of_before_the_recording_are_left_out(folder: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    late = numbered_frame(3)
    recording.put_estimate(late, make_pose(3, late.timestamp_s), steps(3))
    put(recording, range(6, 9))
    recording.finish()
    session = read_session(folder)
    assert session.frame_index.tolist() == [6, 7, 8]
    assert session.step_timestamps_s.tolist() == [0.2]


def test_a_full_queue_is_an_error_that_everybody_sees(folder: Path) -> None:
    """The encoder has no thread here that runs: its queue of four frames fills up."""
    settings = RecordingSettings(queued_frame_bytes=1, disk=PLENTY)
    recording = SessionRecording(Privacy.FACE_BLURRED, settings)
    recording.start()
    recording.begin(folder, MANIFEST)
    for index in range(30):  # nobody knows where the face is, so each frame waits for half a second
        frame = numbered_frame(index)
        recording.put_frame(Frame(frame.image, frame.timestamp_s, recording_now() + index / 30, index))
    health = recording.health()
    lost = health.overflows["video"]
    assert 0 < lost <= 26
    assert "too slow" in health.error
    assert health.advice
    manifest = recording.finish()
    session = read_session(folder)
    assert manifest is not None
    assert dict(manifest.counts.overflows) == {"video": lost}
    assert sum(event.details["n"] for event in session.events if event.kind == "overflow") == lost
    assert session.captured.index.tolist() == list(range(30)), "a frame that is not in the video still has its row"
    assert (~session.captured.in_video).sum() == lost
    assert len(video_indices(session)) == 30 - lost


def recording_now() -> float:
    from mia_core.clock import SystemClock

    return SystemClock().now()


def test_too_little_room_refuses_to_begin(folder: Path) -> None:
    recording = SessionRecording(settings=RecordingSettings(disk=DiskGuard(free_bytes=lambda _: 999_999_999)))
    recording.start()
    with pytest.raises(RecordingError, match=r"1\.0 GB are free"):
        recording.begin(folder, MANIFEST)
    assert not folder.exists()
    recording.finish()


def test_a_disk_that_fills_is_told_and_ends_the_recording_in_order(folder: Path) -> None:
    free = [6 * 10**9]
    settings = RecordingSettings(sync_every_s=0.0, disk=DiskGuard(free_bytes=lambda _: free[0]))
    recording = SessionRecording(settings=settings)
    recording.start()
    recording.begin(folder, MANIFEST)
    put(recording, range(5))
    wait_until(lambda: recording.health().counts.in_video == 5)
    assert recording.health().warning == ""
    free[0] = 4 * 10**9
    wait_until(lambda: "4.0 GB" in recording.health().warning)
    assert recording.health().state is RecordingState.RECORDING
    free[0] = 9 * 10**8
    wait_until(lambda: recording.health().state is RecordingState.ENDED)
    put(recording, range(5, 8))  # comes too late, and is no loss
    manifest = recording.finish()
    assert manifest is not None
    assert manifest.complete
    assert manifest.counts.frames == 5
    assert "0.9 GB were free" in manifest.notes[0]
    session = read_session(folder)
    assert [event.details["free_gb"] for event in session.events if event.kind == "disk"] == [4.0, 0.9]
    assert len(video_indices(session)) == 5


def test_a_disk_that_refuses_is_told_and_leaves_what_was_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mia_core.recording import append_file

    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    put(recording, range(5))
    wait_until(lambda: recording.health().counts.in_video == 5)

    def refuse(_self: append_file.AppendFile, _data: bytes) -> None:
        raise append_file.cannot_write(folder, OSError(28, "No space left on device"))

    monkeypatch.setattr(append_file.AppendFile, "append", refuse)
    put(recording, range(5, 8))
    wait_until(lambda: recording.health().state is RecordingState.FAILED)
    health = recording.health()
    assert "No space left" in health.error
    assert health.advice
    assert recording.finish() is None
    assert json.loads((folder / form.MANIFEST).read_text())["complete"] is False
    session = read_session(folder)
    assert session.captured.index.tolist()[:5] == list(range(5))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("where", ["encode", "write"])
def test_nothing_ends_a_recording_in_silence(folder: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    from mia_core.recording.frame_encoder import FrameEncoder
    from mia_core.recording.session_files import SessionFiles

    def stumble(*_: object) -> None:
        raise KeyError("nobody has foreseen this")

    monkeypatch.setattr(FrameEncoder if where == "encode" else SessionFiles, where, stumble)
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    put(recording, range(3))
    wait_until(lambda: recording.health().state is RecordingState.FAILED)
    assert "KeyError" in recording.health().error
    manifest = recording.finish()
    assert manifest is None or not manifest.complete
    assert json.loads((folder / form.MANIFEST).read_text())["complete"] is False


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_would_never_be_written_does_not_begin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mia_core.recording.frame_encoder import FrameEncoder
    from mia_core.recording.recording_writer import RecordingWriter

    def stumble(*_: object) -> None:
        raise KeyError("nobody has foreseen this")

    monkeypatch.setattr(FrameEncoder, "encode", stumble)
    closed, may_close = threading.Event(), threading.Event()
    close = RecordingWriter.close

    def slow_close(writer: RecordingWriter) -> None:
        closed.set()
        may_close.wait(10)
        close(writer)

    monkeypatch.setattr(RecordingWriter, "close", slow_close)
    recording = SessionRecording(settings=replace(SETTINGS, past_s=1.0))
    recording.start()
    put(recording, range(1))
    assert closed.wait(10), "the encoder has ended, and the writer not yet"
    with pytest.raises(RecordingError, match="is over"):
        recording.begin(folder, MANIFEST)
    may_close.set()
    recording.finish()
    assert not folder.exists()


def test_sensors_that_go_and_come_back_are_marked(folder: Path) -> None:
    recording = SessionRecording(settings=RecordingSettings(sync_every_s=0.0, disk=PLENTY))
    recording.start()
    sensors = ScriptedSensors()
    recording.begin(folder, MANIFEST, sensors)
    state = sensors.state_of(3)
    events = folder / form.EVENTS
    sensors.set_state(3, SensorState(state.placement, state.sensor, SensorPhase.LOST, "It went out of reach."))
    wait_until(lambda: "device_lost" in events.read_text())
    sensors.set_state(3, state)
    wait_until(lambda: "device_back" in events.read_text())
    recording.finish()
    found = [(event.kind, event.details["stream"]) for event in read_session(folder).events]
    assert found == [("device_lost", "left_hamstrings"), ("device_back", "left_hamstrings")]


def test_nothing_is_overwritten(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "precious.txt").write_text("mine")
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    with pytest.raises(RecordingError, match="nothing is overwritten"):
        recording.begin(folder, MANIFEST)
    recording.finish()
    assert [path.name for path in folder.iterdir()] == ["precious.txt"]


def test_a_recording_begins_once(folder: Path, tmp_path: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    recording.begin(folder, MANIFEST)
    with pytest.raises(RecordingError, match="begun before"):
        recording.begin(tmp_path / "other", MANIFEST)
    recording.finish()
    with pytest.raises(RecordingError, match="is over"):
        recording.begin(tmp_path / "other", MANIFEST)
    assert not (tmp_path / "other").exists()


def test_events_that_are_no_plain_data_are_refused_at_once() -> None:
    recording = SessionRecording(settings=SETTINGS)
    with pytest.raises(ValueError, match="JSON"):
        recording.mark("note", {"text": float("nan")})
    with pytest.raises(TypeError):
        recording.mark("note", {"text": np.float32(1)})
    recording.finish()


def test_the_last_seconds_begin_a_recording(folder: Path) -> None:
    clock = FakeClock()
    recording = SessionRecording(settings=RecordingSettings(past_s=2.0, disk=PLENTY), clock=clock)
    recording.start()
    for index in range(90):
        put(recording, range(index, index + 1))
        recording.put_emg(numbered_chunk(33 * index, 33))
        wait_until(lambda n=index: kept(recording) >= min(n + 1, 59))
        clock.advance(1 / 30)
    recording.begin(folder, MANIFEST, NumberedSensors(1.0))
    put(recording, range(90, 100))
    recording.finish()
    session = read_session(folder)
    first = int(session.captured.index[0])
    assert first == pytest.approx(30, abs=2), "two seconds before the beginning"
    assert session.captured.index.tolist() == list(range(first, 100))
    assert video_indices(session) == list(range(first, 100))
    assert session.frame_index[0] in (first, first + 1)
    assert session.emg is not None
    counters = session.emg.counters[session.emg.channels == 0]
    assert counters.tolist() == list(range(int(counters[0]), 33 * 90))


def kept(recording: SessionRecording) -> float:
    """About how many frames are kept; none of them waits any more."""
    health = recording.health()
    waiting = health.queue_fill + health.frame_queue_fill
    return 0.0 if waiting else round(health.past_s * 30) + 1


def test_the_last_seconds_can_be_kept_after_the_fact(folder: Path) -> None:
    recording = SessionRecording(settings=RecordingSettings(past_s=30.0, disk=PLENTY))
    recording.start()
    put(recording, range(20))
    recording.begin(folder, MANIFEST)
    recording.finish()
    session = read_session(folder)
    assert session.captured.index.tolist() == list(range(20))
    assert video_indices(session) == list(range(20))


def test_the_last_seconds_never_take_more_memory_than_allowed() -> None:
    recording = SessionRecording(settings=RecordingSettings(past_s=1e6, past_bytes=200_000, disk=PLENTY))
    recording.start()
    worst = 0
    for index in range(200):
        put(recording, range(index, index + 1))
        worst = max(worst, recording.health().past_bytes)
    wait_until(lambda: recording.health().queue_fill + recording.health().frame_queue_fill == 0)
    assert 100_000 < max(worst, recording.health().past_bytes) <= 200_000
    recording.finish()


def test_standing_by_for_nothing_costs_nothing(folder: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    put(recording, range(20))
    assert "recording video" not in [thread.name for thread in threading.enumerate()]
    assert recording.health().queue_fill == 0
    recording.begin(folder, MANIFEST)
    put(recording, range(20, 25))
    recording.finish()
    assert read_session(folder).captured.index.tolist() == list(range(20, 25))


def test_without_a_beginning_nothing_is_written(tmp_path: Path) -> None:
    recording = SessionRecording(settings=SETTINGS)
    recording.start()
    put(recording, range(20))
    assert recording.finish() is None
    assert recording.finish() is None
    assert list(tmp_path.iterdir()) == []
