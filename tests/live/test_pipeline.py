from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from mia_core.errors import PoseModelError, RecordingError
from mia_core.live.muscle_estimation import Estimate
from mia_core.live.overlay_recorder import OverlayRecorder
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.recording_slot import Recorder
from mia_core.live.snapshot import PipelineState, Snapshot, StreamHealth
from mia_core.live.subject_recorder import SessionPlan, SubjectRecorder
from mia_core.pose.person_tracker import Tracking
from mia_core.pose.pose_estimator import PoseEstimator
from mia_core.recording.recording_manifest import Privacy, Subject
from mia_core.recording.session_reader import read_session
from mia_core.recording.session_recording import SessionRecording
from mia_core.samples import Floats, Frame
from tests.fakes.clock import FakeClock
from tests.fakes.people import HipModel, NumberedSource, ScriptedEstimator

STAMPS_S = [index / 30 for index in range(150)]


class KnownMuscles:
    label = "a test"

    def over(self, timestamps_s: np.ndarray) -> Floats:
        return np.repeat(timestamps_s[:, None] / 10, 8, axis=1).astype(np.float32)


class SlowEstimator(ScriptedEstimator):
    """Waits for a permit before each frame, so that a test decides how slow it is."""

    def __init__(self) -> None:
        super().__init__()
        self.permits = threading.Semaphore(0)

    def estimate(self, frame: Frame):
        self.permits.acquire(timeout=10)
        return super().estimate(frame)


def pipeline(
    source: NumberedSource,
    make_estimator: Callable[[], PoseEstimator] = ScriptedEstimator,
    *,
    lossless: bool = True,
    lookahead: int = 2,
    recorder: Recorder | None = None,
) -> LivePipeline:
    settings = PipelineSettings(lookahead, lossless=lossless)
    return LivePipeline(source, make_estimator, HipModel, settings, reference=KnownMuscles(), recorder=recorder)


def wait_until(pipe: LivePipeline, condition: Callable[[Snapshot], bool]) -> Snapshot:
    """Poll like a display does, for at most 10 s."""
    pause = threading.Event()
    for _ in range(2000):
        snapshot = pipe.snapshot()
        if condition(snapshot):
            return snapshot
        pause.wait(0.005)
    raise AssertionError(f"never happened; the last state was {pipe.snapshot()}")


def film_recorder(folder: Path) -> SubjectRecorder:
    """A recorder of a source that waits for it."""
    plan = SessionPlan(folder.parent, Subject("unknown"), folder=folder)
    return SubjectRecorder(SessionRecording(Privacy.KEYPOINTS_ONLY), None, plan=plan)


def test_a_file_is_estimated_whole_and_the_end_is_reported() -> None:
    pipe = pipeline(NumberedSource(STAMPS_S))
    pipe.start()
    assert pipe.wait(20)
    snapshot = pipe.snapshot()
    history = pipe.history()
    pipe.stop()
    assert snapshot.state is PipelineState.FINISHED
    assert snapshot.frame is not None
    assert snapshot.frame.index == 149
    assert (snapshot.health.skipped, snapshot.health.lost) == (0, 0)
    assert snapshot.health.source_fps == pytest.approx(30)
    assert (snapshot.health.device, snapshot.health.model_provenance) == ("CPU", "a test")
    assert np.allclose(np.diff(history.timestamps_s), 0.1)
    assert len(history.timestamps_s) == 50
    assert np.allclose(history.reference[:, 0], history.timestamps_s / 10)


@pytest.mark.parametrize("lookahead", [0, 2, 4])
def test_picture_person_and_muscles_are_of_one_moment(lookahead: int) -> None:
    estimator = SlowEstimator()
    pipe = pipeline(NumberedSource(STAMPS_S), lambda: estimator, lookahead=lookahead)
    pipe.start()
    for _ in range(61):
        estimator.permits.release()
    # Frame 60 is at 2.0 s; the picture is the look-ahead older.
    shown = 60 - 3 * lookahead
    snapshot = wait_until(pipe, lambda s: s.frame is not None and s.frame.index == shown)
    assert snapshot.pose is not None
    assert snapshot.pose.frame_index == shown
    assert snapshot.activation is not None
    assert snapshot.activation.timestamp_s == pytest.approx(shown / 30)
    assert snapshot.activation.values[0] == pytest.approx((100 + 0.5 * (shown - 1.5)) / 1000, abs=1e-5)
    assert snapshot.reference is not None
    assert snapshot.reference.values[0] == pytest.approx(shown / 300)
    assert snapshot.tracking is Tracking.TRACKING
    for _ in range(100):
        estimator.permits.release()
    pipe.stop()


class Gappy(NumberedSource):
    """Leaves out three numbers after frame 49."""

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is None or frame.index < 50:
            return frame
        return Frame(frame.image, frame.timestamp_s, frame.captured_s, frame.index + 3)


@pytest.mark.parametrize(("kind", "lost"), [(NumberedSource, 0), (Gappy, 3)])
def test_a_slow_estimator_skips_frames_of_a_camera_which_are_not_lost(kind: type[NumberedSource], lost: int) -> None:
    estimator = SlowEstimator()
    pipe = pipeline(kind(STAMPS_S), lambda: estimator, lossless=False)
    pipe.start()
    for _ in range(200):
        estimator.permits.release()
    assert pipe.wait(20)
    health = pipe.snapshot().health
    pipe.stop()
    assert health.skipped > 0
    assert health.lost == lost


class HeldEstimator(SlowEstimator):
    """Says that it has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def estimate(self, frame: Frame):
        self.begun.set()
        return super().estimate(frame)


class OnTime(NumberedSource):
    """Frames arrive at their own times from 100 s of the clock on, the others after the first is being estimated."""

    def __init__(self, begun: threading.Event) -> None:
        super().__init__(STAMPS_S)
        self._begun = begun

    def read(self) -> Frame | None:
        frame = super().read()
        assert frame is not None
        assert frame.index == 0 or self._begun.wait(10)
        return replace(frame, captured_s=100.0 + frame.timestamp_s)


def test_a_slow_estimator_does_not_make_a_camera_silent() -> None:
    estimator, clock = HeldEstimator(), FakeClock()
    pipe = LivePipeline(OnTime(estimator.begun), lambda: estimator, HipModel, clock=clock)
    clock.advance(STAMPS_S[-1] + 0.25)
    assert pipe.snapshot().health.frame_age_s == 0.0, "nothing has arrived yet"
    pipe.start()
    snapshot = wait_until(pipe, lambda snapshot: snapshot.health.frame_age_s == pytest.approx(0.25))
    assert snapshot.health.estimate_age_s == 0.0, "nothing has been estimated yet"
    estimator.permits.release()
    snapshot = wait_until(pipe, lambda snapshot: snapshot.newest_captured_s > 0)
    assert snapshot.health.frame_age_s == pytest.approx(0.25)
    assert snapshot.health.estimate_age_s == pytest.approx(STAMPS_S[-1] + 0.25)
    estimator.permits.release()
    pipe.stop()


def test_missing_numbers_are_lost_frames() -> None:
    pipe = pipeline(Gappy(STAMPS_S))
    pipe.start()
    assert pipe.wait(20)
    assert pipe.snapshot().health.lost == 3
    pipe.stop()


def test_a_lost_camera_is_an_error_on_the_screen_and_what_was_seen_stays() -> None:
    pipe = pipeline(NumberedSource(STAMPS_S, lost_after=40))
    pipe.start()
    assert pipe.wait(20)
    snapshot = pipe.snapshot()
    pipe.stop()
    assert snapshot.state is PipelineState.FAILED
    assert "pulled out" in snapshot.error
    assert snapshot.advice
    assert snapshot.frame is not None


def test_a_model_that_can_not_be_loaded_is_an_error_on_the_screen() -> None:
    def broken() -> PoseEstimator:
        raise PoseModelError("The pose model is missing.", "Install it.")

    source = NumberedSource(STAMPS_S)
    pipe = pipeline(source, broken)
    pipe.start()
    assert pipe.wait(20)
    snapshot = pipe.snapshot()
    pipe.stop()
    assert (snapshot.state, snapshot.error, snapshot.advice) == (
        PipelineState.FAILED,
        "The pose model is missing.",
        "Install it.",
    )
    assert source.closed >= 1


def test_pause_holds_the_picture_step_moves_it_and_resume_goes_on() -> None:
    pipe = pipeline(NumberedSource(STAMPS_S), lookahead=0)
    pipe.pause()
    pipe.start()
    wait_until(pipe, lambda s: s.health.source_name == "numbered")
    assert pipe.snapshot().frame is None
    for index in range(3):
        pipe.step_frame()
        wait_until(pipe, lambda s, index=index: s.frame is not None and s.frame.index == index)
    pipe.resume()
    assert pipe.wait(20)
    snapshot = pipe.snapshot()
    assert snapshot.frame is not None
    assert snapshot.frame.index == 149
    pipe.stop()


def test_pausing_and_resuming_while_the_models_load_reads_nothing_early() -> None:
    loaded = threading.Event()

    def slow_to_load() -> PoseEstimator:
        loaded.wait(10)
        return ScriptedEstimator()

    source = NumberedSource(STAMPS_S)
    pipe = pipeline(source, slow_to_load, lossless=False, lookahead=0)
    pipe.start()
    pipe.pause()
    pipe.resume()
    pipe.step_frame()
    assert pipe.snapshot().state is PipelineState.STARTING
    pipe.pause()
    loaded.set()
    wait_until(pipe, lambda s: s.health.source_name == "numbered")
    assert pipe.snapshot().state is PipelineState.PAUSED
    pipe.step_frame()
    first = wait_until(pipe, lambda s: s.frame is not None)
    assert first.frame is not None
    assert first.frame.index == 0
    pipe.stop()


class FailingRecorder:
    """Fails at one of its three tasks."""

    has_ended = False

    def __init__(self, fails_at: str) -> None:
        self._fails_at = fails_at
        self.finished: list[bool] = []

    def begin(self, *_: object) -> None:
        self._maybe_fail("begin")

    def write(self, estimate: Estimate) -> None:
        if estimate.frame is None or estimate.frame.index == 50:
            self._maybe_fail("write")

    def end(self) -> Frame | None:
        return None

    def finish(self, _health: StreamHealth, _notes: tuple[str, ...], complete: bool) -> None:
        self.finished.append(complete)
        self._maybe_fail("finish")

    def _maybe_fail(self, task: str) -> None:
        if task == self._fails_at:
            raise RecordingError(f"The disk is full at {task}.", "Make room.")


@pytest.mark.parametrize("task", ["begin", "write", "finish"])
def test_a_recorder_that_fails_is_an_error_on_the_screen_and_is_ended(task: str) -> None:
    recorder = FailingRecorder(task)
    pipe = LivePipeline(
        NumberedSource(STAMPS_S), ScriptedEstimator, HipModel, PipelineSettings(lossless=True), recorder=recorder
    )
    pipe.start()
    assert pipe.wait(20)
    snapshot = pipe.snapshot()
    pipe.stop()
    assert (snapshot.state, snapshot.error) == (PipelineState.FAILED, f"The disk is full at {task}.")
    assert snapshot.advice == "Make room."
    assert recorder.finished == [task == "finish"]


def test_it_can_end_at_a_time_of_the_source() -> None:
    settings = PipelineSettings(lossless=True, stop_at_s=2.0)
    pipe = LivePipeline(NumberedSource(STAMPS_S), ScriptedEstimator, HipModel, settings)
    pipe.start()
    assert pipe.wait(20)
    frame = pipe.snapshot().frame
    pipe.stop()
    assert frame is not None
    assert frame.index == 59


def test_stop_is_harmless_before_start_and_twice() -> None:
    pipe = pipeline(NumberedSource(STAMPS_S))
    pipe.stop()
    pipe.stop()
    assert pipe.wait(0), "there is nothing to wait for"


def test_the_session_on_disk_says_the_same_as_the_snapshot(tmp_path: Path) -> None:
    recorder = OverlayRecorder(film_recorder(tmp_path / "session"), tmp_path / "overlay.mp4")
    script = dict.fromkeys(range(60, 75))
    pipe = pipeline(NumberedSource(STAMPS_S), lambda: ScriptedEstimator(script), recorder=recorder)
    pipe.start()
    assert pipe.wait(60)
    pipe.stop()
    session = read_session(tmp_path / "session")
    counts = session.manifest["counts"]
    assert session.manifest["complete"] is True
    assert session.manifest["model"]["provenance"] == "a test"
    assert (counts["frames"], counts["estimated"], counts["detected"], counts["steps"]) == (150, 150, 135, 50)
    with av.open(str(tmp_path / "overlay.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 150
    assert session.frame_index.tolist() == list(range(150))
    assert np.isnan(session.keypoints_px[60:75]).all()
    assert np.allclose(session.keypoints_px[59, 8], (129.5, 110))
    assert np.allclose(session.step_timestamps_s, np.arange(50) / 10)
    unknown = np.isnan(session.activation[:, 0])
    assert set(np.flatnonzero(unknown)) <= set(range(20, 26)), "only while nobody is there"
    assert unknown.sum() >= 2
    away = np.abs(session.step_timestamps_s - 2.25) > 0.4
    middles_s = np.array([0.0, *(session.step_timestamps_s[1:] - 0.05)])  # nothing comes before the first step
    assert np.allclose(session.activation[away, 0], 0.1 + 0.015 * middles_s[away], atol=1e-4)


def test_recording_can_begin_and_end_while_it_runs(tmp_path: Path) -> None:
    estimator = SlowEstimator()
    pipe = pipeline(NumberedSource(STAMPS_S), lambda: estimator)
    pipe.start()

    def advance_to(index: int, already: int) -> None:
        for _ in range(index - already):
            estimator.permits.release()
        wait_until(pipe, lambda s: s.frame is not None and s.frame.index == index - 7)

    advance_to(30, 0)
    pipe.record(film_recorder(tmp_path / "part"))
    advance_to(90, 30)
    assert pipe.snapshot().recording
    pipe.record(None)
    advance_to(120, 90)
    assert not pipe.snapshot().recording
    for _ in range(60):
        estimator.permits.release()
    assert pipe.wait(20)
    pipe.stop()
    session = read_session(tmp_path / "part")
    assert session.manifest["complete"] is True
    first, last = session.frame_index[[0, -1]]
    assert session.frame_index.tolist() == list(range(first, last + 1)), "no frame is missing in between"
    assert first in (30, 31)
    assert last in (90, 91)
    first_s, last_s = session.frame_timestamps_s[[0, -1]]
    steps_s = session.step_timestamps_s
    assert first_s - 0.05 <= steps_s[0] <= first_s + 0.1, "rows begin with the frames"
    assert last_s - 0.1 <= steps_s[-1] <= last_s, "and end with them"
    assert np.allclose(np.diff(steps_s), 0.1)
