"""The place of at most one recorder in a running pipeline."""

from __future__ import annotations

from typing import Protocol

from mia_core.live.muscle_estimation import Estimate, MuscleEstimation
from mia_core.live.snapshot import StreamHealth
from mia_core.models.activation_model import ActivationModel
from mia_core.pose.person_tracker import TrackedPose, Tracking
from mia_core.samples import Frame
from mia_core.streams import SourceInfo


class Recorder(Protocol):
    """Takes everything that the pipeline finds out, on the estimation thread, but for `end`."""

    @property
    def has_ended(self) -> bool:
        """Whether it takes no frame any more; of its own accord, as when the disk is full, that is the wish to end."""

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        """Start; `health` holds what was counted before."""

    def write(self, estimate: Estimate) -> None:
        """Take what one more frame brought."""

    def end(self) -> Frame | None:
        """Take no frame more, and return the last one, which may still be to estimate; from any thread, also twice."""

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        """End, whatever happened before: release everything, and say whether it ended in order."""


class RecordingSlot:
    """Carries out, between two frames, what any thread asked for.

    From the moment its end is asked for a recording takes no frame more; it is finished when its last one is estimated.

    Args:
        wanted: The recorder to begin with, None for none.
    """

    def __init__(self, wanted: Recorder | None) -> None:
        self._wanted = wanted
        self._present: Recorder | None = None
        self._estimated = -1  # index of the newest frame that was

    @property
    def _due(self) -> Recorder | None:
        """What is to be in place: nothing instead of one that has ended."""
        present, wanted = self._present, self._wanted
        return None if wanted is present and present is not None and present.has_ended else wanted

    @property
    def recording(self) -> bool:
        """Whether a recorder is at work."""
        return self._present is not None

    def ask_for(self, recorder: Recorder | None) -> None:
        """Ask for another recorder from the next frame on, or for none; may be called from any thread."""
        self._wanted = recorder
        present = self._present
        if present is not None and present is not recorder:
            present.end()

    def left_over(self, newer: Frame | None) -> Frame | None:
        """Return the last frame of a recording that ends, if it is not estimated and was passed over; else None.

        Args:
            newer: What was taken instead of it; None when nothing will be taken any more, which ends any recording.
        """
        present = self._present
        if present is None or (newer is not None and present is self._due):
            return None
        last = present.end()
        is_passed_over = last is not None and (newer is None or last.index < newer.index)
        return last if is_passed_over and last is not None and self._estimated < last.index else None

    def change(
        self, info: SourceInfo, model: ActivationModel, estimation: MuscleEstimation, health: StreamHealth
    ) -> None:
        """Put the recorder that was asked for in place; the one before gets the steps that still wait.

        Raises:
            MiaError: One can't be begun or finished.
        """
        wanted = self._due
        if wanted is self._present:
            return
        if self._present is not None:
            last = self._present.end()
            if last is not None and self._estimated < last.index:
                return  # it is the next to be estimated
            waiting = Estimate(None, TrackedPose(None, Tracking.SEARCHING), estimation.waiting_steps(), ())
            self._present.write(waiting)
            self.finish(health)
        if wanted is not None:
            self._present = wanted  # first, so that one that fails to begin is cleaned up like any other
            wanted.begin(info, model, health)

    def write(self, estimate: Estimate) -> None:
        """Hand on what one more frame brought."""
        if estimate.frame is not None:
            self._estimated = estimate.frame.index
        if self._present is not None:
            self._present.write(estimate)

    def finish(self, health: StreamHealth, notes: tuple[str, ...] = (), *, complete: bool = True) -> None:
        """End the recording, if there is one."""
        recorder, self._present = self._present, None
        if recorder is not None:
            if self._wanted is recorder:
                self._wanted = None
            recorder.finish(health, notes, complete)
