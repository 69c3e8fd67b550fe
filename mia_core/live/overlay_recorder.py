"""Paints an overlay video of what is recorded."""

from __future__ import annotations

from pathlib import Path

from mia_core.live.muscle_estimation import Estimate
from mia_core.live.recording_slot import Recorder
from mia_core.live.snapshot import StreamHealth
from mia_core.models.activation_model import ActivationModel
from mia_core.muscles import in_short
from mia_core.recording.overlay_painter import OverlayPainter
from mia_core.recording.overlay_video import OverlayVideo
from mia_core.samples import Frame
from mia_core.streams import SourceInfo


class OverlayRecorder:
    """Hands everything on to another recorder, and paints it into a video.

    Args:
        recorder: Who records.
        path: The video file to write.
    """

    def __init__(self, recorder: Recorder, path: Path) -> None:
        self._recorder = recorder
        self._path = path
        self._overlay: OverlayVideo | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the recorder takes no frame any more."""
        return self._recorder.has_ended

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        """Begin the recording and the video.

        Raises:
            RecordingError: One of them can't be written.
        """
        self._recorder.begin(info, model, health)
        self._overlay = OverlayVideo(self._path, OverlayPainter(caption=_caption(model)), info.nominal_hz)

    def write(self, estimate: Estimate) -> None:
        """Record and paint what one more frame brought.

        Raises:
            RecordingError: The disk is full or gone.
        """
        self._recorder.write(estimate)
        if self._overlay is not None:
            for moment in estimate.moments:
                self._overlay.write(moment.frame, moment.tracked.pose, moment.activation)

    def end(self) -> Frame | None:
        """Let the recorder take no frame more; what is still estimated is painted."""
        return self._recorder.end()

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        """Close the video and end the recording, even when the video can't be closed.

        Raises:
            RecordingError: The rest can't be written.
        """
        try:
            if self._overlay is not None:
                self._overlay.close()
        finally:
            self._recorder.finish(health, notes, complete)


def _caption(model: ActivationModel) -> str:
    """Return what a viewer of the video must know of the colours."""
    card = model.card
    unsure = f"; low confidence: {in_short(card.low_confidence)}" if card.low_confidence else ""
    return f"Predicted by {card.name}: {card.provenance}{unsure}"
