"""The running pipeline: a source thread, an estimation thread, and a snapshot for whoever looks."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from mia_core.clock import Clock, SystemClock
from mia_core.errors import MiaError
from mia_core.live.muscle_estimation import Estimate, Moment, MuscleEstimation
from mia_core.live.snapshot import History, PipelineState, Snapshot, StreamHealth
from mia_core.models.activation_model import ActivationModel
from mia_core.muscles import MONTAGE
from mia_core.pose.person_tracker import PersonTracker
from mia_core.pose.pose_estimator import PoseEstimator
from mia_core.samples import Floats, Frame, MuscleActivation
from mia_core.streams import Latest, LosslessQueue, RingBuffer, Source, SourceInfo, SourceThread

TAKE_TIMEOUT_S = 0.1
JOIN_TIMEOUT_S = 5.0
QUEUED_FRAMES = 4
"""Frames that a lossless pipeline reads ahead; few, since one 8K frame is 100 MB."""
HISTORY_STEPS = 600
"""One minute of the 10 Hz grid."""
RATE_FRAMES = 60


class Reference(Protocol):
    """Known muscles to show beside the predicted ones: measured by sensors, or the demo subject's simulated truth."""

    @property
    def label(self) -> str:
        """What it is, such as `simulated truth`."""

    def at(self, timestamp_s: float) -> Floats:
        """Return (8,) activations at a time of the source, NaN where unknown."""


class Recorder(Protocol):
    """Takes everything that the pipeline finds out, on the estimation thread."""

    def begin(self, info: SourceInfo, model: ActivationModel) -> None:
        """The source is open and the model loaded."""

    def write(self, estimate: Estimate) -> None:
        """One more frame was estimated."""

    def finish(self, snapshot: Snapshot) -> None:
        """The pipeline ends; the snapshot has the final counts."""


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """How a pipeline runs.

    Attributes:
        lookahead_steps: Steps of 0.1 s of future that a moment needs before its muscles are read (0, 1, 2 or 4).
        lossless: Every frame is estimated and the source waits (files); otherwise the newest wins (cameras).
    """

    lookahead_steps: int = 2
    lossless: bool = False


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
        self._source_thread = SourceThread(source, self._frames, name="camera")
        self._thread = threading.Thread(target=self._run, name="estimation", daemon=True)
        self._stop = threading.Event()
        self._paused = False
        self._publishing = threading.Lock()
        self._make_estimator = make_estimator
        self._make_model = make_model
        self._reference = reference
        self._recorder: Recorder | None = None
        self._wanted_recorder = recorder
        self._info: SourceInfo | None = None
        self._lookahead = self._settings.lookahead_steps
        self._estimation: MuscleEstimation | None = None
        self._history: RingBuffer[tuple[MuscleActivation, Floats]] = RingBuffer(HISTORY_STEPS)
        self._stamps_s: deque[float] = deque(maxlen=RATE_FRAMES)
        self._taken = 0
        self._no_person = 0
        self._snapshot = Snapshot(reference_label=reference.label if reference else "")

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
        """End both threads and wait for them; may be called twice, and before `start`."""
        self._stop.set()
        self._source_thread.stop()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(JOIN_TIMEOUT_S)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the source to end; True when everything is done."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def pause(self) -> None:
        """Hold the picture."""
        self._paused = True
        self._source_thread.pause()
        self._publish(state=PipelineState.PAUSED)

    def resume(self) -> None:
        """Go on after a pause."""
        self._paused = False
        self._source_thread.resume()
        self._publish(state=PipelineState.RUNNING)

    def step_frame(self) -> None:
        """Advance by one frame while paused."""
        self._source_thread.step()

    def set_lookahead(self, steps: int) -> None:
        """Change the look-ahead from the next frame on."""
        self._lookahead = steps

    def record(self, recorder: Recorder | None) -> None:
        """Hand everything from the next frame on to a recorder, and finish the one before; None just finishes it."""
        self._wanted_recorder = recorder

    def snapshot(self) -> Snapshot:
        """Return the newest consistent state."""
        snapshot = self._snapshot
        age_s = self._clock.now() - snapshot.newest_captured_s if snapshot.sequence else 0.0
        return replace(snapshot, health=replace(snapshot.health, skipped=self._skipped(), frame_age_s=age_s))

    def history(self) -> History:
        """Return the last minute of the 10 Hz grid."""
        items = self._history.items()
        shape = (len(items), len(MONTAGE))
        return History(
            np.array([a.timestamp_s for a, _ in items], np.float64),
            np.array([a.values for a, _ in items], np.float32).reshape(shape),
            np.array([reference for _, reference in items], np.float32).reshape(shape),
            np.array([a.warming_up for a, _ in items], bool),
        )

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

    def _estimate_all(self) -> None:
        model = self._make_model()
        estimation = MuscleEstimation(PersonTracker(self._make_estimator()), model, self._lookahead, clock=self._clock)
        self._estimation = estimation
        self._source_thread.wait_opened()
        self._info = self._source_thread.info
        if self._info is not None:
            self._begin(self._info, model)
            self._change_recorder(self._info, model)
        if not self._paused:
            self._source_thread.resume()
        while not self._stop.is_set():
            frame = self._frames.take(TAKE_TIMEOUT_S)
            if self._info is not None:
                self._change_recorder(self._info, model)
            if frame is not None:
                estimation.set_lookahead(self._lookahead)
                self._take_in(estimation.push(frame), estimation)
            elif self._frames.closed:
                break
        if self._source_thread.error is not None:
            self._fail(self._source_thread.error)
        self._take_in(estimation.flush(), estimation)
        self._publish(state=PipelineState.FINISHED, error=self._source_thread.end_note)
        if self._recorder is not None:
            self._recorder.finish(self.snapshot())

    def _begin(self, info: SourceInfo, model: ActivationModel) -> None:
        health = StreamHealth(
            source_name=info.name,
            device=model.device_label,
            model_name=model.card.name,
            model_provenance=model.card.provenance,
        )
        state = PipelineState.PAUSED if self._paused else PipelineState.RUNNING
        self._publish(state=state, health=health, duration_s=info.duration_s)

    def _change_recorder(self, info: SourceInfo, model: ActivationModel) -> None:
        """Carry out what `record` asked for."""
        wanted = self._wanted_recorder
        if wanted is self._recorder:
            return
        if self._recorder is not None:
            self._recorder.finish(self.snapshot())
        if wanted is not None:
            wanted.begin(info, model)
        self._recorder = wanted
        self._publish(recording=wanted is not None)

    def _take_in(self, estimate: Estimate, estimation: MuscleEstimation) -> None:
        for activation in estimate.steps:
            self._history.append((activation, self._reference_at(activation.timestamp_s)))
        if self._recorder is not None:
            self._recorder.write(estimate)
        changes: dict[str, object] = {"warming_up_s": estimation.warming_up_s}
        if estimate.frame is not None:
            changes |= self._progress(estimate, estimate.frame, estimation)
        if estimate.moments:
            changes |= self._picture(estimate.moments[-1])
        self._publish(**changes)

    def _progress(self, estimate: Estimate, frame: Frame, estimation: MuscleEstimation) -> dict[str, object]:
        """Count the newest frame and return what it changes in the snapshot."""
        self._stamps_s.append(frame.timestamp_s)
        self._taken += 1
        self._no_person += estimate.tracked.pose is None
        health = replace(
            self._snapshot.health,
            source_fps=self._source_fps(),
            pose_ms=estimation.pose_times.median_ms,
            model_ms=estimation.model_times.median_ms,
            lost=max(frame.index + 1 - self._taken - self._skipped(), 0),
            no_person=self._no_person,
        )
        return {"newest_captured_s": frame.captured_s, "tracking": estimate.tracked.tracking, "health": health}

    def _picture(self, moment: Moment) -> dict[str, object]:
        """Return what the newest settled moment changes in the snapshot."""
        position_s = moment.frame.timestamp_s
        reference = MuscleActivation(self._reference_at(position_s), position_s) if self._reference else None
        return {
            "frame": moment.frame,
            "pose": moment.tracked.pose,
            "activation": moment.activation,
            "position_s": position_s,
            "reference": reference,
        }

    def _reference_at(self, timestamp_s: float) -> Floats:
        if self._reference is None:
            return np.full(len(MONTAGE), np.nan, np.float32)
        return self._reference.at(timestamp_s)

    def _skipped(self) -> int:
        return self._frames.skipped if isinstance(self._frames, Latest) else 0

    def _source_fps(self) -> float:
        stamps = self._stamps_s
        return (len(stamps) - 1) / (stamps[-1] - stamps[0]) if len(stamps) > 1 and stamps[-1] > stamps[0] else 0.0

    def _fail(self, error: BaseException) -> None:
        advice = error.advice if isinstance(error, MiaError) else "Please report it with the output of `mia doctor`."
        self._publish(state=PipelineState.FAILED, error=str(error) or type(error).__name__, advice=advice)
