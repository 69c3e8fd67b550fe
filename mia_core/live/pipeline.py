"""The running pipeline: a source thread, an estimation thread, and a snapshot for whoever looks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError
from mia_core.live.comparison import Comparison, Reference
from mia_core.live.muscle_estimation import Estimate, Moment, MuscleEstimation
from mia_core.live.recording_slot import Recorder, RecordingSlot
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import History, PipelineState, Snapshot, StreamHealth
from mia_core.live.step_history import StepHistory
from mia_core.live.stream_counter import StreamCounter
from mia_core.live.time_line import TimeLine
from mia_core.models.activation_model import ActivationModel
from mia_core.pose.person_tracker import PersonTracker
from mia_core.pose.pose_estimator import PoseEstimator
from mia_core.samples import Frame, MuscleActivation
from mia_core.streams import FanOut, Latest, LosslessQueue, Source, SourceInfo, SourceThread

TAKE_TIMEOUT_S = 0.1
JOIN_TIMEOUT_S = 5.0
QUEUED_FRAMES = 4
"""Frames that a lossless pipeline reads ahead; few, since one 8K frame is 100 MB."""


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How a pipeline runs.

    Attributes:
        lookahead_steps: Steps of 0.1 s of future that a moment needs before its muscles are read (0, 1, 2 or 4).
        lossless: Every frame is estimated and the source waits (files); otherwise the newest wins (cameras).
        stop_at_s: Time of the source at which to end, None for its own end.
    """

    lookahead_steps: int = 2
    lossless: bool = False
    stop_at_s: float | None = None


class LivePipeline:
    """Source to muscles on two threads of its own; readers pull `snapshot()`.

    The estimator and the model are made on the estimation thread, because loading them takes seconds and a window
    must not wait.
    """

    def __init__(
        self,
        source: Source[Frame],
        make_estimator: Callable[[], PoseEstimator],
        make_model: Callable[[], ActivationModel],
        settings: PipelineSettings | None = None,
        *,
        reference: Reference | None = None,
        recorder: Recorder | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings or PipelineSettings()
        self._clock = clock or SystemClock()
        self._frames: Latest[Frame] | LosslessQueue[Frame]
        self._frames = LosslessQueue(QUEUED_FRAMES, patience_s=None) if self._settings.lossless else Latest()
        self.captured: FanOut[Frame] = FanOut(self._frames)
        """Every frame of the source, estimated or not, for those who tap it."""
        self._arrived_s = 0.0  # when the newest of them did
        self.captured.tap(self._note_arrival)
        self._source_thread = SourceThread(source, self.captured, name="camera")
        self._thread = threading.Thread(target=self._run, name="estimation", daemon=True)
        self._control = threading.Lock()  # over the two below and the source thread's going and holding
        self._paused = False
        self._ready = False
        self._publishing = threading.Lock()
        self._make_estimator = make_estimator
        self._make_model = make_model
        self._comparison = Comparison(reference)
        self._recording = RecordingSlot(recorder)
        self._lookahead = self._settings.lookahead_steps
        self._estimation: MuscleEstimation | None = None
        self._history = StepHistory(self._comparison)
        self._counter = StreamCounter()
        self._caught_up = 0  # frames that a newer one had replaced, and that were estimated all the same
        self._snapshot = Snapshot()
        self.time_line = TimeLine()
        """Where the moments of the source lie on the monotonic clock."""

    @property
    def sequence(self) -> int:
        """Number of the newest snapshot; cheap to ask often."""
        return self._snapshot.sequence

    def start(self) -> None:
        """Open the source, load the models and begin; nothing is read before the models are there."""
        self._source_thread.pause()
        self._source_thread.start()
        self._thread.start()

    def stop(self) -> None:
        """End both threads and wait for them; may be called twice, and before `start`.

        What has been read is still estimated.
        """
        self._source_thread.stop()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(JOIN_TIMEOUT_S)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the source to end; True when everything is done, or nothing was ever started."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def pause(self) -> None:
        """Hold the picture."""
        with self._control:
            self._paused = True
            self._source_thread.pause()
            self._publish(state=PipelineState.PAUSED)

    def resume(self) -> None:
        """Go on after a pause; while the models are loading, just remember that."""
        with self._control:
            self._paused = False
            if self._ready:
                self._source_thread.resume()
            self._publish(state=PipelineState.RUNNING if self._ready else PipelineState.STARTING)

    def step_frame(self) -> None:
        """Advance by one frame while paused."""
        if self._ready:
            self._source_thread.step()

    def set_lookahead(self, steps: int) -> None:
        """Change the look-ahead from the next frame on."""
        self._lookahead = steps

    def record(self, recorder: Recorder | None) -> None:
        """Hand everything from the next frame on to a recorder, and finish the one before; None just finishes it."""
        self._recording.ask_for(recorder)

    def set_sensors(self, sensors: SensorFeed | None) -> None:
        """Show measured muscles beside the predicted ones, or none any more; the feed is started by who made it."""
        self._comparison.set_sensors(sensors)

    def snapshot(self) -> Snapshot:
        """Return the newest consistent state."""
        snapshot = self._snapshot
        return replace(
            snapshot,
            health=replace(
                snapshot.health,
                frame_age_s=self._since(self._arrived_s),
                estimate_age_s=self._since(snapshot.newest_captured_s),
            ),
            reference_label=self._comparison.label,
            sensors=self._comparison.readings(),
        )

    def history(self) -> History:
        """Return the last minute of the 10 Hz grid; takes some milliseconds, so ask a few times a second."""
        return self._history.history()

    def _note_arrival(self, frame: Frame) -> None:
        self._arrived_s = frame.captured_s

    def _since(self, captured_s: float) -> float:
        """Return the seconds since a frame arrived, 0 before the first."""
        return self._clock.now() - captured_s if captured_s else 0.0

    def _publish(self, **changes: object) -> None:
        with self._publishing:  # the display's thread pauses and resumes, the estimation thread does the rest
            if self._snapshot.state not in (PipelineState.FAILED, PipelineState.FINISHED):
                changes["sequence"] = self._snapshot.sequence + 1
                self._snapshot = replace(self._snapshot, **changes)  # type: ignore[arg-type]

    def _run(self) -> None:
        """Estimate until the source ends, and never die in silence."""
        try:
            self._estimate_all()
        except MiaError as error:
            self._fail(error)
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            if self._estimation is not None:
                self._estimation.close()
            self._source_thread.stop()

    def _fail(self, error: BaseException) -> None:
        """Say what went wrong, and end a recording as far as it goes."""
        message = str(error) or type(error).__name__
        advice = error.advice if isinstance(error, MiaError) else "Please report it with the output of `mia doctor`."
        with suppress(MiaError):  # the first error is the one to show
            self._recording.finish(self._snapshot.health, (message,), complete=False)
        self._publish(state=PipelineState.FAILED, error=message, advice=advice, recording=False)

    def _estimate_all(self) -> None:
        model = self._make_model()
        estimation = MuscleEstimation(PersonTracker(self._make_estimator()), model, self._lookahead, clock=self._clock)
        self._estimation = estimation
        self._source_thread.wait_opened()
        info = self._source_thread.info
        if info is not None:
            self._change_recorder(info, model, estimation)  # first, so that it misses no frame
            self._begin(info, model)
            self._estimate_frames(info, model, estimation)
            self._take_in(estimation.flush(), estimation)
        if self._source_thread.error is not None:
            self._fail(self._source_thread.error)
            return
        note = self._source_thread.end_note
        self._recording.finish(self._snapshot.health, (note,) if note else ())
        self._publish(state=PipelineState.FINISHED, error=note, recording=False)

    def _estimate_frames(self, info: SourceInfo, model: ActivationModel, estimation: MuscleEstimation) -> None:
        stop_at_s = self._settings.stop_at_s
        while not self._frames.finished:
            frame = self._frames.take(TAKE_TIMEOUT_S)
            if frame is not None:
                self._catch_up(frame, estimation)
            self._change_recorder(info, model, estimation)
            if frame is None:
                continue
            if stop_at_s is not None and frame.timestamp_s >= stop_at_s:
                break
            self._estimate(frame, estimation)
        self._catch_up(None, estimation)

    def _catch_up(self, newer: Frame | None, estimation: MuscleEstimation) -> None:
        """Estimate the last frame of a recording that ends, should a newer one have been taken instead of it."""
        frame = self._recording.left_over(newer)
        if frame is not None:
            self._caught_up += 1
            self._estimate(frame, estimation, n_behind=0 if newer is None else newer.index - frame.index - 1)

    def _estimate(self, frame: Frame, estimation: MuscleEstimation, n_behind: int = 0) -> None:
        """Estimate a frame; `n_behind` were passed over after it already."""
        estimation.set_lookahead(self._lookahead)
        self.time_line.note(frame)
        self._take_in(estimation.push(frame), estimation, n_behind)

    def _begin(self, info: SourceInfo, model: ActivationModel) -> None:
        health = StreamHealth(
            source_name=info.name,
            device=model.device_label,
            model_name=model.card.name,
            model_provenance=model.card.provenance,
            low_confidence=model.card.low_confidence,
        )
        with self._control:
            self._ready = True
            state = PipelineState.PAUSED if self._paused else PipelineState.RUNNING
            if not self._paused:
                self._source_thread.resume()
            self._publish(state=state, health=health, duration_s=info.duration_s)

    def _change_recorder(self, info: SourceInfo, model: ActivationModel, estimation: MuscleEstimation) -> None:
        self._recording.change(info, model, estimation, self._snapshot.health)
        if self._snapshot.recording != self._recording.recording:
            self._publish(recording=self._recording.recording)

    def _take_in(self, estimate: Estimate, estimation: MuscleEstimation, n_behind: int = 0) -> None:
        """Keep, record and publish what one frame brought."""
        for activation in estimate.steps:
            self._history.append(activation, self.time_line.monotonic_s(activation.timestamp_s))
        self._recording.write(estimate)
        skipped = self._frames.skipped - self._caught_up - n_behind if isinstance(self._frames, Latest) else 0
        changes: dict[str, object] = {
            "warming_up_s": estimation.warming_up_s,
            "health": self._counter.count(estimate, estimation, skipped, self._snapshot.health),
        }
        if estimate.frame is not None:
            changes |= {"newest_captured_s": estimate.frame.captured_s, "tracking": estimate.tracked.tracking}
        if estimate.moments:
            changes |= self._picture(estimate.moments[-1])
        self._publish(**changes)

    def _picture(self, moment: Moment) -> dict[str, object]:
        """Return what the newest settled moment changes in the snapshot."""
        position_s = moment.frame.timestamp_s
        values = self._comparison.over(np.array([position_s]), np.array([moment.frame.captured_s]))[0]
        return {
            "frame": moment.frame,
            "pose": moment.tracked.pose,
            "activation": moment.activation,
            "position_s": position_s,
            "reference": MuscleActivation(values, position_s) if self._comparison.label else None,
        }
