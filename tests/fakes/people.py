"""Sources, estimators and models whose every output can be foretold from the index of the frame."""

from __future__ import annotations

import numpy as np

from mia_core.errors import DeviceLostError
from mia_core.models.activation_model import Prediction
from mia_core.models.model_card import ModelCard
from mia_core.samples import Floats, Frame, Pose
from mia_core.skeleton import INDEX, N_KEYPOINTS
from mia_core.streams import EndOfStream, SourceInfo

_STANDING = {
    "nose": (0, -80),
    "neck": (0, -60),
    "shoulder": (20, -60),
    "elbow": (25, -35),
    "wrist": (25, -10),
    "mid_hip": (0, 0),
    "hip": (10, 0),
    "knee": (11, 45),
    "ankle": (12, 90),
    "eye": (3, -83),
    "ear": (7, -82),
    "big_toe": (18, 98),
    "small_toe": (18, 98),
    "heel": (11, 95),
}


def standing_px(x: float = 160.0, y: float = 110.0) -> Floats:
    """A person seen from the front (25, 2); the subject's left is on the right of the picture."""
    points = np.zeros((N_KEYPOINTS, 2), np.float32)
    for name, index in INDEX.items():
        side, _, joint = name.partition("_")
        if side not in ("left", "right"):
            side, joint = "", name
        dx, dy = _STANDING[joint]
        points[index] = (x - dx if side == "right" else x + dx, y + dy)
    return points


def make_pose(index: int, timestamp_s: float, x: float = 160.0, confidence: float = 1.0) -> Pose:
    return Pose(standing_px(x), np.full(N_KEYPOINTS, confidence, np.float32), timestamp_s, index)


class NumberedSource:
    """Frames whose first pixel holds their index (mod 256), at given times."""

    def __init__(
        self, timestamps_s: list[float], size: tuple[int, int] = (240, 320), lost_after: int | None = None
    ) -> None:
        self._timestamps_s = timestamps_s
        self._size = size
        self._lost_after = lost_after
        self._next = 0
        self.closed = 0

    def open(self) -> SourceInfo:
        height, width = self._size
        return SourceInfo("numbered", "numbered", is_live=False, width_px=width, height_px=height, nominal_hz=30.0)

    def read(self) -> Frame | None:
        if self._lost_after is not None and self._next >= self._lost_after:
            raise DeviceLostError("numbered", "it was pulled out")
        if self._next >= len(self._timestamps_s):
            raise EndOfStream
        image = np.zeros((*self._size, 3), np.uint8)
        image[0, 0] = self._next % 256
        image.flags.writeable = False
        frame = Frame(image, self._timestamps_s[self._next], 0.0, self._next)
        self._next += 1
        return frame

    def close(self) -> None:
        self.closed += 1


class ScriptedEstimator:
    """Says who is where in each frame; `script` maps an index to a pose or None."""

    def __init__(self, script: dict[int, Pose | None] | None = None, x_per_frame: float = 0.5) -> None:
        self._script = script or {}
        self._x_per_frame = x_per_frame
        self.resets = 0
        self.closed = False

    def estimate(self, frame: Frame) -> Pose | None:
        if frame.index in self._script:
            return self._script[frame.index]
        return make_pose(frame.index, frame.timestamp_s, 100 + self._x_per_frame * frame.index)

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed = True


class HipModel:
    """Predicts, for every muscle, the mid-hip's x in pixels over 1000: so a value tells the step it belongs to."""

    device_label = "CPU"
    weights_sha256 = "0" * 64
    card = ModelCard(name="hip", network={}, provenance="a test")

    def __init__(self) -> None:
        self.calls = 0

    def predict(
        self, keypoints_px: Floats, confidence: Floats, image_size_px: tuple[float, float], last_steps: int = 1
    ) -> Prediction:
        self.calls += 1
        hips = keypoints_px[-last_steps:, INDEX["mid_hip"], 0] / 1000
        values = np.repeat(hips[:, None], 8, axis=1).astype(np.float32)
        return Prediction(values, values - np.float32(0.01), values + np.float32(0.02))
