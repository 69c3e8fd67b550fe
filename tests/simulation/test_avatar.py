"""The rendered person: a process of its own, because the graphics back end is chosen when mujoco is imported."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from mia_core.simulation.avatar import Avatar
from mia_core.simulation.body import STANDING_HIP_HEIGHT_M, MuscleBody
from mia_core.simulation.demo import DemoSettings
from mia_core.skeleton import LIMB_JOINTS
body = MuscleBody()
camera = DemoSettings(width_px=320, height_px=240).camera()
standing = body.complete(body.neutral.copy())
standing[:3] = [0.0, -0.1, STANDING_HIP_HEIGHT_M + 0.08]
try:
    avatar = Avatar(body, camera)
except Exception as error:
    sys.exit(f"no graphics: {error}")
picture = avatar.render(standing).astype(float)
standing[0] = 5.0
room = avatar.render(standing).astype(float)
standing[0] = 0.0
body.place(standing)
joints = camera.project(body.keypoints()[None])[0][list(LIMB_JOINTS)].round().astype(int)
person = np.abs(picture - room).sum(axis=2) > 20
print(picture.shape, person[joints[:, 1], joints[:, 0]].mean(), person.mean())
"""


@pytest.mark.heavy
def test_every_joint_lies_on_the_drawn_person():
    environment = os.environ | ({"MUJOCO_GL": "egl"} if sys.platform == "linux" else {})
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, timeout=100, check=False
    )
    if done.returncode and "no graphics" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    *shape, on_person, covered = done.stdout.replace("(", "").replace(")", "").replace(",", "").split()
    assert shape == ["240", "320", "3"]
    assert float(on_person) == 1.0
    assert 0.02 < float(covered) < 0.3
