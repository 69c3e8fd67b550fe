"""Fit the noise of the keypoint detector: `python resources/simulation/fit_detector_noise.py --recordings DIR`.

Renders the avatar in random motions, looks and cameras, lets the real detector follow it as live use does, and writes
`detector_noise.npz` beside this script. Each clip is kept in DIR as soon as it is done, so that an interrupted run goes
on, and a fit can be repeated without rendering again (`--clips 0` fits what is there).

Needs the extra `sim` and OpenGL; without a display it draws in software (`MUJOCO_GL=egl`).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

if sys.platform == "linux":
    os.environ.setdefault("MUJOCO_GL", "egl")

import numpy as np
from numpy.typing import NDArray

from mia_core.motion_clip import MOTION_HZ
from mia_core.opencv import cv2
from mia_core.pose.mediapipe_estimator import MediaPipeEstimator
from mia_core.pose.person_tracker import PersonTracker
from mia_core.samples import Floats, Frame, Image
from mia_core.simulation.avatar import Avatar
from mia_core.simulation.avatar_looks import Looks
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.detector_recording import DetectorRecording
from mia_core.simulation.exercise_scripts import SCRIPTS
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.motions import ARM_BABBLE, BODY_BABBLE, draw_motion
from mia_core.simulation.virtual_camera import CameraSettings, VirtualCameras
from mia_core.skeleton import INDEX, N_KEYPOINTS

CLIP_S = 4.0
START_S = 1.5
"""Skipped, because every performance starts from standing."""
STREAM = 7
"""First number of every clip's seed; no data set draws from this stream."""
CAMERAS = CameraSettings(frontal_share=0.3)
"""Backs and sides are where the detector errs, so that more of them are looked at than training shows."""
GRAIN = (0.0, 5.0)
"""Least and greatest standard deviation of a camera's grain, in grey levels."""
GRAIN_PICTURES = 6
BLUR_PX = (0.5, 1.2)
EXERCISE = ""
KINDS = (EXERCISE, BODY_BABBLE, EXERCISE, ARM_BABBLE)
EXERCISES = tuple(SCRIPTS)


def record(body: MuscleBody, index: int) -> DetectorRecording:
    """Render clip `index` and let the detector follow it."""
    rng = np.random.default_rng([STREAM, index])
    kind = KINDS[index % len(KINDS)] or str(rng.choice(EXERCISES))
    configurations = configurations_of(body, draw_motion(kind, START_S + CLIP_S, rng))[round(START_S * MOTION_HZ) :]
    joints_m = np.stack([_joints(body, configuration) for configuration in configurations])
    camera = VirtualCameras.draw(joints_m[:, INDEX["mid_hip"]].mean(axis=0)[None], rng, CAMERAS)
    avatar, lens = Avatar(body, camera, Looks.draw(rng), supersampling=1), Lens(camera, rng)
    tracker = PersonTracker(MediaPipeEstimator())
    keypoints_px = np.zeros((len(joints_m), N_KEYPOINTS, 2), np.float32)
    confidence = np.zeros((len(joints_m), N_KEYPOINTS), np.float32)
    found = np.zeros(len(joints_m), np.bool_)
    for step, configuration in enumerate(configurations):
        time_s = step / MOTION_HZ
        pose = tracker.track(Frame(lens.photograph(avatar.render(configuration)), time_s, time_s, step)).pose
        if pose is not None:
            keypoints_px[step], confidence[step], found[step] = pose.keypoints_px, pose.confidence, True
    avatar.close()
    tracker.close()
    return DetectorRecording(camera, joints_m, keypoints_px, confidence, found, kind)


def _joints(body: MuscleBody, configuration: NDArray[np.float64]) -> Floats:
    body.place(configuration)
    return np.asarray(body.keypoints(), np.float32)


class Lens:
    """The blur and the grain of one camera."""

    def __init__(self, camera: VirtualCameras, rng: np.random.Generator) -> None:
        width, height = (int(x) for x in camera.size_px[0])
        self._blur_px = rng.uniform(*BLUR_PX)
        grain = rng.normal(0.0, rng.uniform(*GRAIN), (GRAIN_PICTURES, height, width, 3))
        self._grain = grain.round().astype(np.int16)
        self._rng = rng

    def photograph(self, rgb: Image) -> Image:
        """Return the picture as a camera would take it, blue first."""
        blurred = cv2.GaussianBlur(rgb, (0, 0), self._blur_px).astype(np.int16)
        blurred += self._grain[self._rng.integers(GRAIN_PICTURES)]
        return cv2.cvtColor(np.clip(blurred, 0, 255).astype(np.uint8), cv2.COLOR_RGB2BGR)


def main() -> None:
    """Record what is missing, fit, and write the parameters."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=Path, required=True, help="folder of the clips")
    parser.add_argument("--clips", type=int, default=150, help="number of clips of 4 s to have in it")
    options = parser.parse_args()
    options.recordings.mkdir(parents=True, exist_ok=True)
    body = MuscleBody()
    for index in range(options.clips):
        path = options.recordings / f"clip_{index:04d}.npz"
        if not path.exists():
            record(body, index).save(path)
            sys.stdout.write(f"\r{index + 1}/{options.clips}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
