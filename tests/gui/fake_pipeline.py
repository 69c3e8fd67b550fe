"""A pipeline without cameras and networks: it shows the snapshots that a test hands it."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np

from mia_core.live.recording_slot import Recorder
from mia_core.live.sensor_feed import SensorFeed
from mia_core.live.snapshot import History, PipelineState, Snapshot, StreamHealth, Tracking
from mia_core.muscles import MONTAGE
from mia_core.samples import Frame, MuscleActivation, Pose
from mia_core.skeleton import INDEX
from mia_core.streams import FanOut, Latest

VALUES = np.array([0.03, 0.07, 0.12, 0.17, 0.22, 0.3, 0.05, 0.15], np.float32)
WIDTH_PX, HEIGHT_PX = 640, 480

_STANDING = {
    "nose": (0.50, 0.13),
    "neck": (0.50, 0.23),
    "mid_hip": (0.50, 0.52),
    "left_eye": (0.515, 0.11),
    "left_ear": (0.53, 0.12),
    "left_shoulder": (0.59, 0.24),
    "left_elbow": (0.65, 0.37),
    "left_wrist": (0.67, 0.49),
    "left_hip": (0.54, 0.52),
    "left_knee": (0.555, 0.70),
    "left_ankle": (0.56, 0.88),
    "left_heel": (0.56, 0.90),
    "left_big_toe": (0.58, 0.93),
    "left_small_toe": (0.595, 0.925),
}


def standing_person() -> Pose:
    """A person who stands upright and looks into the camera, whole body in view."""
    keypoints = np.zeros((25, 2), np.float32)
    for name, (x, y) in _STANDING.items():
        keypoints[INDEX[name]] = (x * WIDTH_PX, y * HEIGHT_PX)
        other = name.replace("left_", "right_")
        keypoints[INDEX[other]] = ((1.0 - x if other != name else x) * WIDTH_PX, y * HEIGHT_PX)
    return Pose(keypoints, np.full(25, 0.95, np.float32), 1.0, 30)


def picture(*, index: int = 30) -> Frame:
    """A grey image whose left half is darker, so that a mirror shows."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), 120, np.uint8)
    image[:, : WIDTH_PX // 2] = 60
    image.flags.writeable = False
    return Frame(image, index / 30.0, 0.0, index)


def running_snapshot(values: np.ndarray = VALUES, **changes: object) -> Snapshot:
    """A snapshot of the standing person in which all is well."""
    health = StreamHealth("Test camera", 29.8, 24.6, 1.1, 3, 0, 0, "CPU", "test model", "simulated, not measured")
    snapshot = Snapshot(
        sequence=1,
        state=PipelineState.RUNNING,
        frame=picture(),
        pose=standing_person(),
        tracking=Tracking.TRACKING,
        activation=MuscleActivation(values, 1.0),
        reference_label="simulated truth",
        health=health,
        position_s=1.0,
    )
    return replace(snapshot, **changes)


def waves(seconds: float = 20.0) -> History:
    """Slow waves, a second one as reference, the first 3 s warming up, one gap."""
    times = np.arange(0.0, seconds, 0.1)
    phase = np.arange(len(MONTAGE)) * 0.8
    predicted = (0.3 + 0.25 * np.sin(times[:, None] * 1.7 + phase)).astype(np.float32)
    predicted[120:128] = np.nan
    reference = (0.3 + 0.27 * np.sin(times[:, None] * 1.7 + phase - 0.2)).astype(np.float32)
    return History(times, predicted, reference, times < 3.0, 0.8 * predicted, 1.2 * predicted, np.ones(8, bool))


class FakePipeline:
    """Serves what it is told to and notes what it is asked to do."""

    def __init__(self, snapshot: Snapshot | None = None, history: History | None = None) -> None:
        self._snapshot = snapshot or running_snapshot()
        self._history = history or waves()
        self.calls: list[str] = []
        self.sensors: SensorFeed | None = None
        self.captured: FanOut[Frame] = FanOut(Latest())
        self.stopped = threading.Event()
        self.started = threading.Event()

    @property
    def sequence(self) -> int:
        return self._snapshot.sequence

    def show(self, **changes: object) -> None:
        """Make the next snapshot from the present one."""
        self._snapshot = replace(self._snapshot, sequence=self._snapshot.sequence + 1, **changes)

    def grow(self, *, seconds: float) -> None:
        """Make the history so long."""
        self._history = waves(seconds)

    def start(self) -> None:
        self.started.set()

    def stop(self) -> None:
        self.stopped.set()
        self.show(state=PipelineState.FINISHED, recording=False)

    def pause(self) -> None:
        self.calls.append("pause")
        self.show(state=PipelineState.PAUSED)

    def resume(self) -> None:
        self.calls.append("resume")
        self.show(state=PipelineState.RUNNING)

    def step_frame(self) -> None:
        self.calls.append("step")
        self.show()

    def snapshot(self) -> Snapshot:
        return self._snapshot

    def history(self) -> History:
        return self._history

    def set_sensors(self, sensors: SensorFeed | None) -> None:
        self.sensors = sensors

    def record(self, recorder: Recorder | None) -> None:
        self.calls.append("record" if recorder is not None else "end recording")
        self.show(recording=recorder is not None)

    def set_lookahead(self, steps: int) -> None:
        self.calls.append(f"lookahead {steps}")
