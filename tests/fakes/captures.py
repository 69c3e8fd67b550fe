"""Motion capture in BVH with the joint names of the CMU database: somebody who stands and bends both elbows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_UNIT_M = 0.056444  # as in files of the CMU database; nothing depends on it
_TOES = {"ToeBase": (0.0, -0.06, 0.13, {})}
_LIMBS = {  # name, offset of the left one from its parent in metres (x left, y up, z forwards), and what hangs on it
    "UpLeg": (0.09, -0.05, 0.0, {"Leg": (0.0, -0.42, 0.01, {"Foot": (0.0, -0.42, -0.02, _TOES)})}),
    "Arm": (0.18, 0.48, 0.0, {"ForeArm": (0.03, -0.28, 0.0, {"Hand": (0.02, -0.25, 0.02, {})})}),
}


def write_capture(path: Path, seconds: float = 2.0, rate_hz: float = 60.0) -> Path:
    """Write a capture of `seconds`; its name decides what the motion is called."""
    lines = ["HIERARCHY", "ROOT Hips", "{", "OFFSET 0 0 0"]
    lines.append("CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation")
    names = ["Hips"]
    for name, limb in _LIMBS.items():
        for side in ("Left", "Right"):
            _joint(lines, names, side, name, limb)
    lines += ["}", "MOTION"]
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    values = np.full((len(times), 3 + 3 * len(names)), 0.5)  # degrees; all 0 would be taken for a reference pose
    values[:, :3] = 0.0, 0.97 / _UNIT_M, 0.0
    for side in ("Left", "Right"):
        bend = 3 + 3 * names.index(f"{side}ForeArm") + 2
        values[:, bend] = -40.0 + 30.0 * np.cos(2 * np.pi * 0.7 * times)
    lines += [f"Frames: {len(times)}", f"Frame Time: {1 / rate_hz:.6f}"]
    lines += [" ".join(f"{value:.4f}" for value in frame) for frame in values]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _joint(lines: list[str], names: list[str], side: str, name: str, limb: tuple) -> None:
    x, y, z, children = limb
    names.append(f"{side}{name}")
    offset = np.array([x if side == "Left" else -x, y, z]) / _UNIT_M
    lines += [f"JOINT {side}{name}", "{", "OFFSET " + " ".join(f"{value:.4f}" for value in offset)]
    lines.append("CHANNELS 3 Zrotation Yrotation Xrotation")
    for child, its_limb in children.items():
        _joint(lines, names, side, child, its_limb)
    if not children:
        lines += ["End Site", "{", "OFFSET 0 -1 0", "}"]
    lines.append("}")
