"""Simulated motion as a set of windows: every clip is seen by one camera, as the paper's subjects were.

The keypoints are exact projections: the published ones come from bodies fitted to the video, not from a detector.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from mia_core.dataset.simulated_set import SimulatedSet
from mia_core.dataset.window_block import Skipped, WindowBlock
from mia_core.dataset.window_sampler import SPAN_FRAMES
from mia_core.dataset.window_set import WindowSetAbout, WindowSetError
from mia_core.motion_clip import MotionClip
from mia_core.muscles import MONTAGE
from mia_core.processing.step_mean import FRAMES_PER_STEP, step_means
from mia_core.samples import WINDOW_STEPS, Floats
from mia_core.simulation.body_view import facing
from mia_core.simulation.virtual_camera import CameraSettings, VirtualCameras
from mia_core.skeleton import INDEX, N_KEYPOINTS

LAYOUT: Final = "simulated"
PICTURE_PX: Final = (1080, 1920)
"""Width and height of the paper's videos."""
TRIPOD: Final = CameraSettings(
    frontal_share=1.0, frontal_yaw_deg=30.0, elevation_deg=(0.0, 10.0), roll_deg=2.0, portrait_share=1.0, aim_m=0.1
)
"""A camera before the person, upright, as in the paper's pictures."""
FULL_PERCENT: Final = 100.0


class SimulatedSource:
    """A folder that `mia simulate` wrote: see `WindowSource`. The target is activation in percent of the full one.

    Args:
        folder: The folder.
        stride_steps: Steps from one window to the next.

    Raises:
        DataSetError: It is not a whole simulated set.
        WindowSetError: A clip does not say that it is simulated.
    """

    tolerates_breaks = True
    has_joints = True

    def __init__(self, folder: Path, stride_steps: int = WINDOW_STEPS) -> None:
        data = SimulatedSet.load(folder)
        if data.provenance != "simulated":
            raise WindowSetError(folder, "simulated clips", data.provenance, "Import it with another --layout.")
        self._clips, self._hashes, self._stride = data.clips, data.clip_sha256, stride_steps
        self.n_windows = sum(len(_starts(clip, stride_steps)) for clip in data.clips)
        self.about = WindowSetAbout((), (), MONTAGE.names, "percent", "simulated", LAYOUT)
        self.fingerprint = f"{data.data_sha256} every {stride_steps} steps"
        self.notes = (
            "Simulated, not measured: activations in percent; one made-up camera per clip, no errors of a detector.",
        )

    def blocks(self, done: Collection[str]) -> Iterator[WindowBlock]:
        """See every clip through its camera: see `WindowSource`."""
        for number, (clip, sha256) in enumerate(zip(self._clips, self._hashes, strict=True)):
            name = f"clip {number} {clip.exercise}"
            if name not in done:
                yield self._block(name, clip, sha256)

    def _block(self, name: str, clip: MotionClip, sha256: str) -> WindowBlock:
        starts = _starts(clip, self._stride)
        valid = np.array([clip.valid[first * FRAMES_PER_STEP :][:SPAN_FRAMES].all() for first in starts], np.bool_)
        why = "the physics did not add up in one of its steps."
        steps = starts[valid, np.newaxis] + np.arange(WINDOW_STEPS)  # (n, 30)
        ends = (steps + 1) * FRAMES_PER_STEP  # frame at the end of each step
        keypoints, joints_m = _seen(clip, int(sha256[:16], 16))
        return WindowBlock(
            name,
            clip.subject,
            clip.exercise,
            keypoints=keypoints[steps],
            emg=FULL_PERCENT * clip.activation[ends],
            joints=joints_m[steps],
            start_step=starts[valid].astype(np.int32),
            names=tuple(f"{name}/{start}" for start in starts[valid].tolist()),
            skipped=tuple(Skipped(f"{name}/{start}", why) for start in starts[~valid].tolist()),
            sha256=sha256,
        )


def _starts(clip: MotionClip, stride_steps: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the first steps of a clip's windows."""
    n_steps = (len(clip.valid) - 1) // FRAMES_PER_STEP
    return np.arange(0, n_steps - WINDOW_STEPS + 1, stride_steps)


def _seen(clip: MotionClip, seed: int) -> tuple[Floats, Floats]:
    """Return steps of 10 Hz: (n, 25, 2) in shares of the picture's size, and (n, 25, 3) joints in metres."""
    rng = np.random.default_rng(seed)
    joints_m = clip.joints_m[: (len(clip.valid) - 1) // FRAMES_PER_STEP * FRAMES_PER_STEP + 1]
    centre_m = joints_m[:, INDEX["mid_hip"]].mean(axis=0, keepdims=True)
    drawn = VirtualCameras.draw(centre_m, rng, TRIPOD, heading=facing(joints_m[np.newaxis]))
    size_px = np.array([PICTURE_PX], np.float32)
    camera = replace(drawn, focal_px=drawn.focal_px * size_px[:, 1] / drawn.size_px[:, 1], size_px=size_px)
    shares = camera.project(joints_m[np.newaxis])[0] / size_px[0]  # (T, 25, 2)
    flat = step_means(shares.reshape(len(shares), -1)), step_means(joints_m.reshape(len(joints_m), -1))
    return flat[0].reshape(-1, N_KEYPOINTS, 2), flat[1].reshape(-1, N_KEYPOINTS, 3)
