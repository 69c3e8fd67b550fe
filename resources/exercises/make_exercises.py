"""Film the paper's twenty exercises as small looping clips beside this script.

One repetition each, by the simulator's avatar: `python resources/exercises/make_exercises.py`. Names of exercises as
arguments make only those again. Needs the `sim` extra and OpenGL; without a display it draws in software
(`MUJOCO_GL=egl`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

if sys.platform == "linux":
    os.environ.setdefault("MUJOCO_GL", "egl")

import cv2
import numpy as np

from mia_core.motion_clip import MOTION_HZ
from mia_core.simulation.avatar import Avatar
from mia_core.simulation.body import MuscleBody
from mia_core.simulation.exercise_scripts import SCRIPTS, Style
from mia_core.simulation.kinematics import configurations_of
from mia_core.simulation.targets import targets_of
from mia_core.simulation.virtual_camera import VirtualCameras

SIZE_PX: Final = (288, 288)
EVERY: Final = 2
"""Of the 30 motion frames a second every second one is shown."""
QUALITY: Final = 45
_DISTANCE_M: Final = 4.2
_MIDDLE_M, _VIEW_M = 1.04, 2.28
"""Height that is looked at, and how much is seen: as far up as hands reach."""
TEMPO: Final = 1.15
"""A little slower than brisk: it is to be understood."""
YAW_DEG: Final = {
    "jumping_jack": 0.0, "high_kick": -60.0, "leg_back": -65.0, "front_kick": -60.0, "front_punch": -45.0,
    "skater": -10.0, "twist": 0.0, "squat": -45.0, "feet_cross": 0.0, "side_shuffle": 0.0, "side_lunge": -10.0,
    "running": -50.0, "ball_throw": -45.0, "bowling": -50.0, "knee_kick": -60.0,
}  # fmt: skip
"""From where an exercise is seen best; the others from slightly beside the front."""
_USUAL_YAW_DEG: Final = -25.0
_HALF: Final = ("pirouette",)
"""Scripts that do it to one side and then to the other: once is enough."""


def camera(yaw_deg: float) -> VirtualCameras:
    """Return one camera that sees a whole person with raised arms."""
    return VirtualCameras.look_at(
        np.array([[0.0, 0.0, _MIDDLE_M]]),
        yaw=np.radians([yaw_deg]),
        elevation=np.radians([5.0]),
        roll=np.zeros(1),
        distance_m=np.array([_DISTANCE_M]),
        focal_px=np.array([SIZE_PX[1] * _DISTANCE_M / _VIEW_M]),
        size_px=np.array([SIZE_PX]),
    )


def film(exercise: str, path: Path) -> None:
    """Write an animated WebP of one repetition, which ends as it begins; its first frame differs most from that."""
    script = SCRIPTS[exercise](Style(tempo=TEMPO))
    body = MuscleBody()
    configurations = configurations_of(body, targets_of(script, script.duration_s))
    n = len(configurations) // (2 if exercise in _HALF else 1)
    shown = configurations[:n:EVERY]
    avatar = Avatar(body, camera(YAW_DEG.get(exercise, _USUAL_YAW_DEG)))
    frames = [cv2.cvtColor(avatar.render(one), cv2.COLOR_RGB2BGR) for one in shown]
    avatar.close()
    height = int(np.argmax([np.abs(frame.astype(int) - frames[0]).sum() for frame in frames]))
    animation = cv2.Animation()
    animation.frames = frames[height:] + frames[:height]
    animation.durations = np.full(len(frames), round(1000 * EVERY / MOTION_HZ), np.int32)
    cv2.imwriteanimation(str(path), animation, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


def main(exercises: list[str]) -> None:
    """Film all exercises, or those that are asked for."""
    total = 0
    for exercise in exercises or list(SCRIPTS):
        path = Path(__file__).parent / f"{exercise}.webp"
        film(exercise, path)
        total += path.stat().st_size
        sys.stdout.write(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB\n")
        sys.stdout.flush()
    sys.stdout.write(f"{total / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
