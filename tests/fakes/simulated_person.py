"""A recorded session of a simulated person whom no shipped model knows: five minutes of twenty exercises."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from mia_core.evaluation.filming import film_with
from mia_core.motion_clip import MOTION_HZ, MotionClip
from mia_core.samples import Pose
from mia_core.simulation.body_view import facing
from mia_core.simulation.data_set_plan import MotionMix, SimulationSettings, exercises_named
from mia_core.simulation.detector_noise import DetectorNoise
from mia_core.simulation.generate import simulate
from mia_core.simulation.virtual_camera import VirtualCameras
from mia_core.skeleton import INDEX
from mia_core.streams import SourceInfo
from tests.fakes.recorded_demo import write_session

EACH_S: Final = 15
"""Of every exercise: as long as the stretches of which some are held out."""


def make_person_session(folder: Path, motion: Path, *, seed: int, workers: int = 1) -> Path:
    """Simulate a person, film them, and write the session; takes minutes.

    Args:
        folder: Where the session goes; must not exist.
        motion: Where the simulated clips go; what is there already is used.
        seed: Another person for every one.
        workers: Processes that simulate.
    """
    exercises = exercises_named("all")
    settings = SimulationSettings(
        hours=20 * len(exercises) / 3600, subjects=1, seed=seed, mix=MotionMix(1, 0, 0, 0), exercises=exercises
    )
    simulate(settings, motion, workers, lambda _: None, lambda: False)
    clips = [MotionClip.load(path) for path in sorted(motion.glob("clip_*.npz"))]
    return film_session(folder, clips, seed)


def film_session(folder: Path, clips: list[MotionClip], seed: int) -> Path:
    """Write a session in which a person does what is in the clips, one after the other, before one camera."""
    rng, noise, n = np.random.default_rng(seed), DetectorNoise.load(), EACH_S * round(MOTION_HZ)
    first_m = clips[0].joints_m[:, INDEX["mid_hip"]].mean(axis=0)
    camera = VirtualCameras.draw(first_m[np.newaxis], rng, heading=facing(clips[0].joints_m[np.newaxis]))
    films = [film_with(clip, camera, [str(number)], noise, rng)[0] for number, clip in enumerate(clips)]
    keypoints_px = np.concatenate([film.keypoints_px[:n] for film in films])  # (T, 25, 2)
    confidence = np.concatenate([film.confidence[:n] for film in films])  # (T, 25)
    activation = np.concatenate([film.activation[:n] for film in films])  # (T, 8)
    times_s = np.arange(len(activation)) / MOTION_HZ
    poses = [
        Pose(points, sure, float(time_s), frame)
        for frame, (points, sure, time_s) in enumerate(zip(keypoints_px, confidence, times_s, strict=True))
    ]
    width, height = (int(size) for size in camera.size_px[0])
    return write_session(
        folder,
        poses,
        lambda time_s: np.array([np.interp(time_s, times_s, channel) for channel in activation.T], np.float32),
        SourceInfo("Simulated camera", "simulated", True, width, height, MOTION_HZ),
        f"P{seed}",
        f"ses-simulated-{seed}",
    )
