"""A person who stands still, arms hanging, facing the front: for tests that need no muscles."""

import numpy as np

from mia_core.skeleton import BODY_25

_HEIGHT_M = {"eye": 1.63, "ear": 1.61, "shoulder": 1.42, "elbow": 1.13, "wrist": 0.88, "hip": 0.93, "knee": 0.51,
             "ankle": 0.09, "heel": 0.03, "big_toe": 0.02, "small_toe": 0.02}  # fmt: skip
_OUT_M = {"eye": 0.03, "ear": 0.07, "shoulder": 0.19, "elbow": 0.24, "wrist": 0.26, "hip": 0.09, "knee": 0.10,
          "ankle": 0.10, "heel": 0.10, "big_toe": 0.10, "small_toe": 0.10}  # fmt: skip
_BACK_M = {"eye": -0.09, "elbow": 0.02, "wrist": -0.02, "heel": 0.05, "big_toe": -0.2, "small_toe": -0.2}


def standing_person(clips=1, frames=1):
    """Return (clips, frames, 25, 3) joints in metres."""
    points = []
    for name in BODY_25:
        side, _, joint = name.partition("_")
        if name in ("nose", "neck", "mid_hip"):
            points.append({"nose": (0, -0.11, 1.60), "neck": (0, 0, 1.42), "mid_hip": (0, 0, 0.93)}[name])
        else:
            out = _OUT_M[joint] * (1 if side == "left" else -1)
            points.append((out, _BACK_M.get(joint, 0.0), _HEIGHT_M[joint]))
    return np.tile(np.array(points, np.float32), (clips, frames, 1, 1))
