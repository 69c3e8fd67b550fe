"""Write what a pipeline finds out into a session folder, and into an overlay video when asked."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from mia_core.clock import Clock, SystemClock
from mia_core.live.model_reference import model_reference
from mia_core.live.muscle_estimation import Estimate
from mia_core.live.snapshot import StreamHealth
from mia_core.models.activation_model import ActivationModel
from mia_core.muscles import in_short
from mia_core.pose.person_tracker import TrackedPose
from mia_core.recording.overlay_painter import OverlayPainter
from mia_core.recording.overlay_video import OverlayVideo
from mia_core.recording.session import SessionManifest
from mia_core.recording.session_writer import SessionWriter
from mia_core.samples import STEP_S, Frame
from mia_core.streams import SourceInfo


class SessionRecorder:
    """The pipeline's recorder; its methods are called on the estimation thread.

    Args:
        folder: The session folder, empty or not there yet.
        lookahead_steps: Steps of 0.1 s by which the read-out lags.
        overlay: Where to write the overlay video, None for none.
    """

    def __init__(
        self, folder: Path, lookahead_steps: int, overlay: Path | None = None, clock: Clock | None = None
    ) -> None:
        self._folder = folder
        self._lookahead_steps = lookahead_steps
        self._overlay_path = overlay
        self._clock = clock or SystemClock()
        self._writer: SessionWriter | None = None
        self._overlay: OverlayVideo | None = None
        self._first_s: float | None = None
        self._is_live = False
        self._before = StreamHealth()
        self.manifest: SessionManifest | None = None

    def begin(self, info: SourceInfo, model: ActivationModel, health: StreamHealth) -> None:
        """Make the folder and write the manifest.

        Raises:
            RecordingError: The folder or the video can't be written.
        """
        now = self._clock.utc()
        manifest = SessionManifest(
            software=f"mia-live {version('mia-live')}",
            created_utc=now.isoformat(timespec="milliseconds"),
            clock_anchor={"utc": now.isoformat(timespec="microseconds"), "monotonic_s": self._clock.now()},
            source=asdict(info),
            model=model_reference(model),
            lookahead_steps=self._lookahead_steps,
        )
        self._is_live = info.is_live
        self._before = health
        self._writer = SessionWriter(self._folder, manifest)
        if self._overlay_path is not None:
            painter = OverlayPainter(caption=_caption(model))
            self._overlay = OverlayVideo(self._overlay_path, painter, info.nominal_hz)

    def write(self, estimate: Estimate) -> None:
        """Append what one frame brought.

        Raises:
            RecordingError: The disk is full or gone.
        """
        if self._writer is None:
            return
        if estimate.frame is not None:
            self._write_frame(self._writer, estimate.frame, estimate.tracked)
        for activation in estimate.steps:
            # A recording that began in mid-run gets steps from before its first frame, until the look-ahead is over.
            if self._first_s is not None and activation.timestamp_s >= self._first_s - STEP_S / 2:
                self._writer.write_activation(activation)
        if self._overlay is not None:
            for moment in estimate.moments:
                self._overlay.write(moment.frame, moment.tracked.pose, moment.activation)

    def end(self) -> Frame | None:
        """Take no frame more."""
        return None

    def finish(self, health: StreamHealth, notes: tuple[str, ...], complete: bool) -> None:
        """Close everything and complete the manifest; the session is closed even when the video can't be.

        Raises:
            RecordingError: The rest can't be written.
        """
        try:
            if self._overlay is not None:
                self._overlay.close()
        finally:
            if self._writer is not None:
                self.manifest = self._writer.finish(
                    skipped=health.skipped - self._before.skipped,
                    lost=health.lost - self._before.lost,
                    notes=notes,
                    complete=complete,
                )

    def _write_frame(self, writer: SessionWriter, frame: Frame, tracked: TrackedPose) -> None:
        if self._first_s is None:
            self._first_s = frame.timestamp_s
            if self._is_live:
                writer.anchor_source(frame.captured_s - frame.timestamp_s)
        writer.write_frame(frame, tracked.pose)
        if tracked.reacquired:
            writer.count_reacquired()


def _caption(model: ActivationModel) -> str:
    """Return what a viewer of the overlay video must know of the colours."""
    card = model.card
    unsure = f"; low confidence: {in_short(card.low_confidence)}" if card.low_confidence else ""
    return f"Predicted by {card.name}: {card.provenance}{unsure}"
