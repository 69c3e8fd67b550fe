"""What the window asks of a pipeline, so that any window can be tried without cameras or networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.live_page.source_choice import SourceChoice
from mia_core.live.recording_slot import Recorder
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import History, Snapshot
from mia_core.samples import Frame
from mia_core.streams import FanOut


class Pipeline(Protocol):
    """A running chain from source to muscles; every method may be called from any thread and returns at once.

    `start` and `stop` alone may take long and are called off the GUI thread.
    """

    @property
    def sequence(self) -> int:
        """Number of the newest snapshot."""

    @property
    def captured(self) -> FanOut[Frame]:
        """Every frame of the source, estimated or not, for those who tap it."""

    def start(self) -> None:
        """Open the source and begin."""

    def stop(self) -> None:
        """End all threads and release the source; may be called twice."""

    def pause(self) -> None:
        """Hold the picture."""

    def resume(self) -> None:
        """Go on."""

    def step_frame(self) -> None:
        """Go on by one frame while paused."""

    def snapshot(self) -> Snapshot:
        """Return the newest consistent picture."""

    def history(self) -> History:
        """Return the last 30 s on the 10 Hz grid."""

    def set_lookahead(self, steps: int) -> None:
        """Change how many 0.1 s steps of the future the model may see."""

    def set_sensors(self, sensors: SensorFeed | None) -> None:
        """Show measured muscles beside the predicted ones, or none any more."""

    def record(self, recorder: Recorder | None) -> None:
        """Hand all results from the next frame on to a recorder, and finish the one before; None just finishes it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the user chose for a pipeline, apart from its source.

    Attributes:
        lookahead_steps: How many 0.1 s steps of the future the model may see.
        pose_model: Path of a pose model, empty for the one that ships.
        activation_model: Path of an activation model, empty for the one that ships.
    """

    lookahead_steps: int = 2
    pose_model: str = ""
    activation_model: str = ""


PipelineFactory = Callable[[SourceChoice, Setup], Pipeline]
"""Makes a pipeline, not yet started, from a source and a setup; may raise `MiaError`."""

CameraLister = Callable[[], Sequence[SourceChoice]]
"""Returns the cameras of this machine; slow, so it is called off the GUI thread."""
