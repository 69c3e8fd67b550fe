"""Put real sources, the pose estimator and the model together into a pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.live_page.source_choice import SourceChoice, SourceKind
from mia_core.bundled import POSE_MODEL
from mia_core.live.comparison import Reference
from mia_core.live.pipeline import LivePipeline, PipelineSettings
from mia_core.live.recording_slot import Recorder
from mia_core.models.activation_model import ActivationModel
from mia_core.pose.pose_estimator import PoseEstimator
from mia_core.samples import Frame
from mia_core.streams import Source

if TYPE_CHECKING:
    from mia_core.models.devices import DeviceChoice


@dataclass(frozen=True, slots=True)
class Models:
    """Which models to load; both are loaded late, on the pipeline's own thread, because that takes seconds.

    Attributes:
        activation: Name of a shipped model, or path of a checkpoint; empty for the default one.
        pose: The pose landmarker bundle.
        device: `auto`, `cuda`, `mps` or `cpu`.
    """

    activation: str = ""
    pose: Path = field(default=POSE_MODEL)
    device: DeviceChoice = "auto"

    def make_estimator(self) -> PoseEstimator:
        """Load the pose model."""
        from mia_core.pose.mediapipe_estimator import MediaPipeEstimator

        return MediaPipeEstimator(self.pose)

    def make_model(self) -> ActivationModel:
        """Load the activation model."""
        import torch

        from mia_core.models.checkpoint import DEFAULT_MODEL
        from mia_core.models.runtime import load_runtime

        torch.set_num_threads(1)  # one window is too small for two; the second core is for the pose and the window
        return load_runtime(self.activation or DEFAULT_MODEL, self.device)


def make_pipeline(
    choice: SourceChoice,
    models: Models,
    settings: PipelineSettings,
    recorder: Recorder | None = None,
    *,
    awaits_camera: bool = False,
) -> LivePipeline:
    """Return a pipeline on the chosen source, not started.

    A lossless pipeline reads a file once, as fast as it can; otherwise the file plays at its own pace like a camera.
    One that `awaits_camera` picks a lost camera up again instead of ending.
    """
    source = make_source(choice, realtime=not settings.lossless)
    if awaits_camera and choice.kind is SourceKind.CAMERA:
        from mia_core.capture.persistent_camera import PersistentCamera

        source = PersistentCamera(lambda: make_source(choice, realtime=True), lambda _why: None, lambda: None)
    return LivePipeline(
        source,
        models.make_estimator,
        models.make_model,
        settings,
        reference=make_reference(choice),
        recorder=recorder,
    )


def make_source(choice: SourceChoice, *, realtime: bool) -> Source[Frame]:
    """Return the source, not opened."""
    if choice.kind is SourceKind.CAMERA:
        from mia_core.capture.opencv_camera import OpenCVCamera

        return OpenCVCamera(choice.target)
    if choice.kind is SourceKind.DEMO:
        from mia_core.capture.demo_camera import DemoCamera

        return DemoCamera(realtime=realtime)
    from mia_core.capture.video_file import VideoFile

    return VideoFile(Path(choice.target), realtime=realtime)


def make_reference(choice: SourceChoice) -> Reference | None:
    """Return the known muscles of the source, where there are any."""
    if choice.kind is not SourceKind.DEMO:
        return None
    from mia_core.capture.demo_camera import DemoTruth

    return DemoTruth.load()
