"""The place of at most one recorder in a running pipeline."""

from __future__ import annotations

from typing import Protocol

from mia_core.live.muscle_estimation import Estimate, MuscleEstimation
from mia_core.live.snapshot import StreamHealth
from mia_core.models.activation_model import ActivationModel
from mia_core.pose.person_tracker import TrackedPose, Tracking
from mia_core.streams import SourceInfo


class Recorder(Protocol):
    """Takes everything that the pipeline finds out, on the estimation thread."""

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        """Start; `health` holds what was counted before."""

    def write(self, estimate: Estimate) -> None:
        """Take what one more frame brought."""

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        """End, whatever happened before: release everything, and say whether it ended in order."""


class RecordingSlot:
    """Carries out, between two frames, what any thread asked for.

    Args:
        wanted: The recorder to begin with, None for none.
    """

    def __init__(self, wanted: Recorder | None) -> None:
        self._wanted = wanted
        self._present: Recorder | None = None

    @property
    def recording(self) -> bool:
        """Whether a recorder is at work."""
        return self._present is not None

    def ask_for(self, recorder: Recorder | None) -> None:
        """Ask for another recorder from the next frame on, or for none; may be called from any thread."""
        self._wanted = recorder

    def change(
        self, info: SourceInfo, model: ActivationModel, estimation: MuscleEstimation, health: StreamHealth
    ) -> None:
        """Put the recorder that was asked for in place; the one before gets the steps that still wait.

        Raises:
            MiaError: One can't be begun or finished.
        """
        wanted = self._wanted
        if wanted is self._present:
            return
        if self._present is not None:
            waiting = Estimate(None, TrackedPose(None, Tracking.SEARCHING), estimation.waiting_steps(), ())
            self._present.write(waiting)
            self.finish(health)
        if wanted is not None:
            self._present = wanted  # first, so that one that fails to begin is cleaned up like any other
            wanted.begin(info, model, health)

    def write(self, estimate: Estimate) -> None:
        """Hand on what one more frame brought."""
        if self._present is not None:
            self._present.write(estimate)

    def finish(self, health: StreamHealth, notes: tuple[str, ...] = (), *, complete: bool = True) -> None:
        """End the recording, if there is one."""
        recorder, self._present = self._present, None
        if recorder is not None:
            if self._wanted is recorder:
                self._wanted = None
            recorder.finish(health, notes, complete)
